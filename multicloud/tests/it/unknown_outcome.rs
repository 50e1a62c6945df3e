//! Replies that are lost: what was asked for is looked for, and never asked for twice.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Request, Response, request};
use mock_cloud::Edition;
use multicloud::event::{Access, Query, Scope, Severity, Shared};
use multicloud::running::Running;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::support::{self, Hands, Speaker, account, path, text};

/// What becomes of a POST, PUT or DELETE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    /// The cloud hears of it; its reply is lost.
    Reply,
    /// The cloud never hears of it.
    Request,
    /// There is no reply, and the cloud hears of it later.
    Late,
}

/// A proxy in front of a cloud that loses every change.
struct Proxy {
    cloud: String,
    own: String,
    loss: Loss,
    http: reqwest::Client,
    changes: AtomicUsize,
    /// Lets what is late arrive.
    arrive: Notify,
}

async fn proxy(cloud: &mock_cloud::Running, loss: Loss) -> Arc<Proxy> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = format!("http://{}/cimi/", listener.local_addr().unwrap());
    let http = Speaker::to(&own).http;
    let changes = AtomicUsize::new(0);
    let (cloud, arrive) = (cloud.base_uri().to_owned(), Notify::new());
    let proxy = Arc::new(Proxy { cloud, own, loss, http, changes, arrive });
    let router = Router::new().fallback(pass).with_state(proxy.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    proxy
}

async fn pass(State(proxy): State<Arc<Proxy>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let is_change = parts.method != "GET";
    if is_change {
        proxy.changes.fetch_add(1, Ordering::SeqCst);
        match proxy.loss {
            Loss::Request => return torn(),
            Loss::Late => {
                tokio::spawn(async move {
                    proxy.arrive.notified().await;
                    forward(&proxy, parts, body).await;
                });
                return torn();
            }
            Loss::Reply => {}
        }
    }
    let reply = forward(&proxy, parts, body).await;
    if is_change {
        return torn();
    }
    let mut response = Response::builder().status(reply.status());
    for (name, value) in reply.headers().iter().filter(|(name, _)| *name != "content-length") {
        response = response.header(name, value.to_str().unwrap().replace(&proxy.cloud, &proxy.own));
    }
    let text = reply.text().await.unwrap().replace(&proxy.cloud, &proxy.own);
    response.body(Body::from(text)).unwrap()
}

async fn forward(proxy: &Proxy, parts: request::Parts, body: Bytes) -> reqwest::Response {
    let body = String::from_utf8(body.to_vec()).unwrap().replace(&proxy.own, &proxy.cloud);
    let target = parts.uri.path_and_query().unwrap().as_str().trim_start_matches("/cimi/");
    let mut sent = proxy.http.request(parts.method, format!("{}{target}", proxy.cloud)).body(body);
    for name in ["accept", "content-type"] {
        if let Some(value) = parts.headers.get(name) {
            sent = sent.header(name, value);
        }
    }
    sent.send().await.unwrap()
}

/// A reply that breaks off.
fn torn() -> Response<Body> {
    let error = std::io::Error::other("torn");
    Response::new(Body::from_stream(futures::stream::iter([Ok(Bytes::from_static(b"{")), Err(error)])))
}

async fn manager_of(proxy: &Proxy) -> Running {
    support::manager(&account("cloud", &proxy.own, "")).await
}

/// The same, by a clock that is moved on.
async fn manager_by(hands: &Hands, proxy: &Proxy) -> Running {
    support::manager_by(hands, Path::new("."), &account("cloud", &proxy.own, "")).await
}

