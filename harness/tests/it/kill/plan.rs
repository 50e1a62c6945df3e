//! What is run against a deviation: the cases that name what it breaks, in the editions where that holds.

use std::collections::BTreeSet;

use harness::coverage::{is_testable, is_verified};
use harness::event::Edition;
use harness::spec::{Requirement, Verification};
use harness::suite::Suite;
use mock_cloud::deviation::Deviation;

/// Reads resources of every kind, in both formats: food for the checks of every response.
const READING: &str = "serialization.same*";

fn is_checked(requirement: &Requirement) -> bool {
    matches!(&requirement.verification, Verification::Checks(checks) if !checks.is_empty())
}

/// The requirements that a deviation breaks and something can verify.
fn broken<'s>(deviation: &Deviation, suite: &'s Suite) -> impl Iterator<Item = &'s Requirement> {
    let known = deviation.breaks.iter().filter_map(|id| suite.register.get(*id));
    known.filter(|requirement| is_testable(requirement))
}

/// The requirements that a deviation breaks and something verifies today.
pub(crate) fn verified<'s>(deviation: &Deviation, suite: &'s Suite) -> Vec<&'s Requirement> {
    broken(deviation, suite).filter(|requirement| is_verified(requirement, suite)).collect()
}

/// The cases that may find a deviation.
pub(crate) fn cases(deviation: &Deviation, edition: Edition, suite: &Suite) -> Vec<String> {
    let mut ids: BTreeSet<String> = BTreeSet::new();
    for requirement in broken(deviation, suite) {
        let naming = suite
            .cases
            .iter()
            .filter(|case| case.editions.contains(&edition) && case.requirements.contains(&requirement.id));
        ids.extend(naming.map(|case| case.id.clone()));
        if is_checked(requirement) {
            ids.insert(READING.to_owned());
        }
    }
    ids.into_iter().collect()
}
