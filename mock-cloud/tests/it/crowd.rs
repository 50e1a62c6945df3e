//! Many clients at once, over sockets, on the wall clock: legal and illegal requests of two tenants.
//!
//! `CIMI_SOAK_SECONDS` says for how long; without it, for a few seconds.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mock_cloud::world::{Group, Kind};
use mock_cloud::{MockCloud, Running, Seed};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::TcpStream;

use crate::random::hold;

const CLIENTS: u64 = 24;

/// What there is to begin with, for both; machines are named after who makes them.
const SEED: &str = r#"
    [capabilities.Job]
    JobRetention = 0
    [[machineConfigs]]
    handle = "small"
    [[machineTemplates]]
    name = "plain"
    machineConfig = "small"
    [[volumeConfigs]]
    handle = "disk"
    [[volumeTemplates]]
    name = "plain"
    volumeConfig = "disk"
    [[tenants]]
    name = "anna"
    [[tenants]]
    name = "bert"
"#;

/// The kinds of which clients make resources, and those that come along.
const MADE: [Kind; 8] = [
    Kind::Machine,
    Kind::Volume,
    Kind::Disk,
    Kind::MachineVolume,
    Kind::MachineImage,
    Kind::VolumeImage,
    Kind::MachineSnapshot,
    Kind::Job,
];

/// A connection that asks one request after the other.
struct Client {
    stream: BufStream<TcpStream>,
    base: String,
    other: String,
    tenant: &'static str,
    random: fastrand::Rng,
    asked: u64,
}

struct Reply {
    status: u16,
    etag: Option<String>,
    body: String,
}

impl Client {
    async fn new(cloud: &Running, tenant: &'static str, other: &str, seed: u64) -> Self {
        let base = cloud.base_uri_of(tenant).unwrap();
        let authority = base.split('/').nth(2).unwrap().to_owned();
        let stream = BufStream::new(TcpStream::connect(authority).await.unwrap());
        let other = cloud.base_uri_of(other).unwrap();
        Self { stream, base, other, tenant, random: fastrand::Rng::with_seed(seed), asked: 0 }
    }

