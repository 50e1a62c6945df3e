//! `report.html`: the run for people, in one file that loads nothing from anywhere.
//!
//! It reads whole without scripts (`<details>` opens by itself); the script adds search and filters. The page carries
//! a content security policy that allows that one script by its digest, so that no text of an endpoint can run even
//! where an escape were missed. Texts are made fit by [`super::text`] here, and escaped by the template.

mod entry;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use base64::Engine as _;
use sha2::{Digest as _, Sha256};

use super::matrix::{Tally, meaning, sign};
use super::run::{Run, Subject};
use super::text;
use crate::event::{Formats, Inventory, Outcome, Verdict};
use entry::Entry;
use tree::{Piece, Tree};

const STYLE: &str = include_str!("../../templates/report.css");
const SCRIPT: &str = include_str!("../../templates/report.js");

/// The columns of the matrix, in order.
const FORMATS: [Formats; 3] = [Formats::Json, Formats::Xml, Formats::Both];

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    style: &'static str,
    script: &'static str,
    script_digest: String,
    run: &'a Run,
    green: bool,
    ending: String,
    facts: Vec<(&'static str, String)>,
    shares: Vec<Share>,
    boards: Vec<Board>,
    listed: Vec<Entry>,
    tree: Tree,
    groups: Vec<Group>,
    stocks: Vec<Stock>,
}

/// One outcome: how many, and its share of all in percent.
struct Share {
    outcome: Outcome,
    sign: char,
    meaning: &'static str,
    count: u64,
    percent: String,
}

/// One endpoint's part of the matrix.
struct Board {
    name: String,
    cep: String,
    edition: String,
    summary: String,
    gap: Option<String>,
    formats: Vec<Formats>,
    rows: Vec<(String, Vec<Option<Cell>>)>,
}

struct Cell {
    anchor: String,
    tone: Outcome,
    passed: u64,
    total: u64,
    marks: Vec<String>,
}

/// The verdicts of one area in one format on one endpoint.
struct Group {
    anchor: String,
    endpoint: String,
    area: String,
    format: Formats,
    tally: String,
    tone: Outcome,
    rows: Vec<Row>,
}

struct Row {
    outcome: Outcome,
    case: String,
    title: String,
    note: String,
    /// Its name within the page, where the case is not shown at length.
    anchor: String,
    /// Where it is shown at length.
    link: String,
    duration: String,
}

/// What an endpoint held.
struct Stock {
    endpoint: String,
    /// Collection, before, after.
    rows: Vec<(String, u64, u64)>,
    /// Kind, URL, reason.
    left: Vec<(String, String, String)>,
}

/// The report of `run`.
pub(super) fn render(run: &Run) -> String {
    let mut listed = run.attention();
    listed.extend(run.verdicts.iter().enumerate().filter(|(_, verdict)| verdict.outcome == Outcome::Known));
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(SCRIPT));
    let page = Page {
        style: STYLE,
        script: SCRIPT,
        script_digest: digest,
        run,
        green: run.is_green(),
        ending: text::line(run.ending()),
        facts: facts(run),
        shares: shares(&run.tally),
        boards: run.subjects.iter().enumerate().map(|(index, subject)| Board::of(index, subject)).collect(),
        listed: listed.iter().map(|(index, verdict)| Entry::of(run, *index, verdict)).collect(),
        tree: Tree::of(run),
        groups: groups(run),
        stocks: run.footer.iter().flat_map(|footer| &footer.inventory).map(Stock::of).collect(),
    };
    page.render().expect("the template fails on nothing that a String cannot hold")
}

fn facts(run: &Run) -> Vec<(&'static str, String)> {
    let header = &run.header;
    let exchanges: u64 = run.subjects.iter().map(|subject| subject.exchanges).sum();
    let mut facts = vec![
        ("Run", text::line(&header.run)),
        ("Started", header.started.to_string()),
        ("Tool", text::line(&header.tool)),
        ("Profile", text::line(&header.profile)),
        ("Suite", text::line(&header.suite)),
        ("Seed", header.seed.to_string()),
        ("Exchanges", exchanges.to_string()),
    ];
    if let Some(footer) = &run.footer {
        facts.insert(2, ("Took", footer.duration.to_string()));
    }
    facts.push(("Command", text::line(&header.command.join(" "))));
    facts
}

