//! Recorded traffic: what a client sent and got, as HAR.

use std::time::Duration;

use mock_cloud::fault::read_toml;
use mock_cloud::{Clock, MockCloud, Running};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn send(cloud: &Running, method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let authority = cloud.base_uri().strip_prefix("http://").unwrap().trim_end_matches("/cimi/").to_owned();
    let mut stream = TcpStream::connect(&authority).await.unwrap();
    let head = format!(
        "{method} /cimi/{path} HTTP/1.1\r\nhost: {authority}\r\naccept: application/json\r\nconnection: close\r\n\
         {headers}content-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply).await;
    reply
}

async fn start(faults: &str) -> Running {
    let mut builder = MockCloud::builder().clock(Clock::virtual_clock());
    for fault in read_toml("test.toml", faults).unwrap() {
        builder = builder.fault(fault);
    }
    builder.start().await.unwrap()
}

fn har(cloud: &Running) -> Value {
    serde_json::to_value(cloud.traffic().har()).unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn an_exchange_is_recorded_as_it_was() {
    let cloud = start("").await;
    send(&cloud, "GET", "machines/1", "", b"").await;
    assert_eq!(har(&cloud)["log"]["entries"], json!([]), "nothing is recorded unless it is asked for");
    cloud.traffic().start();
    cloud.clock().advance(Duration::from_secs(1));
    let json = "content-type: application/json\r\nauthorization: Basic bWU6aHVzaA==\r\n";
    let body = r#"{"name":"c","userName":"me","password":"hush"}"#;
    let made = send(&cloud, "POST", "credentials?a=b%20c&d", json, body.as_bytes()).await;
    cloud.traffic().stop();
    send(&cloud, "GET", "machines/1", "", b"").await;
    let har = har(&cloud);
    assert!(!har.to_string().contains("hush") && !har.to_string().contains("bWU6"), "{har:#}");

    assert_eq!(keys(&har["log"]), ["version", "creator", "entries"]);
    assert_eq!(har["log"]["version"], "1.2");
    assert_eq!(keys(&har["log"]["creator"]), ["name", "version"]);
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), 1);
    let entry = &har["log"]["entries"][0];
    assert_eq!(keys(entry), ["startedDateTime", "time", "request", "response", "cache", "timings"]);
    assert_eq!(entry["startedDateTime"], "2026-01-01T00:00:01Z");
    assert_eq!(entry["timings"], json!({ "send": 0.0, "wait": 0.0, "receive": 0.0 }));
    assert_eq!(entry["cache"], json!({}));

    let request = &entry["request"];
    let known = "method url httpVersion cookies headers queryString postData headersSize bodySize";
    assert_eq!(keys(request).join(" "), known);
    assert_eq!(request["method"], "POST");
    assert_eq!(request["url"], format!("{}credentials?a=b%20c&d", cloud.base_uri()));
    assert_eq!(request["httpVersion"], "HTTP/1.1");
    assert_eq!(
        request["queryString"],
        json!([{ "name": "a", "value": "b c" }, { "name": "d", "value": "" }])
    );
    assert!(
        request["headers"]
            .as_array()
            .unwrap()
            .contains(&json!({ "name": "authorization", "value": "[redacted]" }))
    );
    assert_eq!(request["postData"]["mimeType"], "application/json");
    assert_eq!(request["postData"]["text"], r#"{"name":"c","userName":"me","password":"[redacted]"}"#);
    assert_eq!(request["bodySize"], body.len());

    let response = &entry["response"];
    let known = "status statusText httpVersion cookies headers content redirectURL headersSize bodySize";
    assert_eq!(keys(response).join(" "), known);
    let made = String::from_utf8(made).unwrap();
    let (_, text) = made.split_once("\r\n\r\n").unwrap();
    assert!(made.starts_with("HTTP/1.1 400"), "{made}");
    assert_eq!((&response["status"], &response["statusText"]), (&json!(400), &json!("Bad Request")));
    assert_eq!(response["content"]["text"], text);
    assert_eq!(response["content"]["size"], text.len());
    assert_eq!(response["content"]["mimeType"], "application/json");

    cloud.traffic().clear();
    assert_eq!(cloud.traffic().har().log.entries, []);
}

#[tokio::test]
async fn what_is_recorded_is_what_the_client_sees() {
    let faults = r#"
        [[fault]]
        resource = "web-1"
        operation = "read"
        effect = { truncate = 0.5 }
        [[fault]]
        operation = "list"
        kind = "Machine"
        effect = { drop = "after" }
        [[fault]]
        operation = "list"
        kind = "Volume"
        effect = { refuse = { status = 503 } }
        "#;
    let cloud = start(faults).await;
    cloud.traffic().start();
    let cut = send(&cloud, "GET", "machines/1", "", b"").await;
    assert_eq!(send(&cloud, "GET", "machines", "", b"").await, b"");
    send(&cloud, "GET", "volumes", "", b"").await;
    let har = har(&cloud);
    let entry = |at: usize| &har["log"]["entries"][at];
    let cut = String::from_utf8(cut).unwrap();
    assert_eq!(entry(0)["response"]["content"]["text"], cut.split_once("\r\n\r\n").unwrap().1);
    assert_eq!(entry(0)["comment"], "The connection was closed within the body.");
    assert_eq!(entry(1)["response"]["status"], 0);
    assert_eq!(entry(1)["comment"], "The connection was closed without a reply.");
    assert_eq!(entry(2)["response"]["status"], 503);
    assert!(entry(2)["request"].get("postData").is_none());
}

#[tokio::test]
async fn what_is_no_text_is_in_base64_and_what_is_long_is_cut() {
    let cloud = start("").await;
    cloud.traffic().start();
    send(&cloud, "POST", "machineConfigs", "content-type: application/json\r\n", &[0xff, 0xfe, 0]).await;
    let long = format!("{{\"name\":\"{}\"}}", "x".repeat(1 << 20));
    send(&cloud, "POST", "machineConfigs", "content-type: application/json\r\n", long.as_bytes()).await;
    let har = har(&cloud);
    let post = |at: usize| &har["log"]["entries"][at]["request"]["postData"];
    assert_eq!((&post(0)["text"], &post(0)["_encoding"]), (&json!("//4A"), &json!("base64")));
    assert_eq!(post(1)["text"].as_str().unwrap().len(), 1 << 20);
    assert!(har["log"]["entries"][1]["comment"].is_string());
}

#[tokio::test]
async fn the_latest_are_kept() {
    let cloud = MockCloud::builder().clock(Clock::virtual_clock()).start().await.unwrap();
    cloud.traffic().start();
    let authority = cloud.base_uri().strip_prefix("http://").unwrap().trim_end_matches("/cimi/").to_owned();
    let mut stream = TcpStream::connect(&authority).await.unwrap();
    for at in 0..2_003 {
        let request = format!("HEAD /cimi/?n={at} HTTP/1.1\r\nhost: x\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut reply = Vec::new();
        while !reply.ends_with(b"\r\n\r\n") {
            let mut part = [0; 4096];
            let read = stream.read(&mut part).await.unwrap();
            assert!(read > 0);
            reply.extend_from_slice(&part[..read]);
        }
    }
    let entries = cloud.traffic().har().log.entries;
    assert_eq!(entries.len(), 2_000);
    assert!(entries[0].request.url.ends_with("?n=3"), "{}", entries[0].request.url);
}
