//! `docs/interpretations.md`: the readings of the text, as a page.

use std::fmt::Write as _;

use crate::spec::Interpretation;
use crate::suite::Suite;

const HEAD: &str = "\
# How the text is read

Made by `cimi-conformance list interpretations --markdown` out of `suites/interpretations.toml`; a test compares the two.

DSP0263 leaves room, contradicts itself in places, and servers differ from it. Here is every such place that was met: what is
open, the readings that there are, what real servers do, what the servers of this project send, and **what the judge accepts**.
An endpoint is never failed for a reading that the text allows. `cimi-conformance explain ID` shows one of them.

";

/// The page of a suite.
pub(super) fn of(suite: &Suite) -> String {
    let mut out = HEAD.to_owned();
    out.push_str("| entry | clause | question |\n|---|---|---|\n");
    for entry in &suite.interpretations {
        let question = cell(word(entry, "question"));
        let _ = writeln!(out, "| [{0}](#{0}) | {1} | {question} |", entry.id, cell(word(entry, "clause")));
    }
    for entry in &suite.interpretations {
        section(&mut out, entry, suite);
    }
    out
}

fn section(out: &mut String, entry: &Interpretation, suite: &Suite) {
    let _ = writeln!(out, "\n## {}\n", entry.id);
    let editions = word(entry, "editions").replace('\n', " and ");
    let _ =
        writeln!(out, "Clause {}, {editions}. {}\n", word(entry, "clause"), text(word(entry, "question")));
    for reading in word(entry, "readings").lines() {
        let _ = writeln!(out, "- {}", text(reading));
    }
    out.push_str("\n| who | does |\n|---|---|\n");
    let observed = match word(entry, "observed") {
        "" => "nothing is known",
        observed => observed,
    };
    for (who, does) in [
        ("real servers", observed),
        ("ours", word(entry, "emits")),
        ("the judge accepts", word(entry, "accepts")),
    ] {
        let _ = writeln!(out, "| {who} | {} |", cell(does));
    }
    let names = |id: &&str| suite.register.get(*id).is_some_and(|r| r.interpretations.contains(&entry.id));
    let ids: Vec<&str> = suite.register.keys().map(String::as_str).filter(names).collect();
    if !ids.is_empty() {
        let _ = writeln!(
            out,
            "\nRequirements: {}.",
            ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
        );
    }
}

fn word<'i>(entry: &'i Interpretation, name: &str) -> &'i str {
    entry.words.iter().find(|(key, _)| key == name).map_or("", |(_, text)| text.as_str())
}

/// Text in which nothing is an element to Markdown: angle brackets outside of code.
fn text(plain: &str) -> String {
    let mut is_code = false;
    let mut out = String::new();
    for letter in plain.chars() {
        is_code ^= letter == '`';
        match letter {
            '<' if !is_code => out.push_str("&lt;"),
            '*' | '_' if !is_code => {
                out.push('\\');
                out.push(letter);
            }
            '\n' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

fn cell(plain: &str) -> String {
    text(plain).replace('|', "\\|")
}
