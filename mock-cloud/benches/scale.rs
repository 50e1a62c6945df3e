//! The mock cloud at size: a started `cimi-mock` with a million machines (or as many as the first argument says), from a client
//! beside it on the same cores. Each figure stands beside its goal; where noise of the machine would drown it, beside a
//! peer that is measured in the same run.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

mod client;
#[path = "scale/creation.rs"]
mod creation;

use client::{Connection, address, get, median};

const JSON: &str = "application/json";
const STARTS: usize = 9;
const GETS: usize = 20_000;
const PAGES: usize = 2_000;
const FILTERS: usize = 21;
/// How long requests run beside scans.
const BESIDE: Duration = Duration::from_secs(5);

/// Name, configuration and state of a quarter of the machines each.
const QUARTERS: [(&str, &str, &str); 4] = [
    ("m", "small", "STOPPED"),
    ("n", "small", "STARTED"),
    ("o", "large", "STARTED"),
    ("p", "large", "STOPPED"),
];
const BY_NAME: &str = "$filter=name=%27m77%27&$first=1&$last=10";
const BY_STATE: &str = "$filter=state=%27STARTED%27%20and%20cpu%3E2&$first=1&$last=100";

/// A started cloud, stopped when dropped.
struct Mock {
    child: Child,
    address: SocketAddr,
}

impl Mock {
    fn start(seed: Option<&str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cimi-mock"));
        let file = std::env::temp_dir().join(format!("cimi-scale-{}.toml", std::process::id()));
        if let Some(seed) = seed {
            std::fs::write(&file, seed).expect("a folder for temporary files");
            command.arg("--seed-file").arg(&file);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the built program");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is piped");
        BufReader::new(stdout).read_line(&mut line).expect("the URL");
        // Gone if there was none.
        let _ = std::fs::remove_file(file);
        Self { child, address: address(&line) }
    }

    /// Seconds of processors that it has taken.
    fn busy(&self) -> f64 {
        busy(&self.child.id().to_string())
    }

