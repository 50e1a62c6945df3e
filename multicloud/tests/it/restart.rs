//! Stopped and started on the same store: everything is as it was, and what was under way goes on.

use mock_cloud::Edition;
use serde_json::json;

use crate::support::{self, Speaker, account, names, path, text};

#[tokio::test]
async fn everything_keeps_its_identity_and_jobs_go_on() {
    let cloud = support::frozen(Edition::V2).await;
    let folder = tempfile::tempdir().unwrap();
    let text_of_config = format!("store = \"manager.sqlite\"\n{}", account("cloud", cloud.base_uri(), ""));
    let manager = support::manager_in(folder.path(), &text_of_config).await;
    let speaker = Speaker::to(manager.base_uri());

    let own =
        speaker.post("machineConfigs", json!({ "name": "own", "cpu": 7, "memory": 7 })).await.expect(201);
    let own = path(&json!(own.header("location")));
    let made = speaker.create_machine("survivor").await.expect(202);
    let (machine, job) = (path(&json!(made.header("location"))), path(&json!(made.header("cimi-job-uri"))));
    let running = speaker.named("machines", "web-1").await;
    let stopping = speaker.act(&text(&running["id"]), "stop").await.expect(202);
    let stopping = path(&json!(stopping.header("cimi-job-uri")));
    let before = ids(&speaker).await;
    manager.stop().await;
    // Meanwhile, time passes at the cloud.
    cloud.clock().drain();

    let manager = support::manager_in(folder.path(), &text_of_config).await;
    let speaker = Speaker::to(manager.base_uri());
    assert_eq!(ids(&speaker).await, before, "nothing is lost, nothing is there twice");
    assert_eq!(speaker.get(&own).await.expect(200).json()["cpu"], 7);
    for job in [&job, &stopping] {
        let ended = support::eventually("the end of a job", || async {
            let job = speaker.get(job).await.expect(200).json();
            (job["state"] != "RUNNING").then_some(job)
        })
        .await;
        assert_eq!(ended["state"], "SUCCESS", "{ended:#}");
    }
    assert_eq!(speaker.get(&machine).await.expect(200).json()["state"], "STOPPED");
    assert_eq!(speaker.get(&path(&running["id"])).await.expect(200).json()["state"], "STOPPED");
    let there = Speaker::to(cloud.base_uri()).members("machines").await;
    assert_eq!(there.iter().filter(|machine| machine["name"] == "survivor").count(), 1);

    // A number is never given twice.
    let new =
        speaker.post("machineConfigs", json!({ "name": "new", "cpu": 1, "memory": 1 })).await.expect(201);
    assert!(!before.contains(&path(&json!(new.header("location")))));
}

#[tokio::test]
async fn an_account_that_is_not_configured_any_more_is_unavailable_and_not_forgotten() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (account("new", new.base_uri(), ""), account("old", old.base_uri(), ""));
    let manager = support::manager_in(folder.path(), &format!("store = \"a.sqlite\"\n{first}{second}")).await;
    let before = Speaker::to(manager.base_uri()).members("machines").await;
    manager.stop().await;

    let manager = support::manager_in(folder.path(), &format!("store = \"a.sqlite\"\n{first}")).await;
    let speaker = Speaker::to(manager.base_uri());
    let now = speaker.members("machines").await;
    assert_eq!(names(&now), names(&before));
    let orphan = now.iter().find(|machine| machine["account"] == "old").unwrap();
    let reply = speaker.get(&text(&orphan["id"])).await.expect(503);
    assert!(text(&reply.json()["statusMessage"]).contains("no account old any more"), "{}", reply.text);
    manager.stop().await;

    let manager = support::manager_in(folder.path(), &format!("store = \"a.sqlite\"\n{first}{second}")).await;
    let speaker = Speaker::to(manager.base_uri());
    assert_eq!(names(&speaker.members("machines").await), names(&before));
    speaker.get(&path(&orphan["id"])).await.expect(200);
}

/// The paths of everything that has one.
async fn ids(speaker: &Speaker) -> Vec<String> {
    let mut all = Vec::new();
    for collection in ["machineConfigs", "machineImages", "volumes", "machineTemplates", "machines", "jobs"] {
        all.extend(speaker.members(collection).await.iter().map(|member| path(&member["id"])));
    }
    all
}
