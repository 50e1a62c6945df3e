//! Volumes (DSP0263 5.15.1) and their use by Machines (5.14.1.1.2), in the words of both editions.

use cimi::{Edition, Reference};

use crate::support::{Cloud, Reply, attributes, by_value, to};

/// Connects a volume to a machine as the edition does it.
fn connect(cloud: &Cloud, machine: &str, volume: &str) -> Reply {
    let collection = cloud.get(machine).attributes.href("volumes").unwrap().to_owned();
    let what = attributes().with("initialLocation", "/dev/q").with("volume", to(volume));
    match cloud.edition {
        Edition::V1 => cloud.post(&collection, &cloud.document("MachineVolume", what)),
        Edition::V2 => {
            let href = cloud.get(&collection).offer("insert").unwrap().href.to_owned();
            cloud.post(&href, &cloud.action("insert", what))
        }
    }
}

fn used(cloud: &Cloud, machine: &str) -> Vec<(String, String)> {
    let collection = cloud.get(cloud.get(machine).attributes.href("volumes").unwrap());
    collection
        .member_documents()
        .map(|member| {
            let volume = member.attributes.href("volume").or(member.id()).unwrap().to_owned();
            (volume, member.attributes.text("initialLocation").unwrap_or_default().to_owned())
        })
        .collect()
}

#[test]
fn comes_to_be_and_goes() {
    for cloud in Cloud::everywhere() {
        let config = by_value(attributes().with("capacity", 77_i64).with("format", "xfs"));
        let template = by_value(attributes().with("volumeConfig", config));
        let create =
            cloud.document("VolumeCreate", attributes().with("name", "v").with("volumeTemplate", template));
        let reply = cloud.post("volumes", &create);
        let volume = reply.location();
        assert_eq!(cloud.state(&volume), "CREATING");
        assert_eq!(cloud.delete(&volume).refused().0, 409);
        assert!(cloud.clock.drain());
        let shown = cloud.get(&volume);
        assert_eq!(shown.attributes.text("state"), Some("AVAILABLE"));
        assert_eq!(shown.attributes.integer("capacity"), Some(77));
        assert_eq!(shown.attributes.boolean("bootable"), Some(false));
        assert_eq!(cloud.delete(&volume).status, 202);
        assert_eq!(cloud.state(&volume), "DELETING");
        assert!(cloud.clock.drain());
        assert_eq!(cloud.status(&volume), 404);
    }
}

#[test]
fn is_connected_and_disconnected() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "web-1");
        let volume = cloud.named("volumes", "backup");
        let reply = connect(&cloud, &machine, &volume);
        assert!(matches!(reply.status, 200 | 201), "{}", reply.text);
        assert_eq!(cloud.state(&reply.job()), "SUCCESS");
        assert_eq!(used(&cloud, &machine), [(volume.clone(), "/dev/q".to_owned())]);
        assert_eq!(connect(&cloud, &machine, &volume).refused().0, 409, "twice");
        let other = cloud.named("machines", "web-2");
        assert_eq!(connect(&cloud, &other, &volume).refused().0, 409, "SharedVolumeSupport is false");

        let collection = cloud.get(&machine).attributes.href("volumes").unwrap().to_owned();
        let reply = match cloud.edition {
            Edition::V1 => cloud.delete(&cloud.ids(&collection)[0]),
            Edition::V2 => {
                // Also at the collection's own URI, which takes Actions (5.5.12.3).
                cloud.post(&collection, &cloud.action("remove", attributes().with("volume", to(&volume))))
            }
        };
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert!(used(&cloud, &machine).is_empty());
        assert_eq!(cloud.state(&volume), "AVAILABLE");
    }
}

