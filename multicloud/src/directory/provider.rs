//! Cloud providers: what their accounts have in common.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entry::{Record, Sort};
use super::error::Issue;
use super::snapshot::{Snapshot, Table};
use crate::connector::profile::{Parameters, Profile};

/// A cloud provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Provider {
    /// The kind of cloud, one of `/admin/profiles`.
    pub profile: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Parameters that its accounts need not repeat; none that is secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, serde_json::Value>)]
    pub parameters: Parameters,
    /// Whatever the operator wants to note.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, String>,
}

impl Record for Provider {
    const SORT: Sort = Sort::Provider;

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.providers
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.providers
    }

    fn check(&self, _: &Snapshot, issues: &mut Vec<Issue>) {
        super::check_text(self.description.as_deref(), "/description", issues);
        super::check_properties(&self.properties, issues);
        let Some(profile) = Profile::named(&self.profile) else {
            let known: Vec<&str> = Profile::all().iter().map(|profile| profile.name).collect();
            let detail = format!("`{}` is no profile: expected one of {}", self.profile, known.join(", "));
            return issues.push(Issue::new("/profile", detail));
        };
        for name in self.parameters.keys().filter(|name| profile.is_secret(name)) {
            let detail = "is secret: it belongs to accounts".to_owned();
            issues.push(Issue::new(format!("/parameters/{name}"), detail));
        }
        // What is missing, an account may give: only what is here can be wrong.
        let wrong = profile.check(&self.parameters).into_iter();
        let wrong = wrong.filter(|complaint| self.parameters.contains_key(&complaint.parameter));
        issues.extend(wrong.map(|it| Issue::new(format!("/parameters/{}", it.parameter), it.message)));
    }
}
