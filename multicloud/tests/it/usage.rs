//! What is used: intervals that follow from records and from prices, their sums, and who sees them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use cimi::{Attributes, Edition};
use jiff::Timestamp;
use multicloud::access::Actor;
use multicloud::clock::Clock;
use multicloud::connector::Native;
use multicloud::inventory::{Cause, Inventory};
use multicloud::kind::Kind;
use multicloud::placement::{Form, Prices};
use multicloud::record::{Id, Replica, Resource};
use multicloud::running::Running;
use multicloud::store::Sqlite;
use multicloud::usage::{By, Place, Query, Row, Tariff};
use serde_json::{Value, json};
use sqlx::SqlitePool;

use crate::support::{self, Hands, Speaker, eventually, text};

const HOUR: i64 = 3600;

/// Holds the intervals of a store against its records: what is at a cloud has one that is as it is, and nothing else has.
pub(crate) async fn balanced(store: &Path) {
    assert_eq!(odd(store).await, [0_i64; 0], "what is used is not what is there");
}

/// The resources of which something else is written than what is there.
async fn odd(store: &Path) -> Vec<i64> {
    let pool = SqlitePool::connect(&format!("sqlite://{}", store.display())).await.unwrap();
    let counted =
        "select id, kind = 'Machine' and state in ('STARTED', 'STOPPING', 'PAUSING', 'SUSPENDING') as runs,
         owner from resource where kind in ('Machine', 'Volume') and gone is null
             and exists (select * from replica where resource = id)";
    let odd: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "select coalesce(id, resource) from (select * from usage where ended is null) full join ({counted})
             on id = resource where id is null or resource is null or runs <> running or owner is not tenant"
    )))
    .fetch_all(&pool)
    .await
    .unwrap();
    pool.close().await;
    odd
}

/// An inventory by a clock that stands, and a tariff of one account.
struct Bench {
    inventory: Inventory,
    seconds: Arc<AtomicI64>,
    store: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("store.sqlite");
        let seconds = Arc::new(AtomicI64::new(0));
        let inventory = Self::open(&store, &seconds).await;
        Self { inventory, seconds, store, _folder: folder }
    }

    async fn open(store: &Path, seconds: &Arc<AtomicI64>) -> Inventory {
        let seconds = seconds.clone();
        let clock = Clock::from_fn(move || Timestamp::from_second(seconds.load(Ordering::Relaxed)).unwrap());
        Inventory::open(Arc::new(Sqlite::open(Some(store)).await.unwrap()), clock).await.unwrap()
    }

    async fn charge(&self, price: i64, table: &str) {
        let place = Place { provider: "seine".to_owned(), location: None, price };
        let prices = Arc::new(Prices::read(Form::Csv, table).unwrap());
        let accounts = BTreeMap::from([("paris".to_owned(), place)]);
        self.inventory.charge_by(Tariff { accounts, prices }).await.unwrap();
    }

    fn hours(&self, hours: i64) {
        self.seconds.fetch_add(hours * HOUR, Ordering::Relaxed);
    }

    async fn put(&self, by: Option<&str>, resource: Resource) {
        let actor = Actor { user: by.map(Into::into), ..Actor::manager() };
        let mut writer = self.inventory.on_behalf_of(&actor).writer().await;
        writer.put_resource(resource);
        writer.commit().await.unwrap();
    }

    async fn forget(&self, id: Id) {
        let mut writer = self.inventory.writer().await;
        writer.forget_resource(id);
        writer.commit().await.unwrap();
    }

    async fn rows(&self, by: &[By], from: i64, to: i64) -> Vec<Row> {
        let at = |hours: i64| Timestamp::from_second(hours * HOUR).unwrap();
        let query = Query { from: at(from), to: at(to), tenant: None, by: by.to_vec(), limit: 100 };
        balanced(&self.store).await;
        self.inventory.usage(&query).await.unwrap()
    }

    /// Of everything, in hours: machines, those that ran, processors, memory; and the cost.
    async fn sums(&self, from: i64, to: i64) -> [Option<i64>; 5] {
        let rows = self.rows(&[], from, to).await;
        let row = rows.first().cloned().unwrap_or_default();
        let seconds = [row.machine_seconds, row.running_seconds, row.cpu_seconds, row.memory_kib_seconds];
        assert!(seconds.iter().all(|it| it % HOUR == 0), "{row:?}");
        let [there, ran, cpu, memory] = seconds.map(|it| Some(it / HOUR));
        [there, ran, cpu, memory, row.cost]
    }
}

