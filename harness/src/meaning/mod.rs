//! What a representation means: attributes by their names in the specification, typed by the tables, whatever the
//! format and the edition; and every place where the bytes say it in another way than the tables ask for.
//!
//! Reading is tolerant: a deviation becomes a [`Note`], the value is taken all the same where it can be understood.
//! Owns no judgement: `check` decides which note breaks which requirement.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::event::{BodyAt, Format};
use crate::spec::{Absence, Attribute, Attributes, Scalar, StructureStyle, Tables};
use crate::tree::TreeError;
use crate::tree::json::Json;
use crate::tree::xml::Element;

mod departures;
mod json;
mod path;
mod same;
mod scalar;
mod write;
mod xml;

#[cfg(test)]
mod tests;

pub use path::find;
pub(crate) use same::scalars_equal;
pub use same::{Difference, differences};
pub use scalar::{instant, is_lexical, seconds};
pub use write::{Body, WriteError, write};

/// A value without a format. Structures, maps and references are records; a reference has `href`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Erased, or null.
    Null,
    /// true or false.
    Bool(bool),
    /// A number, digits as they stood.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// Names and values.
    Record(IndexMap<String, Value>),
}

/// A resource as it was understood.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resource {
    /// The name of its type in the tables (`Machine`, `MachineCollection`), if it was recognised.
    pub type_name: Option<String>,
    /// The type URI that the representation itself carries or implies.
    pub type_uri: Option<String>,
    /// Whether it is a Collection.
    pub is_collection: bool,
    /// Its attributes; without `resourceURI`, `operations` and the items of a Collection.
    pub attributes: IndexMap<String, Value>,
    /// Its operations.
    pub operations: Vec<Operation>,
    /// The items of a Collection.
    pub items: Vec<Resource>,
    /// In XML: the namespaces of attributes that are not in that of the edition, by name.
    pub namespaces: BTreeMap<String, String>,
    /// Where the bytes depart from the tables: names of its attributes, `operations`, `@type`. That is told on its own, and
    /// not held against another representation.
    pub departures: BTreeSet<String>,
    /// In XML: how the scalars of structures stand there, by the structure's name.
    pub styles: BTreeMap<String, BTreeSet<StructureStyle>>,
}

/// An operation that a resource offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its rel, as it stands.
    pub rel: String,
    /// Where it is sent.
    pub href: String,
    /// Whether it can be asked for now.
    pub available: bool,
}

/// A representation: its meaning, and where the bytes depart from the tables.
#[derive(Debug, Clone)]
pub struct Reading {
    /// What it means.
    pub resource: Resource,
    /// Departures, in the order of the text.
    pub notes: Vec<Note>,
}

/// A place where the bytes depart from the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// In what way.
    pub kind: NoteKind,
    /// Which attribute, without indices: `Machine.cpu`.
    pub subject: String,
    /// Where.
    pub at: BodyAt,
    /// What the tables ask for.
    pub expected: String,
    /// What stood there.
    pub got: String,
}

