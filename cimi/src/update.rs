//! Update semantics (DSP0263 4.2.1.3, 5.3): what a PUT, whole or partial, changes.
//!
//! Owns the comparison of what is with what is asked for. Changes nothing itself.

use crate::value::{Name, Value};

/// The changes that a PUT asks for: writable attributes only, and only those that differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Update {
    /// Attributes to set.
    pub set: Vec<(Name, Value)>,
    /// Attributes to reset: absent from a whole PUT, or listed in `$select` and absent from the body.
    pub reset: Vec<Name>,
}
