//! The life of a Machine (DSP0263 5.14.1, 5.14.2.1).

use std::time::Duration;

use cimi::{Attributes, Edition};

use crate::support::{Cloud, attributes, to};

/// Asks for an operation; holds the state before, while it runs and after it.
#[track_caller]
fn check(cloud: &Cloud, machine: &str, operation: &str, parameters: Attributes, states: [&str; 3]) {
    let [before, through, after] = states;
    assert_eq!(cloud.state(machine), before);
    let reply = cloud.act(machine, operation, parameters);
    assert_eq!(reply.status, 202, "{operation}: {}", reply.text);
    assert_eq!(cloud.state(machine), through, "{operation}");
    let job = cloud.get(&reply.job());
    assert_eq!(job.attributes.text("state"), Some("RUNNING"));
    assert_eq!(job.attributes.href("targetResource"), Some(machine));
    assert!(cloud.clock.drain());
    assert_eq!(cloud.state(machine), after, "{operation}");
    let job = cloud.get(&reply.job());
    assert_eq!(job.attributes.text("state"), Some("SUCCESS"));
    assert_eq!(job.attributes.integer("progress"), Some(100));
    assert_eq!(job.attributes.text("action"), Some(cloud.edition.action_uri(operation).as_str()));
}

#[test]
fn lives_through_all_states() {
    for cloud in Cloud::everywhere() {
        let template = cloud.named("machineTemplates", "web-server");
        let reply = cloud.post("machines", &cloud.machine_create("m", to(&template)));
        let machine = reply.location();
        assert_eq!(reply.status, 202);
        assert_eq!(cloud.state(&machine), "CREATING");
        assert!(cloud.get(&machine).offer("start").is_none());
        assert!(cloud.clock.drain());

        let force = || attributes().with("force", true);
        check(&cloud, &machine, "pause", attributes(), ["STARTED", "PAUSING", "PAUSED"]);
        check(&cloud, &machine, "start", attributes(), ["PAUSED", "STARTING", "STARTED"]);
        check(&cloud, &machine, "suspend", attributes(), ["STARTED", "SUSPENDING", "SUSPENDED"]);
        check(&cloud, &machine, "start", attributes(), ["SUSPENDED", "STARTING", "STARTED"]);
        check(&cloud, &machine, "restart", attributes(), ["STARTED", "STOPPING", "STARTED"]);
        check(&cloud, &machine, "stop", force(), ["STARTED", "STOPPING", "STOPPED"]);
        check(&cloud, &machine, "restart", attributes(), ["STOPPED", "STARTING", "STARTED"]);
        check(&cloud, &machine, "stop", attributes(), ["STARTED", "STOPPING", "STOPPED"]);

        let reply = cloud.delete(&machine);
        assert_eq!(reply.status, 202);
        assert_eq!(cloud.state(&machine), "DELETING");
        assert!(cloud.clock.drain());
        assert_eq!(cloud.status(&machine), 404);
        let job = cloud.get(&reply.job());
        assert_eq!(job.attributes.text("state"), Some("SUCCESS"));
        // 5.17.1: what is gone is not among the affected.
        assert_eq!(job.attributes.href("targetResource"), None);
        assert!(job.attributes.items("affectedResources").is_empty());
    }
}

#[test]
fn restarts_by_way_of_both_transient_states() {
    let cloud = Cloud::v2();
    let machine = cloud.named("machines", "web-1");
    cloud.act(&machine, "restart", attributes());
    assert_eq!(cloud.state(&machine), "STOPPING");
    assert!(cloud.clock.step());
    assert_eq!(cloud.state(&machine), "STARTING");
    assert!(cloud.clock.step());
    assert_eq!(cloud.state(&machine), "STARTED");
}

#[test]
fn refuses_what_the_state_forbids_and_stays_as_it_was() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "web-1");
        let before = cloud.send("GET", &machine, &[], None).text;
        assert!(cloud.get(&machine).offer("start").is_none());
        let reply = cloud.act(&machine, "start", attributes());
        let (status, message) = reply.refused();
        assert_eq!(status, 409);
        assert!(message.contains("STARTED") && message.contains("STOPPED, PAUSED, SUSPENDED"), "{message}");
        assert_eq!(reply.header("cimi-job-uri"), None);
        assert_eq!(cloud.send("GET", &machine, &[], None).text, before);
    }
}

