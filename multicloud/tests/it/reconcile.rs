//! What clouds do behind our back, and what administrators have the manager do about it.

use std::path::Path;

use mock_cloud::sim::Timing;
use mock_cloud::{Edition, MockCloud};
use multicloud::event::{Access, Query, Scope, Shared};
use multicloud::running::Running;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{self, Speaker, account, eventually, names, path, text};

/// The operations that a resource offers, bare.
fn offers(resource: &Value) -> Vec<String> {
    let offers = resource["operations"].as_array().cloned().unwrap_or_default();
    offers.iter().map(|offer| text(&offer["rel"]).rsplit('/').next().unwrap().to_owned()).collect()
}

/// Waits until a resource says that it is gone.
async fn gone(speaker: &Speaker, id: &str) -> Value {
    eventually("that it is gone", || async {
        let shown = speaker.get(id).await.expect(200).json();
        (shown["presence"] == "gone").then_some(shown)
    })
    .await
}

/// A manager of one cloud that looks at it when it is told to.
async fn quiet(folder: &Path, cloud: &mock_cloud::Running, more: &str) -> Running {
    let account = account("cloud", cloud.base_uri(), more);
    support::manager_in(folder, &format!("refresh-seconds = 3600\nstore = \"a.sqlite\"\n{account}")).await
}

fn admin(manager: &Running) -> Speaker {
    Speaker::to(&manager.admin_uri())
}

async fn refresh(manager: &Running) -> Value {
    admin(manager).post("accounts/cloud/refresh", json!({})).await.expect(200).json()
}

#[tokio::test]
async fn what_was_made_and_is_gone_says_so_and_is_never_made_again() {
    for edition in Edition::ALL {
        let builder = MockCloud::builder().edition(edition).timing(Timing::instant());
        let (cloud, overheard) = support::overheard(builder).await;
        let folder = tempfile::tempdir().unwrap();
        let manager = quiet(folder.path(), &cloud, "quota = { machines = 100 }").await;
        let speaker = Speaker::to(manager.base_uri());
        let id = speaker.create_machine("missed").await.expect(201).header("location").to_owned();
        let left =
            || async { admin(&manager).get("accounts/cloud").await.json()["left"]["machines"].as_i64() };
        let before = left().await.unwrap();
        let there = Speaker::to(cloud.base_uri());
        let foreign = text(&there.named("machines", "missed").await["id"]);
        there.delete(&foreign).await.expect(200);
        let changes = overheard.changes();

        // A look at everything finds it, whoever asks for the machine itself, too.
        refresh(&manager).await;
        let listed = speaker.members("machines?$filter=presence='gone'").await;
        assert_eq!(names(&listed), ["missed"]);
        let shown = gone(&speaker, &id).await;
        assert_eq!(offers(&shown), ["delete"], "{shown:#}");
        assert_eq!(shown["account"], "cloud");
        assert_eq!(left().await.unwrap(), before + 1, "nothing of it counts any more");
        assert!(speaker.members(&text(&shown["volumes"]["href"])).await.is_empty());
        let refused = speaker.put(&format!("{id}?$select=name"), json!({ "name": "x" })).await.expect(409);
        assert!(refused.text.contains("cloud does not have it any more"), "{}", refused.text);
        let start = json!({ "action": "http://schemas.dmtf.org/cimi/2/action/start" });
        speaker.post(&format!("{id}/start"), start).await.expect(409);
        let metadata = speaker.get("resourceMetadata/Machine").await.expect(200).text;
        assert!(metadata.contains("\"presence\""), "{metadata}");

        // That outlives the program.
        manager.stop().await;
        let manager = quiet(folder.path(), &cloud, "").await;
        let speaker = Speaker::to(manager.base_uri());
        let id = path(&json!(id));
        gone(&speaker, &id).await;
        let deleted = speaker.delete(&id).await.expect(200);
        assert_eq!(speaker.settle(&deleted).await["state"], "SUCCESS");
        speaker.get(&id).await.expect(404);
        refresh(&manager).await;
        assert!(!names(&there.members("machines").await).contains(&"missed"));
        assert_eq!(overheard.changes(), changes, "the cloud has heard of none of it");
    }
}

