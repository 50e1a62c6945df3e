//! How each statement of the register stands at each endpoint: what the verdicts that name it come to.
//!
//! A statement holds where a verdict that names it passed; one that is named by nothing but verdicts that ended before
//! they got to it is not judged, and never counts as held.

use std::collections::BTreeMap;

use super::run::Run;
use crate::event::{Edition, Outcome, Statement, Statements, Verdict};

/// How a statement stands at an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// Verdicts came to this.
    Judged(Outcome),
    /// A case that names it failed or was blocked before it got to it.
    Unreached,
    /// No case that was run names it.
    Unasked,
    /// It holds in another edition only.
    OtherEdition,
    /// Nothing can verify it from outside.
    Untestable,
}

/// A statement, and how it stands everywhere.
#[derive(Debug)]
pub(super) struct Standing<'r> {
    pub(super) statement: &'r Statement,
    /// By endpoint, in the order of the run.
    pub(super) at: Vec<Stand>,
}

/// How a statement stands at one endpoint, and the verdicts that say so.
#[derive(Debug)]
pub(super) struct Stand {
    pub(super) state: State,
    /// Indices in [`Run::verdicts`].
    pub(super) verdicts: Vec<usize>,
}

impl State {
    /// A word for it, fit for a class name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Judged(outcome) => outcome.name(),
            Self::Unreached => "unreached",
            Self::Unasked => "unasked",
            Self::OtherEdition => "other-edition",
            Self::Untestable => "untestable",
        }
    }

    /// The gravest comes first.
    fn gravity(self) -> usize {
        const ORDER: [State; 13] = [
            State::Judged(Outcome::Fail),
            State::Judged(Outcome::Error),
            State::Judged(Outcome::Flaky),
            State::Judged(Outcome::Warn),
            State::Judged(Outcome::Known),
            State::Unreached,
            State::Judged(Outcome::Blocked),
            State::Judged(Outcome::Fixed),
            State::Judged(Outcome::Pass),
            State::Judged(Outcome::NotApplicable),
            State::Unasked,
            State::OtherEdition,
            State::Untestable,
        ];
        ORDER.iter().position(|state| *state == self).unwrap_or(ORDER.len())
    }
}

impl Standing<'_> {
    /// How it stands where it stands worst.
    pub(super) fn worst(&self) -> State {
        let states = self.at.iter().map(|stand| stand.state);
        states.min_by_key(|state| state.gravity()).unwrap_or(State::Unasked)
    }
}

/// How every statement of a run stands.
pub(super) fn standings(run: &Run) -> Vec<Standing<'_>> {
    let Statements { statements, .. } = &run.statements;
    let mut named: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, verdict) in run.verdicts.iter().enumerate() {
        let found = verdict.findings.iter().map(|finding| &finding.requirement);
        let mut ids: Vec<&String> = verdict.requirements.iter().chain(found).collect();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            named.entry((id, &verdict.endpoint)).or_default().push(index);
        }
    }
    let at = |statement: &Statement| {
        let stand = |subject: &super::run::Subject| {
            let key = (statement.id.as_str(), subject.endpoint.name.as_str());
            let verdicts = named.get(&key).map_or(&[][..], Vec::as_slice);
            Stand::of(run, statement, subject.endpoint.edition, verdicts)
        };
        run.subjects.iter().map(stand).collect()
    };
    statements.iter().map(|statement| Standing { statement, at: at(statement) }).collect()
}

impl Stand {
    fn of(run: &Run, statement: &Statement, edition: Option<Edition>, verdicts: &[usize]) -> Self {
        let states = verdicts.iter().map(|index| (*index, of_verdict(&run.verdicts[*index], &statement.id)));
        let states: Vec<(usize, State)> = states.collect();
        let has = |state: State| states.iter().any(|(_, other)| *other == state);
        let worst = states.iter().map(|(_, state)| *state).min_by_key(|state| state.gravity());
        let state = match worst {
            // One case that got to it says more than another that did not.
            Some(State::Unreached | State::Judged(Outcome::Blocked)) if has(State::Judged(Outcome::Pass)) => {
                State::Judged(Outcome::Pass)
            }
            Some(state) => state,
            None if statement.untestable.is_some() => State::Untestable,
            None if edition.is_some_and(|edition| !statement.editions.contains(&edition)) => {
                State::OtherEdition
            }
            None => State::Unasked,
        };
        let verdicts = states.into_iter().filter(|(_, other)| *other == state).map(|(index, _)| index);
        Self { state, verdicts: verdicts.collect() }
    }
}

/// What one verdict says of one statement.
fn of_verdict(verdict: &Verdict, id: &str) -> State {
    let is_found = verdict.findings.iter().any(|finding| finding.requirement == id);
    // What the judge checks unasked it checks each for itself; a case ends where it first goes wrong.
    let is_case = verdict.source.is_some();
    match verdict.outcome {
        Outcome::Fail | Outcome::Warn | Outcome::Known | Outcome::Flaky if is_found => {
            let is_mild = verdict
                .findings
                .iter()
                .all(|finding| finding.requirement != id || finding.level != crate::event::Level::Shall);
            let outcome = verdict.outcome;
            State::Judged(if outcome == Outcome::Fail && is_mild { Outcome::Warn } else { outcome })
        }
        Outcome::Fail | Outcome::Warn | Outcome::Known | Outcome::Flaky if is_case => State::Unreached,
        Outcome::Fail | Outcome::Warn | Outcome::Known | Outcome::Flaky => State::Judged(Outcome::Pass),
        outcome => State::Judged(outcome),
    }
}
