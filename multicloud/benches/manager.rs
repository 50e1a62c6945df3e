//! The manager at work: what reading its clouds costs, how fast it answers and creates, and what a cloud that hangs costs the
//! others. Clouds are processes of their own; each figure stands beside its goal, or beside a peer in the same run.
//! `cargo bench -p multicloud --bench manager`, or a part of it: `-- listing`, `reading`, `creating`, `hanging`.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]
#![allow(clippy::cast_precision_loss, reason = "figures are shown with three digits")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot run has nothing to say")]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mock_cloud::fault::Fault;
use mock_cloud::sim::Timing;
use mock_cloud::{MockCloud, Seed};
use multicloud::clock::Clock;
use multicloud::config::Config;
use multicloud::kind::Kind;
use multicloud::running::{self, Running};
use tokio::runtime::Runtime;

#[path = "../../mock-cloud/benches/client/mod.rs"]
mod client;

use client::{Connection, address, batch, get, median};

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Set for the processes that serve: how many machines more than those of the built-in seed a cloud has.
const SERVE: &str = "CIMI_BENCH_MACHINES";
const CLOUDS: usize = 4;
const MACHINES: usize = 5000;
const JSON: &str = "application/json";
const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(400);
/// Who creates at the same time, and for how long.
const CREATORS: usize = 16;
const CREATING: Duration = Duration::from_secs(5);

/// What measures something, and says it.
type Part = fn(&Runtime);

