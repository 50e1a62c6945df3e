//! The engine: plans what to ask of each endpoint, asks, and comes to verdicts.
//!
//! Endpoints are judged side by side. Of one endpoint, cases that change nothing run together, then those that change
//! only what they make themselves, then those that must be alone; the phases of all endpoints are in step, for one
//! endpoint may show what another holds. Owns verdicts; reports are readers of the stream.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::StreamExt as _;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::case::Case;
use crate::discovery::{self, Discovery, DiscoveryError};
use crate::event::{
    self, Event, Exit, Footer, Format, Formats, Header, Inventory, Leftover, Micros, Outcome, Plan, Reason,
    Verdict,
};
use crate::exit::ExitCode;
use crate::findings::place;
use crate::http::{Client, ClientError, Endpoint, Limits, Recorder};
use crate::suite::Suite;

pub mod env;
pub mod expect;
pub mod known;
mod mend;
mod patience;
mod place;
mod runner;
mod stage;
mod teardown;
mod watch;

#[cfg(test)]
mod tests;

pub use known::KnownFile;
use patience::Patience;
use runner::Runner;
use stage::Stage;
use watch::Watch;

/// Cases of one endpoint that are under way at once.
const AT_ONCE: usize = 8;

/// What is asked of a run.
#[derive(Debug)]
pub struct Settings {
    /// Name of the run.
    pub run: String,
    /// When it began.
    pub started: jiff::Timestamp,
    /// The command line, secrets left out.
    pub command: Vec<String>,
    /// Name of the profile that chose the cases.
    pub profile: String,
    /// Cases to run: patterns with `*`; all if there is none.
    pub only: Vec<String>,
    /// Cases to leave out: patterns with `*`.
    pub skip: Vec<String>,
    /// Formats to run in.
    pub formats: Vec<Format>,
    /// Whether cases that change something are left out.
    pub read_only: bool,
    /// Limits of each exchange.
    pub limits: Limits,
    /// How many times as long as the suite says is waited for what endpoints do.
    pub patience: f64,
    /// What is known to fail.
    pub known: KnownFile,
}

/// What came of a run.
#[derive(Debug)]
pub struct Finished {
    /// How the program ends.
    pub code: ExitCode,
    /// Endpoints that could not be judged at all, and why.
    pub unreachable: Vec<(String, DiscoveryError)>,
}

/// Why a run cannot be made or told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// There is no HTTP client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The stream of events cannot be written, or there is no thread to run in.
    #[error("the run cannot be made, or its events cannot be written")]
    System(#[from] std::io::Error),
}

/// Judges endpoints and writes the stream of the run.
///
/// # Errors
/// When there is no client, or the stream cannot be written. What endpoints do wrong is no error, it is a verdict.
pub async fn run(
    endpoints: Vec<Endpoint>,
    suite: Arc<Suite>,
    mut settings: Settings,
    sink: Box<dyn event::Sink>,
) -> Result<Finished, RunError> {
    let recorder = Arc::new(Recorder::new(sink));
    recorder.event(&Event::Header(header(&endpoints, &suite, &settings)));
    recorder.event(&Event::Statements(Box::new(suite.statements())));
    let mut clients = Vec::new();
    for endpoint in endpoints {
        clients.push(Client::new(endpoint, settings.limits, recorder.clone())?);
    }
    let known = std::mem::take(&mut settings.known);
    let shared = Arc::new(Shared {
        suite,
        settings,
        recorder: Arc::clone(&recorder),
        phases: Barrier::new(clients.len().max(1)),
        counter: AtomicU64::new(0),
        ending: Mutex::new(Ending { known, ..Ending::default() }),
    });
    let mut tasks = JoinSet::new();
    for client in clients {
        let shared = Arc::clone(&shared);
        // A thread and a loop of its own for each endpoint: none waits for the processor of another.
        let own = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        tasks.spawn_blocking(move || own.block_on(shared.endpoint(&client)));
    }
    // A panic of ours is not swallowed: it goes on here.
    tasks.join_all().await;
    let ending = shared.finish();
    let code = match ExitCode::of_counts(&ending.counts, &ending.inventory) {
        _ if !ending.unreachable.is_empty() => ExitCode::Unreachable,
        code => code,
    };
    let exit = Exit { code: code.code(), sentence: code.sentence().to_owned() };
    recorder.event(&Event::Footer(Footer {
        counts: ending.counts,
        duration: recorder.elapsed(),
        inventory: ending.inventory,
        exit,
    }));
    match recorder.finish() {
        Some(error) => Err(error.into()),
        None => Ok(Finished { code, unreachable: ending.unreachable }),
    }
}

