//! The admin face: records over real SQLite, problems, the OpenAPI document, accounts at run time.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use mock_cloud::sim::Timing;
use mock_cloud::{Edition, MockCloud};
use multicloud::clock::Clock;
use multicloud::config::Config;
use multicloud::running::{self, Running};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{self, Reply, Speaker, eventually, names, text};

/// Somebody who speaks to the admin face.
fn admin(manager: &Running) -> Speaker {
    Speaker::to(&manager.admin_uri())
}

/// A problem with this status, and its text.
#[track_caller]
fn problem(reply: Reply, status: u16) -> String {
    let reply = reply.expect(status);
    assert_eq!(reply.header("content-type"), "application/problem+json");
    let problem = reply.json();
    assert_eq!(problem["status"], status);
    assert!(text(&problem["type"]).starts_with("urn:cimi-manager:problem:"), "{problem}");
    assert_ne!(text(&problem["detail"]), "");
    problem.to_string()
}

/// One record of each sort, in the order in which they can be made, and a change of each.
fn records() -> Vec<(&'static str, Value, Value)> {
    vec![
        (
            "policies",
            json!({ "name": "cheap", "order-by": "price" }),
            json!({ "filter": "price<9", "budget": 9 }),
        ),
        ("tenants", json!({ "name": "acme", "policy": "cheap" }), json!({ "quota": { "machines": 3 } })),
        (
            "locations",
            json!({ "name": "oslo", "country": "NO", "subdivision": "NO-03", "city": "Oslo" }),
            json!({ "city": null }),
        ),
        (
            "providers",
            json!({ "name": "nordic", "profile": "cimi" }),
            json!({ "description": "in the north" }),
        ),
        (
            "accounts",
            json!({
                "name": "fjord", "provider": "nordic", "location": "oslo", "enabled": false, "tenants": ["acme"],
                "parameters": { "endpoint": "http://127.0.0.1:1/cimi/", "user": "me", "password": "hunter2-cloud" },
            }),
            json!({ "price": 7 }),
        ),
        (
            "mappings",
            json!({
                "name": "debian", "kind": "machineImages",
                "members": [{ "account": "fjord", "id": "urn:x" }, { "provider": "nordic", "name": "debian-*" }],
            }),
            json!({ "members": [{ "name": "debian-1[23]*" }] }),
        ),
        (
            "users",
            json!({ "name": "root", "password": "hunter2-root", "roles": [{ "role": "cloud-admin" }] }),
            json!({ "email": "root@example.org" }),
        ),
    ]
}

