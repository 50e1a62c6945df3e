//! Operations, updates, connections, images, deletion: passed on, followed, and shown.

use mock_cloud::Edition;
use reqwest::Method;
use serde_json::json;

use crate::support::{self, Speaker, account, text};

/// The life of a machine in a cloud of this edition.
async fn check(edition: Edition) {
    let cloud = support::frozen(edition).await;
    let manager = support::manager(&account("cloud", cloud.base_uri(), "")).await;
    let speaker = Speaker::to(manager.base_uri());

    let made = speaker.create_machine("life").await.expect(202);
    let id = made.header("location").to_owned();
    assert_eq!(made.json()["state"], "RUNNING", "the body is the job");
    assert_eq!(speaker.get(&id).await.expect(200).json()["state"], "CREATING");
    cloud.clock().drain();
    assert_eq!(speaker.settle(&made).await["state"], "SUCCESS");
    assert_eq!(speaker.get(&id).await.expect(200).json()["state"], "STOPPED");

    for (operation, through, to) in [
        ("start", "STARTING", "STARTED"),
        ("pause", "PAUSING", "PAUSED"),
        ("start", "STARTING", "STARTED"),
        ("stop", "STOPPING", "STOPPED"),
    ] {
        let begun = speaker.act(&id, operation).await.expect(202);
        speaker.in_state(&id, through).await;
        cloud.clock().drain();
        let job = speaker.settle(&begun).await;
        assert_eq!(job["state"], "SUCCESS", "{job:#}");
        assert_eq!(job["progress"], 100);
        assert_eq!(job["action"], format!("http://schemas.dmtf.org/cimi/2/action/{operation}"));
        assert_eq!(job["targetResource"]["href"], id.as_str());
        // Once the job says so, the machine does, too.
        assert_eq!(speaker.get(&id).await.expect(200).json()["state"], to, "{operation}");
    }

    let gone = speaker.delete(&id).await.expect(202);
    cloud.clock().drain();
    let job = speaker.settle(&gone).await;
    assert_eq!(job["state"], "SUCCESS");
    assert!(job.get("affectedResources").is_none(), "what is gone is not listed: {job:#}");
    speaker.get(&id).await.expect(404);
    let there = Speaker::to(cloud.base_uri()).members("machines").await;
    assert!(there.iter().all(|machine| machine["name"] != "life"));
}

#[tokio::test]
async fn a_machine_lives_and_dies_in_a_cloud_of_either_edition() {
    check(Edition::V2).await;
    check(Edition::V1).await;
}

#[tokio::test]
async fn updates_whole_and_partial_reach_the_cloud() {
    for edition in [Edition::V2, Edition::V1] {
        let cloud = support::instant(edition).await;
        let manager = support::manager(&account("cloud", cloud.base_uri(), "")).await;
        let speaker = Speaker::to(manager.base_uri());
        let id = speaker.create_machine("before").await.expect(201).header("location").to_owned();

        let properties = json!({ "name": "after", "properties": { "a": "b" } });
        speaker.put(&format!("{id}?$select=name,properties,description"), properties).await.expect(200);
        let read = speaker.get(&id).await.expect(200);
        assert_eq!(read.json()["name"], "after");
        assert_eq!(read.json()["properties"], json!({ "a": "b" }), "and no token");
        let there = Speaker::to(cloud.base_uri()).named("machines", "after").await;
        assert_eq!(there["properties"].as_object().unwrap().len(), 2, "the token stays: {there:#}");

        let mut whole = read.json();
        whole["description"] = json!("all of it");
        let tag = read.header("etag").to_owned();
        speaker.send(Method::PUT, &id, &[("If-Match", &tag)], whole.clone()).await.expect(200);
        let again = speaker.send(Method::PUT, &id, &[("If-Match", &tag)], whole.clone()).await.expect(412);
        assert_eq!(again.json()["state"], "FAILED");
        // What changes nothing has its job all the same.
        let unchanged = speaker.put(&id, speaker.get(&id).await.json()).await.expect(200);
        assert_eq!(speaker.settle(&unchanged).await["state"], "SUCCESS");
    }
}

#[tokio::test]
async fn of_two_changes_of_one_version_one_is_made() {
    let cloud = support::instant(Edition::V2).await;
    let manager = support::manager(&account("cloud", cloud.base_uri(), "")).await;
    let speaker = Speaker::to(manager.base_uri());
    let id = speaker.create_machine("raced").await.expect(201).header("location").to_owned();
    let tag = speaker.get(&id).await.expect(200).header("etag").to_owned();

    let change = |name: &'static str| {
        let (speaker, url, tag) = (speaker.clone(), format!("{id}?$select=name"), tag.clone());
        async move {
            let body = json!({ "name": name });
            speaker.send(Method::PUT, &url, &[("If-Match", &tag)], body).await.status.as_u16()
        }
    };
    let (one, two, three) = tokio::join!(change("one"), change("two"), change("three"));
    let mut statuses = [one, two, three];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412]);
}