fn header(endpoints: &[Endpoint], suite: &Suite, settings: &Settings) -> Header {
    let endpoint =
        |e: &Endpoint| event::Endpoint { name: e.name.clone(), cep: e.cep.to_string(), edition: e.edition };
    Header {
        stream: event::STREAM_VERSION,
        run: settings.run.clone(),
        tool: concat!("cimi-conformance ", env!("CARGO_PKG_VERSION")).to_owned(),
        started: settings.started,
        suite: suite.digest.clone(),
        profile: settings.profile.clone(),
        endpoints: endpoints.iter().map(endpoint).collect(),
        seed: 0,
        command: settings.command.clone(),
    }
}

/// What all endpoints of a run share.
struct Shared {
    suite: Arc<Suite>,
    settings: Settings,
    recorder: Arc<Recorder>,
    /// Holds endpoints in step between phases.
    phases: Barrier,
    /// Numbers the runs of cases, for their nonces.
    counter: AtomicU64,
    ending: Mutex<Ending>,
}

/// What has come of endpoints that are done.
#[derive(Default)]
struct Ending {
    known: KnownFile,
    counts: BTreeMap<Outcome, u64>,
    inventory: Vec<Inventory>,
    unreachable: Vec<(String, DiscoveryError)>,
}

/// A case in a format, and in which phase it runs.
type Planned<'c> = (&'c Case, Format);

impl Shared {
    fn ending(&self) -> MutexGuard<'_, Ending> {
        self.ending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells a verdict, in the light of what is known to fail.
    fn tell(&self, mut verdict: Verdict) {
        for finding in &mut verdict.findings {
            let line = finding.check.as_ref().and_then(|place| self.suite.line_at(place));
            finding.check_line = line.map(str::to_owned);
        }
        let mut ending = self.ending();
        let verdict = ending.known.apply(verdict);
        *ending.counts.entry(verdict.outcome).or_default() += 1;
        self.recorder.event(&Event::Verdict(Box::new(verdict)));
    }

    /// Tells which known deviations are no longer needed, and ends.
    fn finish(&self) -> Ending {
        let leftovers = self.ending().known.leftovers();
        for verdict in leftovers {
            *self.ending().counts.entry(verdict.outcome).or_default() += 1;
            self.recorder.event(&Event::Verdict(Box::new(verdict)));
        }
        std::mem::take(&mut *self.ending())
    }

    async fn endpoint(&self, client: &Client) {
        let name = client.endpoint().name.clone();
        let discovered = discovery::discover(client, &self.suite).await;
        self.phases.wait().await;
        let discovery = match discovered {
            Ok(discovery) => discovery,
            Err(error) => {
                // The others must not wait for this one.
                self.phases.wait().await;
                self.phases.wait().await;
                self.ending().unreachable.push((name, error));
                return;
            }
        };
        let (inapplicable, runnable) = self.plan(client, &discovery);
        let wanted = |name: &String| known::chosen(&self.settings.only, &self.settings.skip, name);
        let builtin = crate::findings::pseudo_cases().filter(wanted).count() as u64;
        let expected = inapplicable.len() as u64 + runnable.len() as u64 + builtin;
        self.recorder.event(&Event::Plan(Plan {
            endpoint: name.clone(),
            edition: Some(discovery.edition),
            verdicts: expected,
        }));
        for verdict in inapplicable {
            self.tell(verdict);
        }
        let tables = self.suite.tables(discovery.edition);
        let watch = Watch::new(tables, &self.suite.register, discovery.links.clone());
        for exchange in client.unclaimed() {
            watch.take(&exchange);
        }
        for (exchange, violation) in &discovery.unequal {
            watch.note(*exchange, violation.clone());
        }
        let patience = Patience::new(&self.suite.waits, self.settings.patience);
        let stage =
            Stage { client, suite: &self.suite, discovery: &discovery, tables, patience, watch: &watch };
        let [reading, making, alone] = phases(runnable);
        let mut left = self.phase(stage, reading, AT_ONCE).await;
        self.phases.wait().await;
        left.extend(self.phase(stage, making, AT_ONCE).await);
        self.phases.wait().await;
        left.extend(self.phase(stage, alone, 1).await);
        let after = discovery::counts(client, &discovery, tables).await;
        for exchange in client.unclaimed() {
            watch.take(&exchange);
        }
        let wanted = |v: &Verdict| known::chosen(&self.settings.only, &self.settings.skip, &v.case);
        for verdict in watch.verdicts(&name).into_iter().filter(wanted) {
            self.tell(verdict);
        }
        let inventory = Inventory { endpoint: name, before: discovery.counted(), after, left };
        self.ending().inventory.push(inventory);
    }

