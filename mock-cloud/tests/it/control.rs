//! The control face over its socket: clock, seed, snapshots, tenants, who may use it, and what it says when it refuses.

use mock_cloud::{Clock, MockCloud, Running, Seed, StartError};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A response.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Response {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// One request over a socket of its own.
pub(crate) async fn ask(method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let (authority, path) = uri.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut lines = vec![format!("{method} /{path} HTTP/1.1"), "connection: close".to_owned()];
    lines.push(format!("content-length: {}", body.len()));
    if headers.iter().all(|(name, _)| *name != "host") {
        lines.push(format!("host: {authority}"));
    }
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    let mut stream = TcpStream::connect(authority).await.unwrap();
    stream.write_all(format!("{}\r\n\r\n{body}", lines.join("\r\n")).as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Response { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}

/// A cloud and its control face.
struct Controlled {
    cloud: Running,
    base: String,
}

impl Controlled {
    async fn new(seed: Seed) -> Self {
        let builder = MockCloud::builder().seed(seed).clock(Clock::virtual_clock());
        let cloud = builder.control("127.0.0.1:0".parse().unwrap()).start().await.unwrap();
        let base = cloud.control_uri().unwrap().to_owned();
        Self { cloud, base }
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> Response {
        ask(method, &format!("{}{path}", self.base), &[], body).await
    }

    #[track_caller]
    fn stop_machine(&self) -> mock_cloud::world::Id {
        let id = mock_cloud::world::Id::new(mock_cloud::world::Kind::Machine, 1).unwrap();
        let parameters = mock_cloud::world::Fields::new();
        let request = mock_cloud::sim::Request::Act { id, operation: "stop".to_owned(), parameters };
        self.cloud.engine().write(|sim| sim.perform(request)).unwrap();
        id
    }

    fn state(&self) -> Option<&'static str> {
        let id = mock_cloud::world::Id::new(mock_cloud::world::Kind::Machine, 1).unwrap();
        self.cloud.engine().read(|sim, _| sim.world().get(id).unwrap().state)
    }
}

#[tokio::test]
async fn the_clock_is_moved() {
    let here = Controlled::new(Seed::builtin()).await;
    let clock = here.ask("GET", "control/clock", "").await.json();
    assert_eq!(
        clock,
        json!({ "clock": "virtual", "now": "2026-01-01T00:00:00Z", "next": "2026-01-01T00:05:00Z", "runningJobs": 0 })
    );
    here.stop_machine();
    let clock = here.ask("POST", "control/clock/advance", r#"{"by": "PT0.04S"}"#).await.json();
    assert_eq!((&clock["now"], &clock["runningJobs"]), (&json!("2026-01-01T00:00:00.04Z"), &json!(1)));
    assert_eq!(clock["next"], "2026-01-01T00:00:00.1Z");
    assert_eq!(here.state(), Some("STOPPING"));
    let clock = here.ask("POST", "control/clock/step", "").await.json();
    assert_eq!((&clock["stepped"], &clock["runningJobs"]), (&json!(1), &json!(0)));
    assert_eq!(here.state(), Some("STOPPED"));
    let clock = here.ask("POST", "control/clock/drain", "").await.json();
    assert_eq!(clock["drained"], true);
    // What is left goes on for ever: samples are taken.
    let clock = here.ask("POST", "control/clock/step", r#"{"times": 5}"#).await.json();
    assert_eq!((&clock["stepped"], &clock["next"]), (&json!(5), &json!("2026-01-01T00:30:00Z")));
}

#[tokio::test]
async fn snapshots_are_kept_and_restored() {
    let here = Controlled::new(Seed::builtin()).await;
    assert_eq!(here.ask("GET", "control/snapshots", "").await.json(), json!({ "snapshots": [] }));
    let kept = here.ask("PUT", "control/snapshots/before", "").await.json();
    assert_eq!(kept["snapshots"][0], json!({ "name": "before", "at": "2026-01-01T00:00:00Z" }));
    here.stop_machine();
    here.ask("POST", "control/clock/drain", "").await;
    assert_eq!(here.state(), Some("STOPPED"));
    let restored = here.ask("POST", "control/snapshots/before/restore", "").await;
    assert_eq!((restored.status, &restored.json()["now"]), (200, &json!("2026-01-01T00:00:00Z")));
    assert_eq!(here.state(), Some("STARTED"));
    here.stop_machine();
    here.ask("POST", "control/clock/drain", "").await;
    assert_eq!(here.ask("POST", "control/reset", "").await.status, 200);
    assert_eq!(here.state(), Some("STARTED"));
    assert_eq!(here.ask("DELETE", "control/snapshots/before", "").await.status, 200);
    let gone = here.ask("POST", "control/snapshots/before/restore", "").await;
    assert_eq!(gone.status, 404);
    assert!(gone.json()["detail"].as_str().unwrap().contains("`before`"), "{}", gone.body);
}

const TENANTS: &str = "[capacity]\nmachines = 9\n[[tenants]]\nname = 'a'\nquota = { cpu = 4 }\n[[tenants]]\nname = 'b'\n[[tenants.machines]]\ncpu = 2\nmemory = 8\n";

#[tokio::test]
async fn another_seed_with_tenants() {
    let here = Controlled::new(Seed::empty()).await;
    let told = here.ask("PUT", "control/seed", TENANTS).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let tenants = here.ask("GET", "control/tenants", "").await.json();
    assert_eq!(told.json(), tenants);
    assert_eq!(tenants["capacity"], json!({ "machines": 9 }));
    assert_eq!(tenants["tenants"][0]["quota"], json!({ "cpu": 4 }));
    let b = &tenants["tenants"][1];
    assert_eq!(b["used"]["cpu"], 2);
    assert_eq!(ask("GET", b["uri"].as_str().unwrap(), &[], "").await.status, 200);
    assert_eq!(ask("GET", here.cloud.base_uri(), &[], "").await.status, 404);
    let seed = here.ask("GET", "control/seed", "").await;
    assert_eq!((seed.status, seed.body.as_str()), (200, TENANTS));
}

#[tokio::test]
async fn what_is_wrong_is_said_with_its_place() {
    let here = Controlled::new(Seed::builtin()).await;
    let refused = |method: &'static str, path: &'static str, body: &'static str| {
        let here = &here;
        async move {
            let response = here.ask(method, path, body).await;
            assert!(response.head.contains("content-type: application/problem+json"), "{}", response.head);
            let problem = response.json();
            assert_eq!(problem["status"], response.status);
            let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
            (response.status, text("detail"), text("where"), text("expected"))
        }
    };
    let (status, detail, place, expected) =
        refused("PUT", "control/seed", "[[machines]]\nnmae = 'x'\n").await;
    assert_eq!((status, place.as_str()), (400, "seed.toml, line 2, column 1"));
    assert!(detail.contains("nmae") && expected.contains("name"), "{detail} {expected}");
    // A seed that is sent reads no files of this machine.
    let named = "[[tenants]]\nname = 'a'\nseed = '/etc/hostname'\n";
    let (status, _, _, expected) = refused("PUT", "control/seed", named).await;
    assert!(status == 400 && expected.contains("no file"), "{expected}");
    let (status, _, place, expected) = refused("POST", "control/clock/advance", r#"{"by": "soon"}"#).await;
    assert_eq!((status, place.as_str()), (400, "by"));
    assert!(expected.contains("PT30S"));
    assert_eq!(refused("POST", "control/clock/step", r#"{"times": 0}"#).await.0, 400);
    let (status, detail, _, expected) = refused("POST", "control/clock/step", r#"{"time": 1}"#).await;
    assert_eq!((status, expected.as_str()), (400, "times"));
    assert!(detail.contains("`time`"));
    assert_eq!(refused("POST", "control/clock/step", "{").await.0, 400);
    assert_eq!(refused("GET", "control/nothing", "").await.0, 404);
    assert_eq!(refused("DELETE", "control/clock", "").await.0, 405);
    assert_eq!(refused("PUT", "control/snapshots/a%20b", "").await.0, 400);
    // All that was refused has changed nothing.
    assert_eq!(here.state(), Some("STARTED"));
}

#[tokio::test]
async fn others_do_not_get_in() {
    let here = Controlled::new(Seed::builtin()).await;
    let uri = format!("{}control/clock", here.base);
    assert_eq!(ask("GET", &uri, &[("host", "evil.example")], "").await.status, 403);
    assert_eq!(ask("GET", &uri, &[("origin", "http://evil.example")], "").await.status, 403);
    let open = |address: &str| MockCloud::builder().control(address.parse().unwrap()).start();
    assert!(matches!(open("0.0.0.0:0").await, Err(StartError::Open(_))));
    let address = "0.0.0.0:0".parse().unwrap();
    let cloud = MockCloud::builder().control_with_token(address, "secret").start().await.unwrap();
    let uri = format!("{}control/clock", cloud.control_uri().unwrap());
    assert_eq!(ask("GET", &uri, &[], "").await.status, 401);
    assert_eq!(ask("GET", &uri, &[("authorization", "Bearer secret")], "").await.status, 200);
    assert_eq!(ask("GET", &uri, &[("authorization", "Bearer secre")], "").await.status, 401);
}

#[tokio::test]
async fn the_page_says_what_there_is() {
    let here = Controlled::new(Seed::builtin()).await;
    here.stop_machine();
    let page = here.ask("GET", "", "").await;
    assert_eq!(page.status, 200);
    assert!(page.head.contains("content-security-policy: default-src 'none'"), "{}", page.head);
    for part in [
        "<time>2026-01-01T00:00:00Z</time>",
        "One Job is running",
        "1 STOPPING",
        "1 STARTED",
        "Machine 1, web-1",
        here.cloud.base_uri(),
    ] {
        assert!(page.body.contains(part), "`{part}` is not in\n{}", page.body);
    }
    assert!(!page.body.contains("<script"));
    // A button of the page leads back to it.
    let uri = format!("{}control/clock/advance?by=PT1S", here.base);
    let pressed = ask("POST", &uri, &[("accept", "text/html")], "").await;
    assert!(pressed.status == 303 && pressed.head.contains("\r\nlocation: /"), "{}", pressed.head);
    assert_eq!(here.state(), Some("STOPPED"));
}

#[tokio::test]
async fn faults_come_and_go() {
    let here = Controlled::new(Seed::builtin()).await;
    let machines = format!("{}machines", here.cloud.base_uri());
    assert_eq!(here.ask("GET", "control/faults", "").await.json(), json!({ "faults": [] }));
    let fault = r#"{"name": "busy", "kind": "Machine", "times": 1, "effect": {"refuse": {"status": 503}}}"#;
    let added = here.ask("POST", "control/faults", fault).await;
    assert_eq!(added.status, 200, "{}", added.body);
    let id = added.json()["faults"][0]["id"].clone();
    assert_eq!(ask("GET", &machines, &[], "").await.status, 503);
    assert_eq!(ask("GET", &machines, &[], "").await.status, 200);
    assert_eq!(here.ask("GET", "control/faults", "").await.json()["faults"][0]["hits"], 1);
    assert!(here.ask("GET", "", "").await.body.contains("<th scope=\"row\">busy</th>"));
    let toml = "[[fault]]\nname = 'late'\neffect = { latency = { fixed = '1ms' } }\n";
    assert_eq!(here.ask("POST", "control/faults", toml).await.json()["faults"].as_array().unwrap().len(), 2);
    let gone = here.ask("DELETE", &format!("control/faults/{id}"), "").await.json();
    assert_eq!(gone["faults"][0]["fault"]["name"], "late");
    assert_eq!(here.ask("DELETE", &format!("control/faults/{id}"), "").await.status, 404);
    let wrong = here.ask("PUT", "control/faults", "[[fault]]\nkind = 'Machin'\neffect = 'capacity'\n").await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.json()["where"].as_str().unwrap().contains("line 1"), "{}", wrong.body);
    assert_eq!(here.ask("DELETE", "control/faults", "").await.json(), json!({ "faults": [] }));
}

#[tokio::test]
async fn the_dialect_is_switched() {
    let here = Controlled::new(Seed::builtin()).await;
    let told = here.ask("GET", "control/dialect", "").await.json();
    assert_eq!(told["dialect"], Value::Null);
    assert_eq!(told["dialects"].as_array().unwrap().len(), mock_cloud::dialect::ALL.len());
    let put = |name: &'static str| {
        let here = &here;
        async move { here.ask("PUT", "control/dialect", &json!({ "dialect": name }).to_string()).await }
    };
    let unknown = put("klingon").await;
    assert!(unknown.status == 404 && unknown.body.contains("deltacloud"), "{}", unknown.body);
    for dialect in mock_cloud::dialect::ALL {
        let possible = dialect.edition == mock_cloud::Edition::V2;
        assert_eq!(put(dialect.name).await.status, if possible { 200 } else { 409 });
    }
    assert_eq!(here.ask("PUT", "control/dialect", r#"{"dialect": null}"#).await.status, 200);
    assert_eq!(here.ask("PUT", "control/dialect", "{}").await.status, 400);
}

#[tokio::test]
async fn traffic_is_recorded_between_start_and_stop() {
    let here = Controlled::new(Seed::builtin()).await;
    let get = |path: &'static str| ask_of(&here, path);
    get("machines/1").await;
    assert_eq!(here.ask("GET", "control/traffic", "").await.json()["recording"], false);
    here.ask("POST", "control/traffic/start", "").await;
    get("machines/2").await;
    let recording = here.ask("POST", "control/traffic/stop", "").await.json();
    assert_eq!(recording["recording"], false);
    get("machines/3").await;
    let har = here.ask("GET", "control/traffic/har", "").await.json();
    let entries = har["log"]["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 1);
    assert!(entries[0]["request"]["url"].as_str().unwrap().ends_with("/cimi/machines/2"));
    assert_eq!(entries[0]["response"]["status"], 200);
    here.ask("DELETE", "control/traffic", "").await;
    let har = here.ask("GET", "control/traffic/har", "").await.json();
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), 0);
}

async fn ask_of(here: &Controlled, path: &str) -> Response {
    ask("GET", &format!("{}{path}", here.cloud.base_uri()), &[], "").await
}

#[tokio::test]
async fn deviations_come_and_go() {
    let here = Controlled::new(Seed::builtin()).await;
    let machines = format!("{}machines", here.cloud.base_uri());
    let counts = |reply: &Response| reply.json().get("count").is_some();
    assert!(counts(&ask("GET", &machines, &[("accept", "application/json")], "").await));
    let told = here.ask("PUT", "control/deviations/missing-count", "").await.json();
    assert_eq!(told["active"], json!(["missing-count"]));
    assert!(!counts(&ask("GET", &machines, &[("accept", "application/json")], "").await));
    assert!(here.ask("GET", "", "").await.body.contains("missing-count"));
    let listed = here.ask("GET", "control/deviations", "").await.json();
    assert_eq!(listed["deviations"].as_array().unwrap().len(), mock_cloud::deviation::all().count());
    let unknown = here.ask("PUT", "control/deviations/missing-cuont", "").await;
    assert!(unknown.status == 404 && unknown.body.contains("missing-count"), "{}", unknown.body);
    let told = here.ask("PUT", "control/deviations", r#"{"active": []}"#).await.json();
    assert_eq!(told["active"], json!([]));
    assert!(counts(&ask("GET", &machines, &[("accept", "application/json")], "").await));
}
