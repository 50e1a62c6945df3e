//! Accounts that are only observed: what is there is shown, and nothing is ever changed.

use mock_cloud::sim::Timing;
use mock_cloud::{Edition, MockCloud};
use serde_json::{Value, json};

use crate::support::{self, Speaker, account, eventually, names, text};

const OBSERVED: &str = "mode = \"observe\"";

#[tokio::test]
async fn what_is_there_is_shown_and_nothing_is_changed() {
    for edition in Edition::ALL {
        let builder = MockCloud::builder().edition(edition).timing(Timing::instant());
        let (cloud, overheard) = support::overheard(builder).await;
        let manager = support::manager(&account("seen", cloud.base_uri(), OBSERVED)).await;
        let speaker = Speaker::to(manager.base_uri());
        let there = Speaker::to(cloud.base_uri()).members("machines").await;
        let machines = speaker.members("machines").await;
        assert_eq!(names(&machines), names(&there));

        let machine = speaker.get(&text(&speaker.named("machines", "web-1").await["id"])).await.json();
        let id = text(&machine["id"]);
        assert!(machine.get("operations").is_none(), "nothing is offered: {machine:#}");
        let volumes = speaker.get(&text(&machine["volumes"]["href"])).await.expect(200).json();
        assert!(volumes.get("operations").is_none(), "{volumes:#}");
        let action = "http://schemas.dmtf.org/cimi/2/action/stop";
        let volume = text(&speaker.named("volumes", "backup").await["id"]);
        for refused in [
            speaker.delete(&id).await,
            speaker.put(&format!("{id}?$select=name"), json!({ "name": "other" })).await,
            speaker.post(&format!("{id}/stop"), json!({ "action": action })).await,
            speaker
                .post(
                    &text(&machine["volumes"]["href"]),
                    json!({ "action": "insert", "volume": { "href": volume } }),
                )
                .await,
        ] {
            let refused = refused.expect(403).text;
            assert!(refused.contains("seen: it is only observed"), "{refused}");
        }
        assert!(speaker.members("jobs").await.is_empty(), "there has been no job");
        let machines = speaker.get("machines").await.expect(200).json();
        assert!(machines.get("operations").is_none(), "nor can anything be created");
        let refused = speaker.post("machines", json!({ "machineTemplate": {} })).await.expect(501).text;
        assert!(refused.contains("seen: it is only observed"), "{refused}");
        assert_eq!(overheard.changes(), 0, "the cloud has heard of none of it");
    }
}

#[tokio::test]
async fn it_is_no_offer_and_the_decision_says_why() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let accounts = [
        account("new", new.base_uri(), &format!("price = 1\n{OBSERVED}")),
        account("old", old.base_uri(), "price = 2"),
    ];
    let manager =
        support::manager(&format!("[placement]\norder-by = \"price\"\n{}", accounts.concat())).await;
    let speaker = Speaker::to(manager.base_uri());
    let made = speaker.create_machine("here").await.expect(201);
    assert_eq!(made.json()["account"], "old");
    let job = speaker.get(made.header("cimi-job-uri")).await.expect(200).json();
    let told = text(&job["description"]);
    assert!(told.contains("new: it is only observed: nothing is created there"), "{told}");

    // What is only there cannot be placed elsewhere.
    let machines = speaker.members("machines").await;
    let foreign = machines.iter().find(|machine| machine["account"] == "new").unwrap();
    let image = json!({ "name": "of it", "type": "IMAGE", "imageLocation": text(&foreign["id"]) });
    let refused = speaker.post("machineImages", image).await;
    assert!(refused.text.contains("only observed"), "{}", refused.text);
}

#[tokio::test]
async fn it_can_be_managed_later_and_observed_again() {
    let cloud = support::instant(Edition::V2).await;
    let manager = support::manager("").await;
    let (admin, cimi) = (Speaker::to(&manager.admin_uri()), Speaker::to(manager.base_uri()));
    let parameters = json!({ "endpoint": cloud.base_uri() });
    admin
        .post("providers", json!({ "name": "p", "profile": "cimi", "parameters": parameters }))
        .await
        .expect(201);
    admin.post("accounts", json!({ "name": "a", "provider": "p", "mode": "watch" })).await.expect(422);
    let made =
        admin.post("accounts", json!({ "name": "a", "provider": "p", "mode": "observe" })).await.expect(201);
    assert_eq!(made.json()["mode"], "observe");
    let machine = eventually("what is there", || async {
        cimi.members("machines").await.into_iter().find(|machine| machine["name"] == "web-1")
    })
    .await;
    let offers = |machine: &Value| machine["operations"].as_array().map_or(0, Vec::len);
    assert_eq!(offers(&machine), 0);
    let before = cimi.get(&text(&machine["id"])).await.expect(200);

    admin.patch("accounts/a", json!({ "mode": null })).await.expect(200);
    let after = eventually("the operations", || async {
        let shown = cimi.get(&text(&machine["id"])).await;
        (shown.status == 200 && offers(&shown.json()) > 0).then_some(shown)
    })
    .await;
    assert_ne!(before.header("etag"), after.header("etag"));
    cimi.act(&text(&machine["id"]), "stop").await.expect(200);

    admin.patch("accounts/a", json!({ "mode": "observe" })).await.expect(200);
    eventually("its end", || async {
        (cimi.delete(&text(&machine["id"])).await.status == 403).then_some(())
    })
    .await;

    // What a tenant has there cannot be deleted: it is said what can be done.
    admin.post("tenants", json!({ "name": "t" })).await.expect(201);
    let filter = json!({ "tenant": "t", "filter": "kind='Machine'" });
    admin.post("resources/adopt", filter).await.expect(200);
    let refused = admin.delete("accounts/a").await.expect(409);
    assert!(refused.text.contains("have them forgotten first: it is only observed"), "{}", refused.text);
    admin.post("resources/forget", json!({ "filter": "owner='t'" })).await.expect(200);
    admin.delete("accounts/a").await.expect(204);
}