/// In what way bytes depart from the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoteKind {
    /// A scalar of another type, or of another lexical form.
    Scalar(Scalar),
    /// A dateTime without a zone.
    NoZone,
    /// An integer outside its bounds, or a value outside its list; the clause of the type.
    Value(String),
    /// A reference that is no object with `href`.
    Ref,
    /// An array that is none, or whose items are of another form.
    Array,
    /// A reference in an array that is no reference, or of another name.
    RefItem,
    /// A reference whose URI is not in `href`.
    RefWithoutHref,
    /// A resource inside of something else.
    Wrapped,
    /// The root element of a resource that is no Collection.
    RootName,
    /// The name of an attribute in other letters, small or capital.
    Misspelt,
    /// An integer of more than 64 bits.
    Long,
    /// A map that is none.
    Map,
    /// A structure that is none.
    Structure,
    /// An array without items.
    EmptyArray,
    /// A map without entries.
    EmptyMap,
    /// A string without characters.
    EmptyString,
    /// null where a value or nothing was expected.
    Null,
    /// A key or an attribute a second time.
    Repeated,
    /// A key of a map a second time.
    RepeatedKey,
    /// An attribute that has to be there.
    Missing(Absence),
    /// `id` of a member of a Collection.
    MissingMemberId,
    /// `id` of a Collection.
    MissingCollectionId,
    /// `count` of a Collection.
    MissingCount,
    /// `count` is less than what is there.
    CountTooSmall,
    /// The members stand under another name.
    Grouping,
    /// What stands under the name of the members is no list.
    Members,
    /// A structure in an array has a name of its own.
    NamedItem,
    /// A property whose value is no string.
    Property,
    /// The type URI is missing from a root or a member.
    MissingTypeUri(Holder),
    /// The type URI is not that of the resource.
    TypeUri(Holder),
    /// The root element, or its namespace.
    Root,
    /// The list of operations, or its form in XML.
    Operations,
    /// An operation without rel or href.
    OperationField,
    /// A rel a second time.
    OperationRepeated,
    /// A rel that is neither defined nor an absolute URI.
    OperationRel,
    /// `available` that is no boolean.
    OperationAvailable,
    /// An attribute that the tables do not know.
    Unknown,
}

/// What carries a type URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// The root of a representation.
    Root,
    /// The root of a Collection in XML.
    XmlCollection,
    /// A member of a Collection.
    Member,
}

/// A body as a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// JSON.
    Json(Json),
    /// XML.
    Xml(Element),
}

/// How much of a resource a representation is meant to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Full,
    /// A part: a member of a Collection, an accepted request.
    Part,
    /// What `$select` asked for: nothing of it has to be there.
    Selected,
}

impl Tree {
    /// Reads a body by the form of its text: what starts with `<` is XML.
    ///
    /// # Errors
    /// Where the text stops being what it started as.
    pub fn read(text: &str) -> Result<Self, TreeError> {
        if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
            Element::read(text).map(Self::Xml)
        } else {
            Json::read(text).map(Self::Json)
        }
    }

    /// The format by the form of the text.
    pub fn format(&self) -> Format {
        match self {
            Self::Json(_) => Format::Json,
            Self::Xml(_) => Format::Xml,
        }
    }

    /// The namespace that tells the edition, if any is there: of the root element, or of `resourceURI`.
    pub fn namespace_hint(&self) -> Option<&str> {
        match self {
            Self::Xml(root) => root.name.namespace.as_deref(),
            Self::Json(root) => root.get("resourceURI").and_then(Json::as_str),
        }
    }
}

/// Reads a representation. `hint` is the type that links say it has, for representations that do not name it.
pub fn read(tree: &Tree, tables: &Tables, hint: Option<&str>, extent: Extent) -> Reading {
    let mut notes = Vec::new();
    let mut resource = match tree {
        Tree::Json(root) => json::Reader { tables, notes: &mut notes }.root(root, hint, extent),
        Tree::Xml(root) => {
            let mut styles = BTreeMap::new();
            let mut reader = xml::Reader { tables, notes: &mut notes, styles: &mut styles };
            let mut resource = reader.root(root, hint, extent);
            resource.styles = styles;
            let foreign = root.children.iter().filter_map(|child| {
                let namespace = child.name.namespace.clone().filter(|n| *n != tables.namespace)?;
                Some((child.name.local.clone(), namespace))
            });
            resource.namespaces = foreign.collect();
            resource
        }
    };
    departures::mark(&mut resource, &notes, tables);
    Reading { resource, notes }
}

/// How much a member of a Collection shows.
fn member_extent(collection: Extent) -> Extent {
    if collection == Extent::Selected { Extent::Selected } else { Extent::Part }
}

/// Whether resources of a type have an id at all.
fn has_id(attributes: &Attributes) -> bool {
    attributes.get("id").is_some_and(|id| !id.dialect)
}

/// Whether a name is that of an attribute but for its case: then that one is missing, and no other is added.
fn misspelt(name: &str, attributes: &Attributes) -> bool {
    attributes.keys().any(|declared| declared.eq_ignore_ascii_case(name))
}

