//! Counting: how many verdicts came to what.

use std::collections::BTreeMap;
use std::fmt;

use crate::event::Outcome;

/// Verdicts, counted by outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<Outcome, u64>);

/// A count beside a cell of the matrix: `✗2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// What is counted.
    pub outcome: Outcome,
    /// How many, never 0.
    pub count: u64,
}

impl Tally {
    /// Counts one more.
    pub fn add(&mut self, outcome: Outcome) {
        *self.0.entry(outcome).or_default() += 1;
    }

    /// Counts all that another counts.
    pub fn join(&mut self, other: &Self) {
        for (outcome, count) in &other.0 {
            *self.0.entry(*outcome).or_default() += count;
        }
    }

    /// How many came to this.
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.0.get(&outcome).copied().unwrap_or_default()
    }

    /// How many there are.
    pub fn all(&self) -> u64 {
        self.0.values().sum()
    }

    /// How many hold: a recommendation that is not followed breaks nothing, an unlisted pass is a pass.
    pub fn passed(&self) -> u64 {
        self.of(Outcome::Pass) + self.of(Outcome::Warn) + self.of(Outcome::Fixed)
    }

    /// How many there were to hold: all but the not-applicable.
    pub fn total(&self) -> u64 {
        self.all() - self.of(Outcome::NotApplicable)
    }

    /// What is to be said beside `passed/total`, gravest first.
    pub fn marks(&self) -> impl Iterator<Item = Mark> {
        GRAVEST_FIRST
            .into_iter()
            .filter(|outcome| *outcome != Outcome::Pass)
            .map(|outcome| Mark { outcome, count: self.of(outcome) })
            .filter(|mark| mark.count > 0)
    }

    /// The outcome that sets the tone: the gravest.
    pub fn tone(&self) -> Outcome {
        GRAVEST_FIRST.into_iter().find(|outcome| self.of(*outcome) > 0).unwrap_or(Outcome::NotApplicable)
    }
}

/// All outcomes, by how much they need someone's attention.
const GRAVEST_FIRST: [Outcome; 9] = [
    Outcome::Fail,
    Outcome::Error,
    Outcome::Fixed,
    Outcome::Flaky,
    Outcome::Blocked,
    Outcome::Warn,
    Outcome::Known,
    Outcome::Pass,
    Outcome::NotApplicable,
];

/// How grave an outcome is, 0 the gravest; nothing for those that need no one's attention.
pub(super) fn gravity(outcome: Outcome) -> Option<usize> {
    let quiet = matches!(outcome, Outcome::Known | Outcome::Pass | Outcome::NotApplicable);
    GRAVEST_FIRST.iter().position(|other| *other == outcome).filter(|_| !quiet)
}

/// The sign of an outcome in a matrix.
pub(super) fn sign(outcome: Outcome) -> char {
    match outcome {
        Outcome::Pass => '✓',
        Outcome::Warn => '!',
        Outcome::Fail => '✗',
        Outcome::Known => 'k',
        Outcome::Fixed => '+',
        Outcome::NotApplicable => 'n',
        Outcome::Blocked => 'b',
        Outcome::Flaky => '~',
        Outcome::Error => 'E',
    }
}

/// What an outcome means, in a phrase.
pub(super) fn meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "holds",
        Outcome::Warn => "a recommendation is not followed",
        Outcome::Fail => "a requirement is broken",
        Outcome::Known => "broken, and listed as known",
        Outcome::Fixed => "listed as known, and holds: remove the entry",
        Outcome::NotApplicable => "not offered by the endpoint",
        Outcome::Blocked => "not judged: a prerequisite failed",
        Outcome::Flaky => "failed, then held when tried again",
        Outcome::Error => "the judge's own fault",
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", sign(self.outcome), self.count)
    }
}

impl fmt::Display for Tally {
    /// `38/40 ✗2 n1`; a lone `n1` where nothing applied.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let marks: Vec<String> = self.marks().map(|mark| mark.to_string()).collect();
        match (self.total(), marks.is_empty()) {
            (0, _) => f.pad(&marks.join(" ")),
            (total, true) => f.pad(&format!("{}/{total}", self.passed())),
            (total, false) => f.pad(&format!("{}/{total} {}", self.passed(), marks.join(" "))),
        }
    }
}
