//! Why the cloud does not do what it is asked for.
//!
//! Owns the pairing of a reason with its text and the resources concerned. The face gives them their URIs.

use std::time::Duration;

use cimi::server::Reason;

use crate::world::Id;

/// A refusal, in the cloud's own terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The reason: decides the status.
    pub reason: Reason,
    /// What was wrong, what was expected: for the caller.
    pub message: String,
    /// The resources concerned.
    pub about: Vec<Id>,
    /// When to come again, where that makes sense.
    pub retry_after: Option<Duration>,
}

impl Denial {
    /// What is asked for makes no sense here.
    pub fn bad(message: impl Into<String>) -> Self {
        Self::refused(Reason::BadRequest, message)
    }

    /// The present state of `about` forbids it.
    pub fn conflict(about: Id, message: impl Into<String>) -> Self {
        Self { about: vec![about], ..Self::refused(Reason::Conflict, message) }
    }

    /// Nothing is there.
    pub fn missing(message: impl Into<String>) -> Self {
        Self::refused(Reason::NotFound, message)
    }

    /// It is refused for this reason, whatever the resources.
    pub fn refused(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), about: Vec::new(), retry_after: None }
    }

    /// To be asked for again after so long.
    #[must_use]
    pub fn again(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }
}
