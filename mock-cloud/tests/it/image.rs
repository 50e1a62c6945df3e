//! Images of Machines and Volumes (DSP0263 5.14.7.1, 5.15.8.1, table 21).

use cimi::{Attributes, Edition};

use crate::support::{Cloud, attributes, to};

/// Posts a `MachineImage` that is to be taken of a machine; returns it once it is there.
fn take(cloud: &Cloud, at: &str, image: Attributes) -> String {
    let image = cloud.post(at, &cloud.document("MachineImage", image)).location();
    assert_eq!(cloud.state(&image), "CREATING");
    assert!(cloud.clock.drain());
    assert_eq!(cloud.state(&image), "AVAILABLE");
    image
}

fn snapshots(cloud: &Cloud, machine: &str) -> Vec<String> {
    let collection = cloud.get(cloud.get(machine).attributes.href("snapshots").unwrap());
    collection
        .member_documents()
        .map(|member| {
            // The schema of 1.x spells it so.
            let href = member.attributes.href("shapshot").or(member.id());
            href.unwrap().to_owned()
        })
        .collect()
}

#[test]
fn captures_a_machine_at_the_uri_that_it_offers() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "web-1");
        let capture = cloud.get(&machine).offer("capture").unwrap().href.to_owned();
        let reply = cloud.post(
            &capture,
            &cloud.document(
                "MachineImage",
                attributes().with("name", "i").with("imageLocation", machine.as_str()),
            ),
        );
        let image = reply.location();
        assert_eq!(cloud.state(&machine), "CAPTURING");
        assert!(cloud.clock.drain());
        assert_eq!(cloud.state(&machine), "STARTED");
        let shown = cloud.get(&image);
        assert_eq!(shown.attributes.text("type"), Some("IMAGE"));
        assert_ne!(shown.attributes.text("imageLocation"), Some(machine.as_str()));
        assert!(shown.attributes.reference("relatedImage").is_none());
        assert!(snapshots(&cloud, &machine).is_empty());
        // It can be used to make more.
        let small = to(&cloud.named("machineConfigs", "small"));
        let template = attributes().with("machineConfig", small).with("machineImage", to(&image));
        let create = cloud.machine_create("copy", crate::support::by_value(template));
        assert_eq!(cloud.post("machines", &create).status, 202);
    }
}

#[test]
fn an_action_captures_as_well() {
    let cloud = Cloud::v2();
    let machine = cloud.named("machines", "web-1");
    let image = cloud.act(&machine, "snapshot", attributes()).location();
    assert!(cloud.clock.drain());
    assert_eq!(cloud.get(&image).attributes.text("type"), Some("SNAPSHOT"));
    let wrong = cloud.post(&format!("{machine}/snapshot"), &cloud.action("capture", attributes()));
    assert_eq!(wrong.refused().0, 400);
}

#[test]
fn snapshots_are_a_chain_that_survives_deletion() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "web-1");
        let of = |ty: &str| attributes().with("type", ty).with("imageLocation", machine.as_str());
        let first = take(&cloud, "machineImages", of("SNAPSHOT"));
        let second = take(&cloud, "machineImages", of("SNAPSHOT"));
        let third = take(&cloud, "machineImages", of("SNAPSHOT"));
        let delta = take(&cloud, "machineImages", of("PARTIAL_SNAPSHOT"));
        let delta_of_delta = take(&cloud, "machineImages", of("PARTIAL_SNAPSHOT"));
        let related = |image: &str| cloud.get(image).attributes.href("relatedImage").map(str::to_owned);
        assert_eq!(related(&first), None);
        assert_eq!(related(&second), Some(first.clone()));
        assert_eq!(related(&delta), Some(third.clone()));
        let latest = || cloud.get(&machine).attributes.href("latestSnapshot").map(str::to_owned);
        assert_eq!(latest(), Some(delta_of_delta.clone()));
        assert_eq!(snapshots(&cloud, &machine).len(), 5);

        cloud.delete(&second);
        assert!(cloud.clock.drain());
        assert_eq!(related(&third), Some(first.clone()), "moved on to what the deleted one was related to");
        cloud.delete(&third);
        assert!(cloud.clock.drain());
        assert_eq!(
            [cloud.status(&delta), cloud.status(&delta_of_delta)],
            [404, 404],
            "deltas go, recursively"
        );
        assert_eq!(snapshots(&cloud, &machine), [first]);
        assert_eq!(latest(), None);
    }
}

