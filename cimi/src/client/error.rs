//! Why a call failed, in classes that a caller can act on.

use std::fmt;

/// A call that did not succeed.
#[derive(Clone, Debug)]
pub struct Error {
    /// The class.
    pub failure: Failure,
    /// The URI concerned.
    pub uri: String,
    /// What happened, for people: the server's own words where it gave any.
    pub message: String,
}

/// The classes of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Not a URI, or one that must not be followed.
    BadUri,
    /// No connection was made: the request had no effect.
    Unreachable,
    /// The connection was made, but no whole reply came in time: whether there was an effect is unknown.
    NoReply,
    /// The server refused, with this status.
    Status(u16, RetryAfter),
    /// The reply cannot be read.
    Unreadable,
    /// The resource does not offer the operation, or the edition does not have it.
    NotOffered,
    /// A Job or resource did not get where it should in the time given.
    Deadline,
    /// A Job or resource ended where it should not: the work failed.
    Failed,
    /// The settings cannot be used.
    Settings,
}

/// Seconds to wait, where the server named them.
pub type RetryAfter = Option<u64>;

impl Error {
    /// An error about a URI.
    pub fn new(failure: Failure, uri: impl Into<String>, message: impl Into<String>) -> Self {
        Self { failure, uri: uri.into(), message: message.into() }
    }

    /// The HTTP status, if the server refused.
    pub fn status(&self) -> Option<u16> {
        match self.failure {
            Failure::Status(status, _) => Some(status),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.failure {
            Failure::Status(status, _) => write!(f, "{} answered {status}: {}", self.uri, self.message),
            Failure::Unreachable => write!(f, "{} cannot be reached: {}", self.uri, self.message),
            Failure::NoReply => write!(f, "{} did not answer: {}", self.uri, self.message),
            _ => write!(f, "{}: {}", self.uri, self.message),
        }
    }
}

impl std::error::Error for Error {}
