//! A mock cloud in a test of somebody else: started in one line, stopped when dropped, on the wall clock or not.

use std::time::{Duration, Instant};

use cimi::Edition;
use mock_cloud::{Clock, MockCloud};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One request over a socket; the status line and headers, and the body.
async fn get(uri: &str) -> String {
    let (authority, path) = uri.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(authority).await.unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    reply
}

#[tokio::test]
async fn serves_and_stops() {
    for edition in Edition::ALL {
        let begun = Instant::now();
        let cloud =
            MockCloud::builder().edition(edition).clock(Clock::virtual_clock()).start().await.unwrap();
        let reply = get(cloud.base_uri()).await;
        assert!(reply.starts_with("HTTP/1.1 200 OK"), "{reply}");
        assert!(reply.contains(edition.namespace()));
        assert!(begun.elapsed() < Duration::from_secs(2));
        assert_eq!(cloud.clock().now().to_string(), "2026-01-01T00:00:00Z");
        cloud.stop().await;
    }
}

#[tokio::test]
async fn on_the_wall_clock_things_happen_by_themselves() {
    let cloud = MockCloud::builder().speed(1000.0).start().await.unwrap();
    let engine = cloud.engine();
    let machine = mock_cloud::world::Id::new(mock_cloud::world::Kind::Machine, 1).unwrap();
    let request = mock_cloud::sim::Request::Act {
        id: machine,
        operation: "stop".to_owned(),
        parameters: mock_cloud::world::Fields::new(),
    };
    engine.write(|sim| sim.perform(request)).unwrap();
    // Nobody asks meanwhile: the world is looked at without bringing it up to date.
    for _ in 0..1000 {
        tokio::time::sleep(Duration::from_millis(1)).await;
        if !engine.peek(mock_cloud::sim::Sim::has_work) {
            return;
        }
    }
    panic!("the machine has not stopped within a second");
}

/// What is seen of a Machine that stops, at each look, and when.
async fn looks(requests: usize) -> Vec<String> {
    let cloud = MockCloud::builder().clock(Clock::paced(20)).start().await.unwrap();
    let machine = mock_cloud::world::Id::new(mock_cloud::world::Kind::Machine, 1).unwrap();
    let request = mock_cloud::sim::Request::Act {
        id: machine,
        operation: "stop".to_owned(),
        parameters: mock_cloud::world::Fields::new(),
    };
    cloud.engine().write(|sim| sim.perform(request)).unwrap();
    let mut seen = Vec::new();
    for _ in 0..requests {
        let reply = get(&format!("{}machines/1?$select=state", cloud.base_uri())).await;
        let state = ["STARTED", "STOPPING", "STOPPED"].into_iter().find(|state| reply.contains(state));
        seen.push(format!("{} {}", cloud.clock().now(), state.unwrap_or("?")));
    }
    seen
}

#[tokio::test]
async fn a_paced_clock_moves_on_at_each_request() {
    let seen = looks(100).await;
    assert_eq!(seen, looks(100).await, "the same requests, the same moments");
    assert!(seen[0].starts_with("2026-01-01T00:00:00.02Z STOPPING"), "{seen:?}");
    assert!(seen[99].starts_with("2026-01-01T00:00:02Z STOPPED"), "{seen:?}");
}