#[tokio::test]
async fn volumes_are_connected_and_disconnected_in_clouds_of_either_edition() {
    for edition in [Edition::V2, Edition::V1] {
        let cloud = support::instant(edition).await;
        let manager = support::manager(&account("cloud", cloud.base_uri(), "")).await;
        let speaker = Speaker::to(manager.base_uri());
        let machine = speaker.create_machine("host").await.expect(201).json();
        let config = speaker.named("volumeConfigs", "standard").await;
        let request =
            json!({ "name": "data", "volumeTemplate": { "volumeConfig": { "href": text(&config["id"]) } } });
        let volume = speaker.post("volumes", request).await.expect(201).json();

        let collection = text(&machine["volumes"]["href"]);
        let insert = json!({ "action": "insert", "volume": { "href": text(&volume["id"]) }, "initialLocation": "/dev/vdx" });
        speaker.post(&collection, insert).await.expect(200);
        let listed = speaker.members(&collection).await;
        assert_eq!(listed.len(), 1);
        assert_eq!((&listed[0]["id"], &listed[0]["initialLocation"]), (&volume["id"], &json!("/dev/vdx")));

        let remove = json!({ "action": "remove", "volume": { "href": text(&volume["id"]) } });
        speaker.post(&collection, remove).await.expect(200);
        assert_eq!(speaker.members(&collection).await.len(), 0, "{edition:?}");
        speaker.delete(&text(&volume["id"])).await.expect(200);
        speaker.get(&text(&volume["id"])).await.expect(404);
    }
}

#[tokio::test]
async fn disks_are_added_read_and_deleted_in_clouds_of_either_edition() {
    for edition in [Edition::V2, Edition::V1] {
        let cloud = support::instant(edition).await;
        let manager = support::manager(&account("cloud", cloud.base_uri(), "")).await;
        let speaker = Speaker::to(manager.base_uri());
        let machine = speaker.create_machine("disks").await.expect(201).json();
        let disks = text(&machine["disks"]["href"]);
        assert_eq!(speaker.members(&disks).await.len(), 1, "that of its configuration");

        let disk = json!({ "capacity": 5000, "initialLocation": "/dev/vdz" });
        let added = speaker.post(&disks, disk).await.expect(201);
        let job = speaker.settle(&added).await;
        assert_eq!((&job["action"], &job["targetResource"]["href"]), (&json!("add"), &json!(disks)));
        assert_eq!(speaker.members(&disks).await.len(), 2);
        let read = speaker.get(added.header("location")).await.expect(200).json();
        assert_eq!((&read["capacity"], &read["initialLocation"]), (&json!(5000), &json!("/dev/vdz")));
        if edition == Edition::V1 {
            // There, disks have no address by which they could be deleted.
            assert!(read.get("operations").is_none(), "{read:#}");
            continue;
        }
        speaker.delete(added.header("location")).await.expect(200);
        speaker.get(added.header("location")).await.expect(404);
        assert_eq!(speaker.members(&disks).await.len(), 1);
    }
}

#[tokio::test]
async fn images_are_made_of_machines_where_these_are() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let manager = support::of_both(&new, &old).await;
    let speaker = Speaker::to(manager.base_uri());

    for location in ["FR", "NO"] {
        let machines =
            speaker.members(&format!("machines?$filter=location='{location}' and state='STOPPED'")).await;
        let machine = &machines[0];
        let request = json!({ "name": format!("of-{location}"), "type": "SNAPSHOT", "imageLocation": text(&machine["id"]) });
        let image = speaker.post("machineImages", request).await.expect(201).json();
        assert_eq!((&image["state"], &image["type"]), (&json!("AVAILABLE"), &json!("SNAPSHOT")));
        let snapshot = speaker.act(&text(&machine["id"]), "snapshot").await.expect(201);
        let latest = speaker.get(snapshot.header("location")).await.expect(200).json();
        assert_eq!(latest["relatedImage"]["href"], image["id"], "a snapshot refers to the one before it");
        let listed = speaker.members(&text(&machine["snapshots"]["href"])).await;
        let listed: Vec<_> = listed.iter().map(|snapshot| &snapshot["id"]).collect();
        assert_eq!(listed, [&image["id"], &latest["id"]]);
        // What is made of it is made where it is.
        let config = speaker.named("machineConfigs", "small").await;
        let template = json!({ "machineConfig": { "href": text(&config["id"]) }, "machineImage": { "href": text(&image["id"]) } });
        let made = speaker.post("machines", json!({ "machineTemplate": template })).await.expect(201).json();
        assert_eq!(made["location"], location);
    }
}

