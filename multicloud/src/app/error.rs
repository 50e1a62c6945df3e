//! Why a use case was refused.

use std::fmt;

use crate::connector::{Class, CloudError};
use crate::store::StoreError;

/// A use case that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppError {
    /// The class.
    pub problem: Problem,
    /// For the caller.
    pub message: String,
    /// Further remarks: why each cloud was not chosen.
    pub details: Vec<String>,
}

/// The classes of refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no such thing.
    NotFound,
    /// The request cannot be carried out, now or later.
    Invalid,
    /// The resource's state forbids it now, or no cloud has room.
    Conflict,
    /// It was changed by somebody else.
    Changed,
    /// The account at the cloud concerned may not do that.
    Forbidden,
    /// The manager, or the cloud concerned, does not do that.
    Unsupported,
    /// The clouds concerned are out of reach; seconds to wait.
    Unavailable(u64),
    /// The manager's own fault.
    Internal,
}

/// Seconds to wait where the cloud named none.
const WAIT: u64 = 5;

impl AppError {
    /// A refusal.
    pub fn new(problem: Problem, message: impl Into<String>) -> Self {
        Self { problem, message: message.into(), details: Vec::new() }
    }

    /// There is no such thing.
    pub fn not_found(what: impl fmt::Display) -> Self {
        Self::new(Problem::NotFound, format!("there is no {what}"))
    }

    /// With further remarks.
    #[must_use]
    pub fn with(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }
}

impl AppError {
    /// What an account's cloud answered, or why it did not.
    pub fn at(account: &str, error: &CloudError) -> Self {
        let wait = error.retry_after.unwrap_or(WAIT);
        let problem = match error.class {
            Class::Capacity | Class::Quota | Class::Conflict => Problem::Conflict,
            Class::Throttled
            | Class::Auth
            | Class::Unavailable
            | Class::Unreachable
            | Class::UnknownOutcome => Problem::Unavailable(wait),
            Class::Forbidden => Problem::Forbidden,
            Class::Invalid => Problem::Invalid,
            Class::Gone => Problem::NotFound,
            Class::Unsupported => Problem::Unsupported,
        };
        Self::new(problem, format!("{account}: {}", error.message))
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        Self::new(Problem::Internal, "the manager could not record the request; nothing was done")
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for AppError {}
