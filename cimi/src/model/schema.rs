//! A resource type as one edition has it, and the register of all of them.
//!
//! Derived from the declarations, once, on first use. Owns lookup by name, by type URI and by XML root.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use foldhash::fast::RandomState;

use super::attribute::{Attribute, Type};
use super::common;
use super::resource::{Form, Operation, ResourceType};
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
    index: HashMap<&'static str, usize, RandomState>,
}

/// All types of one edition.
pub struct Registry {
    edition: Edition,
    schemas: Vec<Schema>,
    by_name: HashMap<&'static str, usize, RandomState>,
}

static REGISTRIES: LazyLock<[Registry; 2]> = LazyLock::new(|| Edition::ALL.map(Registry::build));

/// What is known of a type that is not declared: the common attributes (5.7.1).
static UNDECLARED: ResourceType = ResourceType::resource("Resource", "5.7.1", &[]);

static GENERIC: LazyLock<[Schema; 2]> =
    LazyLock::new(|| Edition::ALL.map(|edition| Schema::build(edition, &UNDECLARED)));

/// The schema by which a document of a type that is not declared is read: the common attributes. In no register.
pub fn generic(edition: Edition) -> &'static Schema {
    match edition {
        Edition::V1 => &GENERIC[0],
        Edition::V2 => &GENERIC[1],
    }
}

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

    /// Other names under which the members of a collection have been met in JSON: those of the attributes that refer to it
    /// (`machineConfigs` for `machineConfigurations`). For readers only.
    pub fn grouping_aliases(&self) -> Vec<&'static str> {
        let Some((grouping, _, _)) = self.members() else { return Vec::new() };
        let mut names: Vec<&'static str> = registry(self.edition)
            .iter()
            .flat_map(|schema| &schema.attributes)
            .filter(|a| a.name != grouping && matches!(a.ty, Type::Collection(to) if to == self.ty.name))
            .map(|a| a.name)
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The schema of the resource that this is about: that of the resource in an item of an enhanced collection, else itself.
    pub fn resource(&'static self) -> &'static Self {
        match self.ty.form {
            Form::Item { resource } => schema(self.edition, resource),
            _ => self,
        }
    }

    /// The schema of the type that adding to this collection takes: its `...Create` if it has one, else the member.
    pub fn addition(&self) -> Option<&'static Self> {
        let (_, member, _) = self.members()?;
        let resource = member.resource();
        Some(resource.creation().unwrap_or(resource))
    }

    /// What `insert` into this collection, and `remove` from it, take beside `properties` (5.5.12.2): the reference to the
    /// resource, named after its type, and for `insert` the accessory attributes.
    pub fn insertion(&self) -> Option<(&'static Attribute, &'static [Attribute])> {
        let (_, member, _) = self.members()?;
        let resource = member.resource().ty.name;
        let reference = schema(self.edition, "Action").attributes.iter().find(
            |a| matches!(a.ty, Type::Ref(to) if to == resource && a.name.eq_ignore_ascii_case(resource)),
        )?;
        let accessories = match member.ty.form {
            Form::Item { .. } => member.ty.attributes,
            _ => &[],
        };
        Some((reference, accessories))
    }

    /// The `...Create` of this type, if it is created through a template.
    pub fn creation(&self) -> Option<&'static Self> {
        let name = self.ty.name;
        registry(self.edition)
            .iter()
            .find(|schema| matches!(schema.ty.form, Form::Create { creates } if creates == name))
    }

    /// Its operations beside add, edit, delete, insert and remove.
    pub fn operations(&self) -> impl Iterator<Item = &'static Operation> + use<> {
        let edition = self.edition;
        self.ty.operations.iter().filter(move |operation| operation.span.contains(edition))
    }

    /// One of its operations.
    pub fn operation(&self, name: &str) -> Option<&'static Operation> {
        self.ty.operation(self.edition, name)
    }

    /// An attribute that it does not have but real servers send: see [`ResourceType::v1_dialect`].
    pub fn dialect(&self, name: &str) -> Option<&'static Attribute> {
        match self.edition {
            Edition::V1 => self.ty.v1_dialect.iter().find(|a| a.name == name),
            Edition::V2 => None,
        }
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
        let (before, after) = common::frame(ty.form);
        let own = || ty.attributes.iter().filter(|a| a.is_in(edition));
        let lacks: &[&str] = if edition == Edition::V1 { ty.v1_lacks } else { &[] };
        let framed = |frame: &'static [Attribute]| {
            frame.iter().filter(move |a| {
                a.is_in(edition) && !lacks.contains(&a.name) && !own().any(|mine| mine.name == a.name)
            })
        };
        let mut attributes: Vec<Attribute> = framed(before).copied().collect();
        match ty.form {
            Form::Collection { member, grouping, .. } => attributes.push(common::members(grouping, member)),
            Form::Item { resource } => {
                attributes.extend(own());
                let base = super::declarations().find(|base| base.name == resource && base.is_in(edition));
                attributes
                    .extend(base.into_iter().flat_map(|base| base.attributes).filter(|a| a.is_in(edition)));
            }
            _ => attributes.extend(own()),
        }
        attributes.extend(framed(after));
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
