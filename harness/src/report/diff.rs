//! What changed from one run to another: verdicts that came to something else, appeared or went, and their findings.
//!
//! Worse is what is graver than before, what is found anew, and what held and is no longer judged.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use super::run::Run;
use super::text;
use crate::event::{At, Finding, Formats, Outcome, Verdict};

/// Changes shown at most in the text; the JSON has them all.
const SHOWN: usize = 100;

/// The version of the shape of the JSON.
const VERSION: u32 = 1;

/// What changed.
#[derive(Debug, Serialize)]
pub(crate) struct Diff {
    version: u32,
    /// Names of the two runs.
    before: String,
    after: String,
    /// What is wrong with the second run as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<&'static str>,
    worse: usize,
    better: usize,
    other: usize,
    changes: Vec<Change>,
}

/// One verdict that changed.
#[derive(Debug, Serialize)]
struct Change {
    direction: Direction,
    endpoint: String,
    case: String,
    format: Formats,
    /// Absent where there was no such verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Outcome>,
    /// Absent where there is none any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Outcome>,
    /// What is found anew.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    found: Vec<String>,
    /// What is no longer found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gone: Vec<String>,
}

/// Which way something changed; the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Worse,
    Better,
    Other,
}

impl Diff {
    /// What changed from `before` to `after`. Endpoints are paired by name; where each run has one, these two are a pair.
    pub(crate) fn of(before: &Run, after: &Run) -> Self {
        let lone = before.subjects.len() == 1 && after.subjects.len() == 1;
        let left = keyed(before, lone);
        let right = keyed(after, lone);
        let keys: BTreeSet<_> = left.keys().chain(right.keys()).collect();
        let mut changes: Vec<Change> = keys
            .into_iter()
            .filter_map(|key| Change::of(left.get(key).copied(), right.get(key).copied()))
            .collect();
        changes.sort_by_key(|change| change.direction);
        let count = |direction| changes.iter().filter(|change| change.direction == direction).count();
        let gap = match (&after.footer, after.tally.total()) {
            (None, _) => Some("the second run was cut short"),
            (_, 0) => Some("nothing was judged in the second run"),
            _ => None,
        };
        Self {
            version: VERSION,
            before: text::line(&before.header.run),
            after: text::line(&after.header.run),
            gap,
            worse: count(Direction::Worse),
            better: count(Direction::Better),
            other: count(Direction::Other),
            changes,
        }
    }

    /// Whether something got worse.
    pub(crate) fn is_worse(&self) -> bool {
        self.worse > 0 || self.gap.is_some()
    }

    /// The changes for people.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        for change in self.changes.iter().take(SHOWN) {
            change.write(&mut out);
        }
        if let Some(rest) = self.changes.len().checked_sub(SHOWN).filter(|rest| *rest > 0) {
            let _ = writeln!(out, "... and {rest} more: --json shows all");
        }
        if let Some(gap) = self.gap {
            let _ = writeln!(out, "{gap}");
        }
        let Self { before, after, worse, better, other, .. } = self;
        let _ =
            writeln!(out, "{before} → {after}: {worse} worse, {better} better, {other} otherwise changed");
        out
    }

    /// The changes for programs.
    pub(crate) fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("strings and numbers");
        text.push('\n');
        text
    }
}

type Key<'r> = (&'r str, &'r str, Formats);

/// Verdicts by what they are about; a lone endpoint goes by no name.
fn keyed(run: &Run, lone: bool) -> BTreeMap<Key<'_>, &Verdict> {
    let mut keyed = BTreeMap::new();
    for verdict in &run.verdicts {
        let endpoint = if lone { "" } else { verdict.endpoint.as_str() };
        keyed.insert((endpoint, verdict.case.as_str(), verdict.format), verdict);
    }
    keyed
}

/// How grave an outcome is: what is not judged is worse than what holds, and better than what is broken.
fn gravity(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Pass => 0,
        Outcome::Warn => 1,
        Outcome::NotApplicable | Outcome::Known => 2,
        Outcome::Fixed => 3,
        Outcome::Blocked => 4,
        Outcome::Flaky => 5,
        Outcome::Fail => 6,
        Outcome::Error => 7,
    }
}

/// Whether it holds.
fn holds(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Pass | Outcome::Warn)
}

/// A finding as it is found again: what is expected and got differs from run to run where names and addresses do.
fn identity(finding: &Finding) -> String {
    let at = match &finding.at {
        At::Body(at) => format!("body {}", at.path),
        other => other.to_string(),
    };
    text::line(&format!("{} at {}", finding.requirement, at.trim_end()))
}

impl Change {
    fn of(before: Option<&Verdict>, after: Option<&Verdict>) -> Option<Self> {
        let verdict = after.or(before)?;
        let found = |verdict: Option<&Verdict>| -> BTreeSet<String> {
            verdict.into_iter().flat_map(|verdict| verdict.findings.iter().map(identity)).collect()
        };
        let (was, is) = (found(before), found(after));
        let (old, new) = (before.map(|verdict| verdict.outcome), after.map(|verdict| verdict.outcome));
        let found: Vec<String> = is.difference(&was).cloned().collect();
        let gone: Vec<String> = was.difference(&is).cloned().collect();
        let direction = match (old, new) {
            (Some(old), Some(new)) if old == new && found.is_empty() && gone.is_empty() => return None,
            (Some(old), Some(new)) if gravity(new) > gravity(old) => Direction::Worse,
            (Some(old), Some(new)) if gravity(new) < gravity(old) => Direction::Better,
            (Some(old), Some(new)) if old != new => Direction::Other,
            (Some(_), Some(_)) if !found.is_empty() => Direction::Worse,
            (Some(_), Some(_)) => Direction::Better,
            (None, Some(new)) if gravity(new) > gravity(Outcome::Known) => Direction::Worse,
            (Some(old), None) if holds(old) => Direction::Worse,
            _ => Direction::Other,
        };
        Some(Self {
            direction,
            endpoint: text::line(&verdict.endpoint),
            case: text::line(&verdict.case),
            format: verdict.format,
            before: old,
            after: new,
            found,
            gone,
        })
    }

    fn write(&self, out: &mut String) {
        let word = match self.direction {
            Direction::Worse => "✗ worse ",
            Direction::Better => "✓ better",
            Direction::Other => "· other ",
        };
        let name = |outcome: Option<Outcome>| outcome.map_or("none", Outcome::name);
        let (before, after) = (name(self.before), name(self.after));
        let Self { case, format, endpoint, .. } = self;
        let _ = writeln!(out, "{word} {case} [{format}] on {endpoint}: {before} → {after}");
        for found in &self.found {
            let _ = writeln!(out, "    + {found}");
        }
        for gone in &self.gone {
            let _ = writeln!(out, "    - {gone}");
        }
    }
}