#[tokio::test]
async fn what_comes_back_is_as_it_was() {
    let cloud = support::instant(Edition::V2).await;
    let folder = tempfile::tempdir().unwrap();
    let manager = quiet(folder.path(), &cloud, "").await;
    let speaker = Speaker::to(manager.base_uri());
    let id = speaker.create_machine("lost").await.expect(201).header("location").to_owned();
    cloud.cloud().keep("before").unwrap();
    let there = Speaker::to(cloud.base_uri());
    there.delete(&text(&there.named("machines", "lost").await["id"])).await.expect(200);
    // The first who wants to change it learns that it is gone; to delete it is what is left.
    let refused = speaker.put(&format!("{id}?$select=name"), json!({ "name": "x" })).await.expect(409);
    assert!(refused.text.contains("does not have it any more"), "{}", refused.text);
    assert_eq!(speaker.get(&id).await.expect(200).json()["presence"], "gone");

    cloud.cloud().restore("before").unwrap();
    let back = eventually("its return", || async {
        let shown = speaker.get(&id).await.expect(200).json();
        shown.get("presence").is_none().then_some(shown)
    })
    .await;
    assert!(offers(&back).contains(&"start".to_owned()), "{back:#}");
    speaker.act(&id, "start").await.expect(200);

    // Who deletes what is gone unnoticed has it deleted.
    there.delete(&text(&there.named("machines", "lost").await["id"])).await.expect(200);
    speaker.delete(&id).await.expect(200);
    speaker.get(&id).await.expect(404);
}

#[tokio::test]
async fn what_a_deletion_takes_along_is_not_missed() {
    // A meter of a machine goes with it, a segment with its network.
    for (edition, kind, owner, part, attribute, template) in [
        (Edition::V1, "meters", "machines", "meterTemplates", "targetResource", "meterTemplate"),
        (Edition::V2, "segments", "networks", "segmentTemplates", "network", "protocolSegmentTemplate"),
    ] {
        let cloud = support::instant(edition).await;
        let name = if edition == Edition::V1 { "v1" } else { "v2" };
        let config = format!("edition = \"{name}\"\nrefresh-seconds = 3600\n");
        let manager = support::manager(&format!("{config}{}", account("cloud", cloud.base_uri(), ""))).await;
        let speaker = Speaker::to(manager.base_uri());
        let owner = text(&speaker.members(owner).await[0]["id"]);
        let part = text(&speaker.members(part).await[0]["id"]);
        let request = json!({ "name": "part", template: { "href": part, attribute: { "href": owner } } });
        let made = speaker.post(kind, request).await;
        speaker.settle(&made).await;
        let part = made.header("location").to_owned();
        speaker.get(&part).await.expect(200);
        let deleted = speaker.delete(&owner).await;
        assert_eq!(speaker.settle(&deleted).await["state"], "SUCCESS");
        refresh(&manager).await;
        let shown = speaker.get(&part).await;
        let survives = names(&Speaker::to(cloud.base_uri()).members(kind).await).contains(&"part");
        assert_eq!(shown.status == 200, survives, "{kind}: {}", shown.text);
        assert!(shown.status == 404 || shown.json().get("presence").is_none(), "{}", shown.text);
    }
}

/// A tenant with somebody in it, and somebody who rules.
async fn people(manager: &Running) -> (Speaker, Speaker) {
    let first = admin(manager);
    let root = json!({ "name": "root", "password": "correct horse", "roles": [{ "role": "cloud-admin" }] });
    first.post("users", root).await.expect(201);
    let root = first.user("root", "correct horse");
    root.post("tenants", json!({ "name": "acme", "quota": { "machines": 9 } })).await.expect(201);
    let roles = json!([{ "role": "operator", "tenant": "acme" }]);
    let ada = json!({ "name": "ada", "password": "battery staple", "roles": roles });
    root.post("users", ada).await.expect(201);
    (root, first.user("ada", "battery staple"))
}