#[tokio::test]
async fn a_creation_whose_reply_is_lost_is_found_and_exists_once() {
    for edition in [Edition::V2, Edition::V1] {
        let cloud = support::frozen(edition).await;
        let proxy = proxy(&cloud, Loss::Reply).await;
        let manager = manager_of(&proxy).await;
        let speaker = Speaker::to(manager.base_uri());

        let made = speaker.create_machine("once").await.expect(202);
        assert_eq!(speaker.get(made.header("location")).await.expect(200).json()["state"], "CREATING");
        support::eventually("the creation at the cloud", || async {
            cloud.clock().drain();
            let job = speaker.get(made.header("cimi-job-uri")).await.expect(200).json();
            (job["state"] == "SUCCESS").then_some(())
        })
        .await;
        let machine = speaker.get(made.header("location")).await.expect(200).json();
        assert_eq!((&machine["state"], &machine["cpu"]), (&json!("STOPPED"), &json!(1)));
        let there = Speaker::to(cloud.base_uri()).members("machines").await;
        assert_eq!(there.iter().filter(|machine| machine["name"] == "once").count(), 1, "{edition:?}");
        assert_eq!(proxy.changes.load(Ordering::SeqCst), 1, "it was asked for once");
        let here = speaker.members("machines").await;
        assert_eq!(here.iter().filter(|machine| machine["name"] == "once").count(), 1);
    }
}

