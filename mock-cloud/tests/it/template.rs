//! Creation of Machines through templates (DSP0263 4.2.1.1, 5.14.2.1): by reference, by value, overridden, erased.

use cimi::codec::Format;
use cimi::{Attributes, Edition, Reference, Value};
use mock_cloud::Seed;

use crate::support::{Cloud, Reply, attributes, by_value, map, structures, to};

/// Creates a machine and lets it come to be.
fn create(cloud: &Cloud, template: Reference) -> String {
    let location = cloud.post("machines", &cloud.machine_create("new", template)).location();
    assert!(cloud.clock.drain());
    location
}

#[track_caller]
fn check_refused(cloud: &Cloud, template: Reference, status: u16, says: &str) {
    let machines = cloud.ids("machines").len();
    let reply: Reply = cloud.post("machines", &cloud.machine_create("new", template));
    let (found, message) = reply.refused();
    assert_eq!(found, status, "{message}");
    assert!(message.contains(says), "{message}");
    assert_eq!(cloud.ids("machines").len(), machines);
}

#[test]
fn by_reference() {
    for cloud in Cloud::everywhere() {
        let template = cloud.named("machineTemplates", "web-server");
        let machine = cloud.get(&create(&cloud, to(&template)));
        assert_eq!(machine.attributes.text("name"), Some("new"));
        assert_eq!(machine.attributes.text("state"), Some("STARTED"));
        assert_eq!(machine.attributes.integer("cpu"), Some(1));
        assert_eq!(machine.attributes.integer("memory"), Some(1_048_576));
        assert_eq!(machine.attributes.text("cpuArch"), Some("x86_64"));
        // What a template is called is not what is made of it is called.
        assert_eq!(machine.attributes.text("description"), None);
    }
}

#[test]
fn by_value_down_to_the_configuration() {
    for cloud in Cloud::everywhere() {
        let disk =
            attributes().with("capacity", 7_i64).with("format", "ext4").with("initialLocation", "/dev/x");
        let config =
            attributes().with("cpu", 3_i64).with("memory", 4096_i64).with("disks", structures(vec![disk]));
        let template = attributes().with("machineConfig", by_value(config));
        let before = cloud.ids("machineConfigs").len();
        let machine = create(&cloud, by_value(template));
        let shown = cloud.get(&machine);
        assert_eq!(shown.attributes.integer("cpu"), Some(3));
        assert_eq!(shown.attributes.text("state"), Some("STOPPED"), "DefaultInitialState");
        let disks = cloud.get(shown.attributes.href("disks").unwrap());
        assert_eq!(disks.member_documents().next().unwrap().attributes.integer("capacity"), Some(7));
        // 4.2.1.1: what was given by value is nowhere to be seen.
        assert_eq!(cloud.ids("machineConfigs").len(), before);
    }
}

#[test]
fn overridden_and_erased() {
    for cloud in Cloud::everywhere() {
        let template = cloud.named("machineTemplates", "web-server");
        let medium = cloud.named("machineConfigs", "medium");
        let before = cloud.send("GET", &template, &[], None).text;
        let overridden = attributes().with("machineConfig", to(&medium)).with("initialState", Value::Null);
        let machine = create(&cloud, Reference { href: Some(template.clone()), attributes: overridden });
        let shown = cloud.get(&machine);
        assert_eq!(shown.attributes.integer("cpu"), Some(2));
        assert_eq!(shown.attributes.text("state"), Some("STOPPED"), "the template's STARTED is erased");
        assert_eq!(cloud.send("GET", &template, &[], None).text, before);
    }
}

#[test]
fn a_configuration_by_reference_with_something_over_it() {
    for cloud in Cloud::everywhere() {
        let small = cloud.named("machineConfigs", "small");
        let config = Reference { href: Some(small), attributes: attributes().with("cpu", 5_i64) };
        let machine = create(&cloud, by_value(attributes().with("machineConfig", config)));
        let shown = cloud.get(&machine);
        assert_eq!(shown.attributes.integer("cpu"), Some(5));
        assert_eq!(shown.attributes.integer("memory"), Some(1_048_576));
    }
}

#[test]
fn label_of_the_request() {
    for cloud in Cloud::everywhere() {
        let template = cloud.named("machineTemplates", "database-server");
        let create = cloud.document(
            "MachineCreate",
            attributes()
                .with("name", "db")
                .with("description", "d")
                .with("properties", map(&[("a", "b")]))
                .with("machineTemplate", to(&template)),
        );
        let machine = cloud.get(&cloud.post("machines", &create).location());
        assert_eq!(machine.attributes.text("description"), Some("d"));
        assert_eq!(machine.attributes.map("properties"), Some(&map(&[("a", "b")])));
    }
}

