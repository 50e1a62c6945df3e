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
use harness::profile::Selection;
use harness::report;
use harness::suite::Suite;
use mock_cloud::{Clock, MockCloud, Seed};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Set for the process that serves: which clouds.
const SERVE: &str = "CIMI_BENCH_SERVES";
/// By how many milliseconds the clocks move at each request.
const PACE: u32 = 50;
/// After how many milliseconds a slow cloud answers.
const SLOW: u64 = 20;
/// How many slow clouds are judged side by side.
const BESIDE: usize = 4;
/// Runs of which the median counts.
const RUNS: usize = 5;
/// How many times longer the long run is, by which memory is held to be flat.
const LONGER: usize = 6;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let Some(which) = std::env::var_os(SERVE) {
        let which = Clouds::ALL.into_iter().find(|clouds| which == clouds.name()).unwrap();
        runtime.block_on(serve(which));
        return;
    }
    let suite = Arc::new(Suite::embedded().unwrap());
    let folder = tempfile::tempdir().unwrap();
    // First, before anything else has been kept.
    memory(&runtime, &suite, folder.path());
    let runs: Vec<Ran> = (0..RUNS).map(|_| run(&runtime, &suite, folder.path())).collect();
    let recorded = recorded(folder.path());
    let (judged, reported) =
        (median(runs.iter().map(|ran| ran.judged)), median(runs.iter().map(|ran| ran.reported)));
    println!(
        "whole suite, both editions and formats, all reports: {:.2} s (goal 2), of which reports {reported:.2} s; {} exchanges",
        judged + reported,
        recorded.len()
    );
    let own = median(runs.iter().map(|ran| ran.processor / recorded.len() as f64));
    println!("processor of the judge per exchange: {:.3} ms (goal 0.3)", own * 1e3);
    let bare = median((0..RUNS).map(|_| bare(&runtime, recorded.len())));
    println!("  beside as many requests sent and not judged: {:.3} ms, ratio {:.2}", bare * 1e3, own / bare);
    alone(&recorded, &suite);
    beside(&runtime, &suite);
}

/// A run of the suite, in seconds.
struct Ran {
    /// Of the wall, for the run.
    judged: f64,
    /// Of the wall, for its reports.
    reported: f64,
    /// Of processors that this process took.
    processor: f64,
}

fn run(runtime: &tokio::runtime::Runtime, suite: &Arc<Suite>, folder: &Path) -> Ran {
    let servers = Servers::start(Clouds::Paced);
    let (begin, before) = (Instant::now(), processor());
    let file = std::fs::File::create(folder.join(report::STREAM_FILE)).unwrap();
    let sink = Writer::new(io::BufWriter::new(file));
    let finished =
        runtime.block_on(engine::run(servers.endpoints(), Arc::clone(suite), settings(), Box::new(sink)));
    assert_eq!(finished.unwrap().code.code(), 0, "the mock clouds are conformant");
    let judged = begin.elapsed();
    report::write_all(folder).unwrap();
    let reported = begin.elapsed().saturating_sub(judged).as_secs_f64();
    Ran { judged: judged.as_secs_f64(), reported, processor: processor() - before }
}

/// The exchanges of the last run.
fn recorded(folder: &Path) -> Vec<Exchange> {
    let stream = BufReader::new(std::fs::File::open(folder.join(report::STREAM_FILE)).unwrap());
    let exchanges = harness::event::read(stream).filter_map(|event| match event.unwrap().1 {
        Event::Exchange(exchange) => Some(*exchange),
        _ => None,
    });
    exchanges.collect()
}

