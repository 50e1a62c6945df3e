//! Which cloud is chosen, and what is said about it.

use mock_cloud::Edition;
use serde_json::json;

use crate::support::{self, Speaker, account, text};

async fn check(placement: &str, expected: &str) {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let accounts = [
        account("new", new.base_uri(), "price = 1\nlocation = \"FR\""),
        account("old", old.base_uri(), "price = 2\nlocation = \"NO\""),
    ]
    .concat();
    let manager = support::manager(&format!("[placement]\n{placement}\n{accounts}")).await;
    let speaker = Speaker::to(manager.base_uri());

    let made = speaker.create_machine("placed").await.expect(201);
    assert_eq!(made.json()["account"], expected, "{placement}");
    assert_eq!(made.json()["cpu"], 1, "what the cloud made of it is shown");
    let job = speaker.get(made.header("cimi-job-uri")).await.expect(200).json();
    assert_eq!(job["state"], "SUCCESS");
    assert!(text(&job["description"]).contains(&format!("{expected}: chosen")), "{job:#}");
    let affected = job["affectedResources"].as_array().unwrap();
    assert!(affected.contains(&json!({ "href": made.header("location") })), "{job:#}");
    assert_eq!(text(&job["targetResource"]["href"]), format!("{}machines", manager.base_uri()));

    let (cloud, other) = if expected == "new" { (&new, &old) } else { (&old, &new) };
    let there = Speaker::to(cloud.base_uri()).named("machines", "placed").await;
    assert_eq!(there["state"], made.json()["state"]);
    let elsewhere = Speaker::to(other.base_uri()).members("machines").await;
    assert!(elsewhere.iter().all(|machine| machine["name"] != "placed"));
}

#[tokio::test]
async fn the_policy_chooses() {
    check("order-by = \"price\"", "new").await;
    check("order-by = \"price:desc\"", "old").await;
    check("filter = \"location='NO'\"", "old").await;
    check("filter = \"price<2 or cpu>4\"\norder-by = \"account:desc\"", "new").await;
}

#[tokio::test]
async fn where_no_cloud_will_do_the_answer_says_why_of_each() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let accounts =
        [account("new", new.base_uri(), "price = 1"), account("old", old.base_uri(), "price = 2")].concat();
    let manager = support::manager(&format!("[placement]\nfilter = \"price>9\"\n{accounts}")).await;
    let speaker = Speaker::to(manager.base_uri());
    let before = (speaker.members("machines").await.len(), speaker.members("jobs").await.len());

    let job = speaker.create_machine("nowhere").await.expect(400).json();
    let reasons: Vec<String> =
        job["nestedJobs"].as_array().unwrap().iter().map(|job| text(&job["statusMessage"])).collect();
    insta::assert_debug_snapshot!(reasons, @r#"
    [
        "new: the policy's filter price>9 leaves it out",
        "old: the policy's filter price>9 leaves it out",
    ]
    "#);
    let after = (speaker.members("machines").await.len(), speaker.members("jobs").await.len());
    assert_eq!(before, after);
}

#[tokio::test]
async fn the_next_cloud_is_asked_when_the_first_is_gone() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let manager = support::of_both(&new, &old).await;
    let speaker = Speaker::to(manager.base_uri());
    speaker.named("machineConfigs", "small").await;
    new.stop().await;

    let made = speaker.create_machine("fallback").await.expect(201);
    assert_eq!(made.json()["account"], "old");
    let job = speaker.get(made.header("cimi-job-uri")).await.expect(200).json();
    let description = text(&job["description"]);
    assert!(
        description.contains("new was asked in vain") || description.contains("new: it is out of reach"),
        "{description}"
    );
}

#[tokio::test]
async fn a_template_of_the_manager_works_at_every_cloud() {
    for order in ["price", "price:desc"] {
        let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
        let accounts =
            [account("new", new.base_uri(), "price = 1"), account("old", old.base_uri(), "price = 2")]
                .concat();
        let manager = support::manager(&format!("[placement]\norder-by = \"{order}\"\n{accounts}")).await;
        let speaker = Speaker::to(manager.base_uri());

        let config = json!({ "name": "mine", "cpu": 3, "memory": 3_000_000,
            "disks": [{ "capacity": 1000, "format": "ext4", "initialLocation": "/dev/vda" }] });
        let config = speaker.post("machineConfigs", config).await.expect(201).json();
        let image = speaker.named("machineImages", "linux").await;
        // Relative references are as good as absolute ones.
        let relative = support::path(&config["id"]);
        let template = json!({ "name": "mine", "initialState": "STARTED",
            "machineConfig": { "href": relative }, "machineImage": { "href": text(&image["id"]) } });
        let template = speaker.post("machineTemplates", template).await.expect(201).json();
        assert_eq!(template["machineConfig"]["href"], config["id"]);

        let request = json!({ "name": "made", "machineTemplate": { "href": text(&template["id"]) } });
        let made = speaker.post("machines", request).await.expect(201).json();
        assert_eq!((&made["cpu"], &made["state"]), (&json!(3), &json!("STARTED")), "{order}");

        let overridden = json!({ "machineTemplate":
            { "href": text(&template["id"]), "initialState": "STOPPED",
              "machineConfig": { "href": text(&config["id"]), "cpu": 5 } } });
        let made = speaker.post("machines", overridden).await.expect(201).json();
        assert_eq!((&made["cpu"], &made["memory"]), (&json!(5), &json!(3_000_000)), "{order}");
        assert_eq!(made["state"], "STOPPED");
    }
}

#[tokio::test]
async fn a_template_of_a_cloud_goes_to_it_by_reference() {
    for edition in [Edition::V2, Edition::V1] {
        let cloud = support::instant(edition).await;
        let manager = support::manager(&account("cloud", cloud.base_uri(), "")).await;
        let speaker = Speaker::to(manager.base_uri());
        let template = speaker.named("machineTemplates", "database-server").await;
        let href = text(&template["id"]);

        let request = json!({ "name": "db", "machineTemplate": { "href": href } });
        let made = speaker.post("machines", request).await.expect(201).json();
        // The volume that was made with it is connected, and known to the manager.
        let volumes = speaker.members(&text(&made["volumes"]["href"])).await;
        assert_eq!(volumes.len(), 1);
        assert_eq!(volumes[0]["initialLocation"], "/dev/vdb");
        speaker.get(&text(&volumes[0]["id"])).await.expect(200);

        let erased = json!({ "machineTemplate": { "href": href, "volumeTemplates": null } });
        let made = speaker.post("machines", erased).await.expect(201).json();
        let volumes = speaker.members(&text(&made["volumes"]["href"])).await;
        assert_eq!(volumes.len(), 0, "what is erased is erased there");
    }
}
