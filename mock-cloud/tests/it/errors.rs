//! Bad requests: each gets its status and a Job that says what was wrong, and changes nothing.

use cimi::Edition;
use cimi::codec::Format;
use mock_cloud::Seed;

use crate::support::{Cloud, Reply};

/// Everything there is, as text.
fn everything(cloud: &Cloud) -> Vec<String> {
    ["machines", "volumes", "machineConfigs", "credentials", "jobs", "machines/3/volumes"]
        .map(|uri| cloud.send("GET", uri, &[], None).text)
        .to_vec()
}

#[track_caller]
fn check(cloud: &Cloud, request: (&str, &str, &[(&str, &str)], Option<&str>), status: u16) -> Reply {
    let (method, uri, headers, body) = request;
    let before = everything(cloud);
    let reply = cloud.send(method, uri, headers, body.map(|body| body.as_bytes().to_vec()));
    assert_eq!(reply.status, status, "{method} {uri}: {}", reply.text);
    let (_, message) = reply.refused();
    assert!(!message.is_empty());
    assert_eq!(everything(cloud), before, "{method} {uri}");
    reply
}

#[test]
fn each_listed_status() {
    for edition in Edition::ALL {
        let cloud = Cloud::new(edition, Format::Json, Seed::builtin());
        let long = format!("machines?x={}", "y".repeat(9000));
        let huge = format!("{{\"name\": \"{}\"}}", "x".repeat(2 << 20));
        check(&cloud, ("POST", "machines", &[], Some("{")), 400);
        check(&cloud, ("POST", "machines", &[], Some("{\"machineTemplate\": 5}")), 400);
        check(&cloud, ("POST", "machines", &[], Some("{}")), 400);
        check(&cloud, ("PUT", "machines/1", &[], Some("{\"nonsense\": 1}")), 400);
        check(&cloud, ("GET", "machines?$filter=cpu>>1", &[], None), 400);
        check(&cloud, ("GET", "machines?$filter=name>'a'", &[], None), 400);
        check(&cloud, ("GET", "machines/99", &[], None), 404);
        check(&cloud, ("DELETE", "machines", &[], None), 405);
        check(&cloud, ("PATCH", "machines/1", &[], None), 405);
        check(&cloud, ("PUT", "resourceMetadata/Machine", &[], Some("{}")), 405);
        check(&cloud, ("GET", "machines/1/start", &[], None), 405);
        check(&cloud, ("PUT", "machines/1", &[("if-match", "\"nothing\"")], Some("{}")), 412);
        check(&cloud, ("POST", "machines", &[], Some(&huge)), 413);
        check(&cloud, ("GET", &long, &[], None), 414);
        check(&cloud, ("BREW", "machines", &[], None), 501);
    }
}

#[test]
fn negotiation() {
    let cloud = Cloud::v2();
    let send = |headers: &[(&str, &str)], body: Option<&str>, method: &str| {
        cloud.send(method, "machineConfigs", headers, body.map(|body| body.as_bytes().to_vec())).status
    };
    // A second Accept beside the client's own joins the list, so it is the format that is refused.
    assert_eq!(cloud.send("GET", "machines?$format=yaml", &[], None).status, 406);
    assert_eq!(send(&[("content-encoding", "identity")], Some("{\"cpu\": 1, \"memory\": 1}"), "POST"), 201);
}

#[test]
fn an_action_must_agree_with_its_uri() {
    for cloud in Cloud::everywhere() {
        let machine = cloud.named("machines", "web-1");
        let reply = cloud.post(&format!("{machine}/stop"), &cloud.action("pause", cimi::Attributes::new()));
        assert_eq!(reply.refused().0, 400);
        assert_eq!(cloud.state(&machine), "STARTED");
        let reply = cloud.post(&machine, &cloud.action("stop", cimi::Attributes::new()));
        assert_eq!(reply.refused().0, 405);
    }
}
