//! A manager among the clouds of another one.

use mock_cloud::sim::Timing;
use mock_cloud::{Edition, MockCloud};
use serde_json::json;

use crate::support::{self, Speaker, names, text};

/// One that grows slowly enough for its job to be seen at work.
async fn slow(edition: Edition) -> mock_cloud::Running {
    let timing = Timing::default().times_as_fast(10.0);
    MockCloud::builder().edition(edition).timing(timing).start().await.unwrap()
}

#[tokio::test]
async fn a_manager_manages_another_one_in_either_edition() {
    for edition in ["v1", "v2"] {
        let (near, far) = (support::instant(Edition::V2).await, slow(Edition::V1).await);
        let inner = support::account("far", far.base_uri(), "location = \"NO\"");
        let inner = support::manager(&format!("refresh-seconds = 1\nedition = \"{edition}\"\n{inner}")).await;
        let near = support::account("near", near.base_uri(), "price = 9");
        let other = support::account("other", inner.base_uri(), "price = 1");
        let outer = support::manager(&format!(
            "refresh-seconds = 1\n[placement]\norder-by = \"price\"\n{near}{other}"
        ))
        .await;
        let (outer, inner, far) =
            (Speaker::to(outer.base_uri()), Speaker::to(inner.base_uri()), Speaker::to(far.base_uri()));

        // What is the same in both clouds is one thing, however many managers are in between.
        let configs = outer.members("machineConfigs").await;
        assert_eq!(names(&configs).iter().filter(|name| **name == "small").count(), 1, "{configs:#?}");

        let begun = outer.create_machine("passed on").await;
        assert!(matches!(begun.status.as_u16(), 201 | 202), "{begun:?}");
        let job = outer.settle(&begun).await;
        assert_eq!(job["state"], "SUCCESS", "{job:#}");
        let machine = text(&outer.named("machines", "passed on").await["id"]);
        let machine = outer.get(&machine).await.expect(200).json();
        assert_eq!(machine["account"], "other", "{machine:#}");
        let there = inner.named("machines", "passed on").await;
        assert_eq!(names(&far.members("machines").await).iter().filter(|it| **it == "passed on").count(), 1);

        let started = outer.act(&text(&machine["id"]), "start").await;
        assert_eq!(outer.settle(&started).await["state"], "SUCCESS");
        outer.in_state(&text(&machine["id"]), "STARTED").await;
        inner.in_state(&text(&there["id"]), "STARTED").await;

        let gone = outer.delete(&text(&machine["id"])).await;
        assert_eq!(outer.settle(&gone).await["state"], "SUCCESS");
        outer.get(&text(&machine["id"])).await.expect(404);
        for speaker in [&inner, &far] {
            let left = speaker.members("machines").await;
            assert!(left.iter().all(|it| it["name"] != json!("passed on")), "{left:#?}");
        }
    }
}
