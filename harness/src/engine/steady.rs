//! Runs a case, again where others change meanwhile what it reads: what they do must not be taken for a fault.

use std::collections::BTreeMap;
use std::time::Duration;

use url::Url;

use crate::case::Case;
use crate::event::Format;
use crate::meaning::{Resource, differences};

use super::runner::{Ran, Runner};
use super::stage::Stage;

/// How often a case is tried whose reading does not stay as it is.
const TRIES: usize = 4;

/// How long is waited in all for a collection to come to rest.
const REST: Duration = Duration::from_secs(5);

/// Runs a case until what it reads stays as it is, or it was tried often enough; then it is blocked.
pub(super) async fn run(stage: Stage<'_>, case: &Case, format: Format, nonce: &str) -> Ran {
    let mut pause = stage.patience.within(REST);
    let mut tries = 1;
    loop {
        let ran = Runner::new(stage, case, format, nonce.to_owned()).run().await;
        if !ran.is_unsteady || tries == TRIES {
            return ran;
        }
        let again = match stage.was_run_again(case, format) {
            Some(again) => again,
            None => pause.sleep().await,
        };
        if !again {
            return ran;
        }
        tries += 1;
    }
}

/// Whether two readings mean the same. The order of members is none of their meaning: a collection without any must not
/// pass for one that others change.
pub(super) fn is_same(before: &Resource, after: &Resource, base: Option<&Url>) -> bool {
    if !before.is_collection || !after.is_collection {
        return differences(before, after, base, &[]).is_empty();
    }
    let members = |of: &Resource| -> BTreeMap<String, Resource> {
        let named = |item: &Resource| Some((item.identity()?, item.clone()));
        of.items.iter().filter_map(named).collect()
    };
    let (before, after) = (members(before), members(after));
    before.len() == after.len()
        && before.iter().all(|(id, member)| {
            after.get(id).is_some_and(|other| differences(member, other, base, &[]).is_empty())
        })
}
