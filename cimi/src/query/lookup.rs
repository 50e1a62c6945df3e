//! What filters and sort keys see of a member: single values, by name.
//!
//! Owns the door through which they look. A provider need not build a document to have a member judged: it answers for the
//! attributes that are asked for.

use std::borrow::Cow;

use crate::data::{DateTime, Decimal, Duration};
use crate::value::{Attributes, Value};

/// A resource that can be asked for single attributes.
pub trait Lookup {
    /// The value of an attribute; none if it is absent, empty, or not simple.
    fn simple(&self, name: &str) -> Option<Simple<'_>>;

    /// The value of a property (5.5.6); none if there is none of this key.
    fn property(&self, key: &str) -> Option<Cow<'_, str>>;
}

/// A value that can be compared or ordered (5.5).
#[derive(Clone, Debug, PartialEq)]
pub enum Simple<'a> {
    /// 5.5.1
    Boolean(bool),
    /// 5.5.4
    Integer(i64),
    /// What only extensions have.
    Decimal(Cow<'a, Decimal>),
    /// 5.5.2
    DateTime(Cow<'a, DateTime>),
    /// 5.5.3
    Duration(Cow<'a, Duration>),
    /// A string that is not empty, or a URI.
    Text(Cow<'a, str>),
}

impl<'a> Simple<'a> {
    /// A value, if it is simple.
    pub fn of(value: &'a Value) -> Option<Self> {
        Some(match value {
            Value::Boolean(truth) => Self::Boolean(*truth),
            Value::Integer(number) => Self::Integer(*number),
            Value::Decimal(number) => Self::Decimal(Cow::Borrowed(number)),
            Value::DateTime(time) => Self::DateTime(Cow::Borrowed(time)),
            Value::Duration(duration) => Self::Duration(Cow::Borrowed(duration)),
            Value::String(text) if text.is_empty() => return None,
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            _ => return None,
        })
    }

    /// The same value, borrowed from nothing.
    pub fn into_owned(self) -> Simple<'static> {
        match self {
            Self::Boolean(truth) => Simple::Boolean(truth),
            Self::Integer(number) => Simple::Integer(number),
            Self::Decimal(number) => Simple::Decimal(Cow::Owned(number.into_owned())),
            Self::DateTime(time) => Simple::DateTime(Cow::Owned(time.into_owned())),
            Self::Duration(duration) => Simple::Duration(Cow::Owned(duration.into_owned())),
            Self::Text(text) => Simple::Text(Cow::Owned(text.into_owned())),
        }
    }
}

impl Lookup for Attributes {
    fn simple(&self, name: &str) -> Option<Simple<'_>> {
        Simple::of(self.get(name)?)
    }

    fn property(&self, key: &str) -> Option<Cow<'_, str>> {
        self.map("properties")?.get(key).map(|value| Cow::Borrowed(value.as_str()))
    }
}