#[tokio::test]
async fn records_are_made_changed_kept_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key"), "07".repeat(32)).unwrap();
    let configuration = "store = \"a.sqlite\"\n[vault]\nmaster-key-file = \"key\"\n";
    let manager = support::manager_in(folder.path(), configuration).await;
    let mut speaker = admin(&manager);
    let mut kept = Vec::new();
    for (collection, new, change) in records() {
        let made = speaker.post(collection, new.clone()).await.expect(201);
        if collection == "users" {
            speaker = speaker.user("root", "hunter2-root");
        }
        let path = format!("{collection}/{}", text(&new["name"]));
        assert_eq!(made.header("location"), format!("/admin/{path}"));
        problem(speaker.post(collection, new.clone()).await, 409);
        let shown = speaker.get(&path).await.expect(200);
        assert_eq!(shown.header("etag"), made.header("etag"));
        let tag = made.header("etag").to_owned();
        let changed =
            speaker.send(Method::PATCH, &path, &[("If-Match", &tag)], change.clone()).await.expect(200);
        assert_ne!(changed.header("etag"), tag, "{path}");
        problem(speaker.send(Method::PATCH, &path, &[("If-Match", &tag)], change).await, 412);
        // What was read can be sent back, and changes nothing.
        let same = speaker.patch(&path, changed.json()).await.expect(200);
        assert_eq!(same.text, changed.text);
        assert_eq!(changed.json()["version"], 2);
        kept.push((path, changed.text));
    }
    manager.stop().await;

    let manager = support::manager_in(folder.path(), configuration).await;
    let root = admin(&manager).user("root", "hunter2-root");
    for (path, text) in &kept {
        assert_eq!(root.get(path).await.expect(200).text, *text, "a restart keeps all");
    }
    problem(root.delete("tenants/acme").await, 409);
    problem(root.delete("users/root").await, 409);
    for (path, _) in kept.iter().rev().filter(|(path, _)| path != "users/root") {
        root.delete(path).await.expect(204);
        problem(root.get(path).await, 404);
    }
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_place() {
    let manager = support::manager("").await;
    let speaker = admin(&manager);
    for (collection, body, pointer) in [
        ("locations", json!({ "name": "x", "country": "XX" }), "/country"),
        ("locations", json!({ "name": "x", "country": "NO", "subdivision": "FR-IDF" }), "/subdivision"),
        ("locations", json!({ "name": "x y", "country": "NO" }), "/name"),
        ("locations", json!({ "country": "NO" }), "/name"),
        ("mappings", json!({ "name": "x", "kind": "images", "members": [{ "name": "a*" }] }), "/kind"),
        ("mappings", json!({ "name": "x", "kind": "networks", "members": [] }), "/members"),
        ("mappings", json!({ "name": "x", "kind": "networks", "members": [{}] }), "/members/0"),
        (
            "mappings",
            json!({ "name": "x", "kind": "networks", "members": [{ "name": "[" }] }),
            "/members/0/name",
        ),
        ("mappings", json!({ "name": "x", "kind": "networks", "members": [{ "id": "7" }] }), "/members/0/id"),
        ("policies", json!({ "name": "x", "filter": "prize<3" }), "/filter"),
        ("policies", json!({ "name": "x", "order-by": "price:up" }), "/order-by"),
        ("policies", json!({ "name": "x", "max-share": { "percent": 0 } }), "/max-share/percent"),
        (
            "policies",
            json!({ "name": "x", "fallback": [{ "replace": { "filter": "prize<3" } }] }),
            "/fallback/0/replace/filter",
        ),
        ("tenants", json!({ "name": "x", "quota": { "cpu": -1 } }), "/quota/cpu"),
        ("tenants", json!({ "name": "x", "policy": "none" }), "/policy"),
        ("providers", json!({ "name": "x", "profile": "cumulus" }), "/profile"),
        (
            "providers",
            json!({ "name": "x", "profile": "cimi", "parameters": { "token": "t" } }),
            "/parameters/token",
        ),
        ("accounts", json!({ "name": "x", "provider": "none" }), "/provider"),
        ("users", json!({ "name": "x", "password": "short" }), "/password"),
        ("users", json!({ "name": "x", "roles": [{ "role": "viewer" }] }), "/roles/0/tenant"),
        ("tokens", json!({ "user": "nobody" }), "/user"),
    ] {
        let told = problem(speaker.post(collection, body.clone()).await, 422);
        assert!(told.contains(&format!("\"pointer\":\"{pointer}\"")), "{body} {told}");
    }
    problem(speaker.post("tenants", json!([])).await, 400);
    let raw = |headers, body: &str| speaker.ask(Method::POST, "tenants", headers, Some(body.to_owned()));
    problem(raw(&[("Content-Type", "application/json")], "{").await, 400);
    problem(raw(&[("Content-Type", "text/plain")], "{}").await, 415);
    problem(raw(&[("Content-Type", "application/json")], &"x".repeat(65 * 1024)).await, 413);
    problem(speaker.get("nothing").await, 404);
    problem(speaker.get("tenants/nobody").await, 404);
    problem(speaker.put("tenants/nobody", json!({})).await, 405);
    problem(speaker.get("tenants?limit=0").await, 400);
    problem(speaker.get("tenants?offset=3").await, 400);
    assert_eq!(speaker.get("tenants").await.expect(200).json()["count"], 0, "nothing was made");
}

