//! What went wrong at a CIMI cloud, in the connector's classes.

use cimi::Document;
use cimi::client::{Client, Error, Failure};
use cimi::model::State;

use crate::connector::{Class, CloudError};

/// Whether a call can have had an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It only reads.
    None,
    /// It changes something.
    Possible,
}

/// An error of a call that only reads: its outcome cannot be unknown.
#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
pub(super) fn reading(error: Error) -> CloudError {
    classified(&error, Effect::None)
}

/// An error of a call that changes something.
#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
pub(super) fn changing(error: Error) -> CloudError {
    classified(&error, Effect::Possible)
}

/// An error of an operation of a resource or collection. One that is not even shown although the state would allow it is one
/// that this cloud does not do.
pub(super) fn operating(error: Error, client: &Client, document: &Document, operation: &str) -> CloudError {
    let is_shown = shows(client, document, operation);
    let never = error.failure == Failure::NotOffered && !is_shown && allows(document, operation);
    let mut seen = changing(error);
    if never {
        seen.class = Class::Unsupported;
        seen.message = format!("this cloud does not offer {operation}");
    }
    seen
}

/// Whether an operation is shown, be it that it is not available now.
pub(super) fn shows(client: &Client, document: &Document, operation: &str) -> bool {
    document.offers().any(|offer| client.dialect().names(client.edition(), offer.rel, operation))
}

/// Whether the state that a document shows, if its type has states, allows an operation.
fn allows(document: &Document, operation: &str) -> bool {
    let Some(states) = document.schema.ty.states else { return true };
    let Some(state) = document.attributes.text("state") else { return false };
    let mut transitions = states.transitions.iter().filter(|it| it.operation == operation).peekable();
    if transitions.peek().is_none() {
        // What leads from no state to another is for those that are at rest.
        return matches!(states.find(state), Some(State::Stable(_)));
    }
    transitions.any(|transition| transition.from.contains(&state))
}

fn classified(error: &Error, effect: Effect) -> CloudError {
    tracing::debug!(%error, "a cloud did not do what it was asked for");
    let reads = effect == Effect::None;
    let (class, retry_after) = match error.failure {
        Failure::Unreachable => (Class::Unreachable, None),
        Failure::NoReply if reads => (Class::Unreachable, None),
        Failure::NoReply => (Class::UnknownOutcome, None),
        Failure::Status(status, retry_after) => (of_status(status, retry_after, reads), retry_after),
        Failure::NotOffered => (Class::Conflict, None),
        // A change has been made before its reply turns out to be no CIMI.
        Failure::Unreadable if !reads => (Class::UnknownOutcome, None),
        Failure::BadUri | Failure::Unreadable | Failure::Settings | Failure::Deadline | Failure::Failed => {
            (Class::Invalid, None)
        }
    };
    let message = match error.failure {
        Failure::Unreachable => format!("it cannot be reached: {}", error.message),
        Failure::NoReply => format!("it did not answer: {}", error.message),
        Failure::Status(status, _) if error.message.is_empty() => format!("it answered {status}"),
        // Its own words are told of something that it has not refused.
        Failure::Status(status, _) if class == Class::UnknownOutcome => {
            format!("it answered {status}: {}", error.message)
        }
        _ => error.message.clone(),
    };
    CloudError { class, message, retry_after }
}

fn of_status(status: u16, retry_after: Option<u64>, reads: bool) -> Class {
    match status {
        401 => Class::Auth,
        403 => Class::Forbidden,
        404 | 410 => Class::Gone,
        409 | 412 => Class::Conflict,
        429 => Class::Throttled,
        405 | 501 => Class::Unsupported,
        507 => Class::Capacity,
        // Who says when to come again has refused; who does not may have run out of time over it.
        503 if reads || retry_after.is_some() => Class::Unavailable,
        500..=599 if reads => Class::Unavailable,
        500..=599 => Class::UnknownOutcome,
        _ => Class::Invalid,
    }
}

/// Kept beside the classes so that both editions' servers are thought of.
#[cfg(test)]
mod tests {
    use cimi::Edition;

    use super::*;

    #[test]
    fn only_what_cannot_have_happened_is_said_not_to_have() {
        for (status, retry_after, expected) in [
            (401, None, Class::Auth),
            (403, None, Class::Forbidden),
            (404, None, Class::Gone),
            (409, None, Class::Conflict),
            (429, Some(1), Class::Throttled),
            (500, None, Class::UnknownOutcome),
            (502, None, Class::UnknownOutcome),
            (503, Some(5), Class::Unavailable),
            (503, None, Class::UnknownOutcome),
            (504, None, Class::UnknownOutcome),
        ] {
            assert_eq!(of_status(status, retry_after, false), expected, "{status} after a change");
            assert_ne!(of_status(status, retry_after, true), Class::UnknownOutcome, "{status} after reading");
        }
    }

    #[test]
    fn a_state_forbids_what_it_forbids_and_nothing_else() {
        let allows = |state: &str, operation: &str| {
            let mut machine = Document::new(cimi::model::schema(Edition::V2, "Machine"));
            machine.attributes.set("state", state);
            allows(&machine, operation)
        };
        assert!(allows("STARTED", "pause"));
        assert!(!allows("STOPPED", "pause"));
        assert!(allows("STOPPED", "edit") && !allows("STOPPING", "edit"));
        let disks = Document::new(cimi::model::schema(Edition::V2, "DiskCollection"));
        assert!(super::allows(&disks, "add"), "there are no states");
    }
}
