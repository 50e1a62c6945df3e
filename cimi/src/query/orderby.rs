//! `$orderby` (DSP0263 4.1.6.6): in which order the members of a collection are listed.
//!
//! Owns the keys, their type rules, and the order that they make. The order is total on what is there and leaves equal
//! members where they were; what lacks an attribute comes last, whichever the direction.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use crate::data::{DateTime, Decimal, Duration};
use crate::extension::Extensions;
use crate::limits::Limits;
use crate::model::{Schema, Type};

use super::error::QueryError;
use super::lookup::{Lookup, Simple};
use super::names;

pub(super) const PARAMETER: &str = "$orderby";

/// Sort keys, the most significant first; at least one.
#[derive(Clone, Debug)]
pub struct OrderBy {
    keys: Vec<Key>,
    text: Arc<str>,
}

/// A sort key.
#[derive(Clone, Debug)]
pub struct Key {
    /// The attribute.
    pub attribute: String,
    /// The direction.
    pub direction: Direction,
    /// Byte offset in the text.
    at: usize,
}

/// The direction of a sort key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// `:asc`, and what holds if nothing is said.
    #[default]
    Ascending,
    /// `:desc`
    Descending,
}

impl OrderBy {
    /// Parses the value of `$orderby`, already percent-decoded.
    ///
    /// # Errors
    /// With the column, if an entry is no attribute name with an optional `:asc` or `:desc`, or if there are more of them
    /// than `limits.attributes`.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, QueryError> {
        let mut keys = Vec::new();
        for (at, entry) in names::entries(text) {
            if keys.len() == limits.attributes {
                let message = format!("more than {} sort keys", limits.attributes);
                return Err(QueryError::at(PARAMETER, text, at, message));
            }
            keys.push(Key::parse(text, at, entry)?);
        }
        Ok(Self { keys, text: text.into() })
    }

    /// These keys, and those of another one after them.
    #[must_use]
    pub fn then(mut self, other: Self) -> Self {
        let shift = self.text.len() + 1;
        self.text = format!("{},{}", self.text, other.text).into();
        self.keys.extend(other.keys.into_iter().map(|key| Key { at: key.at + shift, ..key }));
        self
    }

    /// The keys, the most significant first.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Checks the keys against the type of a collection's members. A name that the type does not define is no error.
    ///
    /// # Errors
    /// At the first key whose type has no order: all but boolean, dateTime, duration, integer and string.
    pub fn check(&self, member: &Schema, extensions: &Extensions) -> Result<(), QueryError> {
        for Key { attribute, at, .. } in &self.keys {
            let Some(declared) = extensions.declaration(member, attribute) else { continue };
            match declared.ty {
                Type::Boolean | Type::DateTime | Type::Duration | Type::Integer | Type::String => {}
                ty => {
                    let message = format!(
                        "expected an attribute of type boolean, dateTime, duration, integer or string; {attribute} is of type {}",
                        ty.name()
                    );
                    return Err(QueryError::at(PARAMETER, &self.text, *at, message));
                }
            }
        }
        Ok(())
    }

    /// What a resource is sorted by: to be computed once for each, then compared by [`OrderBy::compare`].
    pub fn rank(&self, member: &impl Lookup) -> Rank {
        Rank(self.keys.iter().map(|key| member.simple(&key.attribute).map(Ordinal::of)).collect())
    }

    /// Compares two ranks that were computed by these keys.
    pub fn compare(&self, left: &Rank, right: &Rank) -> Ordering {
        self.keys
            .iter()
            .zip(left.0.iter().zip(&right.0))
            .map(|(key, pair)| match pair {
                (Some(left), Some(right)) => key.direction.apply(left.cmp(right)),
                // Absent values come last in either direction.
                (left, right) => right.is_some().cmp(&left.is_some()),
            })
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

/// What one resource is sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rank(Vec<Option<Ordinal>>);

/// A value in the order of its type. Values of several types, which only an attribute without declaration can have, are
/// kept apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ordinal {
    Boolean(bool),
    Number(Number),
    DateTime(DateTime),
    Duration(Duration),
    /// In Normalization Form KD: the bytes of UTF-8 are in the order of the code points.
    Text(String),
}

#[derive(Clone, Debug)]
enum Number {
    Integer(i64),
    Decimal(Decimal),
}

impl Ordinal {
    fn of(value: Simple<'_>) -> Self {
        match value {
            Simple::Boolean(truth) => Self::Boolean(truth),
            Simple::Integer(number) => Self::Number(Number::Integer(number)),
            Simple::Decimal(number) => Self::Number(Number::Decimal(number.into_owned())),
            Simple::DateTime(time) => Self::DateTime(time.into_owned()),
            Simple::Duration(duration) => Self::Duration(duration.into_owned()),
            Simple::Text(text) if text.is_ascii() => Self::Text(text.into_owned()),
            Simple::Text(text) => Self::Text(text.nfkd().collect()),
        }
    }
}

impl Number {
    fn to_decimal(&self) -> Decimal {
        match self {
            Self::Integer(number) => Decimal::from(*number),
            Self::Decimal(number) => number.clone(),
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => left.cmp(right),
            _ => self.to_decimal().cmp(&other.to_decimal()),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number {}

impl Key {
    fn parse(text: &str, at: usize, entry: &str) -> Result<Self, QueryError> {
        let (name, direction) = match entry.split_once(':') {
            None => (entry, Direction::default()),
            Some((name, "asc")) => (name, Direction::Ascending),
            Some((name, "desc")) => (name, Direction::Descending),
            Some((name, other)) => {
                let message = format!("expected asc or desc, found `{other}`");
                return Err(QueryError::at(PARAMETER, text, at + name.len() + 1, message));
            }
        };
        if !names::is_identifier(name) {
            let found = if entry.is_empty() { "nothing".to_owned() } else { format!("`{name}`") };
            let message = format!("expected the name of an attribute, found {found}");
            return Err(QueryError::at(PARAMETER, text, at, message));
        }
        Ok(Self { attribute: name.to_owned(), direction, at })
    }
}

impl Direction {
    /// The ordering in this direction.
    #[must_use]
    pub const fn apply(self, ordering: Ordering) -> Ordering {
        match self {
            Self::Ascending => ordering,
            Self::Descending => ordering.reverse(),
        }
    }
}

impl PartialEq for OrderBy {
    fn eq(&self, other: &Self) -> bool {
        self.keys == other.keys
    }
}

impl PartialEq for Key {
    /// Where it stands does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.attribute == other.attribute && self.direction == other.direction
    }
}

impl fmt::Display for OrderBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, key) in self.keys.iter().enumerate() {
            f.write_str(if at > 0 { "," } else { "" })?;
            f.write_str(&key.attribute)?;
            f.write_str(if key.direction == Direction::Descending { ":desc" } else { "" })?;
        }
        Ok(())
    }
}
