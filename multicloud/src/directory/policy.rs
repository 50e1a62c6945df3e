//! Placement policies: kept as they were written, once `placement` has found that it can use them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entry::{Record, Sort};
use super::error::Issue;
use super::snapshot::{Snapshot, Table};
use crate::placement::{self, Draft, PolicyError};

/// A placement policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it says, in the words that requests bring theirs in.
    #[serde(flatten)]
    pub draft: Draft,
}

impl Policy {
    /// What places by it.
    ///
    /// # Errors
    /// Where it is wrong.
    pub fn compile(&self) -> Result<placement::Policy, Issue> {
        placement::Policy::read(self.draft.clone()).map_err(|error| {
            let column = error.column.map(|column| format!("column {column}: ")).unwrap_or_default();
            let PolicyError { message, help, .. } = &error;
            Issue::new(pointer(&error.key), format!("{column}{message} ({help})"))
        })
    }
}

impl Record for Policy {
    const SORT: Sort = Sort::Policy;

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.policies
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.policies
    }

    fn check(&self, _: &Snapshot, issues: &mut Vec<Issue>) {
        super::check_text(self.description.as_deref(), "/description", issues);
        issues.extend(self.compile().err());
    }
}

/// A key such as `fallback[0].replace.filter` as a JSON pointer.
fn pointer(key: &str) -> String {
    let steps = key.split(['.', '[']).filter(|step| !step.is_empty());
    steps.fold(String::new(), |pointer, step| {
        let step = step.trim_end_matches(']').replace('~', "~0").replace('/', "~1");
        pointer + "/" + &step
    })
}
