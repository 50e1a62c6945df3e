//! `report.json`: the run for programs, in the shape that `reports/schema/report.schema.json` publishes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::matrix::Tally;
use super::replay;
use super::run::{Evidence, Excerpt, Run, Subject};
use super::standing::{Standing, standings};
use super::text;
use crate::event::{
    Endpoint, Exchange, ExchangeId, Finding, Footer, Formats, Inventory, Outcome, Place, Reason, Statement,
    Verdict,
};

/// The version of the shape.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    run: &'a str,
    tool: &'a str,
    started: String,
    suite: &'a str,
    profile: &'a str,
    seed: u64,
    command: &'a [String],
    /// Absent where the run was cut short.
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<End<'a>>,
    counts: Counts,
    endpoints: Vec<Target<'a>>,
    matrix: Vec<Cell<'a>>,
    verdicts: Vec<Judged<'a>>,
    statements: Vec<Stated<'a>>,
    exchanges: Vec<Shown<'a>>,
}

#[derive(Serialize)]
struct End<'a> {
    code: u8,
    sentence: &'a str,
    duration_us: u64,
    inventory: &'a [Inventory],
}

/// A count for each outcome, also where it is 0: a reader need not know which may be missing.
type Counts = BTreeMap<&'static str, u64>;

#[derive(Serialize)]
struct Target<'a> {
    #[serde(flatten)]
    endpoint: &'a Endpoint,
    #[serde(skip_serializing_if = "Option::is_none")]
    planned: Option<u64>,
    exchanges: u64,
    counts: Counts,
}

#[derive(Serialize)]
struct Cell<'a> {
    endpoint: &'a str,
    area: &'a str,
    format: Formats,
    passed: u64,
    total: u64,
    counts: Counts,
}

#[derive(Serialize)]
struct Judged<'a> {
    endpoint: &'a str,
    case: &'a str,
    format: Formats,
    area: &'a str,
    title: &'a str,
    requirements: &'a [String],
    outcome: Outcome,
    duration_us: u64,
    exchanges: &'a [ExchangeId],
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a Place>,
    rerun: String,
    findings: Vec<Found<'a>>,
}

/// A statement of the register, and how it stands at each endpoint.
#[derive(Serialize)]
struct Stated<'a> {
    #[serde(flatten)]
    statement: &'a Statement,
    states: BTreeMap<&'a str, &'static str>,
}

#[derive(Serialize)]
struct Found<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    #[serde(skip_serializing_if = "Option::is_none")]
    excerpt: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replay: Option<String>,
}

/// The evidence. Bodies of responses that are text are in the stream, in full, under the same `n`.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    exchange: &'a Exchange,
}

/// The report of `run`, pretty-printed, with a line break at its end.
pub(super) fn render(run: &Run) -> String {
    let report = Report {
        version: VERSION,
        run: &run.header.run,
        tool: &run.header.tool,
        started: run.header.started.to_string(),
        suite: &run.header.suite,
        profile: &run.header.profile,
        seed: run.header.seed,
        command: &run.header.command,
        end: run.footer.as_ref().map(End::of),
        counts: counts(&run.tally),
        endpoints: run.subjects.iter().map(Target::of).collect(),
        matrix: run.subjects.iter().flat_map(cells).collect(),
        verdicts: run.verdicts.iter().map(|verdict| Judged::of(run, verdict)).collect(),
        statements: standings(run).iter().map(|standing| Stated::of(run, standing)).collect(),
        exchanges: run.evidence.values().map(|Evidence { exchange, .. }| Shown { exchange }).collect(),
    };
    let mut text = serde_json::to_string_pretty(&report).expect("strings, numbers and maps with string keys");
    text.push('\n');
    escape_unseen(&text)
}

/// JSON may hold what moves, hides or reverses text on a screen; escaped it means the same and stays in its place.
/// Outside of strings there are line breaks and no other such character.
fn escape_unseen(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c == '\n' || !text::is_unseen(c) {
            escaped.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(escaped, "\\u{unit:04x}").expect("a String takes all that is written");
            }
        }
    }
    escaped
}

fn counts(tally: &Tally) -> Counts {
    Outcome::ALL.into_iter().map(|outcome| (outcome.name(), tally.of(outcome))).collect()
}

fn cells(subject: &Subject) -> impl Iterator<Item = Cell<'_>> {
    subject.areas.iter().flat_map(|(area, row)| {
        row.iter().map(|(format, tally)| Cell {
            endpoint: &subject.endpoint.name,
            area,
            format: *format,
            passed: tally.passed(),
            total: tally.total(),
            counts: counts(tally),
        })
    })
}

impl<'a> End<'a> {
    fn of(footer: &'a Footer) -> Self {
        Self {
            code: footer.exit.code,
            sentence: &footer.exit.sentence,
            duration_us: footer.duration.0,
            inventory: &footer.inventory,
        }
    }
}

impl<'a> Target<'a> {
    fn of(subject: &'a Subject) -> Self {
        Self {
            endpoint: &subject.endpoint,
            planned: subject.planned,
            exchanges: subject.exchanges,
            counts: counts(&subject.tally),
        }
    }
}

impl<'a> Judged<'a> {
    fn of(run: &'a Run, verdict: &'a Verdict) -> Self {
        Self {
            endpoint: &verdict.endpoint,
            case: &verdict.case,
            format: verdict.format,
            area: &verdict.area,
            title: &verdict.title,
            requirements: &verdict.requirements,
            outcome: verdict.outcome,
            duration_us: verdict.duration.0,
            exchanges: &verdict.exchanges,
            reason: verdict.reason.as_ref(),
            source: verdict.source.as_ref(),
            rerun: replay::rerun(run, verdict),
            findings: verdict.findings.iter().map(|finding| Found::of(run, finding)).collect(),
        }
    }
}

impl<'a> Stated<'a> {
    fn of(run: &'a Run, standing: &Standing<'a>) -> Self {
        let names = run.subjects.iter().map(|subject| subject.endpoint.name.as_str());
        let states = names.zip(standing.at.iter().map(|stand| stand.state.name()));
        Self { statement: standing.statement, states: states.collect() }
    }
}

impl<'a> Found<'a> {
    fn of(run: &'a Run, finding: &'a Finding) -> Self {
        let excerpt = run.excerpt_for(finding).map(|Excerpt { lines, .. }| {
            lines.iter().map(|line| format!("{}: {}", line.number, line.text)).collect()
        });
        Self { finding, excerpt, replay: run.evidence_for(finding).and_then(replay::curl) }
    }
}
