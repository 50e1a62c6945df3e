//! The report on a terminal: what needs attention, the matrix, the summary last, where the eye is when the run ends.
//! Everything can be read without colour; colour only repeats what signs and words say.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::Path;

use anstyle::{AnsiColor, Style};

use super::matrix::{Tally, meaning, sign};
use super::replay;
use super::run::{Evidence, Excerpt, Run, Subject, whereabouts};
use super::text;
use super::{HAR_FILE, REPORT_FILES, STREAM_FILE};
use crate::event::{Finding, Formats, Outcome, Verdict};

/// Most verdicts shown at length: beyond this nobody reads a terminal, and the files have them all.
const SHOWN: usize = 20;

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Text alone.
    Never,
    /// With ANSI sequences.
    Always,
}

impl Colour {
    /// Colour where `stream` is a terminal and `no_color`, the value of the variable `NO_COLOR`, is absent or empty.
    pub fn for_stream(stream: &impl IsTerminal, no_color: Option<&OsStr>) -> Self {
        let refused = no_color.is_some_and(|value| !value.is_empty());
        if stream.is_terminal() && !refused { Self::Always } else { Self::Never }
    }

    fn paint(self, style: Style, text: &str) -> String {
        match self {
            Self::Never => text.to_owned(),
            Self::Always => format!("{style}{text}{style:#}"),
        }
    }
}

/// The report of `run`, whose files are in `folder`.
pub fn render(run: &Run, folder: &Path, colour: Colour) -> String {
    let mut page = Page { out: String::new(), colour, run };
    page.attention();
    page.matrix();
    page.left_behind();
    page.summary(folder);
    page.out
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

fn tone(outcome: Outcome) -> Style {
    let colour = match outcome {
        Outcome::Pass => AnsiColor::Green,
        Outcome::Fail | Outcome::Error => AnsiColor::Red,
        Outcome::Warn | Outcome::Flaky | Outcome::Blocked | Outcome::Fixed => AnsiColor::Yellow,
        Outcome::Known => AnsiColor::Cyan,
        Outcome::NotApplicable => return DIM,
    };
    Style::new().fg_color(Some(colour.into()))
}

struct Page<'a> {
    out: String,
    colour: Colour,
    run: &'a Run,
}

