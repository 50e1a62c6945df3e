//! Replies that are lost: what was asked for is looked for, and never asked for twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Request, Response};
use mock_cloud::Edition;
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{self, Speaker, account, text};

/// What becomes of a POST, PUT or DELETE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loss {
    /// The cloud hears of it; its reply is lost.
    Reply,
    /// The cloud never hears of it.
    Request,
}

/// A proxy in front of a cloud that loses every change.
struct Proxy {
    cloud: String,
    own: String,
    loss: Loss,
    http: reqwest::Client,
    changes: AtomicUsize,
}

async fn proxy(cloud: &mock_cloud::Running, loss: Loss) -> Arc<Proxy> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = format!("http://{}/cimi/", listener.local_addr().unwrap());
    let http = Speaker::to(&own).http;
    let changes = AtomicUsize::new(0);
    let proxy = Arc::new(Proxy { cloud: cloud.base_uri().to_owned(), own, loss, http, changes });
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
        if proxy.loss == Loss::Request {
            return torn();
        }
    }
    let body = String::from_utf8(body.to_vec()).unwrap().replace(&proxy.own, &proxy.cloud);
    let target = parts.uri.path_and_query().unwrap().as_str().trim_start_matches("/cimi/");
    let mut sent = proxy.http.request(parts.method, format!("{}{target}", proxy.cloud)).body(body);
    for name in ["accept", "content-type"] {
        if let Some(value) = parts.headers.get(name) {
            sent = sent.header(name, value);
        }
    }
    let reply = sent.send().await.unwrap();
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

/// A reply that breaks off.
fn torn() -> Response<Body> {
    let error = std::io::Error::other("torn");
    Response::new(Body::from_stream(futures::stream::iter([Ok(Bytes::from_static(b"{")), Err(error)])))
}

async fn manager_of(proxy: &Proxy) -> multicloud::running::Running {
    support::manager(&account("cloud", &proxy.own, "")).await
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
    let proxy = proxy(&cloud, Loss::Request).await;
    let manager = manager_of(&proxy).await;
    let speaker = Speaker::to(manager.base_uri());
    let before = speaker.members("machines").await.len();

    let made = speaker.create_machine("never").await.expect(202);
    let job = speaker.settle(&made).await;
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
    let proxy = proxy(&cloud, Loss::Request).await;
    let manager = manager_of(&proxy).await;
    let speaker = Speaker::to(manager.base_uri());
    let machine = text(&speaker.named("machines", "web-2").await["id"]);
    let started = speaker.act(&machine, "start").await.expect(202);
    let job = speaker.settle(&started).await;
    assert_eq!(job["state"], "FAILED");
    assert_eq!(speaker.get(&machine).await.expect(200).json()["state"], "STOPPED");
}
