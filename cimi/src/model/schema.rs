//! A resource type as one edition has it, and the register of all of them.
//!
//! Derived from the declarations, once, on first use. Owns lookup by name, by type URI and by XML root.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use super::attribute::{Attribute, Type};
use super::common;
use super::resource::{Form, ResourceType};
use crate::edition::Edition;

/// A resource type in one edition: its whole list of attributes in the order of serialization.
pub struct Schema {
    /// The edition.
    pub edition: Edition,
    /// The declaration.
    pub ty: &'static ResourceType,
    /// Its type URI (4.1.4).
    pub uri: String,
    attributes: Vec<Attribute>,
    index: HashMap<&'static str, usize>,
}

/// All types of one edition.
pub struct Registry {
    edition: Edition,
    schemas: Vec<Schema>,
    by_name: HashMap<&'static str, usize>,
}

static REGISTRIES: LazyLock<[Registry; 2]> = LazyLock::new(|| Edition::ALL.map(Registry::build));

/// The register of an edition.
pub fn registry(edition: Edition) -> &'static Registry {
    match edition {
        Edition::V1 => &REGISTRIES[0],
        Edition::V2 => &REGISTRIES[1],
    }
}

/// The schema of a type that is known to be declared in `edition`.
///
/// # Panics
/// If it is not: for names written in code, each of which a test looks up. Names from outside go through
/// [`Registry::get`].
pub fn schema(edition: Edition, name: &'static str) -> &'static Schema {
    registry(edition).get(name).unwrap_or_else(|| panic!("{name} is not declared in {edition}"))
}

impl Registry {
    /// The edition.
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// The schema of a type by its name, e.g. `Machine`, `MachineCollection`, `MachineCreate`.
    pub fn get(&self, name: &str) -> Option<&Schema> {
        self.by_name.get(name).map(|&at| &self.schemas[at])
    }

    /// The schema of a type by its URI.
    pub fn by_uri(&self, uri: &str) -> Option<&Schema> {
        match Edition::split(uri) {
            Some((edition, name)) if edition == self.edition => self.get(name),
            _ => None,
        }
    }

    /// All schemas in the order of declaration.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Schema> {
        self.schemas.iter()
    }

    fn build(edition: Edition) -> Self {
        let schemas: Vec<Schema> = super::declarations()
            .filter(|ty| ty.is_in(edition))
            .map(|ty| Schema::build(edition, ty))
            .collect();
        let by_name = schemas.iter().enumerate().map(|(at, schema)| (schema.ty.name, at)).collect();
        Self { edition, schemas, by_name }
    }
}

impl Schema {
    /// Its name: `Machine`.
    pub fn name(&self) -> &'static str {
        self.ty.name
    }

    /// Its attributes in the order of serialization, those of its form included.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// One of its attributes.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.index.get(name).map(|&at| &self.attributes[at])
    }

    /// The XML root element: `Collection` for collections, else the name (5.5.12).
    pub fn root(&self) -> &'static str {
        match self.ty.form {
            Form::Collection { .. } => "Collection",
            _ => self.ty.name,
        }
    }

    /// Whether it is a collection.
    pub fn is_collection(&self) -> bool {
        matches!(self.ty.form, Form::Collection { .. })
    }

    /// The attribute that holds the members of a collection, their type and their XML element.
    pub fn members(&self) -> Option<(&'static str, &'static Schema, &'static str)> {
        match self.ty.form {
            Form::Collection { member, grouping, element } => {
                Some((grouping, schema(self.edition, member), element))
            }
            _ => None,
        }
    }

    /// The schema of the type that adding to this collection takes: its `...Create` if it has one, else the member.
    pub fn addition(&self) -> Option<&'static Schema> {
        let (_, member, _) = self.members()?;
        Some(member.creation().unwrap_or(member))
    }

    /// The `...Create` of this type, if it is created through a template.
    pub fn creation(&self) -> Option<&'static Schema> {
        let name = self.ty.name;
        registry(self.edition)
            .iter()
            .find(|schema| matches!(schema.ty.form, Form::Create { creates } if creates == name))
    }

    /// The template attribute of a `...Create`: its name and the template's schema.
    pub fn template(&self) -> Option<(&'static str, &'static Schema)> {
        let Form::Create { .. } = self.ty.form else { return None };
        self.ty.attributes.iter().filter(|a| a.is_in(self.edition)).find_map(|a| match a.ty {
            Type::Ref(to) if to.ends_with("Template") => Some((a.name, schema(self.edition, to))),
            _ => None,
        })
    }

    fn build(edition: Edition, ty: &'static ResourceType) -> Self {
        let mut attributes = Vec::new();
        let (before, after) = common::frame(ty.form);
        attributes.extend(before.iter().filter(|a| a.is_in(edition)).copied());
        if let Form::Collection { member, grouping, .. } = ty.form {
            attributes.push(common::members(grouping, member));
        }
        attributes.extend(ty.attributes.iter().filter(|a| a.is_in(edition)).copied());
        attributes.extend(after.iter().filter(|a| a.is_in(edition)).copied());
        let index = attributes.iter().enumerate().map(|(at, a)| (a.name, at)).collect();
        Self { edition, ty, uri: edition.type_uri(ty.name), attributes, index }
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.edition == other.edition && self.ty.name == other.ty.name
    }
}

impl Eq for Schema {}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.edition, self.ty.name)
    }
}
