//! The engine: plans what to ask of each endpoint, asks, and comes to verdicts.
//!
//! Endpoints are judged side by side. Of one endpoint, cases that change nothing run together, then those that change
//! only what they make themselves, then those that must be alone; the phases of all endpoints are in step, for one
//! endpoint may show what another holds. Owns verdicts; reports are readers of the stream.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::discovery::{self, Discovery, DiscoveryError};
use crate::event::{
    self, Company, Edition, Event, Exit, Footer, Format, Formats, Header, Inventory, Micros, Outcome, Plan,
    Reason, Verdict,
};
use crate::exit::ExitCode;
use crate::generate::Generated;
use crate::http::{Client, ClientError, Endpoint, Limits, Recorder};
use crate::profile::{Selection, Subject};
use crate::suite::Suite;

mod attempt;
mod budget;
pub mod env;
pub mod expect;
mod inventory;
pub mod known;
mod marked;
mod mend;
mod outlook;
mod past;
mod patience;
mod place;
mod plan;
mod request;
mod runner;
mod stage;
mod steady;
mod stop;
mod sweep;
mod teardown;
mod walk;
mod watch;

#[cfg(test)]
mod tests;

use attempt::Rests;
use budget::Budget;
pub use budget::Caps;
pub use known::KnownFile;
pub use outlook::{Amount, Change, NotApplicable, Outlook, outlook};
pub use past::{Past, PastError, again};
use patience::Patience;
use plan::Planned;
use stage::Stage;
pub use stop::Stop;
pub use sweep::{Remains, SweepError, Swept, Wreck, WreckError, read_wreck, sweep};
use watch::Watch;

/// Cases of one endpoint that are under way at once.
const AT_ONCE: usize = 8;

/// How often an endpoint that was discovered waits for the others after that.
const LATER_PHASES: usize = 3;

/// What writes the stream.
pub(crate) const TOOL: &str = concat!("cimi-conformance ", env!("CARGO_PKG_VERSION"));

/// What is asked of a run.
#[derive(Debug)]
pub struct Settings {
    /// Name of the run.
    pub run: String,
    /// When it began.
    pub started: jiff::Timestamp,
    /// The command line, secrets left out.
    pub command: Vec<String>,
    /// What is judged.
    pub selection: Selection,
    /// Formats to run in.
    pub formats: Vec<Format>,
    /// Whether cases that change something are left out.
    pub read_only: bool,
    /// Limits of each exchange.
    pub limits: Limits,
    /// What may be made at each endpoint.
    pub caps: Caps,
    /// How long the run may take; what it made is taken away after that.
    pub within: Option<Duration>,
    /// How often a case that failed is tried again.
    pub retries: u32,
    /// Whether endpoints wait for each other.
    pub order: Order,
    /// Whether others work at the endpoints meanwhile.
    pub company: Company,
    /// Tells the run to end.
    pub stop: Stop,
    /// How many times as long as the suite says is waited for what endpoints do.
    pub patience: f64,
    /// What is run of all that is chosen; everything where it is absent.
    pub again: Option<BTreeSet<Pick>>,
    /// What is known to fail.
    pub known: KnownFile,
    /// The seed of every random choice.
    pub seed: u64,
    /// How many cases are generated of each kind; 0: none.
    pub generated: u32,
}

impl Settings {
    /// The whole suite in every format, each endpoint on its own, and nothing limited but the exchange; nothing is generated.
    pub fn new(run: impl Into<String>, started: jiff::Timestamp) -> Self {
        Self {
            run: run.into(),
            started,
            command: Vec::new(),
            selection: Selection::everything(),
            formats: Format::ALL.to_vec(),
            read_only: false,
            limits: Limits::default(),
            caps: Caps::default(),
            within: None,
            retries: 0,
            order: Order::Free,
            company: Company::Alone,
            stop: Stop::default(),
            patience: 1.0,
            again: None,
            known: KnownFile::default(),
            seed: 0,
            generated: 0,
        }
    }

