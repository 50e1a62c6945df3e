//! Jobs (DSP0263 4.2.1.6, 4.2.1.7, 5.17.1).

use std::time::Duration;

use crate::support::{Cloud, attributes, by_value, to};

#[test]
fn every_change_has_one() {
    for cloud in Cloud::everywhere() {
        let config =
            cloud.document("MachineConfiguration", attributes().with("cpu", 1_i64).with("memory", 1_i64));
        let created = cloud.post("machineConfigs", &config);
        assert_eq!(created.status, 201, "{}", created.text);
        let job = cloud.get(&created.job());
        assert_eq!(job.attributes.text("state"), Some("SUCCESS"));
        assert_eq!(job.attributes.text("action"), Some("add"));
        // Table 46: the collection that is added to, and the new resource among the affected.
        assert_eq!(job.attributes.href("targetResource"), Some("http://mock.invalid/cimi/machineConfigs"));
        let affected: Vec<_> = job
            .attributes
            .items("affectedResources")
            .iter()
            .map(|item| item.as_ref().unwrap().href.clone().unwrap())
            .collect();
        assert_eq!(affected, ["http://mock.invalid/cimi/machineConfigs".to_owned(), created.location()]);

        let config = created.location();
        let updated = cloud.put(&config, &cloud.get(&config), &[]);
        assert_eq!(cloud.get(&updated.job()).attributes.text("action"), Some("edit"));
        let deleted = cloud.delete(&config);
        assert_eq!(deleted.status, 200);
        assert_eq!(cloud.get(&deleted.job()).attributes.text("action"), Some("delete"));
    }
}

#[test]
fn stopping_one_undoes_what_it_did() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "web-1");
        let job = cloud.act(&machine, "pause", attributes()).job();
        assert!(cloud.get(&job).offer("stop").is_some());
        cloud.clock.advance(Duration::from_millis(30));
        let reply = cloud.act(&job, "stop", attributes());
        assert_eq!(reply.status, 202, "{}", reply.text);
        // 5.17.1.1: it is STOPPING meanwhile, gets no further, and cannot be stopped twice; stopping cannot be stopped.
        assert_eq!(cloud.state(&job), "STOPPING");
        assert_eq!(cloud.state(&machine), "PAUSING");
        let progress = cloud.get(&job).attributes.integer("progress");
        cloud.clock.advance(Duration::from_millis(10));
        assert_eq!(cloud.get(&job).attributes.integer("progress"), progress);
        assert!(cloud.get(&job).offer("stop").is_none());
        assert_eq!(cloud.act(&job, "stop", attributes()).refused().0, 409);
        assert_eq!(cloud.delete(&job).refused().0, 409);
        assert!(cloud.get(&reply.job()).offer("stop").is_none());
        assert!(cloud.get(&reply.job()).offer("delete").is_none());
        assert_eq!(cloud.act(&reply.job(), "stop", attributes()).refused().0, 409);
        assert_eq!(cloud.delete(&reply.job()).refused().0, 409);
        assert!(cloud.clock.drain());
        assert_eq!(cloud.state(&reply.job()), "SUCCESS");
        assert_eq!(cloud.state(&job), "STOPPED");
        assert_eq!(cloud.get(&job).attributes.integer("progress"), Some(100));
        assert_eq!(cloud.state(&machine), "STARTED");
        assert!(cloud.clock.drain());
        assert_eq!(cloud.state(&machine), "STARTED", "nothing is left of it");
        assert!(cloud.get(&job).offer("stop").is_none());
        assert_eq!(cloud.act(&job, "stop", attributes()).refused().0, 409);

        let create = cloud.machine_create("m", to(&cloud.named("machineTemplates", "database-server")));
        let volumes = cloud.ids("volumes").len();
        let reply = cloud.post("machines", &create);
        cloud.act(&reply.job(), "stop", attributes());
        assert!(cloud.clock.drain());
        assert_eq!(cloud.status(&reply.location()), 404);
        assert_eq!(cloud.ids("volumes").len(), volumes);
    }
}