/// Seconds of this process's processors per request, when so many are sent one after the other and nobody judges: a page of
/// Machines, read to its end.
fn bare(runtime: &tokio::runtime::Runtime, times: usize) -> f64 {
    let servers = Servers::start(Clouds::Paced);
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
    let name = exchanges[0].endpoint.as_str();
    let of: Vec<Exchange> = exchanges.iter().filter(|e| e.endpoint == name).cloned().collect();
    let seconds = median((0..RUNS).map(|_| {
        let begin = Instant::now();
        let judged = judge::judge(&of, name, suite, None);
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

/// Clouds that answer slowly, side by side, beside one of them: none waits for the others.
fn beside(runtime: &tokio::runtime::Runtime, suite: &Arc<Suite>) {
    let servers = Servers::start(Clouds::Slow);
    let only = vec!["query.*".to_owned()];
    let seconds = |clouds: usize| {
        let endpoints = servers.endpoints().into_iter().take(clouds).collect();
        let selection = Selection { only: only.clone(), ..Selection::everything() };
        let settings = Settings { selection, ..settings() };
        let begin = Instant::now();
        let sink = Box::new(Writer::new(Vec::new()));
        runtime.block_on(engine::run(endpoints, Arc::clone(suite), settings, sink)).unwrap();
        begin.elapsed().as_secs_f64()
    };
    let (one, all) = (seconds(1), seconds(BESIDE));
    println!(
        "{BESIDE} endpoints that answer after {SLOW} ms: {all:.2} s, one of them: {one:.2} s, ratio {:.2}",
        all / one
    );
}

/// The most memory that a run takes beyond what there was before it, and one that is several times as long.
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
        let servers = Servers::start(Clouds::Forgetful);
        let most = Arc::new(Mutex::new((0, 0)));
        let sink = Sampled {
            inner: Writer::new(io::BufWriter::new(std::fs::File::create(folder.join("long")).unwrap())),
            most: Arc::clone(&most),
        };
        let before = resident();
        let finished =
            runtime.block_on(engine::run(servers.endpoints(), Arc::new(suite), settings(), Box::new(sink)));
        finished.unwrap();
        let (events, most) = *most.lock().unwrap();
        (events, most.saturating_sub(before))
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
    which: Clouds,
    urls: Vec<String>,
}

/// Which clouds serve.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clouds {
    /// One of each edition, whose clocks move at requests.
    Paced,
    /// The same, and Jobs that are over are soon gone: what they list does not grow with the run.
    Forgetful,
    /// Some that take their time to answer.
    Slow,
}

impl Clouds {
    const ALL: [Self; 3] = [Self::Paced, Self::Forgetful, Self::Slow];

    fn name(self) -> &'static str {
        match self {
            Self::Paced => "paced",
            Self::Forgetful => "forgetful",
            Self::Slow => "slow",
        }
    }

    fn seed(self) -> Seed {
        let seed = Seed::builtin();
        match self {
            Self::Forgetful => {
                Seed::new("bench", format!("{}\n[capabilities.Job]\nJobRetention = 2\n", seed.text()))
            }
            Self::Paced | Self::Slow => seed,
        }
    }

    fn editions(self) -> Vec<Edition> {
        match self {
            Self::Paced | Self::Forgetful => vec![Edition::V2, Edition::V1],
            Self::Slow => vec![Edition::V2; BESIDE],
        }
    }
}

impl Servers {
    fn start(which: Clouds) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut child =
            command.env(SERVE, which.name()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let urls = lines.take(which.editions().len()).map(Result::unwrap).collect();
        Self { child, which, urls }
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        let endpoint = |(edition, url): (Edition, &String)| Endpoint {
            edition: Some(edition),
            ..Endpoint::open(url.split('/').nth(2).unwrap(), url.parse().unwrap())
        };
        self.which.editions().into_iter().zip(&self.urls).map(endpoint).collect()
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // It ends with its standard input.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Serves until standard input ends.
async fn serve(which: Clouds) {
    let mut clouds = Vec::new();
    for edition in which.editions() {
        let edition = if edition == Edition::V1 { mock_cloud::Edition::V1 } else { mock_cloud::Edition::V2 };
        let cloud = MockCloud::builder().edition(edition).seed(which.seed()).clock(Clock::paced(PACE));
        let cloud = if which == Clouds::Slow { cloud.latency(Duration::from_millis(SLOW)) } else { cloud };
        let cloud = cloud.start().await.unwrap();
        println!("{}", cloud.base_uri());
        clouds.push(cloud);
    }
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
