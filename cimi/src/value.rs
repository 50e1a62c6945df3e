//! Values of attributes (DSP0263 5.5), free of any serialization.
//!
//! Owns the value tree and access to it. Knows no type declaration: the model says what a value should be.

use std::borrow::{Borrow, Cow};
use std::fmt;

use indexmap::IndexMap;

use crate::data::{DateTime, Decimal, Duration};
use crate::foreign::Element;

mod entries;
#[cfg(test)]
mod tests;

use entries::Entries;

/// The name of an attribute (5.2). Static names of the model cost no allocation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Cow<'static, str>);

/// Attributes in the order in which they were given; equality does not look at the order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes(Entries);

/// A list of key-value pairs (5.5.7): keys are unique and case-sensitive.
pub type Map = IndexMap<String, String>;

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Erasure (4.2.1.1): `null` in JSON, an empty element in XML. Never the value of a stored attribute.
    Null,
    /// 5.5.1
    Boolean(bool),
    /// 5.5.4, limited to 64 bits.
    Integer(i64),
    /// A number that is no integer. No CIMI attribute has this type; `any`, value scopes and extensions may.
    Decimal(Decimal),
    /// 5.5.5 string and 5.5.10 URI.
    String(String),
    /// 5.5.2
    DateTime(DateTime),
    /// 5.5.3
    Duration(Duration),
    /// 5.5.9
    Bytes(Vec<u8>),
    /// 5.5.7
    Map(Map),
    /// 5.5.6: a reference, a reference with attributes beside it (expanded, or overriding), or attributes by value.
    Ref(Reference),
    /// 5.5.8, and an object whose type is not declared.
    Structure(Attributes),
    /// 5.5.11, and the members of a Collection (5.5.12).
    Array(Vec<Value>),
    /// XML that no declaration describes, kept as it was so that it can be echoed (5.3).
    Foreign(Element),
}

/// A reference to a resource (5.5.6).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reference {
    /// Where it points; absent if the resource is given by value.
    pub href: Option<String>,
    /// Attributes of the target: expanded (4.1.6.4), given by value, or overriding those of a template (4.2.1.1).
    pub attributes: Attributes,
}

impl Name {
    /// A name known at compile time.
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for Name {
    fn from(name: &'static str) -> Self {
        Self::new(name)
    }
}

impl From<String> for Name {
    fn from(name: String) -> Self {
        Self(Cow::Owned(name))
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Attributes {
    /// No attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// No attributes yet, with room for `capacity`.
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Entries::with_capacity(capacity))
    }

    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The value of `name`, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.0.get_mut(name)
    }

    /// Whether `name` is present (a `Null` counts).
    pub fn contains(&self, name: &str) -> bool {
        self.0.get(name).is_some()
    }

    /// Sets `name`, in place if it is there, else at the end. Returns the former value.
    pub fn set(&mut self, name: impl Into<Name>, value: impl Into<Value>) -> Option<Value> {
        self.0.insert(name.into(), value.into())
    }

    /// Sets `name` if it is not there; says whether it was not.
    pub fn insert_new(&mut self, name: Name, value: Value) -> bool {
        self.0.insert_new(name, value)
    }

    /// Sets a name that is not there yet: for who goes through names that differ.
    pub fn push(&mut self, name: Name, value: Value) {
        debug_assert!(!self.contains(name.as_str()), "{name} is there already");
        self.0.push(name, value);
    }

    /// Sets `name` if there is a value.
    pub fn set_some(&mut self, name: impl Into<Name>, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// The same attributes with `name` set: for building documents.
    #[must_use]
    pub fn with(mut self, name: impl Into<Name>, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// Takes `name` out, keeping the order of the rest.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }

    /// Keeps the attributes for which `keep` is true.
    pub fn retain(&mut self, keep: impl FnMut(&str, &mut Value) -> bool) {
        self.0.retain(keep);
    }

    /// A copy with the attributes for whose names `keep` is true.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self(self.0.filtered(keep))
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> + DoubleEndedIterator {
        self.0.iter()
    }

    /// Names and values in order, values to be changed.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&str, &mut Value)> {
        self.0.iter_mut()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// The text of a string attribute.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// The number of an integer attribute.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_integer()
    }

    /// The truth of a boolean attribute.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_boolean()
    }

    /// The reference of a ref or collection attribute.
    pub fn reference(&self, name: &str) -> Option<&Reference> {
        self.get(name)?.as_ref()
    }

    /// Where a ref or collection attribute points.
    pub fn href(&self, name: &str) -> Option<&str> {
        self.reference(name)?.href.as_deref()
    }

    /// The items of an array attribute; none if it is absent.
    pub fn items(&self, name: &str) -> &[Value] {
        match self.get(name) {
            Some(Value::Array(items)) => items,
            _ => &[],
        }
    }

    /// The entries of a map attribute.
    pub fn map(&self, name: &str) -> Option<&Map> {
        match self.get(name)? {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }
}

impl AsRef<Self> for Attributes {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl FromIterator<(Name, Value)> for Attributes {
    fn from_iter<T: IntoIterator<Item = (Name, Value)>>(pairs: T) -> Self {
        let mut attributes = Self::new();
        attributes.extend(pairs);
        attributes
    }
}

impl Extend<(Name, Value)> for Attributes {
    fn extend<T: IntoIterator<Item = (Name, Value)>>(&mut self, pairs: T) {
        for (name, value) in pairs {
            self.0.insert(name, value);
        }
    }
}

impl IntoIterator for Attributes {
    type Item = (Name, Value);
    type IntoIter = std::vec::IntoIter<(Name, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_list().into_iter()
    }
}

impl Reference {
    /// A plain reference.
    pub fn to(href: impl Into<String>) -> Self {
        Self { href: Some(href.into()), attributes: Attributes::new() }
    }

    /// A resource given by value.
    pub fn by_value(attributes: Attributes) -> Self {
        Self { href: None, attributes }
    }
}

impl Value {
    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number of an integer.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The truth of a boolean.
    pub fn as_boolean(&self) -> Option<bool> {
        match self {
            Self::Boolean(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The reference of a ref.
    pub fn as_ref(&self) -> Option<&Reference> {
        match self {
            Self::Ref(reference) => Some(reference),
            _ => None,
        }
    }

    /// The attributes of a structure, or of a resource by value.
    pub fn as_attributes(&self) -> Option<&Attributes> {
        match self {
            Self::Structure(attributes) => Some(attributes),
            Self::Ref(reference) => Some(&reference.attributes),
            _ => None,
        }
    }

    /// Whether a serialization omits it (5.5.15): an empty string, map or array. `Null` is not empty: it erases.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::String(text) => text.is_empty(),
            Self::Map(map) => map.is_empty(),
            Self::Array(items) => items.is_empty(),
            _ => false,
        }
    }
}

macro_rules! from {
    ($($from:ty => $variant:ident),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

from! {
    bool => Boolean,
    i64 => Integer,
    i32 => Integer,
    u32 => Integer,
    String => String,
    &str => String,
    DateTime => DateTime,
    Duration => Duration,
    Map => Map,
    Reference => Ref,
    Attributes => Structure,
    Vec<Value> => Array,
    Element => Foreign,
}
