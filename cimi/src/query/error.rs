//! A query parameter that cannot be used.
//!
//! Owns the shape of the refusal: which parameter, where in it, what was expected and what was found.

use std::fmt;

/// Why a query parameter was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// The parameter: `$filter`.
    pub parameter: &'static str,
    /// The decoded value; as it was sent if it cannot be decoded.
    pub text: String,
    /// The place in `text`, in characters from 1.
    pub column: usize,
    /// What was expected there and what was found.
    pub message: String,
}

impl QueryError {
    /// An error at the byte `offset` of `text`.
    pub(super) fn at(parameter: &'static str, text: &str, offset: usize, message: impl Into<String>) -> Self {
        Self { parameter, text: text.to_owned(), column: column(text, offset), message: message.into() }
    }
}

/// The column, in characters from 1, of the byte `offset` of `text`.
pub(super) fn column(text: &str, offset: usize) -> usize {
    text.char_indices().take_while(|&(at, _)| at < offset).count() + 1
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at column {}: {}", self.parameter, self.column, self.message)
    }
}

impl std::error::Error for QueryError {}