fn machine(id: Id, state: &str, cpu: i64) -> Resource {
    let attributes = Attributes::new().with("state", state).with("cpu", cpu).with("memory", 10 * cpu);
    let mut machine = Resource::new(id, Kind::Machine, attributes, Some("acme".to_owned()));
    let native = Native(format!("machines/{}", id.0));
    machine.replicas = vec![Replica { account: "paris".to_owned(), native, offers: Vec::new() }];
    machine
}

#[tokio::test]
async fn an_interval_ends_with_whatever_it_was_about() {
    let bench = Bench::new().await;
    bench.charge(100, "price\n").await;
    let id = bench.inventory.next_id();
    let announced = Resource { replicas: Vec::new(), ..machine(id, "CREATING", 1) };
    bench.put(Some("ada"), announced).await;
    bench.hours(1); // 1: it is nowhere yet
    bench.put(None, machine(id, "STOPPED", 1)).await;
    bench.hours(2); // 3
    bench.put(None, machine(id, "STARTED", 1)).await;
    bench.hours(3); // 6
    assert_eq!(bench.sums(0, 6).await, [Some(5), Some(3), Some(3), Some(30), Some(300)]);
    bench.put(None, machine(id, "STARTED", 4)).await;
    bench.hours(1); // 7
    bench.charge(200, "price\n").await;
    bench.hours(1); // 8
    assert_eq!(bench.sums(0, 8).await, [Some(7), Some(5), Some(11), Some(110), Some(600)]);
    bench.put(None, Resource { owner: Some("other".to_owned()), ..machine(id, "STARTED", 4) }).await;
    bench.hours(1); // 9
    let mut gone = Resource { owner: Some("other".to_owned()), ..machine(id, "STARTED", 4) };
    gone.provenance.gone = Some(Timestamp::UNIX_EPOCH);
    bench.put(None, gone).await;
    bench.hours(5); // 14
    bench.put(None, machine(id, "STOPPED", 4)).await;
    bench.hours(1); // 15
    bench.forget(id).await;
    bench.hours(9); // 24
    assert_eq!(bench.sums(0, 24).await, [Some(9), Some(6), Some(15), Some(150), Some(800)]);
    // A part of it is cut out of intervals.
    assert_eq!(bench.sums(4, 7).await, [Some(3), Some(3), Some(6), Some(60), Some(300)]);
    assert_eq!(bench.sums(16, 24).await, [Some(0), Some(0), Some(0), Some(0), None]);
    let rows = bench.rows(&By::ALL, 0, 24).await;
    let told: Vec<_> = rows.iter().map(|row| By::ALL.map(|by| row.part(by).unwrap_or_default())).collect();
    assert_eq!(
        told,
        [["acme", "paris", "seine", "Machine", "ada"], ["other", "paris", "seine", "Machine", "ada"]]
    );
    assert_eq!(rows[1].machine_seconds, HOUR);
    // What is kept no longer is no longer counted.
    assert!(bench.inventory.prune_usage(Timestamp::from_second(7 * HOUR).unwrap()).await.unwrap() > 0);
    assert_eq!(bench.sums(0, 24).await[0], Some(4), "what ended later is there whole");
}

