//! Tenants: worlds of their own, of which no other knows anything, on one clock.

use std::collections::BTreeSet;
use std::time::Duration;

use cimi::Edition;
use cimi::codec::Format;
use mock_cloud::{MockCloud, Seed};

use crate::support::{Cloud, attributes, by_value, to};

/// What every tenant begins with, then two tenants with users of the same names and passwords.
const SHARED: &str = r#"
    [[machineConfigs]]
    handle = "small"
    name = "small"
    cpu = 1
    memory = 1_000
    disks = [{ capacity = 5 }]
    [[machineTemplates]]
    name = "plain"
    machineConfig = "small"
"#;

const ANNA: &str = r#"
    [[tenants]]
    name = "anna"
    [[tenants.users]]
    name = "anna"
    password = "a"
    role = "administer"
    [[tenants.machines]]
    name = "annas-secret"
    machineConfig = "small"
    state = "STARTED"
    [[tenants.machines]]
    name = "annas-second"
    machineConfig = "small"
    [[tenants.volumes]]
    handle = "data"
    name = "annas-data"
    capacity = 7
    [[tenants.credentials]]
    name = "annas-key"
    userName = "root"
    password = "geheim"
"#;

const BERT: &str = r#"
    [[tenants]]
    name = "bert"
    [[tenants.users]]
    name = "bert"
    password = "b"
    role = "administer"
    [[tenants.machines]]
    name = "berts-only"
    machineConfig = "small"
"#;

// base64 of anna:a and bert:b
const AS_ANNA: (&str, &str) = ("authorization", "Basic YW5uYTph");
const AS_BERT: (&str, &str) = ("authorization", "Basic YmVydDpi");

fn both(edition: Edition, format: Format) -> Cloud {
    Cloud::new(edition, format, Seed::new("two.toml", [SHARED, ANNA, BERT].concat()))
}

fn bert_alone(edition: Edition, format: Format) -> Cloud {
    Cloud::new(edition, format, Seed::new("one.toml", [SHARED, BERT].concat()))
}

fn everywhere() -> impl Iterator<Item = (Edition, Format)> {
    Edition::ALL.into_iter().flat_map(|edition| Format::ALL.into_iter().map(move |format| (edition, format)))
}

/// All URIs of a tenant that can be reached from its Cloud Entry Point, and those that its replies mention.
fn harvest(cloud: &Cloud, tenant: &str, user: (&str, &str)) -> BTreeSet<String> {
    let base = format!("http://mock.invalid/{tenant}/cimi/");
    let mut found = BTreeSet::from([base.clone()]);
    let mut open = vec![base.clone()];
    while let Some(uri) = open.pop() {
        let reply = cloud.send("GET", &uri, &[user], None);
        for rest in reply.text.split(base.as_str()).skip(1) {
            let end = rest.find(['"', '<', '&']).unwrap_or(rest.len());
            let uri = format!("{base}{}", &rest[..end]);
            if found.insert(uri.clone()) {
                open.push(uri);
            }
        }
    }
    assert!(found.len() > 30, "{found:?}");
    found
}

/// All that a caller could tell two replies apart by.
fn all(reply: &crate::support::Reply) -> String {
    format!("{} {:?} {}", reply.status, reply.headers, reply.text)
}

#[test]
fn nobody_gets_into_the_cloud_of_another() {
    for (edition, format) in everywhere() {
        let cloud = both(edition, format);
        let nothing = cloud.send("GET", "/anna/cimi/machines/999", &[AS_BERT], None);
        assert_eq!(nothing.refused().0, 401);
        let uris = harvest(&cloud, "anna", AS_ANNA);
        for uri in &uris {
            for method in ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD"] {
                let reply = cloud.send(method, uri, &[AS_BERT], None);
                assert_eq!(reply.status, 401, "{method} {uri}");
                if method == "GET" {
                    // What is there and what is not look the same.
                    assert_eq!(all(&reply), all(&nothing), "{uri}");
                }
            }
        }
        assert_eq!(uris, harvest(&cloud, "anna", AS_ANNA), "something has changed");
    }
}

