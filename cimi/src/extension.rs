//! Extension attributes that a provider declares in its ResourceMetadata (DSP0263 5.1, 5.11).
//!
//! Owns their list. The codecs give them types and namespaces, the query language filters on them.

use std::collections::BTreeMap;

use crate::model::{Attribute, Schema};

/// Extension attributes by resource type name (`Machine`).
#[derive(Clone, Debug, Default)]
pub struct Extensions(BTreeMap<String, Vec<Extension>>);

/// One extension attribute.
#[derive(Clone, Debug)]
pub struct Extension {
    /// Its XML namespace, never CIMI's (5.11: present for, and only for, what CIMI does not define).
    pub namespace: String,
    /// Its declaration.
    pub attribute: Attribute,
}

impl Extensions {
    /// None.
    pub const NONE: Self = Self(BTreeMap::new());

    /// Declares an extension attribute of a resource type.
    #[must_use]
    pub fn with(mut self, ty: &str, namespace: impl Into<String>, attribute: Attribute) -> Self {
        let extension = Extension { namespace: namespace.into(), attribute };
        self.0.entry(ty.to_owned()).or_default().push(extension);
        self
    }

    /// The extension attributes of a resource type, in the order of declaration.
    pub fn of(&self, ty: &str) -> &[Extension] {
        self.0.get(ty).map_or(&[], Vec::as_slice)
    }

    /// One extension attribute of a resource type.
    pub fn get(&self, ty: &str, name: &str) -> Option<&Extension> {
        self.of(ty).iter().find(|extension| extension.attribute.name == name)
    }

    /// The declaration of an attribute: the type's own, or an extension of it.
    pub fn declaration<'a>(&'a self, schema: &'a Schema, name: &str) -> Option<&'a Attribute> {
        schema.attribute(name).or_else(|| self.get(schema.name(), name).map(|extension| &extension.attribute))
    }
}
