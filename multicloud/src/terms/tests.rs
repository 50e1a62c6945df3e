//! Both ways, for what differs.

use cimi::{Attributes, Edition, Reference, Value};

use super::translated;

fn check(ty: &str, v1: &Attributes, v2: &Attributes) {
    assert_eq!(translated(ty, v1.clone(), Edition::V1, Edition::V2), *v2, "{ty} to 2.0");
    assert_eq!(translated(ty, v2.clone(), Edition::V2, Edition::V1), *v1, "{ty} to 1.x");
}

fn items(item: Attributes) -> Vec<Value> {
    vec![Value::Structure(item)]
}

#[test]
fn what_a_machine_template_connects_is_nested_in_2_0() {
    let attributes = || Attributes::new().with("initialLocation", "/dev/vdb");
    check(
        "MachineTemplate",
        &Attributes::new().with("volumes", items(attributes().with("href", "volumes/3"))),
        &Attributes::new().with("volumes", items(attributes().with("volume", Reference::to("volumes/3")))),
    );
    let by_value =
        Reference::by_value(Attributes::new().with("volumeConfig", Reference::to("volumeConfigs/1")));
    check(
        "MachineTemplate",
        &Attributes::new().with(
            "volumeTemplates",
            items(attributes().with("volumeConfig", Reference::to("volumeConfigs/1"))),
        ),
        &Attributes::new().with("volumeTemplates", items(attributes().with("volumeTemplate", by_value))),
    );
}

#[test]
fn uris_of_an_edition_change_their_namespace() {
    check(
        "VolumeConfiguration",
        &Attributes::new().with("type", "http://schemas.dmtf.org/cimi/1/mapped").with("name", "a"),
        &Attributes::new().with("type", "http://schemas.dmtf.org/cimi/2/mapped").with("name", "a"),
    );
    let config = |n| format!("http://schemas.dmtf.org/cimi/{n}/mapped");
    let template = |n| {
        let inner = Attributes::new().with("type", config(n));
        Attributes::new().with("volumeConfig", Reference::by_value(inner))
    };
    check("VolumeTemplate", &template(1), &template(2));
}

#[test]
fn other_texts_stay() {
    let attributes = Attributes::new().with("name", "http://schemas.dmtf.org/cimi/1/mapped");
    check("Machine", &attributes, &attributes);
    let attributes = Attributes::new().with("imageLocation", "http://schemas.dmtf.org/cimi/10");
    check("MachineImage", &attributes, &attributes);
}

#[test]
fn a_sample_is_wrapped_in_1_x() {
    let fields = || Attributes::new().with("value", "7");
    check("Sample", &Attributes::new().with("sample", Value::Structure(fields())), &fields());
}