#[tokio::test]
async fn what_cannot_be_read_is_told_with_every_place() {
    let manager = support::manager("").await;
    let speaker = admin(&manager);
    for (path, body, pointer) in [
        ("tenants", json!({ "name": "x", "quota": { "machines": "5" } }), "/quota/machines"),
        ("tenants", json!({ "quota": 5 }), "/quota"),
        ("tenants", json!({ "name": "x", "colour": "red" }), "/colour"),
        ("tenants", json!({ "name": "x", "enabled": 1 }), "/enabled"),
        ("users", json!({ "name": "x", "roles": [{ "role": "king" }] }), "/roles/0/role"),
        ("locations", json!({ "name": "x" }), "/country"),
        ("policies", json!({ "name": "x", "filtre": "price<9" }), "/filtre"),
        ("policies", json!({ "name": "x", "arrange": { "which": "spread" } }), "/arrange/which"),
        ("policies", json!({ "name": "x", "budget": "much" }), "/budget"),
        ("resources/adopt", json!({ "tenant": "x", "filter": "nothing=3" }), "/filter"),
        ("resources/adopt", json!({ "filter": "name='x'" }), "/tenant"),
        ("resources/forget", json!({ "resource": "machine seven" }), "/resource"),
    ] {
        let told = problem(speaker.post(path, body.clone()).await, 422);
        assert!(told.contains(&format!("\"pointer\":\"{pointer}\"")), "{body} {told}");
    }
    let wrong = json!({ "quota": { "cpu": "1", "memory": [] }, "colour": "red" });
    let told = speaker.post("tenants", wrong).await.expect(422).json();
    let mut pointers: Vec<String> =
        told["errors"].as_array().unwrap().iter().map(|it| text(&it["pointer"])).collect();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/colour", "/name", "/quota/cpu", "/quota/memory"], "all at once: {told}");
}