#[tokio::test]
async fn a_volume_is_snapshotted_and_restored() {
    for edition in [Edition::V2, Edition::V1] {
        let cloud = support::instant(edition).await;
        let manager = support::manager(&account("cloud", cloud.base_uri(), "")).await;
        let speaker = Speaker::to(manager.base_uri());
        let volume = speaker.named("volumes", "backup").await;
        let id = text(&volume["id"]);
        let image = speaker.act(&id, "snapshot").await.expect(201).header("location").to_owned();
        let listed = speaker.members(&text(&volume["images"]["href"])).await;
        assert_eq!(listed[0]["id"], image.as_str());

        let action = "http://schemas.dmtf.org/cimi/2/action/restore";
        let restore = json!({ "action": action, "image": { "href": image } });
        let restored = speaker.post(&format!("{id}/restore"), restore).await.expect(200);
        assert_eq!(speaker.settle(&restored).await["state"], "SUCCESS");
    }
}

#[tokio::test]
async fn a_job_is_stopped_at_its_cloud() {
    let cloud = support::frozen(Edition::V2).await;
    let manager = support::manager(&account("cloud", cloud.base_uri(), "")).await;
    let speaker = Speaker::to(manager.base_uri());
    let made = speaker.create_machine("stopped").await.expect(202);
    let job = made.header("cimi-job-uri").to_owned();

    speaker.act(&job, "stop").await;
    // What the cloud takes time for when it stops a Job.
    cloud.clock().drain();
    assert_eq!(speaker.settle(&made).await["state"], "STOPPED");
    speaker.get(made.header("location")).await.expect(404);
    speaker.delete(&job).await.expect(200);
    speaker.get(&job).await.expect(404);
}

#[tokio::test]
async fn the_managers_own_resources_are_changed_and_referred_to() {
    let cloud = support::instant(Edition::V2).await;
    let manager = support::manager(&account("cloud", cloud.base_uri(), "")).await;
    let speaker = Speaker::to(manager.base_uri());
    let config =
        speaker.post("machineConfigs", json!({ "name": "own", "cpu": 1, "memory": 1 })).await.expect(201);
    let config = config.header("location").to_owned();
    let template = json!({ "name": "own", "machineConfig": { "href": config } });
    let template = speaker.post("machineTemplates", template).await.expect(201).header("location").to_owned();

    speaker.put(&format!("{config}?$select=cpu"), json!({ "cpu": 2 })).await.expect(200);
    assert_eq!(speaker.get(&config).await.expect(200).json()["cpu"], 2);
    let job = speaker.delete(&config).await.expect(200);
    assert_eq!(speaker.settle(&job).await["state"], "SUCCESS");
    assert!(speaker.get(&template).await.expect(200).json().get("machineConfig").is_none(), "5.10.1");
    let there = Speaker::to(cloud.base_uri()).members("machineConfigs").await;
    assert!(there.iter().all(|config| config["name"] != "own"), "no cloud has heard of it");
}

#[tokio::test]
async fn what_was_on_the_way_is_looked_at_again_however_fresh_it_is() {
    let cloud = support::frozen(Edition::V2).await;
    let manager = support::manager(&account("cloud", cloud.base_uri(), "")).await;
    let speaker = Speaker::to(manager.base_uri());
    let machine = text(&speaker.named("machines", "web-2").await["id"]);
    let resource = speaker.get(&machine).await.expect(200).json();
    let offers = resource["operations"].as_array().unwrap();
    let capture = offers.iter().find(|it| text(&it["rel"]).ends_with("/capture")).unwrap();
    let body = json!({ "name": "of-web-2" });
    speaker.post(&text(&capture["href"]), body).await.expect(202);
    assert_eq!(speaker.get(&machine).await.expect(200).json()["state"], "CAPTURING");
    cloud.clock().drain();
    assert_eq!(speaker.get(&machine).await.expect(200).json()["state"], "STOPPED");
}

#[tokio::test]
async fn where_a_template_is_says_nothing_of_what_is_made_of_it() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let accounts = [account("new", new.base_uri(), "location = \"FR\""), account("old", old.base_uri(), "")];
    for edition in ["v1", "v2"] {
        let manager = support::manager(&format!("edition = \"{edition}\"\n{}", accounts.concat())).await;
        let speaker = Speaker::to(manager.base_uri());
        let template = json!({ "name": "of-mine", "userName": "first" });
        let template = speaker.post("credentialTemplates", template).await.expect(201);
        assert_eq!(template.json()["account"], "new", "{}", template.text);
        let of = json!({ "href": template.header("location") });
        let made = json!({ "name": "mine", "credentialTemplate": of });
        let made = speaker.post("credentials", made).await.expect(201).json();
        assert_eq!(made["userName"], "first", "{made:#}");
    }
}
