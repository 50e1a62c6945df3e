//! The examples of `docs/mock-cloud.md`: its scenario begins, its requests do what they say. Its Rust is a test of the library.

use cimi::Edition;
use mock_cloud::{Clock, MockCloud, Scenario};

use crate::control::ask;

const PAGE: &str = include_str!("../../../docs/mock-cloud.md");

/// The only block of a language.
fn block(language: &str) -> &'static str {
    let fence = format!("```{language}\n");
    let mut blocks = PAGE.split(&fence).skip(1);
    let block = blocks.next().unwrap().split("```").next().unwrap();
    assert!(blocks.next().is_none());
    block
}

/// Method, path and body of a line `curl [-X METHOD] $control/PATH [-d 'BODY']`.
fn request(line: &str) -> (&str, &str, &str) {
    let rest = line.strip_prefix("curl ").unwrap();
    let (method, rest) = match rest.strip_prefix("-X ") {
        Some(rest) => rest.split_once(' ').unwrap(),
        None => ("GET", rest),
    };
    let rest = rest.strip_prefix("$control/").unwrap();
    match rest.split_once(" -d ") {
        Some((path, body)) => (method, path, body.trim_matches('\'')),
        None => (method, rest, ""),
    }
}

#[tokio::test]
async fn the_three_ways_are_as_told() {
    let scenario = Scenario::new("busy-morning.toml", block("toml")).unwrap();
    let builder = MockCloud::builder().scenario(scenario).control("127.0.0.1:0".parse().unwrap());
    let cloud = builder.start().await.unwrap();
    assert_eq!(cloud.cloud().time(), Clock::virtual_clock());
    let start = format!("{}machines/1/start", cloud.base_uri());
    let body = format!(r#"{{"action": "{}"}}"#, Edition::V2.action_uri("start"));
    let json = [("content-type", "application/json")];
    let busy = ask("POST", &start, &json, &body).await;
    assert_eq!(busy.status, 503, "{}", busy.body);
    assert!(busy.head.contains("retry-after: 5"), "{}", busy.head);
    let begun = cloud.clock().now();
    assert_eq!(ask("POST", &start, &json, &body).await.status, 202);
    cloud.clock().drain();
    assert_eq!(cloud.clock().now().duration_since(begun).as_secs(), 90);

    let mut requests = 0;
    for line in block("sh").lines().filter(|line| line.starts_with("curl")) {
        let (method, path, body) = request(line);
        let uri = format!("{}{path}", cloud.control_uri().unwrap());
        let reply = ask(method, &uri, &[], body).await;
        assert_eq!(reply.status, 200, "{line}\n{}", reply.body);
        requests += 1;
    }
    assert_eq!(requests, 7);
    assert_eq!(cloud.clock().now().duration_since(begun).as_secs(), 90, "restored to when it was kept");
}
