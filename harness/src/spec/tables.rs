//! The resource tables of one edition.

use std::collections::BTreeMap;

use crate::event::Edition;
use crate::source::{Faults, Field, Section, SourceError};

use super::attribute::{Absence, Attribute, Attributes};

/// The tables of one edition (`suites/spec/v1.toml`, `v2.toml`).
#[derive(Debug, Clone)]
pub struct Tables {
    /// The edition.
    pub edition: Edition,
    /// The XML namespace.
    pub namespace: String,
    /// What type URIs begin with.
    pub type_base: String,
    /// What action URIs begin with.
    pub action_base: String,
    /// Whether arrays, maps and operations have a wrapper element in XML (5.5.11).
    pub array_wrapper: bool,
    /// Attributes of every resource.
    pub common: Attributes,
    /// Attributes of every Collection.
    pub common_collection: Attributes,
    /// General operations, by short name, with the spellings of their rel.
    pub operations: BTreeMap<String, Vec<String>>,
    /// Resource types, with all of their attributes: the common ones, and those of the base of an accessory.
    pub types: BTreeMap<String, ResourceType>,
    /// Structures.
    pub structures: BTreeMap<String, Structure>,
    /// Collection resources.
    pub collections: BTreeMap<String, Collection>,
    /// Creation requests.
    pub creations: BTreeMap<String, Creation>,
    /// Operations beyond CRUD.
    pub actions: BTreeMap<String, Action>,
    /// Capabilities, by `Resource/Name`.
    pub capabilities: BTreeMap<String, Capability>,
}

/// A resource type.
#[derive(Debug, Clone)]
pub struct ResourceType {
    /// Its type URI first, then others that the text itself prints.
    pub uris: Vec<String>,
    /// The clause that defines it.
    pub clause: String,
    /// The resource that an enhanced Collection's item is made from.
    pub base: Option<String>,
    /// Rels that the text defines for it, short.
    pub operations: Vec<String>,
    /// Its attributes, the common ones first.
    pub attributes: Attributes,
}

/// A structure (5.5.8).
#[derive(Debug, Clone)]
pub struct Structure {
    /// How XML carries its scalars when we write it.
    pub style: StructureStyle,
    /// The field that is the text of the element.
    pub text: Option<String>,
    /// Fields that are XML attributes whatever the style.
    pub xml_attributes: Vec<String>,
    /// Fields of which there is to be one.
    pub one_of: Vec<String>,
    /// Its fields.
    pub fields: Attributes,
}

/// How XML carries the scalars of a structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StructureStyle {
    /// As XML attributes.
    Attributes,
    /// As elements.
    Elements,
}

/// A Collection resource.
#[derive(Debug, Clone)]
pub struct Collection {
    /// Its type URI.
    pub uri: String,
    /// The clause that defines it.
    pub clause: String,
    /// The type of its items.
    pub of: String,
    /// The JSON arrays of its items: ours first, then others that are read.
    pub groupings: Vec<String>,
    /// The XML elements of an item: ours first, then others that are read.
    pub elements: Vec<String>,
    /// What is sent to add an item: a creation request, or the type itself.
    pub add: Option<String>,
}

/// A creation request that wraps a template (4.2.1.1).
#[derive(Debug, Clone)]
pub struct Creation {
    /// Its type URI.
    pub uri: String,
    /// What it makes.
    pub makes: String,
    /// The attribute that carries the template.
    pub template: String,
    /// The type of the template.
    pub of: String,
}

/// An operation beyond CRUD.
#[derive(Debug, Clone)]
pub struct Action {
    /// Its URI.
    pub uri: String,
    /// What it can be asked of.
    pub on: BTreeMap<String, ActionTarget>,
}

/// An operation on one type.
#[derive(Debug, Clone)]
pub struct ActionTarget {
    /// Where it is defined.
    pub clause: String,
    /// Its parameters.
    pub parameters: Attributes,
    /// The representation that is sent instead of an Action.
    pub body: Option<String>,
}

/// A capability of table 7.
#[derive(Debug, Clone)]
pub struct Capability {
    /// `Resource/Name`.
    pub name: String,
    /// boolean, integer, string or list.
    pub kind: String,
    /// Where it can occur.
    pub editions: Vec<Edition>,
    /// Capabilities of the same resource that are true where it is.
    pub implies: Vec<String>,
    /// The values that the text allows; any where there are none.
    pub values: Vec<String>,
    /// What it says, in our words.
    pub summary: String,
}