#[tokio::test]
async fn lists_come_in_pages() {
    let manager = support::manager("").await;
    let speaker = admin(&manager);
    for n in 0..7 {
        speaker.post("tenants", json!({ "name": format!("t{n}") })).await.expect(201);
    }
    let mut seen = Vec::new();
    let mut next = "tenants?limit=3".to_owned();
    loop {
        let page = speaker.get(&next).await.expect(200).json();
        assert_eq!(page["count"], 7);
        let items = page["items"].as_array().unwrap().clone();
        assert!(items.len() <= 3);
        seen.extend(items.iter().map(|item| text(&item["name"])));
        match page.get("next") {
            Some(at) => next = text(at).trim_start_matches("/admin/").to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, ["t0", "t1", "t2", "t3", "t4", "t5", "t6"]);
}

#[tokio::test]
async fn what_the_file_declares_is_shown_and_changed_there() {
    let cloud = support::instant(Edition::V2).await;
    let account = support::account("paris", cloud.base_uri(), "location = \"FR\"\nprice = 3");
    let manager = support::manager(&format!("[placement]\norder-by = \"price\"\n{account}")).await;
    let speaker = admin(&manager);
    for path in ["accounts/paris", "providers/paris", "locations/FR", "policies/default"] {
        let shown = speaker.get(path).await.expect(200).json();
        assert_eq!(shown["declaredIn"], "file", "{shown}");
        for refused in [speaker.patch(path, json!({ "description": "x" })).await, speaker.delete(path).await]
        {
            assert!(problem(refused, 409).contains("configuration file"), "{path}");
        }
    }
    let shown = speaker.get("accounts/paris").await.expect(200).json();
    assert_eq!((&shown["price"], &shown["health"]["state"]), (&json!(3), &json!("up")));
}

#[tokio::test]
async fn accounts_come_and_go_while_the_manager_runs() {
    let (cloud, requests) = support::counted().await;
    let manager = support::manager("").await;
    let (speaker, cimi) = (admin(&manager), Speaker::to(manager.base_uri()));
    speaker
        .post(
            "providers",
            json!({ "name": "p", "profile": "cimi", "parameters": { "endpoint": cloud.base_uri() } }),
        )
        .await
        .expect(201);
    speaker.post("accounts", json!({ "name": "a", "provider": "p" })).await.expect(201);
    eventually("what the account holds", || async {
        (!cimi.members("machines").await.is_empty()).then_some(())
    })
    .await;
    eventually("its health", || async {
        (speaker.get("accounts/a").await.expect(200).json()["health"]["state"] == "up").then_some(())
    })
    .await;
    cimi.create_machine("mine").await.expect(201);

    // Disabled: nothing is asked there and nothing is created; what is known is shown.
    speaker.patch("accounts/a", json!({ "enabled": false })).await.expect(200);
    eventually("its end", || async {
        (speaker.get("accounts/a").await.expect(200).json()["health"]["state"] == "unused").then_some(())
    })
    .await;
    let asked = requests.load(Ordering::Relaxed);
    let mine = text(&cimi.named("machines", "mine").await["id"]);
    cimi.get(&mine).await.expect(200);
    let refused = cimi.delete(&mine).await.expect(503);
    assert!(refused.text.contains("the account a is disabled"), "{}", refused.text);
    let refused = cimi.post("machines", json!({ "machineTemplate": {} })).await.expect(503);
    assert!(refused.text.contains("the account a is disabled"), "{}", refused.text);
    assert_eq!(requests.load(Ordering::Relaxed), asked, "nobody asks there");

    // A provider that is disabled takes its accounts along.
    speaker.patch("accounts/a", json!({ "enabled": true })).await.expect(200);
    eventually("its return", || async { (cimi.get(&mine).await.status == 200).then_some(()) }).await;
    speaker.patch("providers/p", json!({ "enabled": false })).await.expect(200);
    eventually("its end", || async {
        let shown = speaker.get("accounts/a").await.expect(200).json();
        (shown["health"]["reason"] == "the provider p is disabled").then_some(())
    })
    .await;

    speaker.delete("accounts/a").await.expect(204);
    assert_eq!(names(&cimi.members("machines").await), [""; 0], "what was recorded of it is forgotten");
    let there = Speaker::to(cloud.base_uri()).members("machines").await;
    assert!(names(&there).contains(&"mine"), "and the cloud keeps it");
}

#[tokio::test]
async fn a_cloud_is_reached_through_the_proxy_of_its_account() {
    // Nobody but the proxy knows the way: it is the cloud itself, under a name that means nothing here.
    let cloud = support::instant(Edition::V2).await;
    let manager = support::manager("").await;
    let speaker = admin(&manager);
    speaker.post("providers", json!({ "name": "p", "profile": "cimi" })).await.expect(201);
    let proxy = cloud.base_uri().trim_end_matches("cimi/");
    let parameters = json!({ "endpoint": "http://cloud.invalid/cimi/", "proxy": proxy });
    speaker
        .post("accounts", json!({ "name": "a", "provider": "p", "parameters": parameters }))
        .await
        .expect(201);
    eventually("its answer", || async {
        (speaker.get("accounts/a").await.expect(200).json()["health"]["state"] == "up").then_some(())
    })
    .await;
    speaker.patch("accounts/a", json!({ "parameters": { "proxy": null } })).await.expect(200);
    eventually("its silence", || async {
        (speaker.get("accounts/a").await.expect(200).json()["health"]["state"] == "down").then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_is_known_of_a_disabled_account_is_shown_and_nothing_offered() {
    let (first, second) = (support::instant(Edition::V2).await, support::instant(Edition::V2).await);
    let manager = support::manager("").await;
    let (speaker, cimi) = (admin(&manager), Speaker::to(manager.base_uri()));
    let oslo = json!({ "name": "oslo", "country": "NO", "subdivision": "NO-03" });
    speaker.post("locations", oslo).await.expect(201);
    speaker.post("providers", json!({ "name": "nordic", "profile": "cimi" })).await.expect(201);
    let parameters = json!({ "endpoint": first.base_uri() });
    let fjord =
        json!({ "name": "fjord", "provider": "nordic", "location": "oslo", "parameters": parameters });
    speaker.post("accounts", fjord).await.expect(201);
    let parameters = json!({ "endpoint": second.base_uri() });
    let other = json!({ "name": "other", "provider": "nordic", "parameters": parameters });
    speaker.post("accounts", other).await.expect(201);
    for path in ["accounts/fjord", "accounts/other"] {
        eventually("the first look", || async {
            speaker.get(path).await.expect(200).json()["cloud"].get("read").map(|_| ())
        })
        .await;
    }
    let config = json!({ "cpu": 1, "memory": 1 });
    let pinned =
        json!({ "name": "mine", "machineTemplate": { "machineConfig": config }, "account": "fjord" });
    let made = cimi.post("machines", pinned.clone()).await.expect(201).json();
    assert_ne!(made["operations"].as_array().map_or(0, Vec::len), 0, "{made}");

    speaker.patch("accounts/fjord", json!({ "enabled": false })).await.expect(200);
    eventually("its end", || async {
        (speaker.get("accounts/fjord").await.expect(200).json()["health"]["state"] == "unused").then_some(())
    })
    .await;
    let shown = cimi.get(&text(&made["id"])).await.expect(200).json();
    for name in ["account", "provider", "location", "country"] {
        assert_eq!((name, &shown[name]), (name, &made[name]), "{shown}");
    }
    assert_eq!(shown.get("operations"), None, "what would be refused is not offered");
    for filter in ["location='NO-03'", "location='NO'", "provider='nordic'", "country='NO'"] {
        let found =
            cimi.get(&format!("machines?$filter={filter}%20and%20name='mine'")).await.expect(200).json();
        assert_eq!(found["count"], 1, "{filter} {found}");
        let ordered = format!("machines?$filter={filter}%20and%20name='mine'&$orderby=location");
        assert_eq!(cimi.get(&ordered).await.expect(200).json()["count"], 1, "in memory, too: {filter}");
    }
    let held = speaker.get("resources?filter=location='NO'%20and%20name='mine'").await.expect(200).json();
    assert_eq!(held["count"], 1, "{held}");

    let refused = cimi.post("machines", pinned.clone()).await.expect(503);
    assert!(refused.text.contains("the account fjord is disabled"), "{}", refused.text);
    let unused = |decision: &Value| {
        let rejected = decision["rejected"].as_array().cloned().unwrap_or_default();
        let of = rejected.into_iter().find(|it| it["account"] == "fjord");
        let of = of.unwrap_or_else(|| panic!("{decision} tells of it"));
        assert_eq!((&of["code"], &of["reason"]), (&json!("unused"), &json!("the account fjord is disabled")));
    };
    unused(&speaker.post("placements/machines", pinned).await.expect(200).json());
    let anywhere = json!({ "machineTemplate": { "machineConfig": config } });
    let reply = cimi.post("machines", anywhere).await.expect(201);
    assert_eq!(reply.json()["account"], "other");
    let job = reply.header("cimi-job-uri").rsplit('/').next().unwrap().to_owned();
    unused(&speaker.get(&format!("jobs/{job}/placement")).await.expect(200).json());
}

#[tokio::test]
async fn an_account_whose_terms_change_stays_in_use() {
    // A cloud that can be made to answer nothing: what is known of it then can only have been kept.
    let gate = Arc::new(tokio::sync::Semaphore::new(1));
    let keeper = gate.clone();
    let front = move |router: axum::Router| {
        let keeper = keeper.clone();
        router.layer(axum::middleware::from_fn(
            move |request: axum::extract::Request, next: axum::middleware::Next| {
                let keeper = keeper.clone();
                async move {
                    drop(keeper.acquire().await);
                    next.run(request).await
                }
            },
        ))
    };
    let cloud = MockCloud::builder().timing(Timing::instant()).front(front).start().await.unwrap();
    let manager = support::manager("").await;
    let speaker = admin(&manager);
    let parameters = json!({ "endpoint": cloud.base_uri() });
    let provider = json!({ "name": "p", "profile": "cimi", "parameters": parameters });
    speaker.post("providers", provider).await.expect(201);
    let secret = json!({ "token": "hunter2-token" });
    let account = json!({ "name": "a", "provider": "p", "tenants": ["*"], "parameters": secret });
    let made = speaker.post("accounts", account).await.expect(201).json();
    assert!(matches!(made["health"]["state"].as_str(), Some("unknown" | "up")), "{made}");
    let shown = || async { speaker.get("accounts/a").await.expect(200).json() };
    eventually("the first look", || async { shown().await["cloud"].get("read").map(|_| ()) }).await;

    let closed = gate.acquire().await.unwrap();
    let known = shown().await;
    for (at, change) in [
        json!({ "description": "the first" }),
        json!({ "price": 7, "tags": { "tier": "gold" } }),
        json!({ "mode": "observe" }),
        json!({ "mode": "manage" }),
    ]
    .into_iter()
    .enumerate()
    {
        speaker.patch("accounts/a", change.clone()).await.expect(200);
        // What is left of a quota is that of the account as it is in use.
        let quota = json!({ "quota": { "volumes": 100 + at } });
        speaker.patch("accounts/a", quota).await.expect(200);
        let now = eventually("the change", || async {
            Some(shown().await).filter(|it| it["left"]["volumes"].as_u64() > Some(80 + at as u64))
        })
        .await;
        assert_eq!(
            (&now["health"], &now["cloud"]["discovered"]),
            (&known["health"], &known["cloud"]["discovered"])
        );
    }
    let machine = json!({ "machineTemplate": { "machineConfig": { "cpu": 1, "memory": 1 } } });
    let decided = speaker.post("placements/machines", machine.clone()).await.expect(200).json();
    assert_eq!((&decided["winner"]["account"], &decided["ranked"][0]["price"]), (&json!("a"), &json!(7)));

    // Connected in another way, it is to be reached anew.
    speaker.patch("accounts/a", json!({ "parameters": { "deadlineSeconds": 9 } })).await.expect(200);
    eventually("its beginning", || async { (shown().await["health"]["state"] == "unknown").then_some(()) })
        .await;
    speaker.post("placements/machines", machine).await.expect(200);
    drop(closed);
    eventually("its return", || async { (shown().await["health"]["state"] == "up").then_some(()) }).await;
}

#[tokio::test]
async fn the_description_is_of_the_routes() {
    let manager = support::manager("").await;
    let speaker = admin(&manager);
    let document = speaker.get("openapi.json").await.expect(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = 0;
    for route in multicloud::admin::routes() {
        let operation = &document["paths"][&route.path][route.method.as_str().to_lowercase()];
        assert!(operation["operationId"].is_string(), "{} {}", route.method, route.path);
        described += 1;
    }
    let all = document["paths"].as_object().unwrap().values();
    let methods = all.flat_map(|item| item.as_object().unwrap().keys()).filter(|key| *key != "parameters");
    assert_eq!(methods.count(), described, "and of nothing else");
    let text = document.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
    let of_tenants = &document["paths"]["/admin/tenants"];
    insta::assert_json_snapshot!("openapi", of_tenants);
    insta::assert_json_snapshot!("openapi_tenant", document["components"]["schemas"]["Tenant"]);
}

#[tokio::test]
async fn profiles_say_what_to_ask_for() {
    let manager = support::manager("").await;
    let profile = admin(&manager).get("profiles/cimi").await.expect(200).json();
    insta::assert_json_snapshot!("profile", profile);
}

#[tokio::test]
async fn beyond_this_host_there_have_to_be_users() {
    let folder = tempfile::tempdir().unwrap();
    let world = "listen = \"0.0.0.0:0\"\nbase-uri = \"http://manager.example.org/\"\nstore = \"a.sqlite\"\n";
    let start = || async {
        let config = Config::parse("manager.toml", world, folder.path()).unwrap();
        running::start(config, Clock::system()).await
    };
    let error = start().await.expect_err("there are no users");
    assert!(error.to_string().contains("there are no users"), "{error}");
    let manager = support::manager_in(folder.path(), "store = \"a.sqlite\"\n").await;
    let root = json!({ "name": "root", "password": "long enough", "roles": [{ "role": "cloud-admin" }] });
    admin(&manager).post("users", root).await.expect(201);
    manager.stop().await;
    let manager = start().await.unwrap();
    let here = format!("http://127.0.0.1:{}/", manager.address().port());
    let speaker = Speaker::to(&here);
    speaker.get("admin/me").await.expect(401);
    // The CIMI face is at the root: the admin face is in its place all the same.
    let root = speaker.user("root", "long enough");
    root.get("admin/me").await.expect(200);
    root.get("machines").await.expect(200);
}
