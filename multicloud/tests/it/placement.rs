//! Which cloud is chosen, and what is said about it.

use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use mock_cloud::sim::Timing;
use mock_cloud::{Edition, MockCloud};
use reqwest::Method;
use serde_json::{Value, json};

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

/// A cloud that is complete at once, and all that it is sent.
async fn read_along() -> (mock_cloud::Running, Arc<Mutex<String>>) {
    let sent = Arc::new(Mutex::new(String::new()));
    let noted = sent.clone();
    let front = move |router: axum::Router| {
        let noted = noted.clone();
        router.layer(from_fn(move |request: Request, next: Next| {
            let noted = noted.clone();
            async move {
                let (head, body) = request.into_parts();
                let body = to_bytes(body, usize::MAX).await.unwrap();
                noted.lock().unwrap().push_str(&String::from_utf8_lossy(&body));
                next.run(Request::from_parts(head, Body::from(body))).await
            }
        }))
    };
    (MockCloud::builder().timing(Timing::instant()).front(front).start().await.unwrap(), sent)
}

#[tokio::test]
async fn a_policy_is_checked_whenever_it_is_read_and_no_cloud_hears_of_it() {
    const PROPERTY: &str = multicloud::app::PROPERTY;
    let (cloud, sent) = read_along().await;
    let manager = support::manager(&account("paris", cloud.base_uri(), "location = \"FR-75C\"")).await;
    let speaker = Speaker::to(manager.base_uri());
    let said = |policy: &str| json!({ PROPERTY: policy, "colour": "red" });
    let (good, bad) = (said("{\"filter\": \"location='FR'\"}"), said("{\"filter\": \"prize<3\"}"));
    let made_of = |properties: &Value| json!({ "name": "t", "machineConfig": { "cpu": 1, "memory": 1024 }, "properties": properties });
    let component = |properties: &Value| {
        json!({ "name": "c", "type": "http://schemas.dmtf.org/cimi/2/Machine", "properties": properties,
            "machineTemplate": { "machineConfig": { "cpu": 1, "memory": 1024 } } })
    };
    let system_of = |inner: &Value| json!({ "name": "s", "componentDescriptors": [component(&json!({})), component(inner)] });
    let at_once =
        |outer: &Value, inner: &Value| json!({ "properties": outer, "systemTemplate": system_of(inner) });
    let before = speaker.members("jobs").await.len();
    for (collection, body, words) in [
        (
            "machineTemplates",
            made_of(&bad),
            "the policy in property cimi-manager-placement, filter at column 1",
        ),
        ("machineTemplates", made_of(&said("{bad")), "at column 2"),
        ("systemTemplates", system_of(&bad), "componentDescriptors, item 2: the policy in property"),
        ("systems", at_once(&bad, &good), "the policy in property"),
        ("systems", at_once(&good, &bad), "componentDescriptors, item 2: the policy in property"),
    ] {
        let refused = speaker.post(collection, body).await.expect(400);
        assert!(refused.text.contains(words), "{collection}: {}", refused.text);
    }
    assert_eq!(speaker.members("jobs").await.len(), before, "nothing is left");

    let put = async |id: &str, select: &str, body: Value| {
        speaker.send(Method::PUT, &format!("{id}?$select={select}"), &[], body).await
    };
    let template = text(&speaker.post("machineTemplates", made_of(&good)).await.expect(201).json()["id"]);
    let systems = text(&speaker.post("systemTemplates", system_of(&good)).await.expect(201).json()["id"]);
    let refused = put(&template, "properties", json!({ "properties": bad })).await.expect(400);
    assert!(refused.text.contains("offers have no attribute `prize`"), "{}", refused.text);
    let described = json!({ "componentDescriptors": system_of(&bad)["componentDescriptors"] });
    put(&systems, "componentDescriptors", described).await.expect(400);
    put(&template, "properties", json!({ "properties": good })).await.expect(200);
    assert_eq!(speaker.get(&template).await.expect(200).json()["properties"], good);

    let body = json!({ "name": "m", "properties": good, "machineTemplate": { "href": template } });
    let machine = speaker.post("machines", body).await.expect(201).json();
    assert_eq!(machine["properties"], json!({ "colour": "red" }));
    let system = json!({ "name": "all", "properties": good, "systemTemplate": { "href": systems } });
    let system = speaker.post("systems", system).await;
    assert_eq!(speaker.settle(&system).await["state"], "SUCCESS");
    // What is there is where it is: a policy would mean nothing.
    for id in [text(&machine["id"]), system.header("location").to_owned()] {
        let refused = put(&id, "properties", json!({ "properties": good })).await.expect(400);
        assert!(refused.text.contains("a policy says where something is created"), "{}", refused.text);
        put(&id, "properties", json!({ "properties": { "colour": "blue" } })).await.expect(200);
    }
    let sent = sent.lock().unwrap();
    assert!(sent.contains("blue") && !sent.contains(PROPERTY), "{sent}");
}
