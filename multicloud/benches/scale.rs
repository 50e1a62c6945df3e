//! A million machines in one SQLite file: how long the manager takes to start, what it holds, and how fast it answers filtered
//! pages, beside an evaluation in memory of the same records. Filling the file takes some minutes.
//! `cargo bench -p multicloud --bench scale`; fewer machines: `CIMI_BENCH_MACHINES=100000`.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]
#![allow(clippy::cast_precision_loss, reason = "figures are shown with three digits")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot run has nothing to say")]

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use cimi::query::{Filter, Query, Sieve};
use cimi::{Attributes, Limits, Map};
use jiff::Timestamp;
use multicloud::clock::Clock;
use multicloud::config::Config;
use multicloud::connector::Native;
use multicloud::kind::Kind;
use multicloud::record::{Id, Replica, Resource};
use multicloud::running::{self, Running};
use multicloud::store::page::Condition;
use multicloud::store::{Change, Sqlite, Store as _};
use tokio::runtime::Runtime;

#[expect(dead_code, reason = "other benches ask with several connections at once")]
#[path = "../../mock-cloud/benches/client/mod.rs"]
mod client;

use client::{Connection, address, get, median};

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ACCOUNTS: i64 = 20;
const TENANTS: i64 = 10;
const STATES: [&str; 4] = ["STARTED", "STARTED", "STOPPED", "ERROR"];
const CHUNK: i64 = 5000;
/// Requests of each sort.
const ROUNDS: i64 = 60;

/// A sort of request: what it is called, and its query by the round and the number of machines.
type Sort = (&'static str, fn(i64, i64) -> String);

const SORTS: [Sort; 10] = [
    ("all, a page somewhere", |at, all| page(all * at / ROUNDS, "")),
    ("state", |_, _| page(0, "$filter=state='STOPPED'")),
    ("state, a page in the middle", |_, all| page(all / 8, "$filter=state='STOPPED'")),
    ("name", |at, all| page(0, &format!("$filter=name='m{}'", all * at / ROUNDS))),
    ("location and state", |at, _| {
        page(0, &format!("$filter=location='{}'%20and%20state='ERROR'", place(at)))
    }),
    ("account, newest first", |at, _| {
        page(0, &format!("$filter=account='c{}'%26$orderby=created:desc", at % ACCOUNTS).replace("%26", "&"))
    }),
    ("newer than, and state", |at, all| {
        let time = moment(all - all / 100 + at);
        page(0, &format!("$filter=created>{time}%20and%20state!='ERROR'"))
    }),
    ("a property", |at, _| page(0, &format!("$filter=property['env']='e{}'", at % 100))),
    ("state, by name", |_, _| page(0, "$filter=state='STARTED'&$orderby=name")),
    ("either of two names, or a property and a state", |at, all| {
        let (one, other) = (all * at / ROUNDS, at);
        page(
            0,
            &format!(
                "$filter=name='m{one}'%20or%20name='m{other}'%20or%20(property['env']='e{at}'%20and%20state='ERROR')"
            ),
        )
    }),
];

fn main() {
    let machines = std::env::var("CIMI_BENCH_MACHINES").map_or(1_000_000, |text| text.parse().unwrap());
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    runtime.block_on(fill(&folder.path().join("manager.sqlite"), machines));
    let size = std::fs::metadata(folder.path().join("manager.sqlite")).unwrap().len();
    println!(
        "{machines} machines written in {:.0} s, {:.0} MB on disk",
        begun.elapsed().as_secs_f64(),
        size as f64 / 1e6
    );
    let (before, busy, begun) = (resident(), processor(), Instant::now());
    let manager = start(&runtime, folder.path());
    let held = resident() - before;
    println!(
        "start: {:.1} s, {:.1} s of processor; {:.0} MB held, {:.0} bytes a machine",
        begun.elapsed().as_secs_f64(),
        processor() - busy,
        held / 1e6,
        held / machines as f64
    );
    pages(&manager, machines);
    in_memory(&runtime, &manager);
    runtime.block_on(manager.stop());
}

fn start(runtime: &Runtime, folder: &Path) -> Running {
    let mut text = "refresh-seconds = 3600\nstore = \"manager.sqlite\"\n".to_owned();
    for nth in 0..ACCOUNTS {
        // Nobody answers there: what is recorded is shown.
        let (name, place) = (format!("c{nth}"), place(nth));
        write!(
            text,
            "[[account]]\nname = \"{name}\"\nendpoint = \"http://127.0.0.1:1/\"\nlocation = \"{place}\"\n"
        )
        .unwrap();
    }
    let config = Config::parse("bench.toml", &text, folder).unwrap();
    runtime.block_on(running::start(config, Clock::system())).unwrap()
}

/// Each sort of request by itself, then all of them together.
fn pages(manager: &Running, machines: i64) {
    let mut connection = Connection::open(address(manager.base_uri()));
    let mut all = Vec::new();
    for (name, query) in SORTS {
        let mut took = Vec::new();
        for at in 0..ROUNDS {
            let path =
                format!("/cimi/machines?{}", query(at, machines).replace(' ', "%20").replace('>', "%3E"));
            let begun = Instant::now();
            connection.send(&get(&path, "application/json"));
            let text = String::from_utf8(connection.receive().to_vec()).unwrap();
            took.push(begun.elapsed().as_secs_f64() * 1e3);
            assert!(text.contains("\"count\""), "{path}: {text}");
        }
        all.extend(took.clone());
        println!("{name}: p50 {:.1} ms, p99 {:.1} ms", share(&mut took, 50), share(&mut took, 99));
    }
    println!("all of these: p50 {:.1} ms, p99 {:.1} ms (goal 50)", share(&mut all, 50), share(&mut all, 99));
}

/// The same filter by the store, and over all records in memory.
fn in_memory(runtime: &Runtime, manager: &Running) {
    let inventory = manager.app().inventory();
    let filter = Filter::parse("state='STOPPED'", &Limits::SERVER).unwrap();
    let query = Query { filters: vec![filter], last: Some(100), ..Query::default() };
    let time = |work: &dyn Fn() -> u64| {
        let begun = Instant::now();
        (work(), begun.elapsed().as_secs_f64() * 1e3)
    };
    let memory = || {
        let ids = runtime.block_on(inventory.ids(Kind::Machine, Condition::ALWAYS)).unwrap();
        let mut sieve = Sieve::new(&query);
        for record in ids.chunks(1024).flat_map(|chunk| inventory.records(chunk)) {
            if let Some(pass) = sieve.judge(&record) {
                sieve.keep(pass, record.id);
            }
        }
        sieve.into_page().count
    };
    let stopped = || Condition::State(cimi::query::filter::Op::Equal, "STOPPED".to_owned());
    let store = || {
        let page = inventory.page(Kind::Machine, stopped(), Vec::new(), query.window());
        runtime.block_on(page).unwrap().count
    };
    let (mut here, mut there) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let (counted, took) = time(&memory);
        here.push(took);
        let (found, took) = time(&store);
        there.push(took);
        assert_eq!(counted, found);
    }
    let (here, there) = (median(here), median(there));
    println!(
        "a state, first hundred: {there:.1} ms by the store, {here:.0} ms in memory, {:.0} times",
        here / there
    );
}