    /// Whether something is asked for at an endpoint, in a format.
    pub(crate) fn wants(
        &self,
        endpoint: &str,
        subject: Subject<'_>,
        format: Formats,
        edition: Edition,
    ) -> bool {
        let pick = || (endpoint.to_owned(), subject.case.to_owned(), format);
        self.selection.chooses(subject, edition)
            && self.again.as_ref().is_none_or(|again| again.contains(&pick()))
    }
}

/// Whether endpoints wait for each other between the phases of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// No: each goes on as fast as it can.
    #[default]
    Free,
    /// Yes, because one of them shows what another holds.
    InStep,
}

/// A case in a format at an endpoint.
pub type Pick = (String, String, Formats);

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
    settings: Settings,
    sink: Box<dyn event::Sink>,
) -> Result<Finished, RunError> {
    let recorder = Arc::new(Recorder::new(sink));
    recorder.event(&Event::Header(header(&endpoints, &suite, &settings)));
    recorder.event(&Event::Statements(Box::new(suite.statements())));
    let mut clients = Vec::new();
    for endpoint in endpoints {
        clients.push(Client::new(endpoint, settings.limits, recorder.clone())?);
    }
    judged(clients, suite, settings, recorder, None).await
}

/// Judges what clients lead to, and ends the stream.
async fn judged(
    clients: Vec<Client>,
    suite: Arc<Suite>,
    mut settings: Settings,
    recorder: Arc<Recorder>,
    past: Option<Arc<Past>>,
) -> Result<Finished, RunError> {
    let known = std::mem::take(&mut settings.known);
    let shared = Arc::new(Shared {
        suite,
        past: past.clone(),
        endpoints: clients.iter().map(|client| client.endpoint().name.clone()).collect(),
        phases: Barrier::new(match settings.order {
            Order::InStep => clients.len().max(1),
            Order::Free => 1,
        }),
        settings,
        recorder: Arc::clone(&recorder),
        ending: Mutex::new(Ending { known, ..Ending::default() }),
    });
    let endpoints = clients.len();
    let mut tasks = JoinSet::new();
    for client in clients {
        let shared = Arc::clone(&shared);
        // A thread and a loop of its own for each endpoint: none waits for the processor of another.
        let own = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        tasks.spawn_blocking(move || own.block_on(shared.endpoint(&client)));
    }
    tokio::select! {
        // A panic of ours is not swallowed: it goes on here.
        _ = tasks.join_all() => {}
        () = deadline(shared.settings.within, &shared.settings.stop) => {}
    }
    let ending = shared.finish();
    let (code, exit) = exit(&ending, endpoints, shared.settings.company);
    recorder.event(&Event::Footer(Footer {
        counts: ending.counts,
        duration: past.map_or_else(|| recorder.elapsed(), |past| past.duration()),
        inventory: ending.inventory,
        exit,
    }));
    match recorder.finish() {
        Some(error) => Err(error.into()),
        None => Ok(Finished { code, unreachable: ending.unreachable }),
    }
}

/// Tells the run to end when its time is over; never comes back.
async fn deadline(within: Option<Duration>, stop: &Stop) {
    if let Some(within) = within {
        tokio::time::sleep(within).await;
        stop.ask(&format!("--max-minutes: {} minutes are over", within.as_secs_f64() / 60.0));
    }
    std::future::pending::<()>().await;
}

/// How a run ends. An endpoint that cannot be judged decides the code, and the sentence says what the others came to.
fn exit(ending: &Ending, endpoints: usize, company: Company) -> (ExitCode, Exit) {
    let mut counts = ending.counts.clone();
    let unreachable = ending.unreachable.len();
    if let Some(blocked) = counts.get_mut(&Outcome::Blocked) {
        *blocked -= unreachable as u64;
    }
    let judged = ExitCode::of_counts(&counts, &ending.inventory, company);
    if unreachable == 0 {
        return (judged, Exit::from(judged));
    }
    let code = ExitCode::Unreachable;
    let names: Vec<&str> = ending.unreachable.iter().map(|(name, _)| name.as_str()).collect();
    let mut sentence = format!("{} ({})", code.sentence(), names.join(", "));
    if unreachable < endpoints {
        sentence = format!("{sentence}; the others: {}", judged.sentence());
    }
    (code, Exit { code: code.code(), sentence })
}

