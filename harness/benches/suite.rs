//! What judging costs: the whole suite against a mock cloud of each edition on clocks that move at requests, in a process
//! of their own. Figures stand beside their goals; what the machine's noise would drown stands beside the same requests sent
//! without judging, in the same run. `cargo bench -p harness --bench suite`
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]
#![allow(clippy::cast_precision_loss, reason = "figures are shown with three digits")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot run has nothing to say")]

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use harness::engine::{self, Settings};
use harness::event::{Edition, Event, Exchange, Sink, Writer};
use harness::http::Endpoint;
use harness::judge;
use harness::report;
use harness::suite::Suite;
use mock_cloud::{Clock, MockCloud};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Set for the process that serves.
const SERVE: &str = "CIMI_BENCH_SERVES";
/// By how many milliseconds the clocks move at each request.
const PACE: u32 = 50;
/// Runs of which the median counts.
const RUNS: usize = 5;
/// How many times longer the long run is, by which memory is held to be flat.
const LONGER: usize = 6;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if std::env::var_os(SERVE).is_some() {
        runtime.block_on(serve());
        return;
    }
    let suite = Arc::new(Suite::embedded().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let runs: Vec<Ran> = (0..RUNS).map(|_| run(&runtime, &suite, folder.path())).collect();
    let wall = median(runs.iter().map(|ran| ran.wall.as_secs_f64()));
    let exchanges = runs[0].exchanges.len();
    println!(
        "whole suite, both editions and formats, all reports: {wall:.2} s (goal 2), {exchanges} exchanges"
    );
    let own = median(runs.iter().map(|ran| ran.processor / ran.exchanges.len() as f64));
    println!("processor of the judge per exchange: {:.3} ms (goal 0.3)", own * 1e3);
    let bare = median((0..RUNS).map(|_| bare(&runtime, exchanges)));
    println!("  beside as many requests sent and not judged: {:.3} ms, ratio {:.2}", bare * 1e3, own / bare);
    alone(&runs[0].exchanges, &suite);
    memory(&runtime, &suite, folder.path());
}

/// A run of the suite.
struct Ran {
    wall: Duration,
    /// Seconds of processors that this process took.
    processor: f64,
    exchanges: Vec<Exchange>,
}

fn run(runtime: &tokio::runtime::Runtime, suite: &Arc<Suite>, folder: &Path) -> Ran {
    let servers = Servers::start();
    let (begin, before) = (Instant::now(), processor());
    let file = std::fs::File::create(folder.join(report::STREAM_FILE)).unwrap();
    let sink = Writer::new(io::BufWriter::new(file));
    let finished =
        runtime.block_on(engine::run(servers.endpoints(), Arc::clone(suite), settings(), Box::new(sink)));
    assert_eq!(finished.unwrap().code.code(), 0, "the mock clouds are conformant");
    report::write_all(folder).unwrap();
    let (wall, processor) = (begin.elapsed(), processor() - before);
    let stream = BufReader::new(std::fs::File::open(folder.join(report::STREAM_FILE)).unwrap());
    let exchanges = harness::event::read(stream).filter_map(|event| match event.unwrap().1 {
        Event::Exchange(exchange) => Some(*exchange),
        _ => None,
    });
    Ran { wall, processor, exchanges: exchanges.collect() }
}

/// Seconds of this process's processors per request, when so many are sent one after the other and nobody judges: a page of
/// Machines, read to its end.
fn bare(runtime: &tokio::runtime::Runtime, times: usize) -> f64 {
    let servers = Servers::start();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let page = format!("{}machines?$last=2", servers.urls[0]);
    let before = processor();
    runtime.block_on(async {
        for _ in 0..times {
            drop(client.get(&page).send().await.unwrap().bytes().await.unwrap());
        }
    });
    (processor() - before) / times as f64
}

