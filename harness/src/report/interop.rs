//! The interop table: over several runs, a row for each endpoint and a column for each area. A cell is what passed of what
//! was judged, and leads to the cases behind it in the report of its run.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use askama::Template;
use serde::Serialize;

use super::html::group_anchor;
use super::markdown;
use super::matrix::{Tally, meaning, sign};
use super::run::{Run, Subject};
use super::text;
use crate::event::{Edition, Outcome};

/// The version of the shape of the JSON.
const VERSION: u32 = 1;

const STYLE: &str = include_str!("../../templates/report.css");

/// The table.
#[derive(Debug)]
pub(crate) struct Interop {
    areas: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    endpoint: String,
    cep: String,
    edition: Option<Edition>,
    run: String,
    started: String,
    /// Where the report of its run is.
    report: String,
    /// What keeps it from being a whole judgement.
    gap: Option<String>,
    tally: Tally,
    cells: BTreeMap<String, Cell>,
}

#[derive(Debug)]
struct Cell {
    tally: Tally,
    link: String,
}

impl Interop {
    /// The table of runs, each with the address of its `report.html`.
    pub(crate) fn of(runs: &[(String, Run)]) -> Self {
        let rows: Vec<Row> = runs
            .iter()
            .flat_map(|(report, run)| {
                run.subjects.iter().enumerate().map(|(index, subject)| Row::of(report, run, index, subject))
            })
            .collect();
        let areas: BTreeSet<&String> = rows.iter().flat_map(|row| row.cells.keys()).collect();
        Self { areas: areas.into_iter().cloned().collect(), rows }
    }

    /// The table in Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut out = String::from("# CIMI interop\n\n");
        let heads: Vec<String> =
            self.areas.iter().map(|area| format!(" {} |", markdown::inline(area))).collect();
        let _ = writeln!(out, "| endpoint | edition | all |{}", heads.concat());
        let _ = writeln!(out, "|---|---|---|{}", "---|".repeat(self.areas.len()));
        for row in &self.rows {
            let cells: Vec<String> = self
                .areas
                .iter()
                .map(|area| match row.cells.get(area) {
                    Some(cell) => {
                        format!(" [{}]({}) |", markdown::inline(&cell.tally.to_string()), cell.link)
                    }
                    None => " |".to_owned(),
                })
                .collect();
            let gap = row.gap.iter().map(|gap| format!(" **{}**", markdown::inline(gap)));
            let _ = writeln!(
                out,
                "| [{}]({}){} | {} | {} |{}",
                markdown::inline(&row.endpoint),
                row.report,
                gap.collect::<String>(),
                row.edition(),
                markdown::inline(&row.tally.to_string()),
                cells.concat()
            );
        }
        let marks: Vec<String> = self
            .used()
            .map(|outcome| format!("{} {outcome}", markdown::inline(&sign(outcome).to_string())))
            .collect();
        let _ = writeln!(out, "\nCells: passed/judged; {}.", marks.join(", "));
        out
    }

    /// The table as a page that loads nothing.
    pub(crate) fn html(&self) -> String {
        let page = Page { style: STYLE, table: self };
        page.render().expect("the template fails on nothing that a String cannot hold")
    }

    /// The table for programs.
    pub(crate) fn json(&self) -> String {
        let rows = self.rows.iter().map(Listed::of).collect();
        let table = Json { version: VERSION, areas: &self.areas, rows };
        let mut text =
            serde_json::to_string_pretty(&table).expect("strings, numbers and maps with string keys");
        text.push('\n');
        text
    }

    /// The outcomes that occur, with their signs and what they mean.
    fn legend(&self) -> Vec<(Outcome, char, &'static str)> {
        self.used().map(|outcome| (outcome, sign(outcome), meaning(outcome))).collect()
    }

    /// The outcomes that occur, but for a plain pass.
    fn used(&self) -> impl Iterator<Item = Outcome> + '_ {
        let occurs = |outcome: &Outcome| self.rows.iter().any(|row| row.tally.of(*outcome) > 0);
        Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::Pass).filter(occurs)
    }
}

impl Row {
    fn of(report: &str, run: &Run, index: usize, subject: &Subject) -> Self {
        let cell = |(area, (name, formats)): (usize, (&String, &BTreeMap<crate::event::Formats, Tally>))| {
            let mut tally = Tally::default();
            for one in formats.values() {
                tally.join(one);
            }
            let first = formats.keys().next().map(|format| group_anchor(index, area, *format));
            let link = format!("{report}#{}", first.unwrap_or_default());
            (text::line(name), Cell { tally, link })
        };
        let cut = run.footer.is_none().then(|| "the run was cut short".to_owned());
        Self {
            endpoint: text::line(&subject.endpoint.name),
            cep: text::line(&subject.endpoint.cep),
            edition: subject.endpoint.edition,
            run: text::line(&run.header.run),
            started: run.header.started.to_string(),
            report: report.to_owned(),
            gap: subject.gap().or(cut),
            tally: subject.tally.clone(),
            cells: subject.areas.iter().enumerate().map(cell).collect(),
        }
    }

    fn edition(&self) -> String {
        self.edition.map_or_else(String::new, |edition| edition.to_string())
    }

    fn cell(&self, area: &str) -> Option<&Cell> {
        self.cells.get(area)
    }
}

impl Cell {
    fn of(&self) -> String {
        match self.tally.total() {
            0 => "n/a".to_owned(),
            total => format!("{}/{total}", self.tally.passed()),
        }
    }

    fn marks(&self) -> String {
        self.tally.marks().map(|mark| mark.to_string()).collect::<Vec<_>>().join(" ")
    }
}

#[derive(Template)]
#[template(path = "matrix.html")]
struct Page<'a> {
    style: &'static str,
    table: &'a Interop,
}

#[derive(Serialize)]
struct Json<'a> {
    version: u32,
    areas: &'a [String],
    rows: Vec<Listed<'a>>,
}

#[derive(Serialize)]
struct Listed<'a> {
    endpoint: &'a str,
    cep: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    edition: Option<Edition>,
    run: &'a str,
    started: &'a str,
    report: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<&'a str>,
    passed: u64,
    total: u64,
    areas: BTreeMap<&'a str, Counted<'a>>,
}

#[derive(Serialize)]
struct Counted<'a> {
    passed: u64,
    total: u64,
    counts: BTreeMap<&'static str, u64>,
    link: &'a str,
}

impl<'a> Listed<'a> {
    fn of(row: &'a Row) -> Self {
        let counted = |cell: &'a Cell| Counted {
            passed: cell.tally.passed(),
            total: cell.tally.total(),
            counts: Outcome::ALL
                .into_iter()
                .map(|outcome| (outcome.name(), cell.tally.of(outcome)))
                .collect(),
            link: &cell.link,
        };
        Self {
            endpoint: &row.endpoint,
            cep: &row.cep,
            edition: row.edition,
            run: &row.run,
            started: &row.started,
            report: &row.report,
            gap: row.gap.as_deref(),
            passed: row.tally.passed(),
            total: row.tally.total(),
            areas: row.cells.iter().map(|(area, cell)| (area.as_str(), counted(cell))).collect(),
        }
    }
}
