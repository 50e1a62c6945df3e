//! How the program ends: one code for each way, each with its sentence.

use std::collections::BTreeMap;

use crate::event::{Company, Exit, Inventory, Outcome};

/// The ways in which `cimi-conformance` ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitCode {
    /// Every verdict is as expected.
    Conformant,
    /// A requirement is broken, or a known deviation is gone.
    Findings,
    /// The command line, the suite or a file given is wrong.
    Usage,
    /// An endpoint cannot be reached, or refuses the credentials.
    Unreachable,
    /// There was nothing to judge.
    NothingJudged,
    /// What could be judged passed, but something could not.
    Blocked,
    /// Resources that the run made are still there, or an endpoint does not hold what it held before.
    LeftBehind,
    /// The judge failed, not the endpoint.
    Internal,
}

impl From<ExitCode> for Exit {
    fn from(code: ExitCode) -> Self {
        Self { code: code.code(), sentence: code.sentence().to_owned() }
    }
}

impl ExitCode {
    /// All, in the order of their codes.
    pub const ALL: [Self; 8] = [
        Self::Conformant,
        Self::Findings,
        Self::Usage,
        Self::Unreachable,
        Self::NothingJudged,
        Self::Blocked,
        Self::LeftBehind,
        Self::Internal,
    ];

    /// The code for the shell.
    pub fn code(self) -> u8 {
        match self {
            Self::Conformant => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Unreachable => 3,
            Self::NothingJudged => 4,
            Self::Blocked => 5,
            Self::LeftBehind => 6,
            Self::Internal => 70,
        }
    }

    /// What it means.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Conformant => "conformant: every verdict is as expected",
            Self::Findings => "findings: a requirement is broken, or a known deviation is gone",
            Self::Usage => "usage: the command line, the suite or a file given is wrong",
            Self::Unreachable => "unreachable: an endpoint does not answer, or refuses the credentials",
            Self::NothingJudged => "nothing judged: no case applied",
            Self::Blocked => "blocked: what could be judged passed, but some cases could not be judged",
            Self::LeftBehind => {
                "left behind: resources that the run made are still there, or an endpoint does not hold what it held"
            }
            Self::Internal => "internal: the judge failed, not the endpoint",
        }
    }

    /// How a run ends that came to these outcomes. Our own fault comes first, then the endpoint's, then what was left.
    /// An endpoint that does not hold what it held is as one at which something was left, unless others work there.
    pub fn of_counts(counts: &BTreeMap<Outcome, u64>, inventory: &[Inventory], company: Company) -> Self {
        let is_changed = |i: &Inventory| company == Company::Alone && i.differences().next().is_some();
        let any = |outcomes: &[Outcome]| outcomes.iter().any(|o| counts.get(o).is_some_and(|n| *n > 0));
        if any(&[Outcome::Error]) {
            Self::Internal
        } else if any(&[Outcome::Fail, Outcome::Fixed, Outcome::Flaky]) {
            Self::Findings
        } else if inventory.iter().any(|i| !i.left.is_empty() || is_changed(i)) {
            Self::LeftBehind
        } else if any(&[Outcome::Blocked]) {
            Self::Blocked
        } else if any(&[Outcome::Pass, Outcome::Warn, Outcome::Known]) {
            Self::Conformant
        } else {
            Self::NothingJudged
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Leftover;

    #[track_caller]
    fn check(outcomes: &[Outcome], left: bool, expected: ExitCode) {
        let counts = outcomes.iter().map(|o| (*o, 1)).collect();
        let leftover = Leftover { kind: "Machine".to_owned(), url: "u".to_owned(), reason: "r".to_owned() };
        let inventory = Inventory {
            endpoint: "e".to_owned(),
            before: BTreeMap::new(),
            after: BTreeMap::new(),
            left: left.then_some(leftover).into_iter().collect(),
        };
        assert_eq!(ExitCode::of_counts(&counts, &[inventory], Company::Alone), expected);
    }

    #[test]
    fn what_came_or_went_counts_where_nobody_else_works() {
        let counts = BTreeMap::from([(Outcome::Pass, 1)]);
        let held =
            |machines, jobs| BTreeMap::from([("machines".to_owned(), machines), ("jobs".to_owned(), jobs)]);
        let code = |before, after, company| {
            let inventory = Inventory { before, after, ..Inventory::unknown("e".to_owned()) };
            ExitCode::of_counts(&counts, &[inventory], company)
        };
        assert_eq!(code(held(2, 1), held(2, 9), Company::Alone), ExitCode::Conformant);
        assert_eq!(code(held(2, 1), held(3, 1), Company::Alone), ExitCode::LeftBehind);
        assert_eq!(code(held(2, 1), held(1, 1), Company::Alone), ExitCode::LeftBehind);
        assert_eq!(code(held(2, 1), held(3, 1), Company::Shared), ExitCode::Conformant);
    }

    #[test]
    fn outcomes_decide_the_code() {
        use Outcome::{Blocked, Error, Fail, Fixed, Flaky, Known, NotApplicable, Pass, Warn};
        check(&[Pass, Warn, Known, NotApplicable], false, ExitCode::Conformant);
        check(&[Pass, Fail, Blocked], true, ExitCode::Findings);
        check(&[Pass, Fixed], false, ExitCode::Findings);
        check(&[Pass, Flaky], false, ExitCode::Findings);
        check(&[Pass, Error, Fail], false, ExitCode::Internal);
        check(&[Pass, Blocked], true, ExitCode::LeftBehind);
        check(&[Pass, Blocked], false, ExitCode::Blocked);
        check(&[NotApplicable], false, ExitCode::NothingJudged);
        check(&[], false, ExitCode::NothingJudged);
    }

    #[test]
    fn codes_and_sentences_are_distinct() {
        let codes: std::collections::BTreeSet<u8> = ExitCode::ALL.iter().map(|c| c.code()).collect();
        let sentences: std::collections::BTreeSet<&str> =
            ExitCode::ALL.iter().map(|c| c.sentence()).collect();
        assert_eq!((codes.len(), sentences.len()), (8, 8));
    }
}
