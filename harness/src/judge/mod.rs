//! Judges recordings: exchanges that somebody else made, out of files, with no server running.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use jiff::Timestamp;
use url::Url;

use crate::check::{self, Context, Seen};
use crate::event::{
    self, Company, Edition, Event, Exchange, ExchangeId, Exit, Footer, Header, Inventory, Micros, Outcome,
    Plan, Sink, Verdict,
};
use crate::exit::ExitCode;
use crate::findings::Gathered;
use crate::links::Links;
use crate::meaning::Tree;
use crate::profile::{Selection, Subject};
use crate::redact::redact;
use crate::suite::Suite;

mod filtered;
mod har;
pub mod recording;
mod sequence;
mod story;

pub use recording::{Recording, RecordingError, open, read_folder};

/// A recording that was judged.
#[derive(Debug)]
pub struct Judgement {
    /// The edition that it was judged by.
    pub edition: Edition,
    /// What was found.
    pub gathered: Gathered,
    /// One verdict for each built-in check.
    pub verdicts: Vec<Verdict>,
}

/// Links teach types, types teach links: this many rounds reach the end of every chain met so far.
const ROUNDS: usize = 4;

/// Judges the exchanges of one endpoint by what they show.
pub fn judge(exchanges: &[Exchange], endpoint: &str, suite: &Suite, edition: Option<Edition>) -> Judgement {
    let edition = edition.unwrap_or_else(|| edition_of(exchanges));
    let tables = suite.tables(edition);
    let links = learn(exchanges, suite, edition);
    let context = Context { tables, links: &links };
    let mut gathered = Gathered::default();
    let mut sequence = sequence::Sequence::new(&links);
    for exchange in exchanges {
        let seen = Seen::new(exchange, &context);
        let mut violations = check::all(&seen, &context);
        violations.extend(sequence.next(&seen));
        gathered.take(exchange.n, violations, &suite.register, edition);
    }
    let verdicts = gathered.verdicts(endpoint, &suite.register, edition);
    Judgement { edition, gathered, verdicts }
}

/// The edition whose namespace most bodies are in; V2 where none tells.
fn edition_of(exchanges: &[Exchange]) -> Edition {
    let mut votes = BTreeMap::new();
    for exchange in exchanges {
        let text = exchange.response.as_ref().and_then(event::Response::text);
        let Some(Ok(tree)) = text.map(Tree::read) else { continue };
        let hint = tree.namespace_hint().unwrap_or("");
        for (mark, edition) in [("/cimi/1", Edition::V1), ("/cimi/2", Edition::V2)] {
            if hint.contains(mark) {
                *votes.entry(edition).or_insert(0) += 1;
            }
        }
    }
    votes.into_iter().max_by_key(|(_, count)| *count).map_or(Edition::V2, |(edition, _)| edition)
}

/// Learns the types of URLs from everything that was answered with success.
fn learn(exchanges: &[Exchange], suite: &Suite, edition: Edition) -> Links {
    let candidates = bases(exchanges, suite, edition);
    let best = candidates.into_iter().map(|base| learn_with(exchanges, suite, edition, Some(base)));
    let known = |links: &Links| {
        exchanges.iter().filter(|e| links.types.contains_key(&check::bare(&e.request.url))).count()
    };
    let unbased = learn_with(exchanges, suite, edition, None);
    best.fold(unbased, |best, next| if known(&next) > known(&best) { next } else { best })
}

/// What relative references may be meant against: baseURI, or the entry point's URL read as a folder or as a file.
fn bases(exchanges: &[Exchange], suite: &Suite, edition: Edition) -> Vec<Url> {
    let mut all = Vec::new();
    let links = learn_with(exchanges, suite, edition, None);
    let entries = links.types.iter().filter(|(_, name)| *name == "CloudEntryPoint").map(|(url, _)| url);
    for url in entries {
        all.extend(Url::parse(&format!("{url}/")).ok());
        all.extend(Url::parse(url).ok());
    }
    for exchange in exchanges {
        let text = exchange.response.as_ref().and_then(event::Response::text);
        let Some(Ok(tree)) = text.map(Tree::read) else { continue };
        let reading = crate::meaning::read(&tree, suite.tables(edition), None, crate::meaning::Extent::Part);
        all.extend(reading.resource.text("baseURI").and_then(|b| Url::parse(&b).ok()));
    }
    all.sort();
    all.dedup();
    all.truncate(8);
    all
}

