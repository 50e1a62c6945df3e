//! Accounts at cloud providers.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::entry::{Concealed, Record, Sort};
use super::error::Issue;
use super::snapshot::{Snapshot, Table};
use crate::connector::profile::{Parameters, Profile};
use crate::placement::Quota;
use crate::vault::{Secret, Secrets, Vault, VaultError};

/// Whoever stands for all tenants in [`Account::tenants`].
pub const EVERYBODY: &str = "*";

/// An account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Account {
    /// The provider that it is at.
    pub provider: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where it is: the name of a location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// What an hour costs, in thousandths of the operator's currency.
    #[serde(default)]
    pub price: i64,
    /// What the provider's profile asks for. A secret is given as a text and shown as `{"secret": true}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = BTreeMap<String, serde_json::Value>)]
    pub parameters: Parameters,
    /// The tenants that may use it; `*` stands for all of them.
    #[serde(default)]
    pub tenants: Vec<String>,
    /// The tenant that the machines, volumes and so on belong to that are found there. Without one, cloud admins alone see
    /// them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What there may be in it, created by the manager or not. What is left of it are attributes of its offers.
    #[serde(default)]
    pub quota: Quota,
    /// Anything that a policy asks for as `property['KEY']`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// What the manager does there.
    #[serde(default)]
    pub mode: Mode,
}

/// What the manager does with an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It shows what is there, creates and changes.
    #[default]
    Manage,
    /// It shows what is there. Nothing is ever created or changed.
    Observe,
}

/// What is shown where a secret is kept.
pub fn marker() -> Value {
    json!({ "secret": true })
}

/// Parameters of a provider with those of an account over them.
pub(crate) fn over(provider: &Parameters, account: &Parameters) -> Parameters {
    provider.iter().chain(account).map(|(name, value)| (name.clone(), value.clone())).collect()
}

impl Account {
    /// Whether a tenant may use it.
    pub fn is_for(&self, tenant: &str) -> bool {
        self.tenants.iter().any(|name| name == tenant || name == EVERYBODY)
    }

    fn check_parameters(&self, profile: &Profile, provider: &Parameters, issues: &mut Vec<Issue>) {
        let complaints = profile.check(&over(provider, &self.parameters));
        issues.extend(
            complaints.into_iter().map(|it| Issue::new(format!("/parameters/{}", it.parameter), it.message)),
        );
        for (name, value) in self.parameters.iter().filter(|(name, _)| profile.is_secret(name)) {
            let is_text = value.as_str().is_some_and(|text| {
                !text.is_empty() && text.len() <= 4096 && !text.contains(char::is_control)
            });
            if !is_text && *value != marker() {
                let detail = "is no secret: expected one line of at most 4096 bytes";
                issues.push(Issue::new(format!("/parameters/{name}"), detail));
            }
        }
    }
}

impl Record for Account {
    const SORT: Sort = Sort::Account;

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.accounts
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.accounts
    }

    fn check(&self, known: &Snapshot, issues: &mut Vec<Issue>) {
        super::check_text(self.description.as_deref(), "/description", issues);
        super::check_quota(self.quota, issues);
        super::check_map(&self.tags, "/tags", issues);
        if self.price < 0 {
            issues.push(Issue::new("/price", "is below 0"));
        }
        if let Some(name) = &self.location {
            super::check_reference(known, Sort::Location, name, "/location", issues);
        }
        if let Some(name) = &self.owner {
            super::check_reference(known, Sort::Tenant, name, "/owner", issues);
        }
        for (at, name) in self.tenants.iter().enumerate().filter(|(_, name)| *name != EVERYBODY) {
            super::check_reference(known, Sort::Tenant, name, &format!("/tenants/{at}"), issues);
        }
        match known.get::<super::Provider>(&self.provider) {
            None => super::check_reference(known, Sort::Provider, &self.provider, "/provider", issues),
            Some(provider) => match Profile::named(&provider.record.profile) {
                Some(profile) => self.check_parameters(profile, &provider.record.parameters, issues),
                None => issues.push(Issue::new("/provider", "is of a profile that there is no longer")),
            },
        }
    }

    fn refers(&self) -> Vec<(Sort, &str)> {
        let mut refers = vec![(Sort::Provider, self.provider.as_str())];
        refers.extend(self.location.iter().map(|name| (Sort::Location, name.as_str())));
        refers.extend(self.tenants.iter().chain(&self.owner).map(|name| (Sort::Tenant, name.as_str())));
        refers
    }

    /// Texts where the profile has secrets go to the vault; what is shown as kept and was kept stays.
    fn conceal(
        &mut self,
        name: &str,
        before: Option<Arc<Concealed>>,
        known: &Snapshot,
        vault: &Vault,
    ) -> Result<Option<Arc<Concealed>>, VaultError> {
        let provider = known.get::<super::Provider>(&self.provider);
        let profile = provider.and_then(|provider| Profile::named(&provider.record.profile));
        let is_secret = |name: &str| profile.is_some_and(|profile| profile.is_secret(name));
        let wanted: Vec<String> = self.parameters.keys().filter(|name| is_secret(name)).cloned().collect();
        let is_new = |name: &&String| self.parameters.get(*name).is_some_and(Value::is_string);
        let owner = owner(name);
        let mut secrets = match before.as_deref() {
            Some(Concealed::Sealed(sealed)) if !wanted.iter().all(|name| is_new(&name)) => {
                vault.open(&owner, sealed)?
            }
            _ => Secrets::default(),
        };
        secrets.retain(|name| wanted.iter().any(|wanted| wanted == name));
        for name in &wanted {
            match self.parameters.insert(name.clone(), marker()) {
                Some(Value::String(text)) => secrets.set(name.clone(), Secret::new(text)),
                // Shown as kept, but it was not.
                _ if secrets.get(name).is_none() => drop(self.parameters.remove(name)),
                _ => {}
            }
        }
        if secrets.is_empty() {
            return Ok(None);
        }
        Ok(Some(Arc::new(Concealed::Sealed(vault.seal(&owner, &secrets)?))))
    }
}

/// What the vault binds the secrets of an account to.
pub(crate) fn owner(account: &str) -> String {
    format!("account {account}")
}
