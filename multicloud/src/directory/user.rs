//! Users, and what they may do where.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::account::marker;
use super::entry::{Concealed, Record, Sort};
use super::error::Issue;
use super::snapshot::{Snapshot, Table};
use crate::access::Role;
use crate::vault::{Secret, Vault, VaultError};

/// Characters that a password must at least have.
const SHORTEST: usize = 8;
/// Bytes that it may have: a long one costs no more to hash, but to send.
const LONGEST: usize = 1024;
/// Roles that a user may have.
const GRANTS: usize = 1000;

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct User {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where to reach them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What they may do where. The tenant of the first is theirs if a request names none.
    #[serde(default)]
    pub roles: Vec<Grant>,
    /// Given as a text, shown as `{"secret": true}`. Without one, only tokens let them in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    pub password: Option<Value>,
}

/// A role, and where it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Grant {
    /// What they may do.
    pub role: Role,
    /// In which tenant; `cloud-admin` has none, the others have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
}

impl User {
    /// Whether they may do everything.
    pub fn is_cloud_admin(&self) -> bool {
        self.roles.iter().any(|grant| grant.role == Role::CloudAdmin)
    }

    /// Their role in a tenant.
    pub fn role_in(&self, tenant: &str) -> Option<Role> {
        let mut here = self.roles.iter().filter(|grant| grant.tenant.as_deref() == Some(tenant));
        here.next().map(|grant| grant.role)
    }

    /// The tenants that they are in, their own first.
    pub fn tenants(&self) -> impl Iterator<Item = &str> {
        self.roles.iter().filter_map(|grant| grant.tenant.as_deref())
    }
}

impl Record for User {
    const SORT: Sort = Sort::User;

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.users
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.users
    }

    /// Those who have roles in one tenant and nowhere else.
    fn tenant(&self, _: &str, _: &Snapshot) -> Option<String> {
        let mut tenants = self.roles.iter().map(|grant| grant.tenant.as_deref());
        let first = tenants.next()??;
        tenants.all(|other| other == Some(first)).then(|| first.to_owned())
    }

    fn check(&self, known: &Snapshot, issues: &mut Vec<Issue>) {
        super::check_text(self.description.as_deref(), "/description", issues);
        super::check_text(self.email.as_deref(), "/email", issues);
        if self.roles.len() > GRANTS {
            issues.push(Issue::new("/roles", format!("has more than {GRANTS} members")));
        }
        for (at, grant) in self.roles.iter().enumerate() {
            let pointer = format!("/roles/{at}/tenant");
            match (&grant.tenant, grant.role) {
                (None, Role::CloudAdmin) => {}
                (Some(_), Role::CloudAdmin) => {
                    issues.push(Issue::new(pointer, "is too much: cloud-admin holds everywhere"));
                }
                (None, role) => {
                    issues.push(Issue::new(pointer, format!("is missing: where are they {role}?")));
                }
                (Some(tenant), _) => {
                    if self.roles[..at].iter().any(|before| before.tenant.as_ref() == Some(tenant)) {
                        issues.push(Issue::new(pointer.clone(), "is named twice: give one role there"));
                    }
                    super::check_reference(known, Sort::Tenant, tenant, &pointer, issues);
                }
            }
        }
        let is_password = |text: &str| text.chars().count() >= SHORTEST && text.len() <= LONGEST;
        match &self.password {
            Some(Value::String(text)) if !is_password(text) => {
                let detail = format!("has fewer than {SHORTEST} characters or more than {LONGEST} bytes");
                issues.push(Issue::new("/password", detail));
            }
            Some(other) if !other.is_string() && *other != marker() => {
                issues.push(Issue::new("/password", "is no text"));
            }
            _ => {}
        }
    }

    fn refers(&self) -> Vec<(Sort, &str)> {
        self.tenants().map(|name| (Sort::Tenant, name)).collect()
    }

    fn conceal(
        &mut self,
        _: &str,
        before: Option<Arc<Concealed>>,
        _: &Snapshot,
        vault: &Vault,
    ) -> Result<Option<Arc<Concealed>>, VaultError> {
        let concealed = match self.password.take() {
            Some(Value::String(text)) => Some(Arc::new(Concealed::Password(vault.hash(&Secret::new(text))?))),
            Some(_) => before,
            None => None,
        };
        self.password = concealed.is_some().then(marker);
        Ok(concealed)
    }
}
