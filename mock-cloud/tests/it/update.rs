//! Updates (DSP0263 4.2.1.3) and versions (4.1.7.2).

use std::time::Duration;

use crate::support::{Cloud, attributes, map};

#[test]
fn a_whole_put() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "web-2");
        let before = cloud.get(&machine);
        cloud.clock.advance(Duration::from_secs(1));
        let mut document = before.clone();
        document.attributes.set("name", "renamed");
        document.attributes.set("properties", map(&[("k", "v")]));
        document.attributes.remove("description");
        document.attributes.set("cpu", 2_i64);
        document.attributes.set("state", "STARTED");
        let reply = cloud.put(&machine, &document, &[]);
        assert_eq!(reply.status, 200, "{}", reply.text);
        let after = cloud.get(&machine);
        assert_eq!(reply.document.as_ref(), Some(&after));
        assert_eq!(after.attributes.text("name"), Some("renamed"));
        assert_eq!(after.attributes.text("description"), None);
        assert_eq!(after.attributes.map("properties"), Some(&map(&[("k", "v")])));
        assert_eq!(after.attributes.integer("cpu"), Some(2));
        assert_eq!(after.attributes.text("state"), Some("STOPPED"), "read-only is passed over");
        assert_ne!(after.attributes.get("updated"), before.attributes.get("updated"));
        assert_eq!(after.attributes.get("created"), before.attributes.get("created"));
    }
}

#[test]
fn a_part() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "web-2");
        let part = cloud.document("Machine", attributes().with("name", "part"));
        let reply = cloud.put(&format!("{machine}?$select=name,description"), &part, &[]);
        assert_eq!(reply.status, 200, "{}", reply.text);
        let after = cloud.get(&machine);
        assert_eq!(after.attributes.text("name"), Some("part"));
        assert_eq!(after.attributes.text("description"), None);
        assert!(after.attributes.map("properties").is_some());
        let unlisted = cloud.document("Machine", attributes().with("name", "n").with("cpu", 3_i64));
        assert_eq!(cloud.put(&format!("{machine}?$select=name"), &unlisted, &[]).refused().0, 400);
    }
}

#[test]
fn hardware_needs_a_settled_machine_and_a_possible_value() {
    let cloud = Cloud::v2();
    let machine = cloud.named("machines", "web-1");
    let cpu = |cpu: i64| cloud.document("Machine", attributes().with("cpu", cpu));
    let uri = format!("{machine}?$select=cpu");
    assert_eq!(cloud.put(&uri, &cpu(0), &[]).refused().0, 400);
    assert_eq!(
        cloud.put(&uri, &cloud.document("Machine", attributes()), &[]).refused().0,
        400,
        "no cpu at all"
    );
    cloud.act(&machine, "stop", attributes());
    assert_eq!(cloud.put(&uri, &cpu(2), &[]).refused().0, 409);
    let name = cloud.document("Machine", attributes().with("name", "x"));
    assert_eq!(cloud.put(&format!("{machine}?$select=name"), &name, &[]).status, 200);
    assert!(cloud.clock.drain());
    assert_eq!(cloud.put(&uri, &cpu(2), &[]).status, 200);
}

#[test]
fn of_versions_only_one_wins() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "web-1");
        let tag = |uri: &str| cloud.send("GET", uri, &[], None).header("etag").unwrap().to_owned();
        let first = tag(&machine);
        let mut document = cloud.get(&machine);
        document.attributes.set("name", "one");
        assert_eq!(cloud.put(&machine, &document, &[("if-match", &first)]).status, 200);
        document.attributes.set("name", "two");
        assert_eq!(cloud.put(&machine, &document, &[("if-match", &first)]).refused().0, 412);
        assert_eq!(cloud.get(&machine).attributes.text("name"), Some("one"));
        assert_eq!(cloud.send("DELETE", &machine, &[("if-match", &first)], None).status, 412);
        assert_eq!(cloud.send("GET", &machine, &[("if-none-match", &tag(&machine))], None).status, 304);
        // An operation is a change, too.
        let second = tag(&machine);
        cloud.act(&machine, "stop", attributes());
        assert_ne!(tag(&machine), second);
    }
}

#[test]
fn a_reference_to_another_kind_is_refused() {
    let cloud = Cloud::v2();
    let template = cloud.named("machineTemplates", "web-server");
    let mut document = cloud.get(&template);
    document.attributes.set("eventLogTemplate", cimi::Reference::to("http://mock.invalid/cimi/machines/1"));
    let (status, message) = cloud.put(&template, &document, &[]).refused();
    assert_eq!(status, 400);
    assert!(message.contains("eventLogTemplate"), "{message}");
}

#[test]
fn the_entry_point_has_a_name() {
    for cloud in Cloud::everywhere() {
        let mut document = cloud.get("");
        document.attributes.set("name", "mine");
        assert_eq!(cloud.put("", &document, &[]).status, 200);
        assert_eq!(cloud.get("").attributes.text("name"), Some("mine"));
        assert_eq!(cloud.delete("").refused().0, 405);
    }
}

#[test]
fn properties_are_as_many_as_promised() {
    let cloud = Cloud::grown("[capabilities.CloudEntryPoint]\nMaxPropertyItems = 2\n");
    let config = |properties: &[(&str, &str)]| {
        cloud.document(
            "VolumeConfiguration",
            attributes().with("capacity", 1_i64).with("properties", map(properties)),
        )
    };
    let reply = cloud.post("volumeConfigs", &config(&[("a", "1"), ("b", "2")]));
    let uri = reply.location();
    let three = config(&[("a", "1"), ("b", "2"), ("c", "3")]);
    assert_eq!(cloud.post("volumeConfigs", &three).refused().0, 400);
    assert_eq!(cloud.put(&uri, &three, &[]).refused().0, 400);
}