    /// Resident memory in megabytes.
    fn megabytes(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        kibibytes.unwrap_or(f64::NAN) * 1024.0 / 1e6
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        // It holds nothing that outlives it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Seconds of processors that a process has taken, in user and kernel, from its folder in `/proc` (in hundredths).
fn busy(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Times of requests, in milliseconds.
struct Times(Vec<f64>);

impl Times {
    fn of(address: SocketAddr, count: usize, mut path: impl FnMut(u64) -> String) -> Self {
        let mut connection = Connection::open(address);
        let mut chance = Chance(7);
        let mut times: Vec<_> = (0..count)
            .map(|_| {
                let request = get(&path(chance.next()), JSON);
                timed(&mut connection, &request)
            })
            .collect();
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    fn quantile(&self, share: f64) -> f64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let at = (self.0.len() as f64 * share) as usize;
        self.0[at.min(self.0.len() - 1)]
    }
}

fn timed(connection: &mut Connection, request: &[u8]) -> f64 {
    let began = Instant::now();
    connection.send(request);
    connection.receive();
    began.elapsed().as_secs_f64() * 1000.0
}

/// The same numbers in each run (Knuth's MMIX generator).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
}

/// A row of the table.
fn row(figure: &str, measured: f64, goal: Option<f64>, unit: &str) {
    let verdict = goal.map_or(String::new(), |goal| {
        let met = if unit == "/s" { measured >= goal } else { measured <= goal };
        format!("goal {goal:>8} {unit:<3} {}", if met { "met" } else { "MISSED" })
    });
    println!("{figure:<58} {measured:>10.2} {unit:<3} {verdict}");
}

fn seed(machines: u64) -> String {
    let configs = String::from(
        "[[machineConfigs]]\nhandle = 'small'\ncpu = 1\nmemory = 1048576\ndisks = [{ capacity = 10000000, initialLocation = '/dev/vda' }]\n\
         [[machineConfigs]]\nhandle = 'large'\ncpu = 8\nmemory = 16777216\ndisks = [{ capacity = 80000000, initialLocation = '/dev/vda' }]\n",
    );
    let quarter = (machines / 4).max(1);
    let entries = QUARTERS.map(|(name, config, state)| {
        format!("[[machines]]\nname = '{name}'\nquantity = {quarter}\nmachineConfig = '{config}'\nstate = '{state}'\n")
    });
    configs + &entries.concat()
}

fn small() {
    let mut starts = Vec::new();
    let mut sizes = Vec::new();
    for _ in 0..STARTS {
        let began = Instant::now();
        let mock = Mock::start(None);
        timed(&mut Connection::open(mock.address), &get("/cimi/machines/3", JSON));
        starts.push(began.elapsed().as_secs_f64() * 1000.0);
        sizes.push(mock.megabytes());
    }
    row("start of the program to its first answer", median(starts), Some(20.0), "ms");
    row("memory when idle", median(sizes), Some(20.0), "MB");
}

fn large(machines: u64) {
    let began = Instant::now();
    let mock = Mock::start(Some(&seed(machines)));
    let address = mock.address;
    row(&format!("start with {machines} machines"), began.elapsed().as_secs_f64() * 1000.0, None, "ms");
    let megabytes = mock.megabytes();
    row("memory with them", megabytes, Some(1500.0), "MB");
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    row("bytes for each, with its disk", megabytes * 1e6 / machines as f64, None, "B");
    let gets = Times::of(address, GETS, |chance| format!("/cimi/machines/{}", chance % machines + 1));
    row("GET by id: median", gets.quantile(0.5), None, "ms");
    row("GET by id: p99", gets.quantile(0.99), Some(2.0), "ms");
    let pages = Times::of(address, PAGES, |chance| {
        let first = chance % machines + 1;
        format!("/cimi/machines?$first={first}&$last={}", first + 99)
    });
    row("page of 100: median", pages.quantile(0.5), None, "ms");
    row("page of 100: p99", pages.quantile(0.99), Some(10.0), "ms");
    for (name, filter) in [("name='m77'", BY_NAME), ("state='STARTED' and cpu>2", BY_STATE)] {
        let times = Times::of(address, FILTERS, |_| format!("/cimi/machines?{filter}"));
        row(&format!("$filter={name}: median"), times.quantile(0.5), None, "ms");
        row(&format!("$filter={name}: slowest"), times.quantile(1.0), Some(150.0), "ms");
    }
    for (beside, load) in [("alone", Load::None), ("a busy core", Load::Spin), ("scans", Load::Scan)] {
        let [gets, creations] = besides(address, machines, load);
        let goal = (load == Load::Scan).then_some(5.0);
        row(&format!("GET by id, beside {beside}: p99"), gets.quantile(0.99), goal, "ms");
        row(&format!("GET by id, beside {beside}: slowest"), gets.quantile(1.0), None, "ms");
        row(&format!("creation, beside {beside}: p99"), creations.quantile(0.99), goal, "ms");
        row(&format!("creation, beside {beside}: slowest"), creations.quantile(1.0), None, "ms");
    }
}

/// What a client does beside others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Load {
    None,
    /// It takes a core, as the scan does: what is slow beside it is slow for want of cores, not of a lock.
    Spin,
    Scan,
}

/// Times of GETs and of creations, in turns, beside a load.
fn besides(address: SocketAddr, machines: u64, load: Load) -> [Times; 2] {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut connection = Connection::open(address);
            let scan = get(&format!("/cimi/machines?{BY_STATE}"), JSON);
            while !over.load(Ordering::Relaxed) {
                match load {
                    Load::None => thread::park_timeout(BESIDE / 100),
                    Load::Spin => std::hint::spin_loop(),
                    Load::Scan => drop(timed(&mut connection, &scan)),
                }
            }
        });
        let mut connection = Connection::open(address);
        let mut chance = Chance(11);
        let (mut gets, mut creations) = (Vec::new(), Vec::new());
        let creation = creation::request(address);
        let began = Instant::now();
        while began.elapsed() < BESIDE {
            let path = format!("/cimi/machines/{}", chance.next() % machines + 1);
            gets.push(timed(&mut connection, &get(&path, JSON)));
            creations.push(timed(&mut connection, &creation));
        }
        over.store(true, Ordering::Relaxed);
        [gets, creations].map(|mut times| {
            times.sort_by(f64::total_cmp);
            Times(times)
        })
    })
}

fn main() {
    let machines = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    small();
    let mock = Mock::start(None);
    creation::measure(&mock);
    drop(mock);
    large(machines);
}
