//! `report.md`: the run for the summary page of a CI job (GitHub's and GitLab's Markdown).
//!
//! Every text of the stream is written as character references wherever Markdown or HTML would read it, so that an
//! endpoint can neither break a table nor mention a user.

use std::fmt::Write as _;

use super::matrix::{Tally, meaning, sign};
use super::replay;
use super::run::{Run, Subject, whereabouts};
use super::text;
use crate::event::{Finding, Formats, Outcome, Verdict};

/// Most verdicts shown at length: a CI summary takes about a megabyte.
const SHOWN: usize = 50;

/// The report of `run`.
pub(super) fn render(run: &Run) -> String {
    let mut page = Page { out: String::new(), run };
    page.head();
    for subject in &run.subjects {
        page.matrix(subject);
    }
    page.legend();
    page.left_behind();
    page.attention();
    page.about();
    page.out
}

struct Page<'a> {
    out: String,
    run: &'a Run,
}

impl Page<'_> {
    fn say(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn head(&mut self) {
        let run = self.run;
        let icon = if run.is_green() { "✅" } else { "❌" };
        self.say(&format!("# {icon} CIMI conformance: {}\n", inline(run.ending())));
        let counts: Vec<String> = Outcome::ALL
            .into_iter()
            .filter(|outcome| run.tally.of(*outcome) > 0)
            .map(|outcome| format!("{} {outcome}", run.tally.of(outcome)))
            .collect();
        self.say(&format!("**{} verdicts**: {}\n", run.tally.all(), counts.join(", ")));
    }

    fn matrix(&mut self, subject: &Subject) {
        let edition = subject.endpoint.edition.map_or_else(String::new, |edition| format!(" ({edition})"));
        self.say(&format!("## {}{edition}\n", inline(&subject.endpoint.name)));
        self.say(&format!("{}\n", code(&subject.endpoint.cep)));
        if let Some(gap) = subject.gap() {
            self.say(&format!("**{gap}**\n"));
        }
        if subject.areas.is_empty() {
            return;
        }
        let used = |format: &Formats| subject.areas.values().any(|row| row.contains_key(format));
        let formats: Vec<Formats> =
            [Formats::Json, Formats::Xml, Formats::Both].into_iter().filter(used).collect();
        let names: Vec<String> = formats.iter().map(|format| format!(" {format} |")).collect();
        self.say(&format!("| area |{}", names.concat()));
        self.say(&format!("|---|{}", "---|".repeat(formats.len())));
        for (area, row) in &subject.areas {
            let cells: Vec<String> = formats
                .iter()
                .map(|format| format!(" {} |", row.get(format).map_or_else(String::new, cell)))
                .collect();
            self.say(&format!("| {} |{}", inline(area), cells.concat()));
        }
        self.say("");
    }

    fn legend(&mut self) {
        let marks: Vec<String> = self
            .run
            .tally
            .marks()
            .map(|mark| {
                format!(
                    "{} {} ({})",
                    inline(&sign(mark.outcome).to_string()),
                    mark.outcome,
                    meaning(mark.outcome)
                )
            })
            .collect();
        if !marks.is_empty() {
            self.say(&format!("Cells: passed/judged; {}.\n", marks.join(", ")));
        }
    }

    fn left_behind(&mut self) {
        let Some(footer) = &self.run.footer else { return };
        let mut left =
            footer.inventory.iter().flat_map(|i| i.left.iter().map(move |left| (i, left))).peekable();
        if left.peek().is_none() {
            return;
        }
        self.say("## Left behind\n");
        for (inventory, left) in left {
            let on = inline(&inventory.endpoint);
            self.say(&format!(
                "- {} {} on {on}: {}",
                inline(&left.kind),
                code(&left.url),
                inline(&left.reason)
            ));
        }
        self.say("");
    }

    fn attention(&mut self) {
        let listed = self.run.attention();
        if listed.is_empty() {
            return;
        }
        self.say("## Needs attention\n");
        for (_, verdict) in listed.iter().take(SHOWN) {
            self.verdict(verdict);
        }
        if let Some(rest) = listed.len().checked_sub(SHOWN).filter(|rest| *rest > 0) {
            self.say(&format!("... and {rest} more: see report.html\n"));
        }
    }

    fn verdict(&mut self, verdict: &Verdict) {
        self.say(&format!(
            "<details><summary>{} <b>{}</b> {} [{}] on {}</summary>\n",
            inline(&sign(verdict.outcome).to_string()),
            verdict.outcome,
            code(&verdict.case),
            verdict.format,
            inline(&verdict.endpoint),
        ));
        self.say(&format!("{}\n", inline(&verdict.title)));
        if let Some(reason) = self.run.because(verdict) {
            self.say(&format!("- reason: {}", inline(&reason)));
        }
        if let Some(source) = &verdict.source {
            self.say(&format!("- case: {}", code(&source.to_string())));
        }
        for finding in &verdict.findings {
            self.finding(finding);
        }
        self.say("");
        self.fence("sh", &replay::rerun(self.run, verdict));
        self.say("</details>\n");
    }

    fn finding(&mut self, finding: &Finding) {
        let level = finding.level.to_string().to_uppercase();
        self.say(&format!(
            "- **{}** (DSP0263 {}, {level}): {}",
            inline(&finding.requirement),
            inline(&finding.clause),
            inline(&finding.summary)
        ));
        self.say(&format!("  - at {}", inline(&whereabouts(finding))));
        self.say(&format!("  - expected {}", code(&finding.expected)));
        self.say(&format!("  - got {}", code(&finding.got)));
        if let Some(check) = &finding.check {
            self.say(&format!("  - check: {}", code(&check.to_string())));
        }
        if let Some(edit) = &finding.edit {
            self.say(&format!("  - edit: {}", code(edit)));
        }
        if let Some(hint) = &finding.hint {
            self.say(&format!("  - hint: {}", inline(hint)));
        }
        let Some(evidence) = self.run.evidence_for(finding) else { return };
        if let Some(recording) = &evidence.exchange.source {
            self.say(&format!("  - recorded in {}", code(&recording.to_string())));
        } else if let Some(curl) = replay::curl(evidence) {
            self.say(&format!("  - replay: <code>{}</code>", escape(&curl)));
        }
    }

    fn about(&mut self) {
        let header = &self.run.header;
        self.say(&format!(
            "Run {} of {}, started {}, profile {}, suite {}, seed {}.",
            code(&header.run),
            inline(&header.tool),
            header.started,
            inline(&header.profile),
            code(&header.suite),
            header.seed,
        ));
    }

    /// A block of code, fenced by more backticks than it holds.
    fn fence(&mut self, language: &str, body: &str) {
        let longest = body.split(|c| c != '`').map(str::len).max().unwrap_or_default();
        let fence = "`".repeat(longest.max(2) + 1);
        self.say(&format!("{fence}{language}\n{body}\n{fence}\n"));
    }
}

fn cell(tally: &Tally) -> String {
    inline(&tally.to_string())
}

/// A value as it is, whatever it holds; clipped.
pub(super) fn inline(value: &str) -> String {
    escape(&text::line(value))
}

/// A value as it is, in the face of code; clipped.
fn code(value: &str) -> String {
    format!("<code>{}</code>", inline(value))
}

/// Character references for all that Markdown, HTML, or GitHub's additions to them (mentions, formulae) would read.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\`*_[]<>&#|~@$".contains(c) {
            write!(out, "&#{};", u32::from(c)).expect("a String takes all that is written");
        } else {
            out.push(c);
        }
    }
    out
}