#[tokio::test]
async fn a_creation_that_never_arrived_fails_and_leaves_nothing() {
    let cloud = support::instant(Edition::V2).await;
    let (proxy, hands) = (proxy(&cloud, Loss::Request).await, Hands::default());
    let manager = manager_by(&hands, &proxy).await;
    let speaker = Speaker::to(manager.base_uri());
    let before = speaker.members("machines").await.len();

    let made = speaker.create_machine("never").await.expect(202);
    let job = speaker.settle_by(&hands, &made).await;
    assert_eq!(job["state"], "FAILED");
    assert!(text(&job["statusMessage"]).contains("does not have it"), "{job:#}");
    speaker.get(made.header("location")).await.expect(404);
    assert_eq!(speaker.members("machines").await.len(), before);
    assert_eq!(proxy.changes.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn changes_whose_replies_are_lost_are_seen_in_the_resource() {
    let cloud = support::instant(Edition::V2).await;
    let proxy = proxy(&cloud, Loss::Reply).await;
    let manager = manager_of(&proxy).await;
    let speaker = Speaker::to(manager.base_uri());
    let machine = text(&speaker.named("machines", "web-2").await["id"]);

    let started = speaker.act(&machine, "start").await.expect(202);
    assert_eq!(speaker.settle(&started).await["state"], "SUCCESS");
    assert_eq!(speaker.get(&machine).await.expect(200).json()["state"], "STARTED");

    let renamed =
        speaker.put(&format!("{machine}?$select=name"), json!({ "name": "web-3" })).await.expect(202);
    assert_eq!(speaker.settle(&renamed).await["state"], "SUCCESS");
    assert_eq!(speaker.get(&machine).await.expect(200).json()["name"], "web-3");

    let volume = speaker.named("volumes", "backup").await;
    let collection = text(&speaker.get(&machine).await.json()["volumes"]["href"]);
    let insert = json!({ "action": "insert", "volume": { "href": text(&volume["id"]) } });
    let inserted = speaker.post(&collection, insert).await.expect(202);
    assert_eq!(speaker.settle(&inserted).await["state"], "SUCCESS");

    let deleted = speaker.delete(&machine).await.expect(202);
    assert_eq!(speaker.settle(&deleted).await["state"], "SUCCESS");
    speaker.get(&machine).await.expect(404);
    assert_eq!(proxy.changes.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_change_that_never_arrived_fails() {
    let cloud = support::instant(Edition::V2).await;
    let (proxy, hands) = (proxy(&cloud, Loss::Request).await, Hands::default());
    let manager = manager_by(&hands, &proxy).await;
    let speaker = Speaker::to(manager.base_uri());
    let machine = text(&speaker.named("machines", "web-2").await["id"]);
    let started = speaker.act(&machine, "start").await.expect(202);
    let job = speaker.settle_by(&hands, &started).await;
    assert_eq!(job["state"], "FAILED");
    assert_eq!(speaker.get(&machine).await.expect(200).json()["state"], "STOPPED");
}

#[tokio::test]
async fn a_cloud_that_is_late_is_waited_for_however_often_somebody_asks() {
    let cloud = support::instant(Edition::V2).await;
    let proxy = proxy(&cloud, Loss::Late).await;
    let manager = manager_of(&proxy).await;
    let speaker = Speaker::to(manager.base_uri());
    let made = speaker.create_machine("late").await.expect(202);
    for _ in 0..100 {
        let job = speaker.get(made.header("cimi-job-uri")).await.expect(200).json();
        assert_eq!(job["state"], "RUNNING", "a request may take 10 s: {job:#}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    proxy.arrive.notify_one();
    assert_eq!(speaker.settle(&made).await["state"], "SUCCESS");
    speaker.get(made.header("location")).await.expect(200);
    let here = speaker.members("machines").await;
    assert_eq!(here.iter().filter(|machine| machine["name"] == "late").count(), 1);
}

/// A manager of a tenant's user, where what is found is another one's.
async fn tenants(hands: &Hands, folder: &Path, accounts: &str) -> (Running, Speaker) {
    std::fs::write(folder.join("ann.password"), "long enough").unwrap();
    let user = "[[user]]\nname = \"ann\"\ntenant = \"acme\"\npassword-file = \"ann.password\"\n";
    let tenants = "[[tenant]]\nname = \"acme\"\n[[tenant]]\nname = \"other\"\n";
    let text = format!("refresh-seconds = 3600\nstore = \"a.sqlite\"\n{tenants}{user}{accounts}");
    let manager = support::manager_by(hands, folder, &text).await;
    let speaker = Speaker::to(manager.base_uri()).user("ann", "long enough");
    (manager, speaker)
}

/// Looks at all that the clouds have.
async fn look(manager: &Running) {
    for account in manager.app().accounts() {
        multicloud::sync::account_once(manager.app(), &account).await.unwrap();
    }
}

/// The alarms of a tenant about what is at a path.
async fn alarms(manager: &Running, tenant: &str, about: &str) -> Vec<String> {
    let scope = Scope { tenant: Some(tenant.to_owned()), access: Access::Hidden, shared: Shared::Hidden };
    let query = Query { scope, about: Some(about.to_owned()), limit: 1000, ..Query::default() };
    let events = manager.app().inventory().events(&query).await.unwrap();
    let alarms = events.iter().filter(|event| event.sort() == "alarm" && event.severity == Severity::High);
    alarms.map(|event| format!("{:?}", event.content)).collect()
}

fn usage(manager: &Running, tenant: &str) -> i64 {
    let key = multicloud::placement::ledger::Key::Tenant(tenant.to_owned());
    manager.app().inventory().used(&key).machines
}

#[tokio::test]
async fn what_comes_when_it_was_given_up_is_whose_it_would_have_been() {
    for edition in [Edition::V2, Edition::V1] {
        let (cloud, folder) = (support::instant(edition).await, tempfile::tempdir().unwrap());
        let (proxy, hands) = (proxy(&cloud, Loss::Late).await, Hands::default());
        let accounts = account("cloud", &proxy.own, "owner = \"other\"");
        let (manager, speaker) = tenants(&hands, folder.path(), &accounts).await;
        let template = json!({ "machineConfig": { "cpu": 1, "memory": 1024 } });
        let body = json!({ "name": "late", "machineTemplate": template });
        let made = speaker.post("machines", body).await.expect(202);
        let job = speaker.settle_by(&hands, &made).await;
        assert_eq!(job["state"], "FAILED", "{job:#}");
        speaker.get(made.header("location")).await.expect(404);
        assert_eq!(usage(&manager, "acme"), 0);

        // That outlives the program.
        manager.stop().await;
        let (manager, speaker) = tenants(&hands, folder.path(), &accounts).await;
        proxy.arrive.notify_one();
        let there = Speaker::to(cloud.base_uri());
        support::eventually("its arrival", || async {
            let there = there.members("machines").await;
            there.iter().any(|machine| machine["name"] == "late").then_some(())
        })
        .await;
        look(&manager).await;
        let here = path(&Value::from(made.header("location")));
        let machine = speaker.get(&here).await.expect(200).json();
        assert_eq!((&machine["name"], &machine["account"]), (&json!("late"), &json!("cloud")));
        assert_eq!(speaker.members("machines").await.len(), 1, "what is found is another one's");
        assert_eq!(usage(&manager, "acme"), 1);
        let alarms = alarms(&manager, "acme", &here).await;
        let [alarm] = alarms.as_slice() else { panic!("{alarms:#?}") };
        assert!(alarm.contains("CREATED_LATE") && alarm.contains("cloud has made it after all"), "{alarm}");

        // From now on it is like any other: gone, it says so; and nothing is known twice.
        look(&manager).await;
        assert_eq!(usage(&manager, "acme"), 1);
        assert!(manager.app().inventory().unanswered().is_empty());
        there.delete(&text(&there.named("machines", "late").await["id"])).await;
        look(&manager).await;
        assert_eq!(speaker.get(&here).await.expect(200).json()["presence"], "gone");
        assert_eq!(proxy.changes.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn who_is_late_for_a_month_is_not_waited_for() {
    let cloud = support::instant(Edition::V2).await;
    let (proxy, hands) = (proxy(&cloud, Loss::Late).await, Hands::default());
    let manager = manager_by(&hands, &proxy).await;
    let speaker = Speaker::to(manager.base_uri());
    let made = speaker.create_machine("late").await.expect(202);
    speaker.settle_by(&hands, &made).await;
    manager.app().retire_unanswered().await.unwrap();
    assert_eq!(manager.app().inventory().unanswered().len(), 1);
    hands.on(Duration::from_hours(31 * 24));
    manager.app().retire_unanswered().await.unwrap();
    assert!(manager.app().inventory().unanswered().is_empty());
}

#[tokio::test]
async fn what_comes_when_another_cloud_has_made_it_is_told_and_loses_nothing() {
    let (paris, oslo) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let folder = tempfile::tempdir().unwrap();
    let (proxy, hands) = (proxy(&paris, Loss::Late).await, Hands::default());
    let accounts = [
        account("paris", &proxy.own, "price = 1\nowner = \"other\""),
        account("oslo", oslo.base_uri(), "price = 2"),
    ];
    let placement = "[placement]\norder-by = \"price\"\n";
    let accounts = format!("{placement}{}", accounts.concat());
    let (manager, speaker) = tenants(&hands, folder.path(), &accounts).await;
    let template = json!({ "machineConfig": { "cpu": 1, "memory": 1024 } });
    let body = json!({ "name": "one", "machineTemplate": template });
    let made = speaker.post("machines", body).await.expect(202);
    assert_eq!(speaker.settle_by(&hands, &made).await["state"], "SUCCESS");
    assert_eq!(usage(&manager, "acme"), 1);

    manager.stop().await;
    let (manager, speaker) = tenants(&hands, folder.path(), &accounts).await;
    proxy.arrive.notify_one();
    let there = Speaker::to(paris.base_uri());
    support::eventually("its arrival", || async {
        there.members("machines").await.iter().any(|machine| machine["name"] == "one").then_some(())
    })
    .await;
    look(&manager).await;
    look(&manager).await;
    let here = speaker.members("machines").await;
    let [asked, late] = here.as_slice() else { panic!("{here:#?}") };
    assert_eq!(path(&asked["id"]), path(&Value::from(made.header("location"))));
    assert_eq!((&asked["account"], &late["account"]), (&json!("oslo"), &json!("paris")));
    assert_eq!(usage(&manager, "acme"), 2, "both are there");
    let alarms = alarms(&manager, "acme", &path(&late["id"])).await;
    let [alarm] = alarms.as_slice() else { panic!("{alarms:#?}") };
    assert!(alarm.contains("CREATED_TWICE") && alarm.contains(&path(&asked["id"])), "{alarm}");
    // Whoever is told decides which one stays.
    speaker.delete(&text(&asked["id"])).await.expect(200);
    look(&manager).await;
    let here = speaker.members("machines").await;
    assert_eq!(here.iter().map(|machine| text(&machine["account"])).collect::<Vec<_>>(), ["paris"]);
}
