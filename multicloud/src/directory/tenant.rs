//! Tenants: whom resources belong to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entry::{Record, Sort};
use super::error::Issue;
use super::snapshot::{Snapshot, Table};
use crate::placement::Quota;

/// A tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Tenant {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The policy that its creations are placed by, beside the operator's: `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// The most that it may have, whatever the accounts.
    #[serde(default)]
    pub quota: Quota,
    /// Whatever the operator wants to note.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, String>,
}

impl Record for Tenant {
    const SORT: Sort = Sort::Tenant;

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.tenants
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.tenants
    }

    fn tenant(&self, name: &str, _: &Snapshot) -> Option<String> {
        Some(name.to_owned())
    }

    fn check(&self, known: &Snapshot, issues: &mut Vec<Issue>) {
        super::check_text(self.description.as_deref(), "/description", issues);
        super::check_properties(&self.properties, issues);
        super::check_quota(self.quota, issues);
        if let Some(name) = &self.policy {
            super::check_reference(known, Sort::Policy, name, "/policy", issues);
        }
    }

    fn refers(&self) -> Vec<(Sort, &str)> {
        self.policy.iter().map(|name| (Sort::Policy, name.as_str())).collect()
    }
}