impl Tables {
    /// Reads a file of tables.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub fn read(file: &str, text: &str) -> Result<Self, Vec<SourceError>> {
        let mut faults = Faults::new(file, text);
        let mut tables = None;
        faults.document("the tables of an edition", |faults, root| tables = read(root, faults));
        match tables {
            Some(tables) => faults.into_result(tables),
            None => Err(faults.into_result(()).err().unwrap_or_default()),
        }
    }

    /// The resource type of a type URI.
    pub fn type_of_uri(&self, uri: &str) -> Option<(&str, &ResourceType)> {
        let found = self.types.iter().find(|(_, t)| t.uris.iter().any(|u| u == uri));
        found.map(|(name, t)| (name.as_str(), t))
    }

    /// The Collection of a type URI.
    pub fn collection_of_uri(&self, uri: &str) -> Option<(&str, &Collection)> {
        self.collections.iter().find(|(_, c)| c.uri == uri).map(|(name, c)| (name.as_str(), c))
    }

    /// The short name of a rel: `add` and `http://.../action/stop` are `add` and `stop`; others stay as they are.
    pub fn short_rel<'r>(&'r self, rel: &'r str) -> &'r str {
        let general = self.operations.iter().find(|(_, spellings)| spellings.iter().any(|s| s == rel));
        let action = || self.actions.iter().find(|(_, action)| action.uri == rel);
        general
            .map(|(name, _)| name.as_str())
            .or_else(|| action().map(|(name, _)| name.as_str()))
            .unwrap_or(rel)
    }

    /// The rel that a short name stands for; others stay as they are.
    pub fn full_rel<'r>(&'r self, short: &'r str) -> &'r str {
        let general = self.operations.get(short).and_then(|spellings| spellings.first());
        general.or_else(|| self.actions.get(short).map(|a| &a.uri)).map_or(short, String::as_str)
    }
}

fn read(root: Section<'_, '_>, faults: &mut Faults) -> Option<Tables> {
    let edition = root.required("edition", faults)?;
    let edition = Edition::ALL.into_iter().find(|e| e.name() == edition.value)?;
    let unstated = match root.required("unstated-absent", faults)?.value.as_str() {
        "warning" => Absence::Warning,
        _ => Absence::Allowed,
    };
    let common = attributes(&root, "common", unstated, faults);
    let mut tables = Tables {
        edition,
        common: common.clone(),
        namespace: root.required("namespace", faults)?.value,
        type_base: root.required("type-base", faults)?.value,
        action_base: root.required("action-base", faults)?.value,
        array_wrapper: root.boolean("array-wrapper", true, faults),
        common_collection: attributes(&root, "common-collection", unstated, faults),
        operations: BTreeMap::new(),
        types: named(&root, "types", "a resource type", faults, |s, faults| {
            resource_type(s, &common, unstated, faults)
        }),
        structures: named(&root, "structures", "a structure", faults, |s, faults| {
            structure(s, unstated, faults)
        }),
        collections: named(&root, "collections", "a Collection", faults, collection),
        creations: named(&root, "creates", "a creation request", faults, creation),
        actions: named(&root, "actions", "an action", faults, |s, faults| action(s, unstated, faults)),
        capabilities: BTreeMap::new(),
    };
    if let Some(section) = root.section("operations", "the operations", faults) {
        for (name, value) in section.entries() {
            let one = toml_strings(&name, value, faults);
            tables.operations.insert(name.value, one);
        }
    }
    root.has("maps");
    root.finish(faults);
    inherit(&mut tables);
    Some(tables)
}

fn toml_strings(
    name: &Field<String>,
    value: &toml::Spanned<toml::de::DeValue<'_>>,
    faults: &mut Faults,
) -> Vec<String> {
    let toml::de::DeValue::Array(items) = value.get_ref() else {
        crate::source::wrong_type(value, &name.value, "a list of strings", faults);
        return Vec::new();
    };
    items.iter().filter_map(|i| crate::source::string_of(i, &name.value, faults)).map(|f| f.value).collect()
}

/// Gives items of enhanced Collections the attributes of the resource that they are made from.
fn inherit(tables: &mut Tables) {
    let bases: BTreeMap<String, ResourceType> = tables.types.clone();
    for resource in tables.types.values_mut() {
        let Some(base) = resource.base.as_ref().and_then(|name| bases.get(name)) else { continue };
        let mut all = base.attributes.clone();
        all.extend(resource.attributes.drain(..));
        resource.attributes = all;
    }
}

/// A table whose keys are names, each with a table of its own.
fn named<T>(
    root: &Section<'_, '_>,
    key: &'static str,
    what: &'static str,
    faults: &mut Faults,
    mut read: impl FnMut(Section<'_, '_>, &mut Faults) -> Option<T>,
) -> BTreeMap<String, T> {
    let Some(section) = root.section(key, key, faults) else { return BTreeMap::new() };
    let mut all = BTreeMap::new();
    for (name, value) in section.entries() {
        if let Some(item) = Section::of(what, value, faults).and_then(|s| read(s, faults)) {
            all.insert(name.value, item);
        }
    }
    all
}

