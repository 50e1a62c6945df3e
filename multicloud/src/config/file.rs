//! The shape of the configuration file. What the fields mean is told in `super`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use cimi::Edition;
use serde::Deserialize;
use toml::Spanned;

use crate::access::Role;
use crate::directory::Mode;
use crate::placement::{Draft, Quota};

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct File {
    pub(super) listen: Option<Spanned<SocketAddr>>,
    pub(super) base_uri: Option<Spanned<String>>,
    pub(super) store: Option<PathBuf>,
    #[serde(default)]
    pub(super) edition: EditionName,
    pub(super) refresh_seconds: Option<Spanned<u64>>,
    pub(super) longest_job_minutes: Option<Spanned<u64>>,
    pub(super) job_retention_minutes: Option<Spanned<u64>>,
    pub(super) usage_retention_days: Option<Spanned<u64>>,
    #[serde(default)]
    pub(super) placement: Draft,
    #[serde(default, rename = "policy")]
    pub(super) policies: BTreeMap<String, Draft>,
    #[serde(default)]
    pub(super) events: Events,
    pub(super) prices: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pub(super) vault: Vault,
    #[serde(default, rename = "tenant")]
    pub(super) tenants: Vec<Tenant>,
    #[serde(default, rename = "user")]
    pub(super) users: Vec<User>,
    #[serde(default, rename = "account")]
    pub(super) accounts: Vec<Account>,
}

/// An edition by its name.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum EditionName {
    V1,
    #[default]
    V2,
}

/// How many events are kept.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Events {
    #[serde(rename = "keep-days")]
    pub(super) days: Option<Spanned<u64>>,
    #[serde(rename = "keep-each")]
    pub(super) each: Option<Spanned<u64>>,
    #[serde(rename = "keep-all")]
    pub(super) all: Option<Spanned<u64>>,
}

/// What secrets are sealed with.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Vault {
    pub(super) master_key_file: Option<Spanned<PathBuf>>,
    pub(super) master_key_env: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) previous_key_files: Vec<Spanned<PathBuf>>,
}

/// A tenant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Tenant {
    pub(super) name: Spanned<String>,
    pub(super) description: Option<String>,
    pub(super) policy: Option<Spanned<String>>,
    pub(super) quota: Option<Spanned<Quota>>,
}

/// A user of the manager.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct User {
    pub(super) name: Spanned<String>,
    pub(super) password_file: Spanned<PathBuf>,
    pub(super) role: Option<Spanned<Role>>,
    pub(super) tenant: Option<Spanned<String>>,
}

/// A cloud account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Account {
    pub(super) name: Spanned<String>,
    pub(super) endpoint: Spanned<String>,
    pub(super) user: Option<Spanned<String>>,
    pub(super) password_file: Option<Spanned<PathBuf>>,
    pub(super) token_file: Option<Spanned<PathBuf>>,
    pub(super) ca_file: Option<Spanned<PathBuf>>,
    pub(super) proxy: Option<Spanned<String>>,
    pub(super) dialect: Option<Spanned<String>>,
    pub(super) enabled: Option<bool>,
    #[serde(default)]
    pub(super) mode: Mode,
    pub(super) location: Option<Spanned<String>>,
    pub(super) price: Option<Spanned<i64>>,
    pub(super) provider: Option<Spanned<String>>,
    pub(super) quota: Option<Spanned<Quota>>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    pub(super) deadline_seconds: Option<Spanned<u64>>,
    pub(super) tenants: Option<Vec<Spanned<String>>>,
    pub(super) owner: Option<Spanned<String>>,
}

impl From<EditionName> for Edition {
    fn from(name: EditionName) -> Self {
        match name {
            EditionName::V1 => Self::V1,
            EditionName::V2 => Self::V2,
        }
    }
}