#[tokio::test]
async fn volumes_are_counted_by_capacity_and_have_no_price() {
    let bench = Bench::new().await;
    bench.charge(100, "price\n5\n").await;
    let id = bench.inventory.next_id();
    let attributes = Attributes::new().with("state", "AVAILABLE").with("capacity", 1000);
    let volume = Resource { kind: Kind::Volume, attributes, ..machine(id, "", 1) };
    let mut writer = bench.inventory.writer().await.because(Cause::Import("paris".to_owned()));
    writer.put_resource(volume);
    writer.commit().await.unwrap();
    bench.hours(2);
    let rows = bench.rows(&[By::Kind], 0, 2).await;
    let volume = Row { kind: Some("Volume".to_owned()), storage_kb_seconds: 2000 * HOUR, ..Row::default() };
    assert_eq!(rows, [volume]);
}

#[tokio::test]
async fn a_price_is_that_of_the_size_once_that_is_known() {
    let bench = Bench::new().await;
    bench.charge(0, "config,price\nsmall,7\n").await;
    bench.put(None, machine(bench.inventory.next_id(), "STARTED", 2)).await;
    bench.hours(1);
    assert_eq!(bench.sums(0, 1).await[4], None, "there is no price");
    let attributes = Attributes::new().with("name", "small").with("cpu", 2).with("memory", 20);
    let config = Resource::new(bench.inventory.next_id(), Kind::MachineConfiguration, attributes, None);
    let id = config.id;
    bench.put(None, config).await;
    bench.hours(10);
    assert_eq!(bench.sums(0, 11).await[4], Some(70));
    bench.forget(id).await;
    bench.hours(10);
    assert_eq!(bench.sums(0, 21).await[4], Some(70));
}

#[tokio::test]
async fn what_goes_on_goes_on_over_restarts_and_what_was_there_before_begins() {
    let mut bench = Bench::new().await;
    let id = bench.inventory.next_id();
    bench.put(None, machine(id, "STARTED", 1)).await;
    bench.inventory.close().await;
    // A store of a manager that did not count yet.
    let pool = SqlitePool::connect(&format!("sqlite://{}", bench.store.display())).await.unwrap();
    sqlx::query("delete from usage").execute(&pool).await.unwrap();
    pool.close().await;
    assert_eq!(odd(&bench.store).await, [id.0]);
    bench.hours(1);
    bench.inventory = Bench::open(&bench.store, &bench.seconds).await;
    assert_eq!(bench.inventory.metered_since().await.unwrap(), None);
    bench.charge(100, "price\n").await;
    let since = bench.inventory.metered_since().await.unwrap();
    assert_eq!(since, Timestamp::from_second(HOUR).ok());
    bench.hours(1);
    bench.inventory.close().await;
    bench.hours(1);
    bench.inventory = Bench::open(&bench.store, &bench.seconds).await;
    // With another price in its file, it counts by that one from now on.
    bench.charge(300, "price\n").await;
    bench.hours(1);
    assert_eq!(bench.sums(0, 4).await, [Some(3), Some(3), Some(3), Some(30), Some(500)]);
    assert_eq!(bench.inventory.metered_since().await.unwrap(), since);
}

#[tokio::test]
async fn thousands_begin_and_end_at_once() {
    let bench = Bench::new().await;
    bench.charge(1, "price\n").await;
    let ids: Vec<Id> = (0..3000).map(|_| bench.inventory.next_id()).collect();
    let mut writer = bench.inventory.writer().await.because(Cause::Import("paris".to_owned()));
    for id in &ids {
        writer.put_resource(machine(*id, "STARTED", 1));
    }
    writer.commit().await.unwrap();
    bench.hours(1);
    let mut writer = bench.inventory.writer().await;
    ids.iter().skip(1000).for_each(|id| writer.forget_resource(*id));
    writer.commit().await.unwrap();
    bench.hours(1);
    assert_eq!(bench.sums(0, 2).await, [Some(4000), Some(4000), Some(4000), Some(40_000), Some(4000)]);
}