#[test]
fn connectvolume_of_2_0() {
    let cloud = Cloud::v2();
    let machine = cloud.named("machines", "web-1");
    let volume = cloud.named("volumes", "backup");
    let parameters = attributes().with("volume", to(&volume)).with("initialLocation", "/dev/r");
    let reply = cloud.act(&machine, "connectvolume", parameters);
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(used(&cloud, &machine), [(volume, "/dev/r".to_owned())]);
    let reply = cloud.act(&machine, "connectvolume", attributes());
    assert_eq!(reply.refused().0, 400);
    let paused = cloud.named("machines", "web-2");
    cloud.act(&paused, "start", attributes());
    let volume = cloud.named("volumes", "customers");
    assert_eq!(
        cloud.act(&paused, "connectvolume", attributes().with("volume", to(&volume))).refused().0,
        409
    );
}

#[test]
fn is_made_and_connected_in_one_step_in_2_0() {
    let cloud = Cloud::v2();
    let machine = cloud.named("machines", "web-1");
    let collection = cloud.get(&machine).attributes.href("volumes").unwrap().to_owned();
    let template = to(&cloud.named("volumeTemplates", "standard-volume"));
    let create = cloud.document(
        "VolumeCreate",
        attributes().with("name", "here").with("volumeTemplate", template).with("initialLocation", "/dev/s"),
    );
    let volume = cloud.post(&collection, &create).location();
    assert!(cloud.clock.drain());
    assert_eq!(cloud.state(&volume), "AVAILABLE");
    assert_eq!(used(&cloud, &machine), [(volume, "/dev/s".to_owned())]);
}

#[test]
fn is_deleted_from_wherever_it_is_listed() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "database-1");
        let volume = cloud.named("volumes", "customers");
        assert_eq!(used(&cloud, &machine).len(), 1);
        assert_eq!(cloud.delete(&volume).status, 202);
        assert!(cloud.clock.drain());
        assert!(used(&cloud, &machine).is_empty());
        let collection = cloud.get(cloud.get(&machine).attributes.href("volumes").unwrap());
        assert_eq!(collection.attributes.integer("count"), Some(0));
    }
}

#[test]
fn what_is_not_given_is_decided_and_shown() {
    for cloud in Cloud::everywhere() {
        let config = cloud.document("VolumeConfiguration", attributes().with("name", "bare"));
        let config = cloud.post("volumeConfigs", &config).location();
        let shown = cloud.get(&config);
        assert_eq!(shown.attributes.integer("capacity"), Some(1_000_000));
        assert_eq!(shown.attributes.text("type"), Some(cloud.edition.type_uri("mapped").as_str()));
        let mut larger = shown.clone();
        larger.attributes.set("capacity", 5_000_000_i64);
        larger.attributes.remove("type");
        assert_eq!(cloud.put(&config, &larger, &[]).status, 200);
        assert_eq!(cloud.get(&config).attributes.integer("capacity"), Some(5_000_000));
        assert_eq!(cloud.get(&config).attributes.get("type"), shown.attributes.get("type"));
    }
}

#[test]
fn grows_but_does_not_shrink() {
    let cloud = Cloud::v2();
    let volume = cloud.named("volumes", "backup");
    let mut document = cloud.get(&volume);
    document.attributes.set("capacity", 2_000_000_000_i64);
    assert_eq!(cloud.put(&volume, &document, &[]).status, 200);
    assert_eq!(cloud.get(&volume).attributes.integer("capacity"), Some(2_000_000_000));
    document.attributes.set("capacity", 5_i64);
    assert_eq!(cloud.put(&volume, &document, &[]).refused().0, 400);
    document.attributes.set("capacity", 2_000_000_000_000_000_i64);
    assert_eq!(cloud.put(&volume, &document, &[]).refused().0, 400, "vscope");
    assert_eq!(cloud.get(&volume).attributes.integer("capacity"), Some(2_000_000_000));
}

#[test]
fn references_to_the_deleted_are_emptied() {
    for cloud in Cloud::everywhere() {
        let template = cloud.named("volumeTemplates", "shop-volume");
        let config = cloud.get(&template).attributes.href("volumeConfig").unwrap().to_owned();
        assert_eq!(cloud.delete(&config).status, 200);
        assert_eq!(cloud.status(&config), 404);
        let shown = cloud.get(&template);
        assert_eq!(shown.attributes.reference("volumeConfig"), None::<&Reference>);
        assert!(shown.attributes.reference("volumeImage").is_some());
    }
}
