//! Reading values of TOML with their places.
//!
//! Owns the expectations on single values. Knows no resource.

use std::ops::Range;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::Fault;
pub(crate) use crate::names::nearest;

/// A value and its place.
pub(crate) type At<'t> = Spanned<DeValue<'t>>;

/// The entries of a table that have one of these names.
///
/// # Errors
/// At the first key that is none of them.
pub(crate) fn known_keys(table: &DeTable<'_>, what: &str, names: &[&str]) -> Result<(), Fault> {
    for key in table.keys() {
        let name: &str = key.get_ref();
        if !names.contains(&name) {
            let fault =
                Fault::new(key.span(), format!("{name} is nothing that {what} has"), names.join(", "));
            return Err(match nearest(name, names) {
                Some(near) => fault.hint(format!("did you mean `{near}`?")),
                None => fault,
            });
        }
    }
    Ok(())
}

/// A table.
pub(crate) fn table<'a, 't>(value: &'a At<'t>) -> Result<&'a DeTable<'t>, Fault> {
    value.get_ref().as_table().ok_or_else(|| wrong(value, "a table"))
}

/// An array of tables.
pub(crate) fn tables<'a, 't>(value: &'a At<'t>) -> Result<Vec<(&'a DeTable<'t>, Range<usize>)>, Fault> {
    let items = value.get_ref().as_array().ok_or_else(|| wrong(value, "an array of tables"))?;
    items.iter().map(|item| Ok((table(item)?, item.span()))).collect()
}

/// An array.
pub(crate) fn array<'a, 't>(value: &'a At<'t>) -> Result<&'a [At<'t>], Fault> {
    value.get_ref().as_array().map(|items| &items[..]).ok_or_else(|| wrong(value, "an array"))
}

/// A string.
pub(crate) fn text<'a>(value: &'a At<'_>) -> Result<&'a str, Fault> {
    value.get_ref().as_str().ok_or_else(|| wrong(value, "a string"))
}

/// A whole number.
pub(crate) fn integer(value: &At<'_>) -> Result<i64, Fault> {
    let number = value
        .get_ref()
        .as_integer()
        .and_then(|digits| i64::from_str_radix(&digits.as_str().replace('_', ""), digits.radix()).ok());
    number.ok_or_else(|| wrong(value, "a whole number of 64 bits"))
}

/// A truth.
pub(crate) fn boolean(value: &At<'_>) -> Result<bool, Fault> {
    value.get_ref().as_bool().ok_or_else(|| wrong(value, "true or false"))
}

/// Bytes as hexadecimal digits.
pub(crate) fn bytes(value: &At<'_>) -> Result<Vec<u8>, Fault> {
    let digits = text(value)?.as_bytes();
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    });
    pairs.collect::<Option<_>>().ok_or_else(|| wrong(value, "bytes: hexadecimal digits, two for each"))
}

/// A length of time as XML Schema has it.
pub(super) fn span(value: &At<'_>) -> Result<cimi::data::Duration, Fault> {
    text(value)?.parse().map_err(|_| wrong(value, "a duration, such as \"PT1H\" or \"P1D\""))
}

/// A moment.
pub(super) fn moment(value: &At<'_>) -> Result<jiff::Timestamp, Fault> {
    text(value)?.parse().map_err(|_| wrong(value, "a moment, such as \"2026-01-01T12:00:00Z\""))
}

/// A duration such as `250ms` or `PT0.25S`.
pub(crate) fn duration(value: &At<'_>) -> Result<Duration, Fault> {
    let parsed: Option<jiff::SignedDuration> = text(value)?.parse().ok();
    parsed
        .and_then(|duration| Duration::try_from(duration).ok())
        .ok_or_else(|| wrong(value, "a duration, such as \"250ms\", \"1m 30s\" or \"PT2S\""))
}

/// Something else than expected.
pub(crate) fn wrong(value: &At<'_>, expected: &str) -> Fault {
    let found = match value.get_ref() {
        DeValue::String(text) => format!("found \"{}\"", text.chars().take(64).collect::<String>()),
        other => format!("found {}", other.type_str()),
    };
    Fault::new(value.span(), found, expected)
}