/// A manager with a tenant, users, and an account that is made at run time.
struct Stage {
    hands: Hands,
    manager: Running,
    folder: tempfile::TempDir,
    cloud: mock_cloud::Running,
}

const CONFIG: &str = "store = \"manager.sqlite\"\nrefresh-seconds = 3600\n";

fn password(name: &str) -> String {
    format!("password of {name}")
}

impl Stage {
    async fn new() -> Self {
        let (cloud, folder) = (support::instant(Edition::V2).await, tempfile::tempdir().unwrap());
        let hands = Hands::default();
        let manager = support::manager_by(&hands, folder.path(), CONFIG).await;
        let stage = Self { hands, manager, folder, cloud };
        let user =
            |name: &str, roles: Value| json!({ "name": name, "password": password(name), "roles": roles });
        let open = Speaker::to(&stage.manager.admin_uri());
        open.post("users", user("root", json!([{ "role": "cloud-admin" }]))).await.expect(201);
        let root = stage.admin("root");
        root.post("tenants", json!({ "name": "acme" })).await.expect(201);
        for (name, role) in [("vic", "viewer"), ("ada", "operator"), ("eve", "tenant-admin")] {
            let roles = json!([{ "role": role, "tenant": "acme" }]);
            root.post("users", user(name, roles)).await.expect(201);
        }
        root.post("providers", json!({ "name": "seine", "profile": "cimi" })).await.expect(201);
        let parameters = json!({ "endpoint": stage.cloud.base_uri() });
        let account = json!({ "name": "paris", "provider": "seine", "tenants": ["*"], "price": 100, "parameters": parameters });
        root.post("accounts", account).await.expect(201);
        root.ask(reqwest::Method::POST, "accounts/paris/refresh", &[], None).await;
        eventually("what the cloud has", || async {
            let shown = root.get("accounts/paris").await.expect(200).json();
            shown["cloud"].get("read").map(|_| ())
        })
        .await;
        stage
    }

    fn admin(&self, name: &str) -> Speaker {
        Speaker::to(&self.manager.admin_uri()).user(name, &password(name))
    }

    fn hours(&self, hours: i64) {
        self.hands.on(Duration::from_hours(hours.unsigned_abs()));
    }

    /// The rows that somebody is told, of the last days.
    async fn told(&self, name: &str, by: &str) -> Vec<Value> {
        let from = self.hands.clock().now() - Duration::from_hours(24 * 30);
        let reply = self.admin(name).get(&format!("usage?from={from}&by={by}")).await.expect(200).json();
        reply["items"].as_array().unwrap().clone()
    }
}

/// A sum in hours, whatever seconds the test itself takes.
fn hours(row: &Value, sum: &str) -> i64 {
    (row[sum].as_i64().unwrap() + HOUR / 2) / HOUR
}

