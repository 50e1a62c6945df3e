//! Update semantics (DSP0263 4.2.1.3, 5.3): what a PUT, whole or partial, changes.
//!
//! Owns the comparison of what is with what is asked for. What a reset attribute becomes, and what a change brings about,
//! is the provider's.

use std::collections::BTreeSet;

use crate::document::Document;
use crate::extension::Extensions;
use crate::model::Attribute;
use crate::query::Select;
use crate::value::{Attributes, Name, Reference, Value};

#[cfg(test)]
mod tests;

/// The changes that a PUT asks for: writable attributes only, and only those that differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Update {
    /// Attributes to set.
    pub set: Vec<(Name, Value)>,
    /// Attributes to reset: absent from a whole PUT, or listed in `$select` and absent from the body.
    pub reset: Vec<Name>,
}

/// Why a PUT asks for what cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// The body is of another type than the resource.
    #[error("expected a representation of {expected}, found one of {found}")]
    OtherType {
        /// The type URI of the resource.
        expected: String,
        /// That of the body.
        found: String,
    },
    /// Neither the type nor the provider's ResourceMetadata defines the attribute, nor does the resource have it (5.3).
    #[error("{attribute} is no attribute of {ty}")]
    Unknown {
        /// The attribute.
        attribute: String,
        /// The type's name.
        ty: &'static str,
    },
    /// `$select` makes a resource without this attribute of it (4.2.1.3.1).
    #[error("{attribute} is in the body but not in $select: list it there, or leave it out")]
    NotSelected {
        /// The attribute.
        attribute: String,
    },
}

impl UpdateError {
    /// The top-level attribute of the body that is wrong, if it is one.
    pub fn attribute(&self) -> Option<&str> {
        match self {
            Self::OtherType { .. } => None,
            Self::Unknown { attribute, .. } | Self::NotSelected { attribute } => Some(attribute),
        }
    }
}

impl Update {
    /// Says what a PUT of `body` on `current` changes: everything if there is no `$select` or it says `*`, else the
    /// attributes that it lists.
    ///
    /// Attributes that a consumer may not write are passed over, whatever the body says of them; so is what the provider
    /// shows without declaring it, since a consumer has to send it back. `null` and an empty value in the body are as good as
    /// no value. A reference to the same place is the same, expanded or not.
    ///
    /// # Errors
    /// If the body is of another type, or has an attribute that is unknown or not selected.
    pub fn plan(
        current: &Document,
        body: &Document,
        select: Option<&Select>,
        extensions: &Extensions,
    ) -> Result<Self, UpdateError> {
        if current.type_uri() != body.type_uri() {
            let (expected, found) = (current.type_uri().to_owned(), body.type_uri().to_owned());
            return Err(UpdateError::OtherType { expected, found });
        }
        let selected = |name: &str| select.is_none_or(|select| select.contains(name));
        for (name, _) in body.attributes.iter() {
            let known = extensions.declaration(current.schema, name).is_some();
            if !known && !current.attributes.contains(name) {
                return Err(UpdateError::Unknown { attribute: name.to_owned(), ty: current.schema.name() });
            }
            if !selected(name) {
                return Err(UpdateError::NotSelected { attribute: name.to_owned() });
            }
        }
        let mut update = Self::default();
        for attribute in writable(current, extensions).filter(|attribute| selected(attribute.name)) {
            update.compare(attribute, &current.attributes, &body.attributes);
        }
        Ok(update)
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.reset.is_empty()
    }

    /// Makes the changes; what is reset is removed.
    pub fn apply(&self, attributes: &mut Attributes) {
        for (name, value) in &self.set {
            attributes.set(name.clone(), value.clone());
        }
        for name in &self.reset {
            attributes.remove(name.as_str());
        }
    }

    fn compare(&mut self, attribute: &Attribute, current: &Attributes, body: &Attributes) {
        let name = Name::new(attribute.name);
        match (present(current, attribute.name), present(body, attribute.name)) {
            (None, None) => {}
            (Some(_), None) => self.reset.push(name),
            (Some(old), Some(new)) if same(old, new) => {}
            (_, Some(new)) => self.set.push((name, new.clone())),
        }
    }
}

/// The attributes of a resource that a consumer may write, in the order of declaration.
fn writable<'a>(
    current: &Document,
    extensions: &'a Extensions,
) -> impl Iterator<Item = &'a Attribute> + use<'a> {
    let extended = extensions.of(current.schema.name()).iter().map(|extension| &extension.attribute);
    current
        .schema
        .attributes()
        .iter()
        .chain(extended)
        .filter(|attribute| attribute.constraints.consumer_writable())
}

/// A value that is there and not empty.
fn present<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a Value> {
    attributes.get(name).filter(|value| !value.is_empty() && **value != Value::Null)
}

/// Whether a consumer that sends `new` leaves `old` as it is.
fn same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Ref(old), Value::Ref(new)) => same_reference(old, new),
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new))
        }
        (Value::Structure(old), Value::Structure(new)) => same_attributes(old, new),
        (old, new) => old == new,
    }
}

/// What stands beside the `href` of a plain reference is a copy of its target: no change of it can be meant (5.3).
fn same_reference(old: &Reference, new: &Reference) -> bool {
    let plain = old.href.is_some() && old.attributes.is_empty();
    old.href == new.href && (plain || same_attributes(&old.attributes, &new.attributes))
}

fn same_attributes(old: &Attributes, new: &Attributes) -> bool {
    let names: BTreeSet<&str> = old.iter().chain(new.iter()).map(|(name, _)| name).collect();
    names.into_iter().all(|name| match (present(old, name), present(new, name)) {
        (Some(old), Some(new)) => same(old, new),
        (None, None) => true,
        _ => false,
    })
}