fn header(endpoints: &[Endpoint], suite: &Suite, settings: &Settings) -> Header {
    Header {
        stream: event::STREAM_VERSION,
        run: settings.run.clone(),
        tool: TOOL.to_owned(),
        started: settings.started,
        suite: suite.digest.clone(),
        profile: settings.selection.name(),
        endpoints: endpoints.iter().map(Endpoint::shown).collect(),
        seed: settings.seed,
        generated: settings.generated,
        read_only: settings.read_only,
        company: settings.company,
        command: settings.command.clone(),
    }
}

/// What all endpoints of a run share.
struct Shared {
    suite: Arc<Suite>,
    settings: Settings,
    recorder: Arc<Recorder>,
    /// The run that is judged again, where this is no new one.
    past: Option<Arc<Past>>,
    /// Names of all endpoints.
    endpoints: Vec<String>,
    /// Holds endpoints in step between phases.
    phases: Barrier,
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

impl Shared {
    fn ending(&self) -> MutexGuard<'_, Ending> {
        self.ending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells a verdict, in the light of what is known to fail.
    fn tell(&self, mut verdict: Verdict) {
        for finding in &mut verdict.findings {
            let line = finding.check.as_ref().and_then(|place| self.suite.line_at(place));
            finding.check_line = finding.check_line.take().or_else(|| line.map(str::to_owned));
        }
        let mut ending = self.ending();
        let verdict = ending.known.apply(verdict);
        *ending.counts.entry(verdict.outcome).or_default() += 1;
        self.recorder.event(&Event::Verdict(Box::new(verdict)));
    }