#[test]
fn whatever_one_does_the_other_sees_the_same_bytes() {
    for (edition, format) in everywhere() {
        let (shared, alone) = (both(edition, format), bert_alone(edition, format));
        let annas = harvest(&shared, "anna", AS_ANNA);
        let ask = |method: &str, uri: &str, body: Option<&cimi::Document>| {
            let body = || body.map(|it| cimi::codec::write(format, it, &cimi::extension::Extensions::NONE));
            let (here, there) =
                (shared.send(method, uri, &[AS_BERT], body()), alone.send(method, uri, &[AS_BERT], body()));
            assert_eq!(all(&here), all(&there), "{method} {uri}");
            assert!(!here.text.contains("anna"), "{}", here.text);
        };
        for round in 0..3 {
            let template = to("http://mock.invalid/anna/cimi/machineTemplates/1");
            let create = shared.machine_create("more", template);
            let body = cimi::codec::write(format, &create, &cimi::extension::Extensions::NONE);
            let reply = shared.send("POST", "/anna/cimi/machines", &[AS_ANNA], Some(body));
            assert_eq!(reply.status, 202, "{}", reply.text);
            // Every address of the one, at the other.
            for uri in &annas {
                ask("GET", &uri.replacen("/anna/", "/bert/", 1), None);
            }
            let template = to("http://mock.invalid/bert/cimi/machineTemplates/1");
            ask("POST", "/bert/cimi/machines", Some(&shared.machine_create("mine", template)));
            ask("DELETE", &format!("/bert/cimi/machines/{}", round + 5), None);
            for cloud in [&shared, &alone] {
                cloud.clock.advance(Duration::from_millis(150));
            }
            for uri in harvest(&alone, "bert", AS_BERT) {
                ask("GET", &uri, None);
            }
        }
    }
}

#[test]
fn what_refers_to_another_tenant_refers_to_nothing() {
    for (edition, format) in everywhere() {
        let cloud = both(edition, format);
        let refused = |body: &cimi::Document, collection: &str| {
            let body = cimi::codec::write(format, body, &cimi::extension::Extensions::NONE);
            let reply = cloud.send("POST", &format!("/bert/cimi/{collection}"), &[AS_BERT], Some(body));
            let (status, message) = reply.refused();
            assert_eq!(status, 400, "{message}");
            message.replace("/1", "/?").replace("/999", "/?")
        };
        let there = |number: u16, what: &str| to(&format!("http://mock.invalid/anna/cimi/{what}/{number}"));
        let machine = |number| cloud.machine_create("x", there(number, "machineTemplates"));
        assert_eq!(refused(&machine(1), "machines"), refused(&machine(999), "machines"));
        let config = |number| {
            let template = attributes().with("machineConfig", there(number, "machineConfigs"));
            cloud.machine_create("x", by_value(template))
        };
        assert_eq!(refused(&config(1), "machines"), refused(&config(999), "machines"));
    }
}

#[test]
fn time_is_the_same_for_all() {
    let seed = Seed::new("two.toml", [SHARED, ANNA, BERT].concat());
    let builder = MockCloud::builder().seed(seed).clock(mock_cloud::Clock::virtual_clock());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let cloud = builder.start().await.unwrap();
        let start = cloud.clock().now();
        let engine = |name: &str| cloud.cloud().engine(name).unwrap();
        let act = |name: &str, operation: &str| {
            let id = mock_cloud::world::Id::new(mock_cloud::world::Kind::Machine, 1).unwrap();
            let parameters = mock_cloud::world::Fields::new();
            let request = mock_cloud::sim::Request::Act { id, operation: operation.to_owned(), parameters };
            engine(name).write(|sim| sim.perform(request)).unwrap();
        };
        let work = |name: &str| engine(name).peek(mock_cloud::sim::Sim::has_work);
        act("bert", "start");
        cloud.clock().advance(Duration::from_millis(1));
        act("anna", "stop");
        // The start of bert's is done first: it was asked for first.
        assert!(cloud.clock().step());
        assert!(work("anna") && !work("bert"));
        assert_eq!(cloud.clock().now().duration_since(start), jiff::SignedDuration::from_millis(100));
        assert!(engine("anna").peek(|sim| sim.world().now()) == cloud.clock().now());
        assert!(cloud.clock().drain());
        assert!(!work("anna"));
        assert_eq!(cloud.base_uri_of("bert"), Some(cloud.base_uri().replacen("anna", "bert", 1)));
        assert_eq!(cloud.base_uri_of("carl"), None);
    });
}

#[test]
fn on_the_wall_clock_time_can_be_put_forward() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let cloud = MockCloud::builder().speed(0.001).start().await.unwrap();
        let id = mock_cloud::world::Id::new(mock_cloud::world::Kind::Machine, 1).unwrap();
        let parameters = mock_cloud::world::Fields::new();
        let request = mock_cloud::sim::Request::Act { id, operation: "stop".to_owned(), parameters };
        cloud.engine().write(|sim| sim.perform(request)).unwrap();
        let before = cloud.clock().now();
        assert!(cloud.clock().drain());
        // It goes on from there, by itself.
        assert!(cloud.clock().now().duration_since(before) >= jiff::SignedDuration::from_secs(99));
        let before = cloud.clock().now();
        cloud.clock().advance(Duration::from_hours(1));
        assert!(cloud.clock().now().duration_since(before) >= jiff::SignedDuration::from_hours(1));
    });
}
