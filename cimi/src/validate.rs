//! A document against its schema, for the one who sends it (DSP0263 5.3).
//!
//! Owns which attributes must be there, which values are allowed and which types; for documents that were built rather than
//! read, and for what a reader cannot know: whether everything that must be there is. Knows no serialization.

use crate::model::{Attribute, Values};
use crate::value::Value;

/// Why the declaration of an attribute forbids a value of the right type, if it does: what was expected and what was found.
pub fn forbidden(attribute: &Attribute, value: &Value) -> Option<String> {
    match (attribute.values, value) {
        (Values::Closed(allowed), Value::String(text)) if !allowed.contains(&text.as_str()) => Some(format!(
            "expected one of {}, found \"{}\"",
            allowed.join(", "),
            crate::data::Invalid::shown(text)
        )),
        (Values::Range(from, to), Value::Integer(number)) if !(from..=to).contains(number) => {
            Some(format!("expected a number from {from} to {to}, found {number}"))
        }
        _ => None,
    }
}