/// What is wrong with the value of an attribute that has bounds or a closed list: what was expected, and what stood there.
fn scalar_outside(attribute: &Attribute, value: &Value) -> Option<(String, String)> {
    let text = value.as_text()?;
    // What is no text at all is of a wrong type, and told as such.
    let listed = matches!(value, Value::Text(_)) && !attribute.values.is_empty() && !attribute.open;
    if listed && !attribute.values.contains(&text) {
        return Some((format!("one of {}", attribute.values.join(", ")), text));
    }
    let number: i128 = match value {
        Value::Number(number) => number.parse().ok()?,
        _ => return None,
    };
    if attribute.min.is_some_and(|min| number < i128::from(min)) {
        return Some((format!("at least {}", attribute.min.unwrap_or_default()), text));
    }
    if attribute.max.is_some_and(|max| number > i128::from(max)) {
        return Some((format!("at most {}", attribute.max.unwrap_or_default()), text));
    }
    None
}

/// What is wrong with a rel, given the operations before it.
fn operation_note(rel: &str, before: &[Operation], tables: &Tables) -> Option<(NoteKind, &'static str)> {
    if before.iter().any(|op| op.rel == rel) {
        return Some((NoteKind::OperationRepeated, "each rel once"));
    }
    let known = tables.operations.values().flatten().any(|r| r == rel)
        || tables.actions.values().any(|a| a.uri == rel);
    let absolute = rel.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    });
    if tables.actions.values().any(|a| a.uri != rel && a.uri.eq_ignore_ascii_case(rel)) {
        return Some((NoteKind::OperationRel, "the URI of the action as the text spells it"));
    }
    (!known && !absolute).then_some((NoteKind::OperationRel, "a rel of the text, or an absolute URI"))
}

impl Value {
    /// A scalar as text.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Bool(b) => Some(b.to_string()),
            Self::Number(n) => Some(n.clone()),
            Self::Text(t) => Some(t.clone()),
            Self::Null | Self::List(_) | Self::Record(_) => None,
        }
    }

    /// The `href` of a reference.
    pub fn href(&self) -> Option<&str> {
        match self {
            Self::Record(record) => match record.get("href") {
                Some(Self::Text(href)) => Some(href),
                _ => None,
            },
            _ => None,
        }
    }

    /// The value as findings show it, cut where it is long.
    pub fn show(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Text(text) => shorten(&format!("{text:?}")),
            Self::Bool(_) | Self::Number(_) => self.as_text().unwrap_or_default(),
            Self::List(items) => {
                shorten(&format!("[{}]", items.iter().map(Self::show).collect::<Vec<_>>().join(", ")))
            }
            Self::Record(record) => {
                let pairs: Vec<String> = record.iter().map(|(k, v)| format!("{k}: {}", v.show())).collect();
                shorten(&format!("{{{}}}", pairs.join(", ")))
            }
        }
    }
}

/// Findings are read by people: what is long is cut.
pub(crate) fn shorten(text: &str) -> String {
    const MAX: usize = 160;
    match text.char_indices().nth(MAX) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

impl Resource {
    /// The text of a scalar attribute.
    pub fn text(&self, name: &str) -> Option<String> {
        self.attributes.get(name).and_then(Value::as_text)
    }

    /// Its id.
    pub fn id(&self) -> Option<&str> {
        match self.attributes.get("id") {
            Some(Value::Text(id)) => Some(id),
            _ => None,
        }
    }

    /// What names it as a member: its id, or the href that it is.
    pub fn identity(&self) -> Option<String> {
        self.text("id").or_else(|| self.text("href"))
    }

    /// The operation of a rel: short, or as it stands. One that is not available now is none that is offered.
    pub fn operation<'r>(&'r self, rel: &str, tables: &Tables) -> Option<&'r Operation> {
        let mut available = self.operations.iter().filter(|op| op.available);
        available.find(|op| op.rel == rel || tables.short_rel(&op.rel) == rel)
    }
}
