//! How much of the specification the judge covers: counted from the register, the cases, and what the judge was shown to
//! find out. Nothing counts as covered that no wrong behaviour was reported for.
//!
//! Owns the counting and its three forms. Knows nothing of endpoints and runs.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::case::NeedKind;
use crate::event::{Edition, Party};
use crate::spec::{Aspect, Declared, Requirement, Verification};
use crate::suite::Suite;

mod kills;
mod render;
#[cfg(test)]
mod tests;

pub use kills::Kills;
pub use render::{json, markdown, text};

/// The coverage of a suite.
#[derive(Debug, Clone, Serialize)]
pub struct Coverage {
    /// By clause, in the order of the specification.
    pub clauses: Vec<(String, Line)>,
    /// All clauses.
    pub total: Line,
    /// What the tables state, by aspect.
    pub tables: Vec<(&'static str, Stated)>,
    /// All aspects.
    pub tables_total: Stated,
    /// Requirements that could be verified, and that nothing verifies.
    pub unverified: Vec<String>,
    /// Requirements that are verified, and of which no deviation is found out.
    pub alive: Vec<String>,
    /// What the tables state, and no wrong reply was found out for.
    pub unjudged: Vec<String>,
}

/// The numbers of a clause.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Sentences with SHALL or SHOULD that the register accounts for.
    pub statements: usize,
    /// Of these, the ones of which something can be verified at a provider.
    pub testable_statements: usize,
    /// Of these, the ones of which all that can be verified is covered.
    pub covered_statements: usize,
    /// Requirements.
    pub requirements: usize,
    /// Of these, the ones that can be verified at a provider.
    pub testable: usize,
    /// Of these, the ones that a case or a check verifies.
    pub verified: usize,
    /// Of these, the ones of which a deviation is found out under their own id.
    pub covered: usize,
}

/// The numbers of what tables state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Stated {
    /// How much is stated for 1.x.
    pub v1: usize,
    /// Of this, for how much a wrong reply is found out.
    pub v1_covered: usize,
    /// How much is stated for 2.0.
    pub v2: usize,
    /// Of this, for how much a wrong reply is found out.
    pub v2_covered: usize,
}

/// Whether something can be verified at a provider.
pub fn is_testable(requirement: &Requirement) -> bool {
    requirement.party == Party::Provider && matches!(requirement.verification, Verification::Checks(_))
}

/// Whether a check or a case verifies a requirement.
pub fn is_verified(requirement: &Requirement, suite: &Suite) -> bool {
    let checked = matches!(&requirement.verification, Verification::Checks(checks) if !checks.is_empty());
    checked || suite.cases.iter().any(|case| case.requirements.contains(&requirement.id))
}

/// Whether what a table states is covered in an edition: a wrong reply is found out, or a deviation is, by what is about it.
pub fn is_covered(declared: &Declared, edition: Edition, suite: &Suite, kills: &Kills) -> bool {
    let shown = || {
        let places = kills.stated.get(&declared.id);
        places.is_some_and(|places| places.iter().any(|(place, _)| *place == edition))
    };
    match declared.aspect {
        Aspect::Type | Aspect::Values | Aspect::Range | Aspect::Mandatory | Aspect::Operation => shown(),
        Aspect::Capability => {
            let capability = format!("{}/{}", declared.owner, declared.name());
            finds(
                suite,
                kills,
                edition,
                |need| matches!(need, NeedKind::Capability { name, .. } if *name == capability),
            )
        }
        Aspect::Transition => {
            let id = format!("{}/{}", declared.clause(), declared.name());
            let names = [format!("{id}-to"), id];
            let requirement = names.iter().find_map(|name| suite.register.get(name));
            let is_found = |requirement: &Requirement| {
                requirement.editions.contains(&edition) && kills.deviations.contains_key(&requirement.id)
            };
            shown() || requirement.is_some_and(is_found)
        }
    }
}

/// Whether a case that needs this found a deviation out.
fn finds(suite: &Suite, kills: &Kills, edition: Edition, need: impl Fn(&NeedKind) -> bool) -> bool {
    suite.cases.iter().any(|case| {
        kills.finders.contains(&case.id)
            && case.editions.contains(&edition)
            && case.needs.iter().any(|it| need(&it.kind))
    })
}