#[tokio::test]
async fn what_was_found_is_given_to_a_tenant() {
    let cloud = support::instant(Edition::V2).await;
    let folder = tempfile::tempdir().unwrap();
    let manager = quiet(folder.path(), &cloud, "").await;
    let (root, ada) = people(&manager).await;
    let cimi = ada.at(manager.base_uri());
    assert!(cimi.members("machines").await.is_empty(), "what is nobody's is not hers");

    let found = root.get("resources?filter=kind='Machine' and origin='found'").await.expect(200).json();
    let machines = found["items"].as_array().unwrap();
    let all = machines.len();
    let web = machines.iter().find(|machine| machine["name"] == "web-1").unwrap();
    assert_eq!((&web["origin"], &web["places"][0]["account"]), (&json!("found"), &json!("cloud")));
    let one = json!({ "tenant": "acme", "resource": web["id"] });
    ada.post("resources/adopt", one.clone()).await.expect(403);
    for (wrong, status) in [
        (json!({ "tenant": "nobody", "resource": web["id"] }), 422),
        (json!({ "tenant": "acme", "resource": "machines/99999" }), 404),
        (json!({ "tenant": "acme", "resource": "web-1" }), 422),
        (json!({ "tenant": "acme" }), 422),
        (json!({ "tenant": "acme", "filter": "colour='red'" }), 422),
        (json!({ "tenant": "acme", "filter": "kind=" }), 422),
        (json!({ "tenant": "acme", "filter": "kind='Machine'", "resource": web["id"] }), 422),
    ] {
        let refused = root.post("resources/adopt", wrong.clone()).await;
        assert_eq!(refused.status, status, "{wrong}: {}", refused.text);
    }
    let image = root.get("resources?filter=kind='MachineImage'&limit=1").await.expect(200).json();
    let shared = json!({ "tenant": "acme", "resource": image["items"][0]["id"] });
    root.post("resources/adopt", shared).await.expect(409);

    root.post("resources/adopt", one.clone()).await.expect(200);
    root.post("resources/adopt", one).await.expect(409);
    assert_eq!(names(&cimi.members("machines").await), ["web-1"]);
    let rest = json!({ "tenant": "acme", "filter": "kind='Machine' and account='cloud' and name!='web-1'" });
    let adopted = root.post("resources/adopt", rest).await.expect(200).json();
    assert_eq!(adopted["count"], all - 1);
    let seen = cimi.members("machines").await;
    assert_eq!(seen.len(), all);
    assert_eq!(ada.get("tenants/acme").await.json()["usage"]["machines"], all, "its quota counts them");
    let web = seen.iter().find(|machine| machine["name"] == "web-1").unwrap();
    cimi.act(&text(&web["id"]), "stop").await.expect(200);

    // From now on it is missed.
    let there = Speaker::to(cloud.base_uri());
    there.delete(&text(&there.named("machines", "web-1").await["id"])).await.expect(200);
    let shown = gone(&cimi, &text(&web["id"])).await;
    assert_eq!(offers(&shown), ["delete"]);
    let told = root.get("resources?filter=presence='gone'").await.expect(200).json();
    assert_eq!((&told["count"], &told["items"][0]["origin"]), (&json!(1), &json!("adopted")));
    assert!(told["items"][0]["gone"].is_string(), "{told:#}");
}

#[tokio::test]
async fn what_is_forgotten_is_not_shown_until_it_is_recalled() {
    let cloud = support::instant(Edition::V2).await;
    let folder = tempfile::tempdir().unwrap();
    let manager = quiet(folder.path(), &cloud, "").await;
    let speaker = Speaker::to(manager.base_uri());
    let made = speaker.create_machine("made").await.expect(201);
    let volume = speaker.named("volumes", "backup").await;
    let forget = |which: Value| {
        let admin = admin(&manager);
        async move { admin.post("resources/forget", which).await }
    };
    assert_eq!(
        forget(json!({ "resource": path(&json!(made.header("location"))) })).await.expect(200).json()["count"],
        1
    );
    speaker.get(made.header("location")).await.expect(404);
    let both = json!({ "filter": "kind='Volume' and name='backup' or kind='Machine' and name='web-1'" });
    let forgotten = forget(both).await.expect(200).json();
    assert_eq!(forgotten["resources"], json!([path(&volume["id"]), forgotten["resources"][1]]));
    forget(json!({ "resource": path(&volume["id"]) })).await.expect(404);
    let own =
        speaker.post("machineConfigs", json!({ "name": "own", "cpu": 1, "memory": 1 })).await.expect(201);
    forget(json!({ "resource": path(&json!(own.header("location"))) })).await.expect(409);
    manager.stop().await;

    let manager = quiet(folder.path(), &cloud, "").await;
    let (speaker, admin) = (Speaker::to(manager.base_uri()), admin(&manager));
    refresh(&manager).await;
    let shown = speaker.members("machines").await;
    assert!(!names(&shown).contains(&"made") && !names(&shown).contains(&"web-1"), "{:?}", names(&shown));
    assert!(!names(&speaker.members("volumes").await).contains(&"backup"));
    let there = Speaker::to(cloud.base_uri());
    assert!(names(&there.members("machines").await).contains(&"made"), "the cloud keeps it");

    let page = admin.get("forgotten?limit=2").await.expect(200).json();
    assert_eq!((&page["count"], page["items"].as_array().unwrap().len()), (&json!(3), 2));
    let next = text(&page["next"]).trim_start_matches("/admin/").to_owned();
    assert_eq!(admin.get(&next).await.expect(200).json()["items"].as_array().unwrap().len(), 1);
    let made = page["items"].as_array().unwrap().iter().find(|it| it["name"] == "made").unwrap();
    admin.delete(&format!("forgotten/{}", made["number"])).await.expect(204);
    admin.delete(&format!("forgotten/{}", made["number"])).await.expect(404);
    let back = eventually("its return", || async {
        speaker.members("machines").await.into_iter().find(|machine| machine["name"] == "made")
    })
    .await;
    assert!(offers(&back).contains(&"start".to_owned()));

    // What its cloud has not any more need not be forgotten.
    there.delete(&text(&there.named("volumes", "backup").await["id"])).await.expect(200);
    refresh(&manager).await;
    assert_eq!(admin.get("forgotten").await.expect(200).json()["count"], 1);
}