#[test]
fn a_machine_is_restored() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "web-1");
        let image = take(
            &cloud,
            "machineImages",
            attributes().with("type", "SNAPSHOT").with("imageLocation", machine.as_str()),
        );
        cloud.act(&machine, "stop", attributes());
        assert!(cloud.clock.drain());
        let mut bigger = cloud.get(&machine);
        bigger.attributes.set("cpu", 4_i64);
        assert_eq!(cloud.put(&machine, &bigger, &[]).status, 200);

        let reply = cloud.act(&machine, "restore", attributes().with("image", to(&image)));
        assert_eq!(reply.status, 202, "{}", reply.text);
        assert_eq!(cloud.state(&machine), "RESTORING");
        assert!(cloud.clock.drain());
        let shown = cloud.get(&machine);
        assert_eq!(shown.attributes.text("state"), Some("STARTED"), "as in the image");
        assert_eq!(shown.attributes.integer("cpu"), Some(1));
        assert_eq!(cloud.act(&machine, "restore", attributes()).refused().0, 400);
    }
}

#[test]
fn a_volume_is_snapshotted_and_restored() {
    for cloud in Cloud::everywhere() {
        let volume = cloud.named("volumes", "backup");
        let image = cloud.document(
            "VolumeImage",
            attributes().with("name", "s").with("imageLocation", volume.as_str()).with("bootable", true),
        );
        let image = cloud.post("volumeImages", &image).location();
        assert_eq!(cloud.state(&volume), "CAPTURING");
        assert!(cloud.clock.drain());
        assert_eq!([cloud.state(&volume), cloud.state(&image)], ["AVAILABLE", "AVAILABLE"]);
        assert_ne!(cloud.get(&image).attributes.text("imageLocation"), Some(volume.as_str()));
        let listed = cloud.get(cloud.get(&volume).attributes.href("images").unwrap());
        let member = listed.member_documents().next().unwrap();
        let href = match cloud.edition {
            Edition::V1 => member.attributes.href("volumeImage"),
            Edition::V2 => member.id(),
        };
        assert_eq!(href, Some(image.as_str()));
        let reply = cloud.act(&volume, "restore", attributes().with("image", to(&image)));
        assert_eq!(cloud.state(&volume), "RESTORING");
        assert!(cloud.clock.drain());
        assert_eq!(cloud.state(&reply.job()), "SUCCESS");
        assert_eq!(cloud.state(&volume), "AVAILABLE");
    }
}

#[test]
fn refusals() {
    let cloud = Cloud::v2();
    let machine = cloud.named("machines", "web-1");
    let post =
        |attributes: Attributes| cloud.post("machineImages", &cloud.document("MachineImage", attributes));
    let partial = attributes().with("type", "PARTIAL_SNAPSHOT").with("imageLocation", machine.as_str());
    assert_eq!(post(partial).refused().0, 409, "no earlier snapshot");
    assert_eq!(post(attributes().with("type", "SNAPSHOT")).refused().0, 400, "of nothing");
    let volume = cloud.named("volumes", "backup");
    assert_eq!(post(attributes().with("imageLocation", volume.as_str())).refused().0, 400, "of a Volume");
    cloud.act(&machine, "stop", attributes());
    assert_eq!(post(attributes().with("imageLocation", machine.as_str())).refused().0, 409, "while STOPPING");
}