#[test]
fn volumes_are_connected_and_made() {
    for cloud in Cloud::everywhere() {
        let volume = cloud.named("volumes", "backup");
        let small = cloud.named("machineConfigs", "small");
        let made = cloud.named("volumeTemplates", "standard-volume");
        let item = |href: &str, name: &str, location: &str| match cloud.edition {
            Edition::V1 => attributes().with("initialLocation", location).with("href", href),
            Edition::V2 => attributes().with("initialLocation", location).with(name.to_owned(), to(href)),
        };
        let template = attributes()
            .with("machineConfig", to(&small))
            .with("volumes", structures(vec![item(&volume, "volume", "/dev/b")]))
            .with("volumeTemplates", structures(vec![item(&made, "volumeTemplate", "/dev/c")]));
        let volumes = cloud.ids("volumes").len();
        let machine = create(&cloud, by_value(template));
        assert_eq!(cloud.ids("volumes").len(), volumes + 1);
        let used = cloud.get(cloud.get(&machine).attributes.href("volumes").unwrap());
        let shown: Vec<_> = used
            .member_documents()
            .map(|member| {
                let location = member.attributes.text("initialLocation").unwrap().to_owned();
                let href = member.attributes.href("volume").or(member.id()).unwrap().to_owned();
                (location, href)
            })
            .collect();
        assert_eq!(shown.len(), 2);
        assert_eq!(shown[0], ("/dev/b".to_owned(), volume.clone()));
        assert_eq!(shown[1].0, "/dev/c");
        assert_eq!(cloud.state(&shown[1].1), "AVAILABLE");
        // 5.14.1: a Machine uses its Volumes, they are no part of it.
        cloud.delete(&machine);
        assert!(cloud.clock.drain());
        assert_eq!(cloud.status(&volume), 200);
        assert_eq!(cloud.status(&shown[1].1), 200);
    }
}

#[test]
fn refusals() {
    for cloud in Cloud::everywhere() {
        let small = || to(&cloud.named("machineConfigs", "small"));
        let with = |name: &'static str, value: Value| {
            by_value(attributes().with("machineConfig", small()).with(name, value))
        };
        check_refused(&cloud, by_value(attributes().with("initialState", "STOPPED")), 400, "machineConfig");
        check_refused(&cloud, with("initialState", "CREATING".into()), 400, "STARTED, STOPPED");
        check_refused(&cloud, with("initialState", "HOVERING".into()), 400, "HOVERING");
        check_refused(
            &cloud,
            with("machineImage", to(&format!("{}machineImages/99", crate::support::BASE)).into()),
            400,
            "machineImage",
        );
        check_refused(&cloud, with("machineImage", small().into()), 400, "machineImage");
        check_refused(
            &cloud,
            to(&format!("{}machineTemplates/99", crate::support::BASE)),
            400,
            "machineTemplate",
        );
        let vast = by_value(attributes().with("cpu", 1000_i64).with("memory", 1_i64));
        check_refused(&cloud, by_value(attributes().with("machineConfig", vast)), 400, "1 to 128");
    }
}

#[test]
fn capabilities_rule() {
    let seed = r#"
        [capabilities]
        Machine = { MachineConfigByValue = false, DefaultInitialState = "STARTED", InitialStates = ["STARTED", "PAUSED"] }
        [[machineConfigs]]
        name = "small"
        cpu = 1
        memory = 1024
    "#;
    for edition in Edition::ALL {
        let cloud = Cloud::new(edition, Format::Json, Seed::new("test.toml", seed));
        let config = to(&cloud.named("machineConfigs", "small"));
        let value = by_value(attributes().with("cpu", 1_i64).with("memory", 1_i64));
        check_refused(
            &cloud,
            by_value(attributes().with("machineConfig", value)),
            400,
            "MachineConfigByValue",
        );
        let with = |template: Attributes| by_value(template.with("machineConfig", config.clone()));
        check_refused(&cloud, with(attributes().with("initialState", "STOPPED")), 400, "STARTED, PAUSED");
        assert_eq!(cloud.state(&create(&cloud, with(attributes()))), "STARTED");
    }
}

#[test]
fn an_image_must_be_available() {
    let cloud = Cloud::v2();
    let image = cloud.document("MachineImage", attributes().with("imageLocation", "http://x.example/y"));
    let image = cloud.post("machineImages", &image).location();
    let small = to(&cloud.named("machineConfigs", "small"));
    let template =
        || by_value(attributes().with("machineConfig", small.clone()).with("machineImage", to(&image)));
    check_refused(&cloud, template(), 409, "CREATING");
    assert!(cloud.clock.drain());
    assert_eq!(cloud.state(&create(&cloud, template())), "STOPPED");
}