/// Judging alone: recorded exchanges held against every check.
fn alone(exchanges: &[Exchange], suite: &Suite) {
    let of: Vec<Exchange> = exchanges.iter().filter(|e| e.endpoint == "v2").cloned().collect();
    let seconds = median((0..RUNS).map(|_| {
        let begin = Instant::now();
        let judged = judge::judge(&of, "v2", suite, Some(Edition::V2));
        assert!(!judged.verdicts.is_empty());
        begin.elapsed().as_secs_f64()
    }));
    let assertions = of.len() * harness::check::names().count();
    println!(
        "judging alone: {:.0} assertions per second (goal 20000), {:.0} exchanges per second",
        assertions as f64 / seconds,
        of.len() as f64 / seconds
    );
}

/// The most memory that a run takes, and one that is several times as long.
fn memory(runtime: &tokio::runtime::Runtime, suite: &Suite, folder: &Path) {
    let peak = |times: usize| {
        let mut suite = suite.clone();
        let cases = suite.cases.clone();
        for round in 1..times {
            suite.cases.extend(cases.iter().cloned().map(|mut case| {
                case.id = format!("{}.{round}", case.id);
                case
            }));
        }
        let servers = Servers::start();
        let most = Arc::new(Mutex::new((0, 0)));
        let sink = Sampled {
            inner: Writer::new(io::BufWriter::new(std::fs::File::create(folder.join("long")).unwrap())),
            most: Arc::clone(&most),
        };
        let finished =
            runtime.block_on(engine::run(servers.endpoints(), Arc::new(suite), settings(), Box::new(sink)));
        finished.unwrap();
        *most.lock().unwrap()
    };
    let (short, long) = (peak(1), peak(LONGER));
    println!(
        "memory while judging: {} MB over {} events, {} MB over {}: ratio {:.2}",
        short.1 >> 10,
        short.0,
        long.1 >> 10,
        long.0,
        long.1 as f64 / short.1 as f64
    );
}

/// Writes on, and looks at the memory now and then: events, and the most kB that were resident.
struct Sampled {
    inner: Writer<io::BufWriter<std::fs::File>>,
    most: Arc<Mutex<(u64, u64)>>,
}

impl Sink for Sampled {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        let mut most = self.most.lock().unwrap();
        most.0 += 1;
        if most.0.is_multiple_of(500) {
            most.1 = most.1.max(resident());
        }
        self.inner.take(event)
    }
}

fn settings() -> Settings {
    Settings::new("bench", jiff::Timestamp::UNIX_EPOCH)
}

/// Mock clouds in a process of their own, stopped when dropped.
struct Servers {
    child: Child,
    urls: Vec<String>,
}

impl Servers {
    fn start() -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut child = command.env(SERVE, "1").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let urls = lines.take(2).map(Result::unwrap).collect();
        Self { child, urls }
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        let editions = [("v2", Edition::V2), ("v1", Edition::V1)];
        let endpoint = |((name, edition), url): ((&str, Edition), &String)| Endpoint {
            edition: Some(edition),
            ..Endpoint::open(name, url.parse().unwrap())
        };
        editions.into_iter().zip(&self.urls).map(endpoint).collect()
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // It ends with its standard input.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Serves a mock cloud of each edition until standard input ends.
async fn serve() {
    let start = |edition| MockCloud::builder().edition(edition).clock(Clock::paced(PACE)).start();
    let v2 = start(mock_cloud::Edition::V2).await.unwrap();
    let v1 = start(mock_cloud::Edition::V1).await.unwrap();
    println!("{}\n{}", v2.base_uri(), v1.base_uri());
    io::stdout().flush().unwrap();
    tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await.unwrap().unwrap();
}

fn median(of: impl Iterator<Item = f64>) -> f64 {
    let mut all: Vec<f64> = of.collect();
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Seconds of processors that this process has taken.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after = text.rsplit(')').next().unwrap();
    let ticks: f64 = after.split_whitespace().skip(11).take(2).map(|n| n.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

/// Resident memory of this process, in kB.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
