//! What every record of the directory has in common.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::error::Issue;
use super::snapshot::{Snapshot, Table};
use crate::vault::{PasswordHash, Sealed, Secrets, Vault, VaultError};

/// The sorts of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// Placement policies.
    Policy,
    /// Tenants.
    Tenant,
    /// Places.
    Location,
    /// Cloud providers.
    Provider,
    /// Accounts at providers.
    Account,
    /// What is the same at several clouds.
    Mapping,
    /// Users.
    User,
    /// API tokens of users.
    Token,
}

/// A record with what the directory says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<R> {
    /// Its name: unique among records of its sort, and for ever.
    pub name: String,
    /// Whether it is in use.
    pub switch: Switch,
    /// Grows with every change.
    pub version: i64,
    /// Who keeps it.
    pub origin: Origin,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// What it says, nothing of it secret.
    pub record: R,
    /// What it knows and never says.
    pub concealed: Option<Arc<Concealed>>,
}

/// Whether a record is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// It is.
    Enabled,
    /// It is kept, and has no effect.
    Disabled,
}

/// Who keeps a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The store: it is changed through the admin face.
    Store,
    /// The configuration file, which has it at this position: it is changed there.
    File(usize),
}

/// What a record knows and never says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Concealed {
    /// Secrets of an account.
    Sealed(Sealed),
    /// The password of a user.
    Password(PasswordHash),
    /// The digest of a token, in hexadecimal digits.
    Token(String),
    /// Secrets that stand in files beside the configuration: never stored.
    #[serde(skip)]
    Held(Secrets),
}

/// A sort of record.
pub trait Record:
    Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned + ToSchema + Send + Sync + 'static
{
    /// Which.
    const SORT: Sort;

    /// Where they are.
    fn table(snapshot: &Snapshot) -> &Table<Self>;

    /// Where they are, to be changed.
    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self>;

    /// Holds the record against what is true of all its sort, and against the others.
    fn check(&self, known: &Snapshot, issues: &mut Vec<Issue>);

    /// The records that it refers to.
    fn refers(&self) -> Vec<(Sort, &str)> {
        Vec::new()
    }

    /// The tenant whose alone it is, if it is one's: its admin is told of it.
    fn tenant(&self, name: &str, known: &Snapshot) -> Option<String> {
        let _ = (name, known);
        None
    }

    /// Takes out of the record what it must not say. `before`: what was concealed so far.
    ///
    /// # Errors
    /// The vault's.
    fn conceal(
        &mut self,
        name: &str,
        before: Option<Arc<Concealed>>,
        known: &Snapshot,
        vault: &Vault,
    ) -> Result<Option<Arc<Concealed>>, VaultError> {
        let _ = (name, known, vault);
        Ok(before)
    }
}

impl Sort {
    /// All sorts; what others refer to comes first.
    pub const ALL: [Self; 8] = [
        Self::Policy,
        Self::Tenant,
        Self::Location,
        Self::Provider,
        Self::Account,
        Self::Mapping,
        Self::User,
        Self::Token,
    ];

    /// The name of their collection.
    pub const fn collection(self) -> &'static str {
        match self {
            Self::Policy => "policies",
            Self::Tenant => "tenants",
            Self::Location => "locations",
            Self::Provider => "providers",
            Self::Account => "accounts",
            Self::Mapping => "mappings",
            Self::User => "users",
            Self::Token => "tokens",
        }
    }

    /// What one of them is called.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Tenant => "tenant",
            Self::Location => "location",
            Self::Provider => "provider",
            Self::Account => "account",
            Self::Mapping => "mapping",
            Self::User => "user",
            Self::Token => "token",
        }
    }

    /// Whether one can be disabled. A policy cannot: whoever refers to it would be placed by none.
    pub const fn has_switch(self) -> bool {
        !matches!(self, Self::Policy)
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.noun())
    }
}

impl<R: Record> Entry<R> {
    /// Whether it is in use.
    pub fn is_enabled(&self) -> bool {
        self.switch == Switch::Enabled
    }

    /// Another text whenever the record is another, restarts included: what entity tags are made of.
    pub fn tag(&self) -> String {
        let body = serde_json::to_vec(&(&self.record, self.switch)).unwrap_or_default();
        let digest = Sha256::digest(&body);
        format!("{}-{}", self.version, hex::encode(&digest[..6]))
    }
}

impl fmt::Debug for Concealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Concealed")
    }
}
