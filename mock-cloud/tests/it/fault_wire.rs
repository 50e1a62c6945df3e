//! Faults of messages, over real sockets: what a client gets to see byte by byte.

use std::time::{Duration, Instant};

use cimi::Edition;
use mock_cloud::fault::read_toml;
use mock_cloud::{Clock, MockCloud, Running};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

const STOP: &str = r#"{"action": "http://schemas.dmtf.org/cimi/2/action/stop"}"#;

async fn start(faults: &str) -> Running {
    let mut builder = MockCloud::builder().clock(Clock::virtual_clock());
    for fault in read_toml("test.toml", faults).unwrap() {
        builder = builder.fault(fault);
    }
    builder.start().await.unwrap()
}

async fn connect(cloud: &Running, method: &str, path: &str, body: &str) -> TcpStream {
    let authority = cloud.base_uri().strip_prefix("http://").unwrap().trim_end_matches("/cimi/").to_owned();
    let mut stream = TcpStream::connect(&authority).await.unwrap();
    let request = format!(
        "{method} /cimi/{path} HTTP/1.1\r\nhost: {authority}\r\naccept: application/json\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// All that comes until the connection is closed.
async fn send(cloud: &Running, method: &str, path: &str, body: &str) -> String {
    let mut stream = connect(cloud, method, path, body).await;
    let mut reply = Vec::new();
    // A connection that is reset has brought what it has brought.
    let _ =
        timeout(Duration::from_secs(20), stream.read_to_end(&mut reply)).await.expect("the connection ends");
    String::from_utf8(reply).unwrap()
}

fn machine_state(cloud: &Running) -> Option<&'static str> {
    let id = mock_cloud::world::Id::new(mock_cloud::world::Kind::Machine, 1).unwrap();
    cloud.engine().read(|sim, _| sim.world().get(id).and_then(|record| record.state))
}

fn split(reply: &str) -> (usize, &str) {
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    (length.parse().unwrap(), body)
}

#[tokio::test]
async fn a_connection_dropped_before_leaves_the_cloud_as_it_was() {
    let cloud =
        start("[[fault]]\nkind = \"Machine\"\noperation = \"stop\"\neffect = { drop = \"before\" }\n").await;
    let before = machine_state(&cloud);
    assert_eq!(send(&cloud, "POST", "machines/1/stop", STOP).await, "");
    assert_eq!(machine_state(&cloud), before);
    assert!(send(&cloud, "GET", "machines/1", "").await.starts_with("HTTP/1.1 200"), "no other operation");
    assert!(send(&cloud, "POST", "machines/1/pause", "{}").await.starts_with("HTTP/1.1 "));
}

#[tokio::test]
async fn a_connection_dropped_after_has_had_its_effect() {
    let cloud = start("[[fault]]\noperation = \"stop\"\ntimes = 1\neffect = { drop = \"after\" }\n").await;
    assert_eq!(send(&cloud, "POST", "machines/1/stop", STOP).await, "");
    assert_eq!(machine_state(&cloud), Some("STOPPING"));
    assert_eq!(cloud.faults().list()[0].hits, 1);
}

#[tokio::test]
async fn a_lost_reply_never_comes_though_its_effect_is_there() {
    let cloud = start("[[fault]]\noperation = \"stop\"\neffect = \"lose-reply\"\n").await;
    let mut stream = connect(&cloud, "POST", "machines/1/stop", STOP).await;
    let mut byte = [0];
    let waited = timeout(Duration::from_millis(60), stream.read(&mut byte)).await;
    assert!(waited.is_err(), "neither a reply nor an end: {waited:?}");
    assert_eq!(machine_state(&cloud), Some("STOPPING"));
}

#[tokio::test]
async fn refusals_are_of_the_protocol() {
    let faults = r#"
        [[fault]]
        operation = "list"
        effect = { refuse = { status = 429, retry-after = "1500ms" } }
        [[fault]]
        kind = "Machine"
        operation = "stop"
        effect = { refuse = { status = 503, message = "Closed for lunch." } }
        "#;
    let cloud = start(faults).await;
    let reply = send(&cloud, "GET", "machines", "").await;
    assert!(reply.starts_with("HTTP/1.1 429"), "{reply}");
    assert!(reply.contains("retry-after: 2\r\n"), "{reply}");
    assert!(reply.contains("\"state\":\"FAILED\""), "{reply}");
    let before = machine_state(&cloud);
    let reply = send(&cloud, "POST", "machines/1/stop", STOP).await;
    assert!(reply.starts_with("HTTP/1.1 503") && reply.contains("Closed for lunch."), "{reply}");
    assert!(!reply.contains("retry-after"), "{reply}");
    assert_eq!(machine_state(&cloud), before);
    let reply = send(&cloud, "GET", "machines?$format=xml", "").await;
    assert!(reply.contains("<Job xmlns="), "{reply}");

    let fault =
        read_toml("test.toml", "[[fault]]\neffect = { refuse = { status = 503 } }\n").unwrap().remove(0);
    let cloud = MockCloud::builder().edition(Edition::V1).fault(fault).start().await.unwrap();
    let reply = send(&cloud, "GET", "", "").await;
    assert!(reply.contains("cimi-specification-version"), "{reply}");
}

#[tokio::test]
async fn a_truncated_body_says_more_than_comes() {
    let cloud = start("[[fault]]\noperation = \"read\"\ntimes = 2\neffect = { truncate = 0.5 }\n").await;
    let cut = send(&cloud, "GET", "machines/1", "").await;
    let head = send(&cloud, "HEAD", "machines/1", "").await;
    let whole = send(&cloud, "GET", "machines/1", "").await;
    let (said, body) = split(&cut);
    let (length, right) = split(&whole);
    assert_eq!((said, right.len()), (length, length));
    assert_eq!(body, &right[..length / 2]);
    assert!(head.starts_with("HTTP/1.1 200"), "a HEAD has no body to be cut: {head}");
}

#[tokio::test]
async fn a_slow_body_comes_whole() {
    let cloud = start("[[fault]]\noperation = \"read\"\neffect = { slow = 4000 }\n").await;
    let begun = Instant::now();
    let reply = send(&cloud, "GET", "machines/1", "").await;
    let (length, body) = split(&reply);
    assert_eq!(body.len(), length);
    assert!(length > 400, "{length}");
    assert!(begun.elapsed() >= Duration::from_millis(200), "{length} bytes in {:?}", begun.elapsed());
}

#[tokio::test]
async fn latency_is_waited_for() {
    let faults = r#"
        [[fault]]
        kind = "Machine"
        effect = { latency = { fixed = "30ms" } }
        [[fault]]
        resource = "web-1"
        effect = { latency = { fixed = "20ms" } }
        "#;
    let cloud = start(faults).await;
    let begun = Instant::now();
    assert!(send(&cloud, "GET", "machines/1", "").await.starts_with("HTTP/1.1 200"));
    assert!(begun.elapsed() >= Duration::from_millis(50), "both wait: {:?}", begun.elapsed());
    assert_eq!(cloud.faults().list().iter().map(|listed| listed.hits).collect::<Vec<_>>(), [1, 1]);
    send(&cloud, "GET", "volumes", "").await;
    assert_eq!(cloud.faults().list()[0].hits, 1);
}