async fn fill(path: &Path, machines: i64) {
    let store = Sqlite::open(Some(path)).await.unwrap();
    for first in (0..machines).step_by(usize::try_from(CHUNK).unwrap()) {
        let chunk: Vec<_> = (first..machines.min(first + CHUNK)).map(machine).collect();
        store.write(&Change { resources: chunk.iter().collect(), ..Change::default() }).await.unwrap();
    }
    store.close().await;
}

fn machine(nth: i64) -> Resource {
    let time = moment(nth);
    // What is alike is not next to each other.
    let mixed = nth.wrapping_mul(7919) % 100_003;
    let properties = Map::from([("env".to_owned(), format!("e{}", mixed % 100))]);
    let attributes = Attributes::new()
        .with("name", format!("m{nth}"))
        .with("description", "A machine as there are many")
        .with("created", time.parse::<cimi::data::DateTime>().unwrap())
        .with("updated", time.parse::<cimi::data::DateTime>().unwrap())
        .with("properties", properties)
        .with("state", STATES[usize::try_from(mixed % 4).unwrap()])
        .with("cpu", 1 + mixed % 8)
        .with("memory", (1 + mixed % 8) << 20)
        .with("cpuArch", "x86_64");
    let owner = Some(format!("t{}", mixed % TENANTS));
    let mut machine = Resource::new(Id(nth + 1), Kind::Machine, attributes, owner);
    machine.version = 1;
    machine.replicas = vec![Replica {
        account: format!("c{}", mixed % ACCOUNTS),
        native: Native(format!("https://cloud-{}.example.org/cimi/machines/{nth:08x}", mixed % ACCOUNTS)),
        offers: ["edit", "delete", "start", "capture"].map(str::to_owned).to_vec(),
    }];
    machine
}

fn moment(nth: i64) -> String {
    Timestamp::from_second(1_700_000_000 + nth).unwrap().to_string()
}

fn place(nth: i64) -> &'static str {
    ["FR", "NO", "DE", "IT"][usize::try_from(nth % 4).unwrap()]
}

fn page(before: i64, more: &str) -> String {
    format!("$first={}&$last={}&{more}", before + 1, before + 100)
}

fn share(took: &mut [f64], hundredths: usize) -> f64 {
    took.sort_by(f64::total_cmp);
    took[(took.len() * hundredths / 100).min(took.len() - 1)]
}

/// Seconds of processors that this process has taken.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after = text.rsplit(')').next().unwrap();
    let ticks: f64 = after.split_whitespace().skip(11).take(2).map(|n| n.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

/// The memory that this process has resident, in bytes.
fn resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() * 1024.0
}
