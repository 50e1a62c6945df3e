//! A query parameter that cannot be used.

use std::fmt;

/// Why a query parameter was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// The parameter: `$filter`.
    pub parameter: &'static str,
    /// The decoded value.
    pub text: String,
    /// The place in `text`, in characters from 1.
    pub column: usize,
    /// What was expected there and what was found.
    pub message: String,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at column {}: {}", self.parameter, self.column, self.message)
    }
}

impl std::error::Error for QueryError {}