#[tokio::test]
async fn who_uses_what_is_told_to_those_who_may_know() {
    let mut stage = Stage::new().await;
    let ada = stage.admin("ada").at(stage.manager.base_uri());
    let made = ada.create_machine("web").await;
    ada.settle(&made).await;
    let id = made.header("location").to_owned();
    ada.in_state(&id, "STOPPED").await;
    stage.hours(10);
    let started = ada.act(&id, "start").await;
    if started.status.as_u16() == 202 {
        ada.settle(&started).await;
    }
    ada.in_state(&id, "STARTED").await;
    stage.hours(10);

    // Stopped and started again, it counts on.
    stage.manager.stop().await;
    stage.hands.on(Duration::from_hours(10));
    stage.manager = support::manager_by(&stage.hands, stage.folder.path(), CONFIG).await;
    let rows = stage.told("eve", "tenant,account,provider,kind,user").await;
    let [row] = rows.as_slice() else { panic!("{rows:#?}") };
    let parts = ["tenant", "account", "provider", "kind", "user"].map(|part| text(&row[part]));
    assert_eq!(parts, ["acme", "paris", "seine", "Machine", "ada"]);
    assert_eq!((hours(row, "machineSeconds"), hours(row, "runningSeconds")), (30, 20));
    assert_eq!(row["cost"].as_i64().unwrap() / 100, 20);

    // Others see as much of it as of everything else.
    let root = stage.admin("root");
    for name in ["vic", "ada"] {
        assert_eq!(stage.told(name, "tenant").await.len(), 1);
        let refused = stage.admin(name).get("usage?by=user").await.expect(403);
        assert_eq!(refused.header("content-type"), "application/problem+json");
    }
    let all = stage.told("root", "tenant").await;
    assert_eq!(all.len(), 2, "what the cloud had is the operator's: {all:#?}");
    let of_nobody = all.iter().find(|row| row.get("tenant").is_none()).unwrap();
    let there = hours(of_nobody, "machineSeconds");
    assert!(there > 0 && there % 30 == 0, "{there}");

    // A disabled account's resources are there still.
    root.patch("accounts/paris", json!({ "enabled": false })).await.expect(200);
    stage.hours(10);
    let all = stage.told("root", "tenant").await;
    let of_nobody = all.iter().find(|row| row.get("tenant").is_none()).unwrap();
    assert_eq!(hours(of_nobody, "machineSeconds"), there / 30 * 40);
    root.patch("accounts/paris", json!({ "enabled": true })).await.expect(200);

    let ada = stage.admin("ada").at(stage.manager.base_uri());
    let deleted = eventually("the account", || async {
        Some(ada.delete(&support::path(&json!(id))).await).filter(|reply| reply.status.is_success())
    })
    .await;
    if deleted.status.as_u16() == 202 {
        ada.settle(&deleted).await;
    }
    stage.hours(10);
    let rows = stage.told("eve", "tenant").await;
    assert_eq!((hours(&rows[0], "machineSeconds"), hours(&rows[0], "runningSeconds")), (40, 30));
    balanced(&stage.folder.path().join("manager.sqlite")).await;
}

#[tokio::test]
async fn it_comes_as_a_table_and_what_cannot_be_meant_is_refused() {
    let stage = Stage::new().await;
    stage.hours(1);
    let root = stage.admin("root");
    let reply =
        root.ask(reqwest::Method::GET, "usage?by=account,tenant", &[("Accept", "text/csv")], None).await;
    let reply = reply.expect(200);
    assert!(reply.header("content-type").starts_with("text/csv"));
    let lines: Vec<&str> = reply.text.lines().collect();
    assert_eq!(
        lines[0],
        "account,tenant,machineSeconds,runningSeconds,cpuSeconds,memoryKibSeconds,storageKbSeconds,cost"
    );
    assert!(lines.len() == 2 && lines[1].starts_with("paris,,"), "{lines:?}");
    let usual = root.get("usage").await.expect(200).json();
    assert!(text(&usual["from"]).ends_with("-01T00:00:00Z"), "{usual}");
    assert_eq!(usual["by"], json!(["tenant", "account", "kind"]));
    assert!(usual["since"].is_string());
    for (query, parameter) in [
        ("from=yesterday", "from"),
        ("to=2026-01-01", "to"),
        ("from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "from"),
        ("from=2024-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "from"),
        ("from=2999-01-01T00:00:00Z", "from"),
        ("by=tenant,colour", "by"),
        ("by=", "by"),
        ("by=tenant,tenant", "by"),
        ("by=tenant&by=kind", "by"),
        ("limit=3", "limit"),
    ] {
        let reply = root.get(&format!("usage?{query}")).await.expect(400);
        assert_eq!(reply.header("content-type"), "application/problem+json");
        assert_eq!(reply.json()["errors"][0]["pointer"], format!("/{parameter}"), "{query}");
    }
}
