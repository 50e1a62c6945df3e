//! A run of the past, judged again by today's rules: the engine is given what was recorded in place of an endpoint.
//!
//! Verdicts are pure functions of recorded exchanges; this is the proof of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;
use std::sync::Arc;

use crate::event::{
    self, Edition, Event, Exchange, Footer, Format, Formats, Header, Micros, Outcome, ReadError, Sink,
};
use crate::http::{Client, Credentials, Endpoint, Recorded, Recorder};
use crate::suite::Suite;

use super::{Caps, Finished, Order, RunError, Settings};

/// What a run recorded.
#[derive(Debug)]
pub struct Past {
    header: Header,
    exchanges: Vec<Exchange>,
    /// What had a verdict: endpoint, case and representation.
    judged: BTreeSet<(String, String, Formats)>,
    editions: BTreeMap<String, Edition>,
    footer: Footer,
}

/// Why a run of the past cannot be judged again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PastError {
    /// A line is no event.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It does not begin as a run does.
    #[error("expected a header as the first event")]
    Header,
    /// It does not end as a run does.
    #[error("the run was cut short, it has no footer: run it again")]
    Cut,
    /// An endpoint of it has no URL.
    #[error("{name} was at {cep}, which is no URL: judge that recording again, not what was judged of it")]
    Endpoint {
        /// Its name.
        name: String,
        /// What stands for its URL.
        cep: String,
    },
}

impl Past {
    /// Reads the stream of a run.
    ///
    /// # Errors
    /// When it is none, or not a whole one.
    pub fn read(stream: impl BufRead) -> Result<Self, PastError> {
        let events = event::read(stream).map(|event| event.map(|(_, event)| event));
        Self::of(events.collect::<Result<Vec<_>, _>>()?)
    }

    /// The run that these events tell of, in any order.
    ///
    /// # Errors
    /// When they are not those of a whole run.
    pub fn of(events: impl IntoIterator<Item = Event>) -> Result<Self, PastError> {
        let mut header = None;
        let mut footer = None;
        let mut exchanges = Vec::new();
        let mut judged = BTreeSet::new();
        let mut editions = BTreeMap::new();
        for event in events {
            match event {
                Event::Header(it) => header = Some(it),
                // Today's statements are judged by, what was generated is generated again, and what came of what was made
                // stands in the inventory.
                Event::Statements(_)
                | Event::Case(_)
                | Event::Intent(_)
                | Event::Made(_)
                | Event::Gone(_) => {}
                Event::Footer(it) => footer = Some(it),
                Event::Exchange(it) => exchanges.push(*it),
                Event::Plan(it) => drop(it.edition.and_then(|edition| editions.insert(it.endpoint, edition))),
                // An entry that never matched is no case; whether it does is found out again.
                Event::Verdict(it) if it.outcome == Outcome::Fixed && it.exchanges.is_empty() => {}
                Event::Verdict(it) => drop(judged.insert((it.endpoint, it.case, it.format))),
            }
        }
        let header: Header = header.ok_or(PastError::Header)?;
        if let Some(lost) = header.endpoints.iter().find(|e| url::Url::parse(&e.cep).is_err()) {
            return Err(PastError::Endpoint { name: lost.name.clone(), cep: lost.cep.clone() });
        }
        Ok(Self { header, exchanges, judged, editions, footer: footer.ok_or(PastError::Cut)? })
    }

    /// Name of the run.
    pub(super) fn run(&self) -> &str {
        &self.header.run
    }

    /// How long it took.
    pub(super) fn duration(&self) -> Micros {
        self.footer.duration
    }

    /// Whether it came to a verdict there.
    pub(super) fn has(&self, endpoint: &str, case: &str, format: Formats) -> bool {
        self.judged.contains(&(endpoint.to_owned(), case.to_owned(), format))
    }

    /// A client for each endpoint that answers as the endpoint did.
    fn clients(&self, recorder: &Arc<Recorder>) -> Result<Vec<Client>, RunError> {
        let client = |endpoint: &event::Endpoint| {
            let of = |exchange: &&Exchange| exchange.endpoint == endpoint.name;
            let exchanges: Vec<Exchange> = self.exchanges.iter().filter(of).cloned().collect();
            let inventory = self.footer.inventory.iter().find(|i| i.endpoint == endpoint.name).cloned();
            let credentials = if Recorded::has_credentials(&exchanges) {
                Credentials::Bearer(event::REDACTED.to_owned())
            } else {
                Credentials::Nobody
            };
            let edition = self.editions.get(&endpoint.name).copied().or(endpoint.edition);
            let cep = url::Url::parse(&endpoint.cep).ok()?;
            let endpoint = Endpoint { credentials, edition, ..Endpoint::open(&endpoint.name, cep) };
            let answers = Recorded::new(exchanges, inventory);
            Some(Client::recorded(endpoint, recorder.clone(), answers).map_err(RunError::from))
        };
        self.header.endpoints.iter().filter_map(client).collect()
    }
}

/// Judges a run of the past again, and writes the stream of that: its exchanges as they were, and today's verdicts. What of
/// `settings` says how a run is made is as it was then.
///
/// # Errors
/// When the stream cannot be written.
pub async fn again(
    past: Arc<Past>,
    suite: Arc<Suite>,
    settings: Settings,
    sink: Box<dyn Sink>,
) -> Result<Finished, RunError> {
    let settings = Settings {
        formats: Format::ALL.to_vec(),
        read_only: past.header.read_only,
        company: past.header.company,
        seed: past.header.seed,
        generated: past.header.generated,
        caps: Caps::default(),
        within: None,
        order: Order::Free,
        ..settings
    };
    let recorder = Arc::new(Recorder::new(sink));
    recorder.event(&Event::Header(Header {
        run: settings.run.clone(),
        tool: super::TOOL.to_owned(),
        suite: suite.digest.clone(),
        command: settings.command.clone(),
        ..past.header.clone()
    }));
    recorder.event(&Event::Statements(Box::new(suite.statements())));
    for exchange in &past.exchanges {
        recorder.event(&Event::Exchange(Box::new(exchange.clone())));
    }
    let clients = past.clients(&recorder)?;
    super::judged(clients, suite, settings, recorder, Some(past)).await
}
