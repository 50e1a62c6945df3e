//! PUT, DELETE and actions.

use cimi::Edition::{V1, V2};

use super::check;

#[test]
fn whole_and_partial_updates() {
    check(
        "updates",
        V2,
        r#"
        PUT /volumes/1
        Content-Type: application/json; charset=utf-8

        {"resourceURI": "http://schemas.dmtf.org/cimi/2/Volume", "name": "new", "capacity": 2000, "state": "ERROR"}
        ---
        PUT /volumes/1?$select=name,description
        Content-Type: application/xml

        <Volume xmlns="http://schemas.dmtf.org/cimi/2"><description>No name</description></Volume>
        ---
        PUT /volumes/1?$select=name
        Content-Type: application/json

        {"name": "new", "capacity": 1}
        ---
        PUT /volumes/1
        Content-Type: application/json

        {"nome": "new", "capacity": "big"}
        ---
        PUT /volumes/1
        Content-Type: application/json

        {"resourceURI": "http://schemas.dmtf.org/cimi/2/Machine"}
        ---
        PUT /volumes/1
        Content-Type: application/xml

        <Volume xmlns="http://schemas.dmtf.org/cimi/1"/>"#,
    );
}

#[test]
fn updates_of_v1() {
    check(
        "updates_v1",
        V1,
        r#"
        PUT /volumes/1?$select=name
        Content-Type: application/xml
        CIMI-Specification-Version: 1.0

        <Volume xmlns="http://schemas.dmtf.org/cimi/1"><name>new</name></Volume>"#,
    );
}

#[test]
fn conditions() {
    check(
        "conditions",
        V2,
        r#"
        PUT /volumes/1?$select=name
        If-Match: "1-x"
        Content-Type: application/json

        {"name": "new"}
        ---
        PUT /volumes/1?$select=name
        If-Match: "1-j", "1-x"
        Content-Type: application/json

        {"name": "newer"}
        ---
        DELETE /volumes/1
        If-Match: W/"2-j"
        ---
        DELETE /volumes/1
        If-None-Match: *
        ---
        DELETE /volumes/1
        If-Match: 2
        ---
        POST /machines/2/start
        If-Match: "0-j"
        Content-Type: application/json

        {"action": "http://schemas.dmtf.org/cimi/2/action/start"}
        ---
        DELETE /volumes/1
        If-Match: *
        ---
        DELETE /volumes/1
        If-Match: *"#,
    );
}

#[test]
fn actions() {
    let script = |edition: u8| {
        format!(
            r#"
        POST /machines/2/start
        Content-Type: application/json

        {{"resourceURI": "http://schemas.dmtf.org/cimi/{edition}/Action", "action": "http://schemas.dmtf.org/cimi/{edition}/action/start"}}
        ---
        POST /machines/2/start
        Content-Type: application/xml

        <Action xmlns="http://schemas.dmtf.org/cimi/{edition}"><action>http://schemas.dmtf.org/cimi/{edition}/action/start</action></Action>
        ---
        POST /machines/3/stop
        Content-Type: application/json

        {{"action": "http://schemas.dmtf.org/cimi/{edition}/action/start"}}
        ---
        POST /machines/3/start
        Content-Type: application/json

        {{"action": "http://schemas.dmtf.org/cimi/3/action/start"}}
        ---
        POST /machines/3/start
        Content-Type: application/json

        {{"name": "start"}}"#
        )
    };
    check("actions_v2", V2, &script(2));
    check("actions_v1", V1, &script(1));
}

#[test]
fn actions_sent_to_a_collection() {
    check(
        "insert_remove",
        V2,
        r#"
        POST /volumes
        Content-Type: application/json

        {"resourceURI": "http://schemas.dmtf.org/cimi/2/Action", "action": "http://schemas.dmtf.org/cimi/2/action/insert", "volume": {"href": "http://cloud.example/cimi/volumes/1"}}
        ---
        POST /volumes
        Content-Type: application/xml

        <Action xmlns="http://schemas.dmtf.org/cimi/2"><action>http://schemas.dmtf.org/cimi/2/action/remove</action><volume href="volumes/1"/></Action>"#,
    );
}
