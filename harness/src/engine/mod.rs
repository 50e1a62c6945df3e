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

use crate::case::Case;
use crate::check::{self, Context, Seen};
use crate::discovery::{self, Discovery, DiscoveryError};
use crate::event::{
    self, Event, Exit, Footer, Format, Formats, Header, Inventory, Leftover, Micros, Outcome, Plan, Reason,
    Verdict,
};
use crate::exit::ExitCode;
use crate::findings::{Gathered, place};
use crate::http::{Client, ClientError, Endpoint, Limits, Recorder};
use crate::suite::Suite;

pub mod env;
pub mod expect;
pub mod known;
mod patience;
mod runner;
mod stage;
mod teardown;

#[cfg(test)]
mod tests;

pub use known::KnownFile;
use patience::Patience;
use runner::Runner;
use stage::Stage;

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
    /// The stream of events cannot be written.
    #[error("the events of the run cannot be written")]
    Sink(#[from] std::io::Error),
}

/// Judges endpoints and writes the stream of the run.
///
/// # Errors
/// When there is no client, or the stream cannot be written. What endpoints do wrong is no error, it is a verdict.
pub async fn run(
    endpoints: Vec<Endpoint>,
    suite: &Suite,
    mut settings: Settings,
    sink: Box<dyn event::Sink>,
) -> Result<Finished, RunError> {
    let recorder = Arc::new(Recorder::new(sink));
    recorder.event(&Event::Header(header(&endpoints, suite, &settings)));
    let mut clients = Vec::new();
    for endpoint in endpoints {
        clients.push(Client::new(endpoint, settings.limits, recorder.clone())?);
    }
    let known = std::mem::take(&mut settings.known);
    let shared = Shared {
        suite,
        settings: &settings,
        recorder: &recorder,
        phases: Barrier::new(clients.len().max(1)),
        counter: AtomicU64::new(0),
        ending: Mutex::new(Ending { known, ..Ending::default() }),
    };
    futures::future::join_all(clients.iter().map(|client| shared.endpoint(client))).await;
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
struct Shared<'s> {
    suite: &'s Suite,
    settings: &'s Settings,
    recorder: &'s Recorder,
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

impl Shared<'_> {
    fn ending(&self) -> MutexGuard<'_, Ending> {
        self.ending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells a verdict, in the light of what is known to fail.
    fn tell(&self, verdict: Verdict) {
        let mut ending = self.ending();
        let verdict = ending.known.apply(verdict);
        *ending.counts.entry(verdict.outcome).or_default() += 1;
        self.recorder.event(&Event::Verdict(Box::new(verdict)));
    }

    /// Tells which known deviations are no longer needed, and ends.
    fn finish(self) -> Ending {
        let leftovers = self.ending().known.leftovers();
        for verdict in leftovers {
            *self.ending().counts.entry(verdict.outcome).or_default() += 1;
            self.recorder.event(&Event::Verdict(Box::new(verdict)));
        }
        self.ending.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    async fn endpoint(&self, client: &Client) {
        let name = client.endpoint().name.clone();
        let discovered = discovery::discover(client, self.suite).await;
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
        let [reading, making, alone] = phases(runnable);
        let mut left = Vec::new();
        self.phase(client, &discovery, reading, AT_ONCE, &mut left).await;
        self.phases.wait().await;
        self.phase(client, &discovery, making, AT_ONCE, &mut left).await;
        self.phases.wait().await;
        self.phase(client, &discovery, alone, 1, &mut left).await;
        let wanted = |v: &Verdict| known::chosen(&self.settings.only, &self.settings.skip, &v.case);
        for verdict in self.generic(client, &discovery).into_iter().filter(wanted) {
            self.tell(verdict);
        }
        let after = discovery::counts(client, &discovery, self.suite.tables(discovery.edition)).await;
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

    async fn phase(
        &self,
        client: &Client,
        discovery: &Discovery,
        cases: Vec<Planned<'_>>,
        at_once: usize,
        left: &mut Vec<Leftover>,
    ) {
        let stage = Stage {
            client,
            suite: self.suite,
            discovery,
            tables: self.suite.tables(discovery.edition),
            patience: Patience::new(&self.suite.waits, self.settings.patience),
        };
        let mut runs = Vec::new();
        for (case, format) in cases {
            let number = self.counter.fetch_add(1, Ordering::Relaxed);
            let nonce = format!("cimi-{}-{number}", self.settings.run);
            let runner = Runner::new(stage, case, format, nonce);
            runs.push(async move {
                let ran = runner.run().await;
                self.tell(ran.verdict);
                teardown::tear_down(stage, &ran.made).await
            });
        }
        let done: Vec<Vec<Leftover>> = futures::stream::iter(runs).buffer_unordered(at_once).collect().await;
        left.extend(done.into_iter().flatten());
    }

    /// Holds every exchange against the built-in checks, with all that was learnt by the end.
    fn generic(&self, client: &Client, discovery: &Discovery) -> Vec<Verdict> {
        let tables = self.suite.tables(discovery.edition);
        let mut exchanges = client.exchanges();
        exchanges.sort_by_key(|e| e.n);
        let mut links = discovery.links.clone();
        let mut learnt = std::collections::BTreeSet::new();
        for exchange in &exchanges {
            let first = exchange.request.method == "GET" && learnt.insert(check::bare(&exchange.request.url));
            if !first {
                continue;
            }
            let seen = Seen::new(exchange, &context(&links, tables));
            if let (true, Some(reading)) = (seen.is_success(), seen.reading) {
                links.learn(&exchange.request.url, &reading.resource, tables);
            }
        }
        let context = context(&links, tables);
        let mut gathered = Gathered::default();
        for exchange in &exchanges {
            let violations = check::all(&Seen::new(exchange, &context), &context);
            gathered.take(exchange.n, violations, &self.suite.register, discovery.edition);
        }
        for (exchange, violation) in &discovery.unequal {
            gathered.take(*exchange, vec![violation.clone()], &self.suite.register, discovery.edition);
        }
        gathered.verdicts(&client.endpoint().name, &self.suite.register, discovery.edition)
    }
}

fn context<'c>(links: &'c crate::links::Links, tables: &'c crate::spec::Tables) -> Context<'c> {
    Context { tables, links }
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