#[tokio::test]
async fn an_account_says_what_its_cloud_can_do_and_is_looked_at_on_demand() {
    let builder = MockCloud::builder().edition(Edition::V2).timing(Timing::instant());
    let (cloud, overheard) = support::overheard(builder).await;
    let folder = tempfile::tempdir().unwrap();
    let manager = quiet(folder.path(), &cloud, "quota = { machines = 50 }").await;
    let (root, ada) = people(&manager).await;
    let shown = root.get("accounts/cloud").await.expect(200).json();
    assert_eq!((&shown["health"]["state"], &shown["mode"]), (&json!("up"), &json!("manage")));
    assert!(shown["health"]["since"].is_string(), "{shown:#}");
    let told = &shown["cloud"];
    let has = |list: &str, item: &str| told[list].as_array().unwrap().contains(&json!(item));
    assert!(has("kinds", "Machine") && has("creates", "Machine") && has("sizes", "small"), "{told:#}");
    assert!(text(&told["speaks"]).starts_with("cimi"), "{told:#}");
    assert!(told["capabilities"].as_object().unwrap().len() > 3, "{told:#}");
    assert!(told["discovered"].is_string() && told["read"].is_string() && told["age"].is_i64(), "{told:#}");
    let (left, used) = (shown["left"]["machines"].as_i64(), shown["usage"]["machines"].as_i64());
    assert_eq!(left.unwrap() + used.unwrap(), 50);

    let listings = overheard.count(&Method::GET, "/machines");
    Speaker::to(cloud.base_uri()).create_machine("foreign").await.expect(201);
    ada.post("accounts/cloud/refresh", json!({})).await.expect(403);
    root.post("accounts/nowhere/refresh", json!({})).await.expect(404);
    let again = root.post("accounts/cloud/refresh", json!({})).await.expect(200).json();
    assert_ne!(again["cloud"]["discovered"], told["discovered"]);
    assert!(overheard.count(&Method::GET, "/machines") > listings);
    let machines = root.at(manager.base_uri()).members("machines").await;
    assert!(names(&machines).contains(&"foreign"));
}

/// What was told about a path that contains these words, in turn.
async fn told(manager: &Running, path: &str, words: &[&str]) {
    let scope = Scope { tenant: None, shared: Shared::Shown, access: Access::Shown };
    let query = Query { scope, about: Some(path.to_owned()), limit: 1000, ..Query::default() };
    eventually(&format!("{words:?} of {path}"), || async {
        let events = manager.app().inventory().events(&query).await.unwrap();
        let mut events = events.iter().map(|event| format!("{event:?}"));
        words.iter().all(|word| events.any(|event| event.contains(word))).then_some(())
    })
    .await;
}

#[tokio::test]
async fn drift_and_outages_are_told() {
    let cloud = support::instant(Edition::V2).await;
    let base = cloud.base_uri().to_owned();
    let manager = support::manager(&format!("refresh-seconds = 1\n{}", account("cloud", &base, ""))).await;
    let speaker = Speaker::to(manager.base_uri());
    let made = speaker.create_machine("told").await.expect(201);
    let machine = path(&json!(made.header("location")));
    let there = Speaker::to(&base);
    let foreign = text(&there.named("machines", "told").await["id"]);
    there.put(&format!("{foreign}?$select=name"), json!({ "name": "renamed" })).await.expect(200);
    told(&manager, &machine, &["Drift { account: \"cloud\" }"]).await;
    told(
        &manager,
        &machine,
        &["before: {\"name\": String(\"told\")}, after: {\"name\": String(\"renamed\")}"],
    )
    .await;
    cloud.cloud().keep("there").unwrap();
    there.delete(&foreign).await.expect(200);
    gone(&speaker, &machine).await;
    cloud.cloud().restore("there").unwrap();
    told(&manager, &machine, &["its cloud does not have it any more", "its cloud has it again"]).await;

    cloud.stop().await;
    let about = "admin/accounts/cloud";
    told(&manager, about, &["read for the first time", "ACCOUNT_DOWN"]).await;
    // Another one is there in its place: it speaks another edition.
    let _other = support::again(Edition::V1, &base).await;
    told(&manager, about, &["ACCOUNT_DOWN", "its cloud answers again"]).await;
    told(&manager, about, &["its cloud can do other things than before"]).await;
}
