//! Creation: templates by value, by reference, overridden, erased; what answers.

use cimi::Edition::{V1, V2};

use super::check;

#[test]
fn by_reference_and_overridden() {
    check(
        "by_reference",
        V2,
        r#"
        POST /machines
        Content-Type: application/json

        {"name": "mine", "machineTemplate": {"href": "http://cloud.example/cimi/machineTemplates/small"}}
        ---
        POST /machines
        Content-Type: application/json

        {"resourceURI": "http://schemas.dmtf.org/cimi/2/MachineCreate", "name": null, "machineTemplate": {"href": "machineTemplates/small", "initialState": "PAUSED", "userData": null, "machineConfig": {"href": "machineConfigs/small", "cpu": 2}}}
        ---
        POST /machines
        Content-Type: application/xml
        Accept: application/json

        <MachineCreate xmlns="http://schemas.dmtf.org/cimi/2"><name>mine</name><machineTemplate href="http://cloud.example/cimi/machineTemplates/small"><userData/><machineConfig href="http://cloud.example/cimi/machineConfigs/small"><memory>99</memory></machineConfig></machineTemplate></MachineCreate>"#,
    );
}

#[test]
fn by_value() {
    let script = |edition: u8| {
        format!(
            r#"
        POST /machines
        Content-Type: application/xml

        <MachineCreate xmlns="http://schemas.dmtf.org/cimi/{edition}"><machineTemplate><machineConfig href="http://cloud.example/cimi/machineConfigs/small"/></machineTemplate></MachineCreate>"#
        )
    };
    check("by_value_v2", V2, &script(2));
    check("by_value_v1", V1, &script(1));
}

#[test]
fn without_a_template() {
    check(
        "without_template",
        V2,
        r#"
        POST /machineConfigs
        Content-Type: application/json

        {"name": "big", "cpu": 8}"#,
    );
}

#[test]
fn templates_that_cannot_be_used() {
    check(
        "bad_templates",
        V2,
        r#"
        POST /machines
        Content-Type: application/json

        {"machineTemplate": {"href": "http://cloud.example/cimi/machineTemplates/huge"}}
        ---
        POST /machines
        Content-Type: application/json

        {"machineTemplate": {"href": "http://elsewhere.example/machineTemplates/small"}}
        ---
        POST /machines
        Content-Type: application/json

        {"machineTemplate": {"href": "http://cloud.example/cimi/machines/1"}}
        ---
        POST /machines
        Content-Type: application/json

        {"name": "no template"}"#,
    );
}