#[test]
fn a_stop_may_be_repeated_with_force() {
    let cloud = Cloud::v2();
    let machine = cloud.named("machines", "web-1");
    let gentle = cloud.act(&machine, "stop", attributes()).job();
    let forced = cloud.act(&machine, "stop", attributes().with("force", true)).job();
    cloud.clock.advance(Duration::from_millis(40));
    assert_eq!(cloud.state(&machine), "STOPPED");
    assert_eq!(cloud.state(&forced), "SUCCESS");
    assert_eq!(cloud.state(&gentle), "STOPPED");
    assert!(cloud.clock.drain());
    assert_eq!(cloud.state(&machine), "STOPPED");
}

#[test]
fn has_the_disks_of_its_configuration_and_takes_them_along() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "build-1");
        let disks = cloud.get(&machine).attributes.href("disks").unwrap().to_owned();
        let collection = cloud.get(&disks);
        assert_eq!(collection.attributes.integer("count"), Some(2));
        let capacities: Vec<_> =
            collection.member_documents().map(|disk| disk.attributes.integer("capacity")).collect();
        assert_eq!(capacities, [Some(80_000_000), Some(500_000_000)]);
        assert_eq!(cloud.delete(&machine).status, 202);
        assert!(cloud.clock.drain());
        assert_eq!(cloud.status(&disks), 404);
    }
}

#[test]
fn gets_and_loses_disks() {
    let cloud = Cloud::v2();
    let machine = cloud.named("machines", "web-2");
    let disks = cloud.get(&machine).attributes.href("disks").unwrap().to_owned();
    let disk =
        cloud.document("Disk", attributes().with("capacity", 5_i64).with("initialLocation", "/dev/vdz"));
    let reply = cloud.post(&disks, &disk);
    assert_eq!(reply.status, 201, "{}", reply.text);
    let disk = reply.location();
    let shown = cloud.get(&disk);
    assert_eq!(shown.attributes.href("parent"), Some(disks.as_str()));
    assert_eq!(cloud.get(&disks).attributes.href("parent"), Some(machine.as_str()));
    assert_eq!(cloud.ids(&disks).len(), 2);
    assert_eq!(cloud.delete(&disk).status, 200);
    assert_eq!(cloud.ids(&disks).len(), 1);
    let empty = cloud.document("Disk", attributes());
    assert_eq!(cloud.post(&disks, &empty).refused().0, 400);
}

#[test]
fn is_found_under_its_own_collection_only() {
    let cloud = Cloud::v2();
    let disks = cloud.ids("machines/1/disks");
    let number = disks[0].rsplit('/').next().unwrap();
    assert_eq!(cloud.status(&disks[0]), 200);
    for wrong in [format!("machines/2/disks/{number}"), format!("disks/{number}"), "machines/01".into()] {
        assert_eq!(cloud.status(&wrong), 404, "{wrong}");
    }
    for nowhere in
        ["machines/0", "machines/99", "machines/1/nothing", "machines/1/disks/1/2", "nothing", "machines/"]
    {
        assert_eq!(cloud.status(nowhere), 404, "{nowhere}");
    }
}

#[test]
fn time_passes_only_when_told() {
    let cloud = Cloud::v2();
    let machine = cloud.named("machines", "web-1");
    let job = cloud.act(&machine, "stop", attributes()).job();
    let progress = || cloud.get(&job).attributes.integer("progress");
    assert_eq!(progress(), Some(0));
    cloud.clock.advance(Duration::from_millis(50));
    assert_eq!(progress(), Some(50));
    cloud.clock.advance(Duration::from_millis(49));
    assert_eq!(progress(), Some(99));
    assert_eq!(cloud.state(&machine), "STOPPING");
    cloud.clock.advance(Duration::from_millis(1));
    assert_eq!(progress(), Some(100));
    assert_eq!(cloud.state(&machine), "STOPPED");
}

#[test]
fn operations_do_not_count_as_updates() {
    let cloud = Cloud::v2();
    let machine = cloud.named("machines", "web-1");
    let updated = |uri: &str| cloud.get(uri).attributes.get("updated").cloned();
    let before = updated(&machine);
    cloud.clock.advance(Duration::from_secs(5));
    cloud.act(&machine, "stop", attributes());
    assert!(cloud.clock.drain());
    assert_eq!(updated(&machine), before);
    assert_eq!(cloud.edition, Edition::V2);
}
