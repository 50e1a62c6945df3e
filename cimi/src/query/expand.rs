//! `$expand` (DSP0263 4.1.6.4): which references are shown with the attributes of what they point to.
//!
//! Owns the names and which references of a document they mean. Fetches nothing.

use std::collections::BTreeSet;
use std::fmt;

use crate::document::Document;
use crate::value::{Attributes, Reference, Value};

use super::names;

pub(super) const PARAMETER: &str = "$expand";

/// The names of all `$expand` parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expand {
    /// `*`, or no name at all.
    All,
    /// These attributes. Names that mean nothing are kept, and mean nothing.
    Names(BTreeSet<String>),
}

impl Expand {
    /// The value of one `$expand`, already percent-decoded.
    pub fn parse(text: &str) -> Self {
        let names: BTreeSet<String> = names::entries(text)
            .filter(|(_, name)| !name.is_empty())
            .map(|(_, name)| name.to_owned())
            .collect();
        if names.is_empty() || names.contains("*") { Self::All } else { Self::Names(names) }
    }

    /// What this parameter and another one mean together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Names(mut names), Self::Names(more)) => {
                names.extend(more);
                Self::Names(names)
            }
            _ => Self::All,
        }
    }

    /// Whether a top-level attribute is to be expanded, if it is a reference.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Names(names) => names.contains(name),
        }
    }

    /// The references of a document that are to be expanded, in order: top-level attributes that are a reference, a
    /// collection or an array of references, and that point somewhere. Of a collection, those of its members.
    pub fn references<'a>(&self, document: &'a mut Document) -> Vec<&'a mut Reference> {
        let mut found = Vec::new();
        match document.schema.members() {
            None => self.collect(&mut document.attributes, &mut found),
            Some((grouping, _, _)) => {
                if let Some(Value::Array(members)) = document.attributes.get_mut(grouping) {
                    for member in members {
                        match member {
                            Value::Structure(attributes) => self.collect(attributes, &mut found),
                            Value::Ref(reference) => self.collect(&mut reference.attributes, &mut found),
                            _ => {}
                        }
                    }
                }
            }
        }
        found
    }

    fn collect<'a>(&self, attributes: &'a mut Attributes, found: &mut Vec<&'a mut Reference>) {
        for (name, value) in attributes.iter_mut() {
            if !self.contains(name) {
                continue;
            }
            match value {
                Value::Ref(reference) if reference.href.is_some() => found.push(reference),
                Value::Array(items) => found.extend(items.iter_mut().filter_map(|item| match item {
                    Value::Ref(reference) if reference.href.is_some() => Some(reference),
                    _ => None,
                })),
                _ => {}
            }
        }
    }
}

impl fmt::Display for Expand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Names(names) => names::write(f, names.iter().map(String::as_str)),
        }
    }
}