    /// Tells which known deviations are no longer needed, and ends.
    fn finish(&self) -> Ending {
        let leftovers = self.ending().known.leftovers(&self.endpoints);
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
                for _ in 0..LATER_PHASES {
                    self.phases.wait().await;
                }
                self.tell_unreachable(name, error);
                return;
            }
        };
        let generated = self.generate(client, &discovery);
        let runnable = self.planned(client, &discovery, &generated);
        let tables = self.suite.tables(discovery.edition);
        let watch = Watch::new(tables, &self.suite.register, discovery.links.clone());
        if let Some(past) = client.recording() {
            past.all().iter().for_each(|exchange| watch.expect(exchange));
        }
        for exchange in client.unclaimed() {
            watch.take(&exchange);
        }
        for (exchange, violation) in &discovery.unequal {
            watch.note(*exchange, violation.clone());
        }
        let stage = Stage {
            client,
            suite: &self.suite,
            discovery: &discovery,
            tables,
            patience: Patience::new(&self.suite.waits, self.settings.patience),
            watch: &watch,
            stop: &self.settings.stop,
        };
        let budget = Budget::new(&self.settings.caps);
        let [reading, making, alone] = plan::phases(runnable);
        let mut rests = Rests::default();
        self.phase(stage, &budget, reading, AT_ONCE, &mut rests).await;
        self.phases.wait().await;
        self.phase(stage, &budget, making, AT_ONCE, &mut rests).await;
        self.phases.wait().await;
        self.phase(stage, &budget, alone, 1, &mut rests).await;
        let left = match client.recording() {
            Some(recorded) => recorded.inventory().map(|it| it.left.clone()).unwrap_or_default(),
            None => rests.finish(stage).await,
        };
        // What one endpoint still makes may be seen at another.
        self.phases.wait().await;
        let inventory = inventory::take(stage, self.settings.company, left).await;
        for exchange in client.unclaimed() {
            watch.take(&exchange);
        }
        let wanted = |v: &Verdict| self.is_chosen(client, Subject::from(v), v.format, discovery.edition);
        for verdict in watch.verdicts(&name).into_iter().filter(wanted) {
            self.tell(verdict);
        }
        self.ending().inventory.push(inventory);
    }

    /// What is generated for an endpoint; what is judged again is what was judged then.
    fn generate(&self, client: &Client, discovery: &Discovery) -> Generated {
        let may = |case: &str, format| self.was_judged(client, case, Formats::from(format));
        plan::generate(client, &self.suite, &self.settings, discovery, &may)
    }

    /// Plans, and tells the plan and what is not applicable; what is left to be run.
    fn planned<'p>(
        &'p self,
        client: &Client,
        discovery: &Discovery,
        generated: &'p Generated,
    ) -> Vec<Planned<'p>> {
        let plan::Plan { mut inapplicable, mut runnable } =
            plan::plan(client, &self.suite, &self.settings, discovery, generated);
        let edition = discovery.edition;
        // The plan has chosen already; what is judged again is what was judged then.
        inapplicable.retain(|verdict| self.was_judged(client, &verdict.case, verdict.format));
        runnable.retain(|it| self.was_judged(client, &it.case.id, Formats::from(it.format)));
        let builtin = crate::findings::builtin(&self.suite.register, edition);
        let chosen = |(case, requirements): &&(String, Vec<String>)| {
            let subject = Subject { case, area: "protocol", requirements, mutates: false };
            self.is_chosen(client, subject, Formats::Both, edition)
        };
        let builtin = builtin.iter().filter(chosen).count() as u64;
        let expected = inapplicable.len() as u64 + runnable.len() as u64 + builtin;
        self.recorder.event(&Event::Plan(Plan {
            endpoint: client.endpoint().name.clone(),
            edition: Some(discovery.edition),
            verdicts: expected,
            before: discovery.counted(),
        }));
        for verdict in inapplicable {
            self.tell(verdict);
        }
        runnable
    }

    /// Whether a check of every response was asked for.
    fn is_chosen(&self, client: &Client, check: Subject<'_>, format: Formats, edition: Edition) -> bool {
        self.settings.wants(&client.endpoint().name, check, format, edition)
            && self.was_judged(client, check.case, format)
    }

    /// Whether the run of the past, if there is one, came to a verdict on a case.
    fn was_judged(&self, client: &Client, case: &str, format: Formats) -> bool {
        self.past.as_ref().is_none_or(|past| past.has(&client.endpoint().name, case, format))
    }

    /// Tells that an endpoint cannot be judged at all.
    fn tell_unreachable(&self, name: String, error: DiscoveryError) {
        self.recorder.event(&Event::Plan(Plan {
            endpoint: name.clone(),
            edition: None,
            verdicts: 1,
            before: BTreeMap::new(),
        }));
        self.tell(Verdict {
            endpoint: name.clone(),
            case: "protocol.discovery".to_owned(),
            format: Formats::Both,
            area: "protocol".to_owned(),
            title: "the Cloud Entry Point can be read".to_owned(),
            requirements: Vec::new(),
            outcome: Outcome::Blocked,
            findings: Vec::new(),
            exchanges: Vec::new(),
            duration: Micros(0),
            reason: Some(Reason { text: error.to_string(), exchange: None }),
            source: None,
        });
        self.ending().unreachable.push((name, error));
    }

    async fn phase(
        &self,
        stage: Stage<'_>,
        budget: &Budget<'_>,
        cases: Vec<Planned<'_>>,
        at_once: usize,
        rests: &mut Rests,
    ) {
        let runs = cases.into_iter().map(|planned| self.case(stage, budget, planned));
        let mut runs = futures::stream::iter(runs).buffer_unordered(at_once);
        while let Some(rest) = runs.next().await {
            rests.extend(rest);
        }
    }
}