#[test]
fn stopping_one_that_overtook_another_undoes_both() {
    let cloud = Cloud::v2();
    let machine = cloud.named("machines", "web-1");
    cloud.act(&machine, "stop", attributes());
    let second = cloud.act(&machine, "stop", attributes()).job();
    cloud.act(&second, "stop", attributes());
    assert!(cloud.clock.drain());
    assert_eq!(cloud.state(&machine), "STARTED");
}

#[test]
fn stopping_takes_as_long_as_the_seed_says() {
    let cloud = Cloud::grown(
        "[timing.Job]\nstop = \"0s\"\n[[machines]]\nname = \"m\"\ncpu = 1\nmemory = 1\nstate = \"STARTED\"\n",
    );
    let job = cloud.act(&cloud.named("machines", "m"), "pause", attributes()).job();
    assert_eq!(cloud.act(&job, "stop", attributes()).status, 200);
    assert_eq!(cloud.state(&job), "STOPPED");
}

#[test]
fn what_it_refers_to_may_go_meanwhile() {
    let cloud = Cloud::v2();
    let machine = cloud.named("machines", "web-1");
    let image = cloud.act(&machine, "snapshot", attributes()).location();
    assert!(cloud.clock.drain());
    let restored = cloud.act(&machine, "restore", attributes().with("image", to(&image)));
    cloud.delete(&image);
    assert!(cloud.clock.drain());
    assert_eq!(cloud.state(&restored.job()), "SUCCESS");
    assert_eq!(cloud.get(&machine).attributes.href("latestSnapshot"), None);
}

#[test]
fn deleting_a_running_one_stops_it() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "web-1");
        let job = cloud.act(&machine, "suspend", attributes()).job();
        assert_eq!(cloud.delete(&job).status, 202);
        assert_eq!(cloud.state(&job), "STOPPING");
        assert!(cloud.clock.drain());
        assert_eq!(cloud.status(&job), 404);
        assert_eq!(cloud.state(&machine), "STARTED");
        assert!(cloud.clock.drain());
        assert_eq!(cloud.state(&machine), "STARTED");
    }
}

#[test]
fn is_kept_as_long_as_promised() {
    let cloud = Cloud::grown("[capabilities.Job]\nJobRetention = 2\n");
    let config = cloud.document("VolumeConfiguration", attributes().with("capacity", 1_i64));
    let job = cloud.post("volumeConfigs", &config).job();
    cloud.clock.advance(Duration::from_secs(119));
    assert_eq!(cloud.status(&job), 200);
    cloud.clock.advance(Duration::from_secs(1));
    assert_eq!(cloud.status(&job), 404);
}

#[test]
fn what_takes_no_time_is_complete_at_once() {
    let cloud =
        Cloud::grown("[timing.Volume]\ncreate = \"0s\"\n[[volumeConfigs]]\nname = \"c\"\ncapacity = 5\n");
    let template = by_value(attributes().with("volumeConfig", to(&cloud.named("volumeConfigs", "c"))));
    let reply =
        cloud.post("volumes", &cloud.document("VolumeCreate", attributes().with("volumeTemplate", template)));
    assert_eq!(reply.status, 201);
    assert_eq!(reply.document.as_ref().unwrap().attributes.text("state"), Some("AVAILABLE"));
    assert_eq!(cloud.state(&reply.job()), "SUCCESS");
}

#[test]
fn nobody_adds_one() {
    for cloud in Cloud::everywhere() {
        assert!(cloud.get("jobs").offer("add").is_none());
        let reply = cloud.post("jobs", &cloud.document("Job", attributes().with("name", "n")));
        assert_eq!(reply.refused().0, 405);
        assert!(reply.header("allow").unwrap().contains("GET"));
    }
}

#[test]
fn a_tag_of_a_running_one_is_of_its_progress() {
    let cloud = Cloud::v2();
    let job = cloud.act(&cloud.named("machines", "web-1"), "stop", attributes()).job();
    let tag = |uri: &str| cloud.send("GET", uri, &[], None).header("etag").unwrap().to_owned();
    let (one, all) = (tag(&job), tag("jobs"));
    assert_eq!((tag(&job), tag("jobs")), (one.clone(), all.clone()));
    cloud.clock.advance(Duration::from_millis(30));
    assert_ne!(tag(&job), one);
    assert_ne!(tag("jobs"), all);
}