    async fn send(&mut self, method: &str, uri: &str, headers: &str, body: &str) -> Reply {
        let mut parts = uri.strip_prefix("http://").unwrap().splitn(2, '/');
        let (host, path) = (parts.next().unwrap(), parts.next().unwrap());
        let head = format!(
            "{method} /{path} HTTP/1.1\r\nhost: {host}\r\naccept: application/json\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n{body}",
            body.len()
        );
        self.stream.write_all(head.as_bytes()).await.unwrap();
        self.stream.flush().await.unwrap();
        self.asked += 1;
        let mut line = String::new();
        self.stream.read_line(&mut line).await.unwrap();
        let status = line.split(' ').nth(1).unwrap_or_else(|| panic!("{method} {uri}: {line:?}"));
        let status = status.parse().unwrap();
        let (mut length, mut etag) = (0, None);
        loop {
            line.clear();
            self.stream.read_line(&mut line).await.unwrap();
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            match name {
                "content-length" => length = value.parse().unwrap(),
                "etag" => etag = Some(value.to_owned()),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.unwrap();
        let body = String::from_utf8(body).unwrap();
        assert!(status < 500, "{method} {uri}: {status} {body}");
        Reply { status, etag, body }
    }

    async fn get(&mut self, uri: &str) -> Reply {
        self.send("GET", uri, "", "").await
    }

    /// The URI of some member of a collection; all of them must be of this tenant.
    async fn some(&mut self, collection: &str) -> Option<String> {
        let (base, tenant) = (self.base.clone(), self.tenant);
        let first = self.random.u32(1..30);
        let reply = self.get(&format!("{base}{collection}?$first={first}&$last={}", first + 5)).await;
        let document: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        let members = document.get(collection).and_then(|members| members.as_array())?;
        for member in members {
            let id = member["id"].as_str().unwrap();
            assert!(id.starts_with(&base), "{id} is shown to {tenant}");
            if let Some(name) = member["name"].as_str() {
                assert!(name.starts_with(tenant), "{name} is shown to {tenant}");
            }
        }
        let at = self.random.usize(..members.len().max(1));
        Some(members.get(at)?["id"].as_str()?.to_owned())
    }

    /// Does something, legal or not.
    async fn step(&mut self) {
        let base = self.base.clone();
        let machine = self.some("machines").await.unwrap_or_else(|| format!("{base}machines/1"));
        match self.random.u32(..16) {
            0..=2 => self.make("machine").await,
            3 => self.make("volume").await,
            4..=8 => {
                let operations =
                    ["start", "stop", "restart", "pause", "suspend", "capture", "snapshot", "none"];
                let operation = operations[self.random.usize(..operations.len())];
                self.act(&format!("{machine}/{operation}"), operation, "").await;
            }
            9 => self.rename(&machine).await,
            10 => {
                let Some(volume) = self.some("volumes").await else { return };
                let reference = format!(",\"volume\":{{\"href\":\"{volume}\"}}");
                self.act(&format!("{machine}/volumes/insert"), "insert", &reference).await;
            }
            11 => drop(self.send("DELETE", &machine, "", "").await),
            12 => {
                let collection = ["volumes", "machineImages", "jobs"][self.random.usize(..3)];
                let Some(uri) = self.some_of(collection).await else { return };
                self.send("DELETE", &uri, "", "").await;
            }
            13 => {
                let filters = ["state='STARTED'%20and%20cpu%3E0", "name='x'", "nonsense", "state='"];
                let filter = filters[self.random.usize(..filters.len())];
                self.get(&format!("{base}machines?$filter={filter}&$orderby=name:desc&$last=3")).await;
            }
            14 => self.nonsense(&machine).await,
            _ => self.trespass(&machine).await,
        }
    }

    /// Like [`Client::some`], of what nobody names.
    async fn some_of(&mut self, collection: &str) -> Option<String> {
        let mut members = self.first_of(collection, 5).await;
        let at = self.random.usize(..members.len().max(1));
        (at < members.len()).then(|| members.swap_remove(at))
    }

    /// The URIs of so many members of a collection.
    async fn first_of(&mut self, collection: &str, last: u32) -> Vec<String> {
        let reply = self.get(&format!("{}{collection}?$last={last}", self.base)).await;
        let document: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        let members = document.get(collection).and_then(|members| members.as_array());
        members.into_iter().flatten().map(|member| member["id"].as_str().unwrap().to_owned()).collect()
    }

    async fn make(&mut self, what: &str) {
        let (base, name) = (self.base.clone(), format!("{}-{}", self.tenant, self.random.u32(..9)));
        let template = format!("\"{what}Template\":{{\"href\":\"{base}{what}Templates/1\"}}");
        let body = format!("{{\"name\":\"{name}\",{template}}}");
        let reply = self.send("POST", &format!("{base}{what}s"), "", &body).await;
        assert!(matches!(reply.status, 201 | 202), "{}", reply.body);
    }

    async fn act(&mut self, uri: &str, operation: &str, parameters: &str) {
        let action = match operation {
            "insert" => "insert".to_owned(),
            operation => format!("http://schemas.dmtf.org/cimi/2/action/{operation}"),
        };
        let reply = self.send("POST", uri, "", &format!("{{\"action\":\"{action}\"{parameters}}}")).await;
        assert!(matches!(reply.status, 200 | 202 | 400 | 404 | 405 | 409), "{uri}: {}", reply.status);
    }

    async fn rename(&mut self, uri: &str) {
        let reply = self.get(uri).await;
        let Some(etag) = reply.etag.filter(|_| reply.status == 200) else { return };
        let name = format!("{}-{}", self.tenant, self.random.u32(..9));
        let body = format!("{{\"name\":\"{name}\"}}");
        let reply =
            self.send("PUT", &format!("{uri}?$select=name"), &format!("if-match: {etag}\r\n"), &body).await;
        assert!(matches!(reply.status, 200 | 404 | 412), "{}: {}", reply.status, reply.body);
    }

    async fn nonsense(&mut self, uri: &str) {
        let bodies = ["", "{", "[]", "{\"cpu\":\"many\"}", "<Machine/>", "{\"state\":\"STARTED\",\"x\":1}"];
        let body = bodies[self.random.usize(..bodies.len())];
        let method = ["PUT", "POST", "DELETE", "PATCH"][self.random.usize(..4)];
        let uri = [uri.to_owned(), format!("{}x", self.base), format!("{}machines", self.base)]
            [self.random.usize(..3)]
        .clone();
        if !(method == "DELETE" && uri.contains("machines/")) {
            self.send(method, &uri, "", body).await;
        }
    }

    /// Uses what belongs to the other tenant as if it were one's own.
    async fn trespass(&mut self, machine: &str) {
        let theirs = format!("{}volumes/{}", self.other, self.random.u32(1..20));
        let body = format!("{{\"action\":\"insert\",\"volume\":{{\"href\":\"{theirs}\"}}}}");
        let reply = self.send("POST", &format!("{machine}/volumes/insert"), "", &body).await;
        assert!(matches!(reply.status, 400 | 404 | 409), "{}: {}", reply.status, reply.body);
    }
}

fn seconds() -> u64 {
    std::env::var("CIMI_SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(4)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_clients_at_once_leave_a_whole_world() {
    let cloud = MockCloud::builder().seed(Seed::new("crowd.toml", SEED)).speed(20.0).start().await.unwrap();
    let cloud = Arc::new(cloud);
    let end = Instant::now() + Duration::from_secs(seconds());
    let clients = (0..CLIENTS).map(|number| {
        let cloud = Arc::clone(&cloud);
        tokio::spawn(async move {
            let (own, other) = if number % 2 == 0 { ("anna", "bert") } else { ("bert", "anna") };
            let mut client = Client::new(&cloud, own, other, number).await;
            while Instant::now() < end {
                client.step().await;
            }
            client.asked
        })
    });
    let clients: Vec<_> = clients.collect();
    let mut asked = 0;
    for client in clients {
        asked += client.await.expect("a client does not panic");
    }
    assert!(asked > 500, "only {asked} requests");
    for tenant in ["anna", "bert"] {
        let engine = cloud.cloud().engine(tenant).unwrap();
        engine.read(|sim, _| hold(sim));
        let names: BTreeSet<String> = engine.read(|sim, _| {
            let machines = sim.world().members(Group::of_cloud(Kind::Machine), 0);
            machines.filter_map(|machine| machine.label.name.as_deref().map(str::to_owned)).collect()
        });
        assert!(!names.is_empty() && names.iter().all(|name| name.starts_with(tenant)), "{names:?}");
    }
    empty(&cloud).await;
}

/// Nothing leaks: when all is deleted, nothing is left of it, nor of the Jobs that it took.
async fn empty(cloud: &Running) {
    for (number, tenant) in [(0, "anna"), (1, "bert")] {
        let mut client = Client::new(cloud, tenant, "anna", 100 + number).await;
        let engine = cloud.cloud().engine(tenant).unwrap();
        for _ in 0..2_000 {
            if engine.read(|sim, _| MADE.iter().all(|kind| sim.world().count(Group::of_cloud(*kind)) == 0)) {
                break;
            }
            for collection in ["machines", "volumes", "machineImages", "volumeImages", "jobs"] {
                for uri in client.first_of(collection, 500).await {
                    client.send("DELETE", &uri, "", "").await;
                }
            }
        }
        let left = engine.read(|sim, _| MADE.map(|kind| (kind, sim.world().count(Group::of_cloud(kind)))));
        assert!(left.iter().all(|(_, count)| *count == 0), "{left:?}");
        engine.read(|sim, _| {
            hold(sim);
            assert!(sim.is_idle());
        });
    }
}
