//! Why the cloud does not do what it is asked for.
//!
//! Owns the pairing of a reason with its text and the resources concerned. The face gives them their URIs.

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
}

impl Denial {
    /// What is asked for makes no sense here.
    pub fn bad(message: impl Into<String>) -> Self {
        Self { reason: Reason::BadRequest, message: message.into(), about: Vec::new() }
    }

    /// The present state of `about` forbids it.
    pub fn conflict(about: Id, message: impl Into<String>) -> Self {
        Self { reason: Reason::Conflict, message: message.into(), about: vec![about] }
    }

    /// It is refused for this reason, whatever the resources.
    pub fn refused(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), about: Vec::new() }
    }

    /// Nothing is there.
    pub fn missing(message: impl Into<String>) -> Self {
        Self { reason: Reason::NotFound, message: message.into(), about: Vec::new() }
    }
}