impl Page<'_> {
    fn say(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn field(&mut self, name: &str, value: &str) {
        let name = self.colour.paint(DIM, &format!("{name:<12}"));
        self.say(&format!("    {name} {value}"));
    }

    fn attention(&mut self) {
        let listed = self.run.attention();
        for (_, verdict) in listed.iter().take(SHOWN) {
            self.verdict(verdict);
        }
        if let Some(rest) = listed.len().checked_sub(SHOWN).filter(|rest| *rest > 0) {
            self.say(&format!("... and {rest} more like these: see {}\n", REPORT_FILES[3]));
        }
    }

    fn verdict(&mut self, verdict: &Verdict) {
        let label = format!("{} {}", sign(verdict.outcome), verdict.outcome.name().to_uppercase());
        let label = self.colour.paint(tone(verdict.outcome).bold(), &label);
        let case = self.colour.paint(BOLD, &text::line(&verdict.case));
        self.say(&format!("{label} {case} [{}] on {}", verdict.format, text::line(&verdict.endpoint)));
        self.say(&format!("    {}", text::line(&verdict.title)));
        if let Some(reason) = self.run.because(verdict) {
            self.field("reason", &text::line(&reason));
        }
        // One exchange often shows several findings in a row: it is replayed once, after the last of them.
        for findings in verdict.findings.chunk_by(|a, b| a.exchange == b.exchange) {
            for finding in findings {
                self.finding(finding);
            }
            if let Some(evidence) = self.run.evidence_for(&findings[0]) {
                self.replay(evidence);
            }
        }
        if let Some(source) = &verdict.source {
            self.field("case", &text::line(&source.to_string()));
        }
        let rerun = replay::rerun(self.run, verdict);
        self.field("rerun", &rerun);
        self.say("");
    }

    fn finding(&mut self, finding: &Finding) {
        let requirement = format!(
            "{} (DSP0263 {}, {} of the {})",
            text::line(&finding.requirement),
            text::line(&finding.clause),
            finding.level.to_string().to_uppercase(),
            finding.party,
        );
        self.field("requirement", &self.colour.paint(BOLD, &requirement));
        self.field("", &text::line(&finding.summary));
        if let Some(check) = &finding.check {
            self.field("check", &text::line(&check.to_string()));
            if let Some(line) = Excerpt::of_check(finding) {
                self.excerpt(&line);
            }
        }
        self.field("at", &text::line(&whereabouts(finding)));
        self.field("expected", &text::line(&finding.expected));
        self.field("got", &self.colour.paint(tone(Outcome::Fail), &text::line(&finding.got)));
        if let Some(excerpt) = self.run.excerpt_for(finding) {
            self.excerpt(excerpt);
        }
        if let Some(edit) = &finding.edit {
            self.field("edit", &text::line(edit));
        }
        if let Some(hint) = &finding.hint {
            self.field("hint", &text::line(hint));
        }
    }

    fn replay(&mut self, evidence: &Evidence) {
        if let Some(recording) = &evidence.exchange.source {
            self.field("recorded in", &text::line(&recording.to_string()));
        } else if let Some(curl) = replay::curl(evidence) {
            self.field("replay", &curl);
        }
    }

    fn excerpt(&mut self, excerpt: &Excerpt) {
        for line in &excerpt.lines {
            let margin = self.colour.paint(DIM, &format!("{:>6} |", line.number));
            self.say(&format!("    {margin} {}", line.text));
            if let Some(caret) = line.caret {
                let pointer = self.colour.paint(tone(Outcome::Fail), &format!("{}^", " ".repeat(caret)));
                let margin = self.colour.paint(DIM, "       |");
                self.say(&format!("    {margin} {pointer}"));
            }
        }
    }

    fn matrix(&mut self) {
        let run = self.run;
        let formats: Vec<Formats> = [Formats::Json, Formats::Xml, Formats::Both]
            .into_iter()
            .filter(|format| run.verdicts.iter().any(|verdict| verdict.format == *format))
            .collect();
        let cells =
            run.subjects.iter().flat_map(|subject| subject.areas.values().flat_map(|row| row.values()));
        let width = cells.map(|tally| tally.to_string().chars().count()).max().unwrap_or_default().max(8);
        let areas = run.subjects.iter().flat_map(|subject| subject.areas.keys());
        let margin = areas.map(|area| text::line(area).chars().count()).max().unwrap_or_default().max(8);
        for subject in &run.subjects {
            self.block(subject, &formats, margin, width);
        }
        self.legend();
    }

    fn block(&mut self, subject: &Subject, formats: &[Formats], margin: usize, width: usize) {
        let name = self.colour.paint(BOLD, &text::line(&subject.endpoint.name));
        let edition = subject.endpoint.edition.map_or_else(String::new, |edition| format!(" {edition}"));
        self.say(&format!("{name}{edition}  {}", text::line(&subject.endpoint.cep)));
        if let Some(gap) = subject.gap() {
            self.say(&self.colour.paint(tone(Outcome::Fail), &format!("  {gap}")));
        }
        if subject.areas.is_empty() {
            return self.say("");
        }
        let mut head = format!("  {:margin$}", "");
        for format in formats {
            write!(head, "  {format:<width$}").expect("a String takes all that is written");
        }
        self.say(&self.colour.paint(DIM, head.trim_end()));
        for (area, row) in &subject.areas {
            let mut line = format!("  {:<margin$}", text::line(area));
            for format in formats {
                let text = row.get(format).map_or_else(String::new, Tally::to_string);
                let padding = width - text.chars().count();
                let cell = row
                    .get(format)
                    .map_or_else(String::new, |tally| self.colour.paint(tone(tally.tone()), &text));
                write!(line, "  {cell}{:padding$}", "").expect("a String takes all that is written");
            }
            self.say(line.trim_end());
        }
        self.say("");
    }

    fn legend(&mut self) {
        let used: Vec<String> =
            self.run.tally.marks().map(|mark| format!("{} {}", sign(mark.outcome), mark.outcome)).collect();
        let marks = if used.is_empty() { String::new() } else { format!("; {}", used.join(", ")) };
        self.say(&self.colour.paint(DIM, &format!("cells: passed/judged{marks}")));
        self.say("");
    }

    fn left_behind(&mut self) {
        let Some(footer) = &self.run.footer else { return };
        for inventory in &footer.inventory {
            let statement = super::inventory_statement(inventory);
            self.say(
                &self
                    .colour
                    .paint(DIM, &format!("{}  {}", text::line(&inventory.endpoint), text::line(&statement))),
            );
            for left in &inventory.left {
                let label = self.colour.paint(tone(Outcome::Fail).bold(), "LEFT BEHIND");
                self.say(&format!(
                    "{label} {} {} on {}: {}",
                    text::line(&left.kind),
                    text::line(&left.url),
                    text::line(&inventory.endpoint),
                    text::line(&left.reason),
                ));
            }
        }
    }

    fn summary(&mut self, folder: &Path) {
        let run = self.run;
        for outcome in Outcome::ALL.into_iter().filter(|outcome| run.tally.of(*outcome) > 0) {
            let count =
                self.colour.paint(tone(outcome), &format!("{:>6} {outcome:<15}", run.tally.of(outcome)));
            self.say(&format!("{count} {}", self.colour.paint(DIM, meaning(outcome))));
        }
        let exchanges: u64 = run.subjects.iter().map(|subject| subject.exchanges).sum();
        let span = run.footer.as_ref().map_or_else(String::new, |footer| format!(" in {}", footer.duration));
        self.say(&format!(
            "{:>6} verdicts over {exchanges} exchanges{span}, seed {}",
            run.tally.all(),
            run.header.seed
        ));
        self.say("");
        let folder = folder.display();
        self.say(&format!("reports: {folder}/{{{STREAM_FILE},{},{HAR_FILE}}}", REPORT_FILES.join(",")));
        let tone = tone(if run.is_green() { Outcome::Pass } else { Outcome::Fail }).bold();
        let code = run
            .footer
            .as_ref()
            .map_or_else(String::new, |footer| format!(" (exit code {})", footer.exit.code));
        self.say(&format!("{}{code}", self.colour.paint(tone, &text::line(run.ending()))));
    }
}