    /// Verdicts of what cannot be run here, and what can.
    fn plan(&self, client: &Client, discovery: &Discovery) -> (Vec<Verdict>, Vec<Planned<'_>>) {
        let tables = self.suite.tables(discovery.edition);
        let mut verdicts = Vec::new();
        let mut runnable = Vec::new();
        for case in &self.suite.cases {
            let chosen = known::chosen(&self.settings.only, &self.settings.skip, &case.id);
            if !chosen || !case.editions.contains(&discovery.edition) {
                continue;
            }
            let lack = if case.mutates && self.settings.read_only {
                Some(Reason {
                    text: "it changes things, and the run is read-only".to_owned(),
                    exchange: None,
                })
            } else {
                discovery
                    .lacks(&case.needs, tables)
                    .map(|lack| Reason { text: lack.reason, exchange: lack.exchange })
            };
            for format in case.formats.iter().copied().filter(|f| self.settings.formats.contains(f)) {
                match &lack {
                    Some(reason) => verdicts.push(not_applicable(client, case, format, reason.clone())),
                    None => runnable.push((case, format)),
                }
            }
        }
        (verdicts, runnable)
    }

    /// Runs cases, so many at once, and takes away what they made; what is left of that.
    async fn phase(&self, stage: Stage<'_>, cases: Vec<Planned<'_>>, at_once: usize) -> Vec<Leftover> {
        let run = |(case, format)| async move {
            let number = self.counter.fetch_add(1, Ordering::Relaxed);
            let nonce = format!("cimi-{}-{number}", self.settings.run);
            let ran = Runner::new(stage, case, format, nonce).run().await;
            self.tell(ran.verdict);
            teardown::tear_down(stage, &ran.made).await
        };
        let runs = futures::stream::iter(cases.into_iter().map(run));
        let left: Vec<Vec<Leftover>> = runs.buffer_unordered(at_once).collect().await;
        left.into_iter().flatten().collect()
    }
}

/// Cases that change nothing; those that change only what they make; those that must be alone with what they change.
fn phases(cases: Vec<Planned<'_>>) -> [Vec<Planned<'_>>; 3] {
    let mut phases = [Vec::new(), Vec::new(), Vec::new()];
    for planned in cases {
        // Where nothing is changed by anyone, everyone is alone.
        let phase = match (planned.0.mutates, planned.0.alone) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => 2,
        };
        phases[phase].push(planned);
    }
    phases
}

fn not_applicable(client: &Client, case: &Case, format: Format, reason: Reason) -> Verdict {
    Verdict {
        endpoint: client.endpoint().name.clone(),
        case: case.id.clone(),
        format: Formats::from(format),
        area: case.area.clone(),
        title: case.title.clone(),
        requirements: case.requirements.clone(),
        outcome: Outcome::NotApplicable,
        findings: Vec::new(),
        exchanges: reason.exchange.into_iter().collect(),
        duration: Micros(0),
        reason: Some(reason),
        source: Some(place(&case.origin)),
    }
}