fn learn_with(exchanges: &[Exchange], suite: &Suite, edition: Edition, base: Option<Url>) -> Links {
    let mut links = Links { base, ..Links::default() };
    let tables = suite.tables(edition);
    for _ in 0..ROUNDS {
        let before = links.types.len();
        let known = links.clone();
        let context = Context { tables, links: &known };
        for exchange in exchanges {
            links.learn_data(exchange);
            let seen = Seen::new(exchange, &context);
            if seen.is_success()
                && let Some(reading) = &seen.reading
            {
                let made = seen.status() == 201 || exchange.request.method == "POST";
                let url = made
                    .then(|| seen.header("Location"))
                    .flatten()
                    .map_or(exchange.request.url.as_str(), |l| l);
                let url =
                    links.resolve(url, &exchange.request.url).unwrap_or_else(|| exchange.request.url.clone());
                if !made || seen.header("Location").is_some() {
                    links.learn(&url, &reading.resource, tables);
                }
            }
        }
        if links.types.len() == before {
            break;
        }
    }
    links
}

/// A run over recordings: what it was asked for.
#[derive(Debug)]
pub struct Request {
    /// Name of the run.
    pub run: String,
    /// When it began.
    pub started: Timestamp,
    /// The command line.
    pub command: Vec<String>,
    /// What was recorded of each endpoint: its name, where that stands, and the exchanges.
    pub recordings: Vec<(String, PathBuf, Vec<Exchange>)>,
    /// The edition to judge by; found by the bodies where it is not given.
    pub edition: Option<Edition>,
    /// What is judged.
    pub selection: Selection,
}

/// Judges recordings and writes the stream of the run.
///
/// # Errors
/// When the stream cannot be written.
pub fn run(request: Request, suite: &Suite, sink: &mut dyn Sink) -> io::Result<ExitCode> {
    let mut recordings = Vec::new();
    for (name, path, exchanges) in request.recordings {
        let mut judgement = judge(&exchanges, &name, suite, request.edition);
        let edition = judgement.edition;
        judgement.verdicts.retain(|verdict| request.selection.chooses(Subject::from(verdict), edition));
        recordings.push((name, path, exchanges, judgement));
    }
    let endpoint =
        |(name, folder, _, judgement): &(String, PathBuf, Vec<Exchange>, Judgement)| event::Endpoint {
            name: name.clone(),
            cep: folder.display().to_string(),
            edition: Some(judgement.edition),
        };
    sink.take(&Event::Header(Header {
        stream: event::STREAM_VERSION,
        run: request.run.clone(),
        tool: crate::engine::TOOL.to_owned(),
        started: request.started,
        suite: suite.digest.clone(),
        profile: "recording".to_owned(),
        endpoints: recordings.iter().map(endpoint).collect(),
        seed: 0,
        generated: 0,
        read_only: true,
        company: Company::Alone,
        command: request.command.clone(),
    }))?;
    sink.take(&Event::Statements(Box::new(suite.statements())))?;
    let mut counts: BTreeMap<Outcome, u64> = BTreeMap::new();
    let mut inventory = Vec::new();
    for (name, _, exchanges, judgement) in recordings {
        let verdicts = judgement.verdicts.len() as u64;
        sink.take(&Event::Plan(Plan {
            endpoint: name.clone(),
            edition: Some(judgement.edition),
            verdicts,
            before: BTreeMap::new(),
        }))?;
        for mut exchange in exchanges {
            redact(&mut exchange);
            sink.take(&Event::Exchange(Box::new(exchange)))?;
        }
        for verdict in judgement.verdicts {
            *counts.entry(verdict.outcome).or_default() += 1;
            sink.take(&Event::Verdict(Box::new(verdict)))?;
        }
        inventory.push(Inventory::unknown(name));
    }
    let code = ExitCode::of_counts(&counts, &inventory, Company::Alone);
    let exit = Exit::from(code);
    sink.take(&Event::Footer(Footer { counts, duration: Micros(0), inventory, exit }))?;
    Ok(code)
}

/// The ordinals of a recording's exchanges.
fn ordinal(first: u64, index: usize) -> ExchangeId {
    ExchangeId(first + index as u64)
}