fn attributes(
    parent: &Section<'_, '_>,
    key: &'static str,
    unstated: Absence,
    faults: &mut Faults,
) -> Attributes {
    let Some(section) = parent.section(key, key, faults) else { return Attributes::new() };
    let mut all = Attributes::new();
    for (name, value) in section.entries() {
        if let Some(attribute) = Attribute::read(&name, value, unstated, faults) {
            all.insert(name.value, attribute);
        }
    }
    all
}

fn strings(section: &Section<'_, '_>, key: &'static str, faults: &mut Faults) -> Vec<String> {
    section.strings(key, faults).into_iter().map(|f| f.value).collect()
}

fn resource_type(
    section: Section<'_, '_>,
    common: &Attributes,
    unstated: Absence,
    faults: &mut Faults,
) -> Option<ResourceType> {
    let mut uris = vec![section.required("uri", faults)?.value];
    uris.extend(strings(&section, "uri-aliases", faults));
    let has_common = section.boolean("common", true, faults);
    let base = section.string("base", faults).map(|f| f.value);
    let mut all = if has_common && base.is_none() { common.clone() } else { Attributes::new() };
    all.extend(attributes(&section, "attributes", unstated, faults));
    let resource = ResourceType {
        uris,
        clause: section.required("clause", faults)?.value,
        base,
        operations: strings(&section, "operations", faults),
        attributes: all,
    };
    section.has("table");
    section.has("kind");
    section.finish(faults);
    Some(resource)
}

fn structure(section: Section<'_, '_>, unstated: Absence, faults: &mut Faults) -> Option<Structure> {
    let style = match section.required("style", faults)?.value.as_str() {
        "attributes" => StructureStyle::Attributes,
        _ => StructureStyle::Elements,
    };
    let structure = Structure {
        style,
        text: section.string("text", faults).map(|f| f.value),
        xml_attributes: strings(&section, "xml-attributes", faults),
        one_of: strings(&section, "one-of", faults),
        fields: attributes(&section, "fields", unstated, faults),
    };
    section.has("clause");
    section.finish(faults);
    Some(structure)
}

fn collection(section: Section<'_, '_>, faults: &mut Faults) -> Option<Collection> {
    let mut groupings = vec![section.required("grouping", faults)?.value];
    groupings.extend(strings(&section, "grouping-aliases", faults));
    let mut elements = vec![section.required("element", faults)?.value];
    elements.extend(strings(&section, "element-aliases", faults));
    let collection = Collection {
        uri: section.required("uri", faults)?.value,
        clause: section.required("clause", faults)?.value,
        of: section.required("of", faults)?.value,
        groupings,
        elements,
        add: section.string("add", faults).map(|f| f.value),
    };
    section.has("operations");
    section.finish(faults);
    Some(collection)
}

fn creation(section: Section<'_, '_>, faults: &mut Faults) -> Option<Creation> {
    let creation = Creation {
        uri: section.required("uri", faults)?.value,
        makes: section.required("makes", faults)?.value,
        template: section.required("template", faults)?.value,
        of: section.required("of", faults)?.value,
    };
    section.has("clause");
    section.finish(faults);
    Some(creation)
}

fn action(section: Section<'_, '_>, unstated: Absence, faults: &mut Faults) -> Option<Action> {
    let uri = section.required("uri", faults)?.value;
    let on = named(&section, "on", "a target of an action", faults, |target, faults| {
        let read = ActionTarget {
            clause: target.required("clause", faults)?.value,
            parameters: attributes(&target, "parameters", unstated, faults),
            body: target.string("body", faults).map(|f| f.value),
        };
        target.has("item");
        target.finish(faults);
        Some(read)
    });
    section.finish(faults);
    Some(Action { uri, on })
}

/// Reads `suites/spec/capabilities.toml`.
pub(crate) fn read_capabilities(file: &str, text: &str) -> Result<Vec<Capability>, Vec<SourceError>> {
    let mut faults = Faults::new(file, text);
    let mut all = Vec::new();
    faults.document("the capabilities", |faults, root| {
        for section in root.sections("capabilities", "a capability", faults) {
            let (Some(resource), Some(name)) =
                (section.required("resource", faults), section.required("name", faults))
            else {
                continue;
            };
            all.push(Capability {
                editions: super::editions(&section, faults),
                name: format!("{}/{}", resource.value, name.value),
                kind: section.required("type", faults).map(|f| f.value).unwrap_or_default(),
                implies: section.strings("implies", faults).into_iter().map(|f| f.value).collect(),
                values: section.strings("values", faults).into_iter().map(|f| f.value).collect(),
                summary: section.required("summary", faults).map(|f| f.value).unwrap_or_default(),
            });
        }
    });
    faults.into_result(all)
}
