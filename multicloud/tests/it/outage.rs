//! A cloud that is down: its part is unavailable and says so, the rest works; then it comes back.

use std::path::Path;
use std::time::Duration;

use mock_cloud::Edition;
use mock_cloud::fault::{Effect, Fault, Refuse, When};
use serde_json::json;

use crate::support::{self, Hands, Speaker, text};

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

/// Ways to give no answer that tells what came of a request, and what is to be said of each.
fn silences() -> [(Effect, &'static str); 3] {
    let broken = Refuse { status: 500, retry_after: None, message: Some("out of luck".to_owned()) };
    [
        (Effect::Refuse(broken), "paris: it answered 500: out of luck; it does not have it"),
        (Effect::Drop(When::Before), "paris: it did not answer"),
        (Effect::Latency(mock_cloud::fault::Latency::Fixed(hours(1))), "paris: it did not answer"),
    ]
}

fn hours(hours: u64) -> mock_cloud::fault::Span {
    mock_cloud::fault::Span::new(Duration::from_hours(hours))
}

/// Two accounts, the dearer one only if the other has failed.
fn both(paris: &mock_cloud::Running, oslo: &mock_cloud::Running, more: &str) -> String {
    let paris = support::account("paris", paris.base_uri(), "price = 1\ndeadline-seconds = 1");
    let oslo = support::account("oslo", oslo.base_uri(), "price = 2\ndeadline-seconds = 1");
    format!("refresh-seconds = 3600\n[placement]\norder-by = \"price\"\n{more}\n{paris}{oslo}")
}

#[tokio::test]
async fn who_gives_no_answer_and_does_not_have_it_is_passed_over_within_the_same_job() {
    for (silence, _) in silences() {
        let (paris, oslo) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
        let hands = Hands::default();
        let manager = support::manager_by(&hands, Path::new("."), &both(&paris, &oslo, "")).await;
        let speaker = Speaker::to(manager.base_uri());
        paris.faults().add(&Fault::new(silence).on("create")).unwrap();
        let made = speaker.create_machine("moves-on").await.expect(202);
        let job = speaker.settle_by(&hands, &made).await;
        assert_eq!(job["state"], "SUCCESS", "{job:#}");
        let machine = speaker.get(made.header("location")).await.expect(200).json();
        assert_eq!((&machine["name"], &machine["account"]), (&json!("moves-on"), &json!("oslo")));
        let told = text(&job["description"]);
        assert!(told.contains("paris was asked in vain: it ") && told.contains("does not have it"), "{told}");
    }
}

#[tokio::test]
async fn where_nobody_is_left_the_job_says_of_each_what_came_of_it() {
    for (silence, said) in silences() {
        for (more, pin, rest) in [
            ("", json!({}), Some("oslo: ")),
            ("on-failure = \"stop\"", json!({}), None),
            ("attempts = 1", json!({}), None),
            ("", json!({ "account": "paris" }), None),
        ] {
            let (paris, oslo) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
            let hands = Hands::default();
            let manager = support::manager_by(&hands, Path::new("."), &both(&paris, &oslo, more)).await;
            let speaker = Speaker::to(manager.base_uri());
            paris.faults().add(&Fault::new(silence.clone()).on("create")).unwrap();
            oslo.faults().add(&Fault::new(Effect::Capacity)).unwrap();
            let template = json!({ "machineConfig": { "cpu": 1, "memory": 1024 } });
            let mut body = json!({ "name": "never", "machineTemplate": template });
            body.as_object_mut().unwrap().extend(pin.as_object().unwrap().clone());
            let made = speaker.post("machines", body).await.expect(202);
            let job = speaker.settle_by(&hands, &made).await;
            assert_eq!(job["state"], "FAILED", "{job:#}");
            let told = text(&job["statusMessage"]);
            assert!(told.starts_with(said) && told.contains("it does not have it"), "{told}");
            assert_eq!(
                told.split("; ").nth(2).is_some_and(|it| it.starts_with("oslo: ")),
                rest.is_some(),
                "{told}"
            );
            speaker.get(made.header("location")).await.expect(404);
            assert_eq!(manager.app().inventory().unanswered().len(), 1, "it may come late");
        }
    }
}
