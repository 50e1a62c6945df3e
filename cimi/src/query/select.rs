//! `$select` (DSP0263 4.1.6.3): which attributes of a resource, or of a collection and its members, are meant.
//!
//! Owns the names and the projection of documents in memory. What names mean in an update is [`crate::update`]'s.
//! `resourceURI` is no attribute of a document: the codecs always write it.

use std::collections::BTreeSet;
use std::fmt;

use crate::document::Document;
use crate::model::Schema;
use crate::value::{Attributes, Value};

use super::names;

pub(super) const PARAMETER: &str = "$select";

/// The names of all `$select` parameters. Names that mean nothing are kept, and mean nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Select(BTreeSet<String>);

impl Select {
    /// Adds the names in the value of one `$select`, already percent-decoded.
    pub(super) fn extend(&mut self, text: &str) {
        self.0.extend(
            names::entries(text).filter(|(_, name)| !name.is_empty()).map(|(_, name)| name.to_owned()),
        );
    }

    /// The selection of these names.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(str::to_owned).collect())
    }

    /// The same without names that have a path (capability `QueryPathNotation`).
    #[must_use]
    pub fn without_paths(mut self) -> Self {
        self.0.retain(|name| !name.contains('/'));
        self
    }

    /// The names, `*` and paths included.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether everything is selected: `*`.
    pub fn is_all(&self) -> bool {
        self.0.contains("*")
    }

    /// Whether a top-level attribute of a resource is selected.
    pub fn contains(&self, name: &str) -> bool {
        self.is_all() || self.0.contains(name)
    }

    /// Takes out of a document what is not selected. Of a collection, names of its own attributes count for itself, other
    /// names for its members; `disks/name` counts for the members of a collection that holds them as `disks`.
    pub fn apply(&self, document: &mut Document) {
        if self.is_all() {
            return;
        }
        let Some((grouping, member, _)) = document.schema.members() else {
            document.attributes.retain(|name, _| self.0.contains(name));
            return;
        };
        let items = self.of_members(document, grouping, member);
        document.attributes.retain(|name, value| {
            if name != grouping {
                return self.0.contains(name);
            }
            if let (Items::Only(names), Value::Array(members)) = (&items, value) {
                let attributes = members.iter_mut().filter_map(attributes_mut);
                attributes.for_each(|attributes| attributes.retain(|name, _| names.contains(name)));
            }
            !matches!(items, Items::None)
        });
    }

    /// What is selected of the members of a collection.
    fn of_members<'a>(&'a self, document: &Document, grouping: &str, member: &Schema) -> Items<'a> {
        let own =
            |name: &str| document.schema.attribute(name).is_some() || document.attributes.contains(name);
        let of_member = |name: &str| {
            member.attribute(name).is_some()
                || document.members().iter().any(|m| m.as_attributes().is_some_and(|a| a.contains(name)))
        };
        let path = |name: &'a str| name.strip_prefix(grouping)?.strip_prefix('/');
        if self.0.contains(grouping) || self.names().any(|name| path(name) == Some("*")) {
            return Items::All;
        }
        let names: BTreeSet<&str> = self
            .names()
            .filter_map(|name| path(name).or((!own(name)).then_some(name)))
            .filter(|name| of_member(name))
            .collect();
        if names.is_empty() { Items::None } else { Items::Only(names) }
    }
}

/// What is selected of the members of a collection.
enum Items<'a> {
    /// They are not shown at all.
    None,
    /// These attributes.
    Only(BTreeSet<&'a str>),
    /// Everything.
    All,
}

fn attributes_mut(member: &mut Value) -> Option<&mut Attributes> {
    match member {
        Value::Structure(attributes) => Some(attributes),
        Value::Ref(reference) => Some(&mut reference.attributes),
        _ => None,
    }
}

impl fmt::Display for Select {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        names::write(f, self.names())
    }
}
