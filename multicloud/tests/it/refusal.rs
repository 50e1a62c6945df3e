//! Every status of a refusal, on the manager's face: with a Job in the format asked for, and nothing changed.

use mock_cloud::Edition;
use reqwest::Method;
use serde_json::json;

use crate::support::{self, Reply, Speaker, account, text};

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// Asks for something in both formats and holds the answers and the state against what they should be.
async fn check(
    speaker: &Speaker,
    status: u16,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) {
    let before = state(speaker).await;
    for format in ["application/json", "application/xml"] {
        let mut all = headers.to_vec();
        if status != 406 {
            all.push(("Accept", format));
        }
        let body = (!body.is_empty()).then(|| body.to_owned());
        let reply = speaker.ask(method.clone(), path, &all, body).await;
        assert_eq!(reply.status.as_u16(), status, "{method} {:.100}: {}", path, reply.text);
        let expected = if status == 406 { "application/json" } else { format };
        assert_eq!(reply.header("content-type"), expected, "{method} {path:.100}");
        is_job(&reply);
    }
    assert_eq!(state(speaker).await, before, "{method} {path:.100} changed something");
}

fn is_job(reply: &Reply) {
    let says = |text: &str| reply.text.contains(text);
    assert!(says("\"state\":\"FAILED\"") || says("<state>FAILED</state>"), "{}", reply.text);
    assert!(says("statusMessage"), "{}", reply.text);
}

async fn state(speaker: &Speaker) -> Vec<serde_json::Value> {
    let mut all = Vec::new();
    for collection in ["machines", "volumes", "machineConfigs", "machineTemplates", "machineImages", "jobs"] {
        all.extend(speaker.members(collection).await);
    }
    all
}

#[tokio::test]
async fn each_status_where_it_belongs() {
    let (new, old) = (support::instant(Edition::V2).await, support::instant(Edition::V1).await);
    let manager = support::of_both(&new, &old).await;
    let speaker = Speaker::to(manager.base_uri());
    let stopped = text(&speaker.named("machines?$filter=account='new'", "web-2").await["id"]);
    let shared = text(&speaker.named("machineImages", "linux").await["id"]);
    let stop = json!({ "action": "http://schemas.dmtf.org/cimi/2/action/stop" }).to_string();
    let long = format!("machines?x={}", "y".repeat(9000));
    let large = format!("{{\"name\":\"{}\"}}", "x".repeat(2 << 20));
    let none =
        json!({ "machineTemplate": { "machineConfig": { "href": "machineConfigs/999999" } } }).to_string();
    let image = text(&speaker.named("machineImages", "linux").await["id"]);
    let wrong_type = json!({ "machineTemplate": { "machineConfig": { "href": image } } }).to_string();
    let connect = json!({ "action": "insert" }).to_string();
    let wrong = json!({ "machineTemplate": { "machineConfig": { "cpu": 1, "memory": 1 }, "initialState": "DELETING" } });
    let wrong = wrong.to_string();

    for (status, method, path, headers, body) in [
        (400, Method::POST, "machines", &[JSON][..], "{"),
        (400, Method::POST, "machines", &[JSON], none.as_str()),
        (400, Method::POST, "machines", &[JSON], wrong_type.as_str()),
        (400, Method::POST, "machines", &[JSON], wrong.as_str()),
        (400, Method::GET, "machines?$filter=cpu>>1", &[], ""),
        (400, Method::POST, &format!("{stopped}/volumes"), &[JSON], connect.as_str()),
        (404, Method::GET, "machines/999999", &[], ""),
        (404, Method::GET, "volumes/1/disks", &[], ""),
        (405, Method::PUT, "machines", &[JSON], "{}"),
        (405, Method::DELETE, "", &[], ""),
        (406, Method::GET, "machines", &[("Accept", "text/plain")], ""),
        (409, Method::POST, &format!("{stopped}/stop"), &[JSON], stop.as_str()),
        (412, Method::DELETE, &stopped, &[("If-Match", "\"0.0-j\"")], ""),
        (413, Method::POST, "machines", &[JSON], large.as_str()),
        (414, Method::GET, long.as_str(), &[], ""),
        (415, Method::POST, "machines", &[("Content-Type", "text/plain")], "machine"),
        (501, Method::from_bytes(b"BREW").unwrap(), "machines", &[], ""),
        (501, Method::DELETE, &shared, &[], ""),
    ] {
        check(&speaker, status, method, path, headers, body).await;
    }

    new.stop().await;
    support::eventually("the outage", || async { (speaker.get(&stopped).await.status == 503).then_some(()) })
        .await;
    check(&speaker, 503, Method::GET, &stopped, &[], "").await;
}

#[tokio::test]
async fn users_are_asked_for_their_password() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("me.password"), "right\nnot this\n").unwrap();
    let text = "[[user]]\nname = \"me\"\npassword-file = \"me.password\"\n";
    let manager = support::manager_in(folder.path(), text).await;
    let speaker = Speaker::to(manager.base_uri());
    for (user, password, status) in [
        ("me", "right", 200),
        ("me", "wrong", 401),
        ("me", "right\n", 401),
        ("you", "right", 401),
        ("me", "", 401),
    ] {
        let request = speaker.http.get(manager.base_uri()).basic_auth(user, Some(password));
        assert_eq!(request.send().await.unwrap().status().as_u16(), status, "{user} {password:?}");
    }
    let refused = speaker.get("").await.expect(401);
    assert!(refused.header("www-authenticate").starts_with("Basic "));
    is_job(&refused);
}

#[tokio::test]
async fn what_no_cloud_does_is_not_offered() {
    let manager = support::manager("").await;
    let speaker = Speaker::to(manager.base_uri());
    let machines = speaker.get("machines").await.expect(200).json();
    assert!(machines.get("operations").is_none(), "there is no cloud: {machines:#}");
    let refused = speaker.post("machines", json!({ "machineTemplate": {} })).await.expect(501);
    assert!(refused.text.contains("no cloud can create this Machine"), "{}", refused.text);
    let configs = speaker.get("machineConfigs").await.expect(200).json();
    assert_eq!(configs["operations"][0]["rel"], "add", "the manager keeps these itself");
}

#[tokio::test]
async fn credentials_that_a_cloud_refuses_make_it_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), "hunter2").unwrap();
    let manager = support::manager_in(
        folder.path(),
        &account("cloud", "http://127.0.0.1:1/cimi/", "user = \"me\"\npassword-file = \"secret\""),
    )
    .await;
    let shown = format!("{manager:?} {:?}", manager.app().accounts());
    assert!(!shown.contains("hunter2"), "no secret is ever shown");
}
