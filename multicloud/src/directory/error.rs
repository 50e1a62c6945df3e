//! Why a change of the directory was refused.

use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;

use super::entry::Sort;
use crate::store::StoreError;
use crate::vault::VaultError;

/// Why a change of the directory was refused. Nothing has changed then.
#[derive(Debug, Error)]
pub enum DirectoryError {
    /// There is none of this name.
    #[error("there is no {0} `{1}`")]
    NotFound(Sort, String),
    /// There is one already.
    #[error("there is a {0} `{1}` already: choose another name, or change that one")]
    Exists(Sort, String),
    /// It is not of the version that was demanded.
    #[error("the {0} `{1}` was changed meanwhile: read it again, then repeat the change")]
    Changed(Sort, String),
    /// The configuration file declares it.
    #[error("the {0} `{1}` is declared in the configuration file: change it there, and start again")]
    Declared(Sort, String),
    /// Others refer to it.
    #[error("the {sort} `{name}` is in use: {by}")]
    InUse {
        /// Its sort.
        sort: Sort,
        /// Its name.
        name: String,
        /// Who uses it.
        by: String,
    },
    /// It is wrong.
    #[error("the {0} cannot be used as it is given")]
    Invalid(Sort, Vec<Issue>),
    /// Nobody could administer the manager any more.
    #[error(
        "nobody would be left who may administer the manager: there must be an enabled user with a password and the role cloud-admin"
    )]
    Lockout,
    /// Whoever asks may not.
    #[error("{0}")]
    Forbidden(String),
    /// A secret cannot be kept.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The store does not work.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One thing that is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Issue {
    /// Where, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What is wrong, and what was expected.
    pub detail: String,
}

impl Issue {
    /// An issue at a pointer.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}
