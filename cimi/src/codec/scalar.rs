//! Simple values as text (DSP0263 5.5.1 to 5.5.10), for both serializations.
//!
//! Owns the step from text and declared type to value, and the guess where no type is declared. Knows no position.

use crate::data::{self, Decimal, Invalid};
use crate::model::Type;
use crate::value::Value;

/// Reads text by its declared type; white space around it does not count, except in strings.
///
/// # Errors
/// If the text is not of the type, or the type is no simple one.
pub(super) fn from_text(ty: &Type, text: &str) -> Result<Value, Invalid> {
    let trimmed = trim(text);
    match ty {
        Type::String => Ok(Value::String(text.to_owned())),
        Type::Uri => Ok(Value::String(trimmed.to_owned())),
        Type::Boolean => data::boolean(trimmed).map(Value::Boolean),
        Type::Integer => data::integer(trimmed).map(Value::Integer),
        Type::DateTime => trimmed.parse().map(Value::DateTime),
        Type::Duration => trimmed.parse().map(Value::Duration),
        Type::Bytes => data::bytes(trimmed).map(Value::Bytes),
        Type::Any => Ok(guess(text)),
        _ => Err(Invalid::new(expectation(ty), text)),
    }
}

/// What text without a declared type most likely is: a boolean or a number if it looks like one, else a string, exactly as it is.
pub(super) fn guess(text: &str) -> Value {
    match trim(text) {
        "true" => Value::Boolean(true),
        "false" => Value::Boolean(false),
        trimmed if trimmed.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            number(trimmed).unwrap_or_else(|| Value::String(text.to_owned()))
        }
        _ => Value::String(text.to_owned()),
    }
}

/// A number as JSON writes it: an integer if it has neither fraction nor exponent and fits.
pub(super) fn number(text: &str) -> Option<Value> {
    let decimal: Decimal = text.parse().ok()?;
    // "-0" is a number, but no text that an integer would be written as.
    Some(match text.parse() {
        Ok(number) if text != "-0" => Value::Integer(number),
        _ => Value::Decimal(decimal),
    })
}

/// The text of a simple value, as XML has it; `None` for one that is not simple.
pub(super) fn to_text(value: &Value) -> Option<std::borrow::Cow<'_, str>> {
    Some(match value {
        Value::Boolean(true) => "true".into(),
        Value::Boolean(false) => "false".into(),
        Value::Integer(number) => number.to_string().into(),
        Value::Decimal(number) => number.as_str().into(),
        Value::String(text) => text.into(),
        Value::DateTime(time) => time.as_str().into(),
        Value::Duration(duration) => duration.as_str().into(),
        Value::Bytes(bytes) => data::hex(bytes).into(),
        _ => return None,
    })
}

/// Whether values of the type are text: they can be XML attributes.
pub(super) const fn is_atomic(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Boolean
            | Type::DateTime
            | Type::Duration
            | Type::Integer
            | Type::String
            | Type::Uri
            | Type::Bytes
    )
}

/// What to write for a type, for messages.
pub(super) const fn expectation(ty: &Type) -> &'static str {
    match ty {
        Type::Boolean => "true or false",
        Type::DateTime => "a dateTime such as 2012-05-25T13:30:15-05:00",
        Type::Duration => "a duration such as P1DT2H30M",
        Type::Integer => "an integer",
        Type::String => "a string",
        Type::Uri => "a URI",
        Type::Bytes => "bytes in hexadecimal",
        Type::Any => "any value",
        Type::ValueScope => "a value scope",
        Type::Map(_) => "a map of strings",
        Type::Ref(_) => "a reference",
        Type::Collection(_) => "a reference to a collection",
        Type::Structure(_) => "a structure",
        Type::Array(_) => "an array",
        Type::Members(_) => "an array of members",
    }
}

/// What a value is, for messages.
pub(super) fn description(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Boolean(truth) => format!("the boolean {truth}"),
        Value::Integer(number) => format!("the number {number}"),
        Value::Decimal(number) => format!("the number {}", Invalid::shown(number.as_str())),
        Value::String(text) => format!("the string \"{}\"", Invalid::shown(text)),
        Value::Array(_) => "an array".into(),
        Value::Foreign(_) => "an element".into(),
        _ => "an object".into(),
    }
}

/// The first character that XML 1.0 cannot carry (its production 2), if there is one.
pub(super) fn not_xml(text: &str) -> Option<char> {
    // Nearly every text has neither a control character nor anything of the block that U+FFFE is in.
    if !text.bytes().any(|byte| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0xEF) {
        return None;
    }
    text.chars().find(|&c| !is_xml(c))
}

/// Whether XML 1.0 can carry a character.
pub(super) const fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// Text without the white space of XML around it.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}