#[expect(clippy::cast_precision_loss, reason = "a share of a bar on the screen")]
fn shares(tally: &Tally) -> Vec<Share> {
    let all = tally.all().max(1) as f64;
    Outcome::ALL
        .into_iter()
        .map(|outcome| (outcome, tally.of(outcome)))
        .filter(|(_, count)| *count > 0)
        .map(|(outcome, count)| Share {
            outcome,
            sign: sign(outcome),
            meaning: meaning(outcome),
            count,
            percent: format!("{:.3}", count as f64 * 100.0 / all),
        })
        .collect()
}

/// The name of a group of verdicts within the page.
pub(super) fn group_anchor(subject: usize, area: usize, format: Formats) -> String {
    format!("g{subject}-{area}-{format}")
}

/// Whether a verdict is shown at length.
fn is_entry(outcome: Outcome) -> bool {
    !matches!(outcome, Outcome::Pass | Outcome::NotApplicable)
}

/// The name of a verdict within the page: of its entry, or of its row where it has none.
fn anchor_of(outcome: Outcome, index: usize) -> String {
    format!("{}{index}", if is_entry(outcome) { 'v' } else { 'r' })
}

impl Board {
    fn of(index: usize, subject: &Subject) -> Self {
        let used = |format: &Formats| subject.areas.values().any(|row| row.contains_key(format));
        let formats: Vec<Formats> = FORMATS.into_iter().filter(used).collect();
        let rows = subject.areas.iter().enumerate().map(|(area, (name, row))| {
            let cells = formats.iter().map(|format| {
                row.get(format).map(|tally| Cell::of(group_anchor(index, area, *format), tally))
            });
            (text::line(name), cells.collect())
        });
        Self {
            name: text::line(&subject.endpoint.name),
            cep: text::line(&subject.endpoint.cep),
            edition: subject.endpoint.edition.map_or_else(String::new, |edition| edition.to_string()),
            summary: format!("{} of {} hold", subject.tally.passed(), subject.tally.total()),
            gap: subject.gap(),
            rows: rows.collect(),
            formats,
        }
    }
}

impl Cell {
    fn of(anchor: String, tally: &Tally) -> Self {
        Self {
            anchor,
            tone: tally.tone(),
            passed: tally.passed(),
            total: tally.total(),
            marks: tally.marks().map(|mark| mark.to_string()).collect(),
        }
    }
}

fn groups(run: &Run) -> Vec<Group> {
    let mut groups = Vec::new();
    for (index, subject) in run.subjects.iter().enumerate() {
        for (area, (name, row)) in subject.areas.iter().enumerate() {
            for (format, tally) in row {
                let own = run.verdicts.iter().enumerate().filter(|(_, verdict)| {
                    verdict.endpoint == subject.endpoint.name
                        && verdict.area == *name
                        && verdict.format == *format
                });
                groups.push(Group {
                    anchor: group_anchor(index, area, *format),
                    endpoint: text::line(&subject.endpoint.name),
                    area: text::line(name),
                    format: *format,
                    tally: tally.to_string(),
                    tone: tally.tone(),
                    rows: own.map(|(index, verdict)| Row::of(run, index, verdict)).collect(),
                });
            }
        }
    }
    groups
}

impl Stock {
    fn of(inventory: &Inventory) -> Self {
        let count = |held: &BTreeMap<String, u64>, kind: &str| held.get(kind).copied().unwrap_or_default();
        let kinds: BTreeSet<&String> = inventory.before.keys().chain(inventory.after.keys()).collect();
        let rows = kinds
            .into_iter()
            .map(|kind| (text::line(kind), count(&inventory.before, kind), count(&inventory.after, kind)));
        let left = inventory
            .left
            .iter()
            .map(|left| (text::line(&left.kind), text::line(&left.url), text::line(&left.reason)));
        Self { endpoint: text::line(&inventory.endpoint), rows: rows.collect(), left: left.collect() }
    }
}

impl Row {
    fn of(run: &Run, index: usize, verdict: &Verdict) -> Self {
        let name = anchor_of(verdict.outcome, index);
        let (anchor, link) =
            if is_entry(verdict.outcome) { (String::new(), name) } else { (name, String::new()) };
        Self {
            outcome: verdict.outcome,
            case: text::line(&verdict.case),
            title: text::line(&verdict.title),
            note: run.because(verdict).map_or_else(String::new, |reason| text::line(&reason)),
            anchor,
            link,
            duration: verdict.duration.to_string(),
        }
    }
}