impl Coverage {
    /// Counts.
    pub fn of(suite: &Suite, kills: &Kills) -> Self {
        let is_covered = |it: &Requirement| is_verified(it, suite) && kills.deviations.contains_key(&it.id);
        let mut clauses: BTreeMap<Clause, Line> = BTreeMap::new();
        let mut sentences: BTreeMap<&str, Vec<&Requirement>> = BTreeMap::new();
        let (mut unverified, mut alive) = (Vec::new(), Vec::new());
        for requirement in suite.register.values() {
            let clause = requirement.id.split('/').next().unwrap_or_default();
            let line = clauses.entry(Clause(clause.to_owned())).or_default();
            line.requirements += 1;
            for row in &requirement.rows {
                sentences.entry(row).or_default().push(requirement);
            }
            if !is_testable(requirement) {
                continue;
            }
            line.testable += 1;
            match (is_verified(requirement, suite), is_covered(requirement)) {
                (false, _) => unverified.push(requirement.id.clone()),
                (true, false) => alive.push(requirement.id.clone()),
                (true, true) => line.covered += 1,
            }
            line.verified += usize::from(is_verified(requirement, suite));
        }
        for (row, requirements) in sentences {
            let clause = row.split('#').next().unwrap_or(row);
            let line = clauses.entry(Clause(clause.to_owned())).or_default();
            line.statements += 1;
            let mut testable = requirements.into_iter().filter(|it| is_testable(it)).peekable();
            if testable.peek().is_some() {
                line.testable_statements += 1;
                line.covered_statements += usize::from(testable.all(is_covered));
            }
        }
        let mut coverage = Self {
            total: clauses.values().fold(Line::default(), |all, line| all.and(*line)),
            clauses: clauses.into_iter().map(|(clause, line)| (clause.0, line)).collect(),
            tables: Vec::new(),
            tables_total: Stated::default(),
            unverified,
            alive,
            unjudged: Vec::new(),
        };
        coverage.stated(suite, kills);
        coverage
    }

    /// Counts what the tables state.
    fn stated(&mut self, suite: &Suite, kills: &Kills) {
        let declared = suite.declared();
        let mut by_aspect: BTreeMap<Aspect, Stated> = BTreeMap::new();
        for one in declared.values() {
            let line = by_aspect.entry(one.aspect).or_default();
            let mut everywhere = true;
            for edition in &one.editions {
                let covered = is_covered(one, *edition, suite, kills);
                everywhere &= covered;
                line.count(*edition, covered);
                self.tables_total.count(*edition, covered);
            }
            if !everywhere {
                self.unjudged.push(one.id.clone());
            }
        }
        self.tables = by_aspect.into_iter().map(|(aspect, line)| (aspect.plural(), line)).collect();
    }
}

impl Line {
    fn and(self, other: Self) -> Self {
        Self {
            statements: self.statements + other.statements,
            testable_statements: self.testable_statements + other.testable_statements,
            covered_statements: self.covered_statements + other.covered_statements,
            requirements: self.requirements + other.requirements,
            testable: self.testable + other.testable,
            verified: self.verified + other.verified,
            covered: self.covered + other.covered,
        }
    }
}

impl Stated {
    fn count(&mut self, edition: Edition, covered: bool) {
        let (all, of_these) = match edition {
            Edition::V1 => (&mut self.v1, &mut self.v1_covered),
            Edition::V2 => (&mut self.v2, &mut self.v2_covered),
        };
        *all += 1;
        *of_these += usize::from(covered);
    }
}

/// A clause, in the order of the specification: by numbers, then whatever has none.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Clause(String);

impl Clause {
    fn key(&self) -> (bool, Vec<u32>, &str) {
        let numbers: Vec<u32> = self.0.split('.').filter_map(|part| part.parse().ok()).collect();
        let is_numbered = numbers.len() == self.0.split('.').count();
        (!is_numbered, if is_numbered { numbers } else { Vec::new() }, &self.0)
    }
}

impl Ord for Clause {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Clause {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