fn main() {
    let runtime = Runtime::new().unwrap();
    if let Some(machines) = std::env::var_os(SERVE) {
        runtime.block_on(serve(machines.to_str().unwrap().parse().unwrap()));
        return;
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let parts: [(&str, Part); 4] =
        [("listing", listing), ("reading", reading), ("creating", creating), ("hanging", hanging)];
    for (name, part) in parts {
        if wanted.is_empty() || wanted.iter().any(|it| it == name) {
            part(&runtime);
        }
    }
}

/// Clouds in processes of their own.
struct Clouds {
    children: Vec<Child>,
    urls: Vec<String>,
}

impl Clouds {
    fn start(number: usize, machines: usize) -> Self {
        let (mut children, mut urls) = (Vec::new(), Vec::new());
        for _ in 0..number {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .env(SERVE, machines.to_string())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut line = String::new();
            BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
            urls.push(line.trim().to_owned());
            children.push(child);
        }
        Self { children, urls }
    }

    /// A configuration of a manager over them, cheapest first.
    fn config(&self, more: &str) -> String {
        let mut text = format!("refresh-seconds = 3600\n{more}\n[placement]\norder-by = \"price\"\n");
        for (nth, url) in self.urls.iter().enumerate() {
            write!(text, "[[account]]\nname = \"c{nth}\"\nendpoint = \"{url}\"\nprice = {nth}\n").unwrap();
        }
        text
    }

    fn manager(&self, runtime: &Runtime, folder: &Path, more: &str) -> Running {
        let config = Config::parse("bench.toml", &self.config(more), folder).unwrap();
        runtime.block_on(running::start(config, Clock::system())).unwrap()
    }
}

impl Drop for Clouds {
    fn drop(&mut self) {
        for child in &mut self.children {
            // It holds nothing that outlives it.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A cloud that is done at once. A line on its standard input makes it hang; the end of that ends it.
async fn serve(machines: usize) {
    let mut seed = String::new();
    for nth in 0..machines {
        write!(seed, "[[machines]]\nname = \"m{nth}\"\nmachineConfig = \"small\"\nstate = \"STOPPED\"\n")
            .unwrap();
    }
    let cloud = MockCloud::builder()
        .seed(Seed::builtin().followed_by(&seed))
        .timing(Timing::instant())
        .start()
        .await
        .unwrap();
    println!("{}", cloud.base_uri());
    std::io::stdout().flush().unwrap();
    let faults = cloud.faults();
    let told = tokio::task::spawn_blocking(move || {
        let mut byte = [0];
        while std::io::stdin().read(&mut byte).is_ok_and(|read| read == 1) {
            faults.set(&[Fault::latency(Duration::from_hours(1))]).unwrap();
        }
    });
    told.await.unwrap();
}

/// Seconds of processors that this process has taken.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after = text.rsplit(')').next().unwrap();
    let ticks: f64 = after.split_whitespace().skip(11).take(2).map(|n| n.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

/// The most memory that this process ever had resident, in megabytes.
fn most_resident() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() * 1024.0 / 1e6
}

/// Reading everything that the clouds hold, then listing it.
fn listing(runtime: &Runtime) {
    let clouds = Clouds::start(CLOUDS, MACHINES);
    let (busy, begun) = (processor(), Instant::now());
    let folder = tempfile::tempdir().unwrap();
    let manager = clouds.manager(runtime, folder.path(), "store = \"manager.sqlite\"");
    let wanted = CLOUDS * MACHINES;
    while manager.app().inventory().count(Kind::Machine) < wanted {
        assert!(begun.elapsed() < Duration::from_mins(2), "the clouds are not read");
        runtime.block_on(async { tokio::time::sleep(Duration::from_millis(5)).await });
    }
    println!(
        "reading {CLOUDS} clouds x {MACHINES} machines into the store: {:.2} s of processor, {:.2} s, {:.0} MB at most",
        processor() - busy,
        begun.elapsed().as_secs_f64(),
        most_resident()
    );
    let mut connection = Connection::open(address(manager.base_uri()));
    let mut page = |first: usize, last: usize| {
        let path = format!("/cimi/machines?$first={first}&$last={last}&$select=name,state,id");
        let begun = Instant::now();
        connection.send(&get(&path, JSON));
        let text = String::from_utf8(connection.receive().to_vec()).unwrap();
        (begun.elapsed().as_secs_f64(), text.matches("\"name\":\"m").count())
    };
    let first = median((0..ROUNDS).map(|_| page(1, 100).0).collect());
    println!("first page of a hundred: {:.2} ms (goal 10)", first * 1e3);
    let (busy, begun) = (processor(), Instant::now());
    let found: usize = (0..=wanted / 1000).map(|at| page(at * 1000 + 1, (at + 1) * 1000).1).sum();
    assert_eq!(found, wanted, "the listing is complete");
    println!(
        "listing {wanted} machines: {:.2} s of processor (goal 0.5), {:.2} s, {:.0} MB at most (goal 150)",
        processor() - busy,
        begun.elapsed().as_secs_f64(),
        most_resident()
    );
    runtime.block_on(manager.stop());
}

/// Requests a second over so many connections at once.
fn rate(address: SocketAddr, request: &[u8], connections: usize) -> f64 {
    let mut connections: Vec<_> = (0..connections).map(|_| Connection::open(address)).collect();
    let mut count = 0_u32;
    let begun = Instant::now();
    while begun.elapsed() < ROUND {
        batch(&mut connections, request);
        count += u32::try_from(connections.len()).unwrap();
    }
    f64::from(count) / begun.elapsed().as_secs_f64()
}

/// One machine, read through the manager and at its cloud.
fn reading(runtime: &Runtime) {
    let clouds = Clouds::start(1, 0);
    let folder = tempfile::tempdir().unwrap();
    let manager = clouds.manager(runtime, folder.path(), "");
    let app = manager.app();
    let machines = app.inventory().of_kind(Kind::Machine);
    let path = format!("/cimi/machines/{}", machines.first().unwrap().id.0);
    let native = machines.first().unwrap().replicas[0].native.0.clone();
    let there = native[native.find("/cimi/").unwrap()..].to_owned();
    for connections in [1, 8] {
        let (mut here, mut direct) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            direct.push(rate(address(&clouds.urls[0]), &get(&there, JSON), connections));
            here.push(rate(address(manager.base_uri()), &get(&path, JSON), connections));
        }
        let (here, direct) = (median(here), median(direct));
        println!(
            "GET of a machine, {connections} at once: {here:.0} a second through the manager, {direct:.0} at the cloud, ratio {:.2} (goal 0.5)",
            here / direct
        );
    }
    runtime.block_on(manager.stop());
}

/// Machines made by many at once, each durable before it is answered.
fn creating(runtime: &Runtime) {
    let clouds = Clouds::start(2, 0);
    let folder = tempfile::tempdir().unwrap();
    let manager = clouds.manager(runtime, folder.path(), "store = \"manager.sqlite\"");
    let app = manager.app();
    let named = |kind: Kind, name: &str| {
        let all = app.inventory().of_kind(kind);
        let found = all.iter().find(|it| it.attributes.text("name") == Some(name)).unwrap();
        format!("{}{}/{}", manager.base_uri(), kind.link(), found.id.0)
    };
    let body = format!(
        r#"{{"name":"x","machineTemplate":{{"machineConfig":{{"href":"{}"}},"machineImage":{{"href":"{}"}}}}}}"#,
        named(Kind::MachineConfiguration, "small"),
        named(Kind::MachineImage, "linux")
    );
    let url = format!("{}machines", manager.base_uri());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let begun = Instant::now();
    let made: usize = runtime.block_on(async {
        let creators = (0..CREATORS).map(|_| {
            let (http, url, body) = (http.clone(), url.clone(), body.clone());
            tokio::spawn(async move {
                let mut made = 0;
                while begun.elapsed() < CREATING {
                    let request = http.post(&url).header("Content-Type", JSON).header("Accept", JSON);
                    let reply = request.body(body.clone()).send().await.unwrap();
                    assert!(reply.status().is_success(), "{}", reply.text().await.unwrap());
                    made += 1;
                }
                made
            })
        });
        let mut all = 0;
        for creator in creators.collect::<Vec<_>>() {
            all += creator.await.unwrap();
        }
        all
    });
    let rate = made as f64 / begun.elapsed().as_secs_f64();
    println!("{made} machines made by {CREATORS} at once: {rate:.0} a second, durable (goal 200)");
    runtime.block_on(manager.stop());
}

/// What requests about three clouds take while a fourth hangs, beside what they take while it does not.
fn hanging(runtime: &Runtime) {
    let mut clouds = Clouds::start(CLOUDS, 0);
    let folder = tempfile::tempdir().unwrap();
    let manager = clouds.manager(runtime, folder.path(), "");
    let machines = manager.app().inventory().of_kind(Kind::Machine);
    let of = |name: &str| {
        let path =
            |it: &std::sync::Arc<multicloud::record::Resource>| format!("/cimi/machines/{}/disks", it.id.0);
        machines.iter().filter(|it| it.replica_at(name).is_some()).map(path).collect::<Vec<_>>()
    };
    let quick: Vec<String> = ["c0", "c1", "c2"].into_iter().flat_map(of).collect();
    let base = address(manager.base_uri());
    let p99 = || {
        let mut connection = Connection::open(base);
        let mut took: Vec<f64> = (0..4000)
            .map(|nth| {
                let begun = Instant::now();
                connection.send(&get(&quick[nth % quick.len()], JSON));
                connection.receive();
                begun.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        took.sort_by(f64::total_cmp);
        took[took.len() * 99 / 100]
    };
    let before = median((0..ROUNDS).map(|_| p99()).collect());
    clouds.children[CLOUDS - 1].stdin.as_mut().unwrap().write_all(b"!").unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let hung = of("c3").into_iter().cycle().take(200).map(|path| {
        let request = http.get(format!("http://{base}{path}")).header("Accept", JSON);
        runtime.spawn(async move { request.send().await.map(|_| ()) })
    });
    let hung: Vec<_> = hung.collect();
    let during = median((0..ROUNDS).map(|_| p99()).collect());
    println!(
        "p99 of reading disks at three clouds: {before:.3} ms, {during:.3} ms while {} ask a fourth that hangs, ratio {:.2} (goal 1.10)",
        hung.len(),
        during / before
    );
    hung.iter().for_each(tokio::task::JoinHandle::abort);
    runtime.block_on(manager.stop());
}
