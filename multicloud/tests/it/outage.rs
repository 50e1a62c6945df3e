//! A cloud that is down: its part is unavailable and says so, the rest works; then it comes back.

use mock_cloud::Edition;
use serde_json::json;

use crate::support::{self, Speaker, text};

#[tokio::test]
async fn a_cloud_that_is_down_takes_only_its_own_part_with_it() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let manager = support::of_both(&new, &old).await;
    let speaker = Speaker::to(manager.base_uri());
    let before = speaker.members("machines").await;
    let of = |account: &str| before.iter().find(|machine| machine["account"] == account).cloned().unwrap();
    let (lost, kept) = (of("new"), of("old"));
    let base = new.base_uri().to_owned();
    new.stop().await;

    for (format, marker) in
        [("application/json", "\"state\":\"FAILED\""), ("application/xml", "<state>FAILED</state>")]
    {
        support::eventually("503", || async {
            let headers = [("Accept", format)];
            let reply = speaker.ask(reqwest::Method::GET, &text(&lost["id"]), &headers, None).await;
            if reply.status != 503 {
                return None;
            }
            assert_ne!(reply.header("retry-after"), "");
            assert_eq!(reply.header("content-type"), format);
            assert!(reply.text.contains(marker), "{}", reply.text);
            assert!(reply.text.contains("new: "), "{}", reply.text);
            Some(())
        })
        .await;
    }
    let stop = json!({ "action": "http://schemas.dmtf.org/cimi/2/action/stop" });
    speaker.post(&format!("{}/stop", text(&lost["id"])), stop).await.expect(503);
    speaker.delete(&text(&lost["id"])).await.expect(503);

    speaker.get(&text(&kept["id"])).await.expect(200);
    assert_eq!(speaker.members("machines").await.len(), before.len(), "collections list all that is known");
    speaker.get("").await.expect(200);

    let _back = support::again(Edition::V2, &base).await;
    support::eventually("its return", || async {
        (speaker.get(&text(&lost["id"])).await.status == 200).then_some(())
    })
    .await;
    assert_eq!(speaker.members("machines").await.len(), before.len());
}

#[tokio::test]
async fn a_manager_starts_although_a_cloud_is_down() {
    let old = support::instant(Edition::V1).await;
    let accounts = [
        // Nobody listens on port 1.
        support::account("new", "http://127.0.0.1:1/cimi/", ""),
        support::account("old", old.base_uri(), ""),
    ]
    .concat();
    let manager = support::manager(&accounts).await;
    let speaker = Speaker::to(manager.base_uri());
    let machines = speaker.members("machines").await;
    assert!(!machines.is_empty() && machines.iter().all(|machine| machine["account"] == "old"));
    assert_eq!(speaker.create_machine("here").await.expect(201).json()["account"], "old");
}

#[tokio::test]
async fn where_every_cloud_is_down_creation_is_unavailable() {
    let manager = support::manager(&support::account("only", "http://127.0.0.1:1/cimi/", "")).await;
    let speaker = Speaker::to(manager.base_uri());
    let request = json!({ "machineTemplate": { "machineConfig": { "cpu": 1, "memory": 1 } } });
    let reply = speaker.post("machines", request).await.expect(503);
    assert_ne!(reply.header("retry-after"), "");
    assert!(speaker.members("jobs").await.is_empty());
}
