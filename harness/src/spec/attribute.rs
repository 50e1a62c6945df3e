//! One attribute of a resource, and how a table declares it.

use indexmap::IndexMap;
use toml::Spanned;
use toml::de::DeValue;

use crate::source::{Faults, Field, Section};

/// Attributes by name, in the order of their table.
pub type Attributes = IndexMap<String, Attribute>;

/// The place in its table of the attribute that an element of this name belongs to: the attribute is called so, or else its
/// items are.
pub fn place_of(element: &str, attributes: &Attributes) -> Option<usize> {
    let by_item = || {
        attributes.values().position(|attribute| match &attribute.kind {
            Kind::Array { item, .. } | Kind::Map { item } => item == element,
            _ => false,
        })
    };
    attributes.get_index_of(element).or_else(by_item)
}

/// What a table says of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its type.
    pub kind: Kind,
    /// Types that are taken as well.
    pub also: Vec<Kind>,
    /// The values that the text allows; empty: any.
    pub values: Vec<String>,
    /// Whether providers may add values.
    pub open: bool,
    /// Least value of an integer.
    pub min: Option<i64>,
    /// Greatest value of an integer.
    pub max: Option<i64>,
    /// Unit of an amount.
    pub units: Option<String>,
    /// Whether it must never be shown in a report.
    pub secret: bool,
    /// What its absence from a full representation means.
    pub absence: Absence,
    /// Known from real servers, not from the text.
    pub dialect: bool,
    /// Whether clients have to send it (consumerMandatory, 5.3).
    pub from_clients: Duty,
}

/// Whether something has to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// It has to be, if it has a value.
    Mandatory,
    /// It need not be.
    Optional,
}

/// The type of an attribute (DSP0263 5.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A single value.
    Scalar(Scalar),
    /// Key-value pairs (5.5.7); `item` is the element of a pair in XML.
    Map {
        /// Element of a pair.
        item: String,
    },
    /// Any value (5.5.13).
    Any,
    /// A value scope (5.5.14).
    ValueScope,
    /// A reference (5.5.6).
    Ref {
        /// The type referred to; `*` any.
        to: String,
        /// Whether the attributes may stand in place of the reference.
        by_value: bool,
    },
    /// A structure, by its name in the tables (5.5.8).
    Structure(String),
    /// An array (5.5.11).
    Array {
        /// The type of its items.
        of: Box<Kind>,
        /// The element of an item in XML.
        item: String,
    },
    /// A reference to a Collection (5.5.12).
    Collection {
        /// The type of its items.
        of: String,
        /// The Collection resource.
        via: String,
    },
}

/// A single value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scalar {
    /// 5.5.1
    Boolean,
    /// 5.5.2
    DateTime,
    /// 5.5.3
    Duration,
    /// 5.5.4
    Integer,
    /// 5.5.5
    String,
    /// 5.5.10
    Uri,
    /// 5.5.9
    Bytes,
}

impl Scalar {
    const ALL: [(&'static str, Self); 7] = [
        ("boolean", Self::Boolean),
        ("dateTime", Self::DateTime),
        ("duration", Self::Duration),
        ("integer", Self::Integer),
        ("string", Self::String),
        ("uri", Self::Uri),
        ("bytes", Self::Bytes),
    ];

    /// Its name in tables and findings.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, scalar)| *scalar == self).map_or("string", |(name, _)| name)
    }
}

/// What the absence of an attribute from a full representation means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// A SHALL is broken.
    Finding,
    /// Worth a word, but the text leaves room.
    Warning,
    /// Nothing.
    Allowed,
}

impl Kind {
    /// Whether a value of this type can be empty, and is then left out (5.5.15); references likewise (5.10.1).
    fn can_be_empty(&self) -> bool {
        !matches!(self, Self::Scalar(scalar) if *scalar != Scalar::String) && *self != Self::Any
    }

    /// What findings call it.
    pub fn name(&self) -> String {
        match self {
            Self::Scalar(scalar) => scalar.name().to_owned(),
            Self::Map { .. } => "map".to_owned(),
            Self::Any => "any".to_owned(),
            Self::ValueScope => "valueScope".to_owned(),
            Self::Ref { .. } => "ref".to_owned(),
            Self::Structure(_) => "structure".to_owned(),
            Self::Array { of, .. } => format!("array of {}", of.name()),
            Self::Collection { of, .. } => format!("collection of {of}"),
        }
    }
}

impl Attribute {
    /// An attribute of which nothing but its type is known.
    pub(crate) fn plain(kind: Kind) -> Self {
        Self {
            kind,
            also: Vec::new(),
            values: Vec::new(),
            open: true,
            min: None,
            max: None,
            units: None,
            secret: false,
            absence: Absence::Allowed,
            dialect: false,
            from_clients: Duty::Optional,
        }
    }

    /// Reads the attribute `name`; `unstated` is what the absence of an attribute means of which the text says nothing.
    pub(super) fn read(
        name: &Field<String>,
        value: &Spanned<DeValue<'_>>,
        unstated: Absence,
        faults: &mut Faults,
    ) -> Option<Self> {
        let section = Section::of("an attribute", value, faults)?;
        let type_name = section.required("type", faults)?;
        let kind = kind(&type_name, name, &section, faults)?;
        let also = section
            .strings("also", faults)
            .into_iter()
            .filter_map(|field| self::kind(&field, name, &section, faults))
            .collect();
        let values: Vec<String> = section.strings("values", faults).into_iter().map(|f| f.value).collect();
        let provider = section.has("provider").then(|| section.boolean("provider", true, faults));
        let stated = section.string("absent", faults).and_then(|f| absence(&f, faults));
        let absence = stated.unwrap_or_else(|| default_absence(&kind, &values, provider, unstated));
        // What may be changed is for the provider to say, request by request: known, and passed over.
        for key in ["mutable", "writable", "required"] {
            section.has(key);
        }
        let attribute = Self {
            also,
            open: section.boolean("open", false, faults),
            min: section.integer("min", faults).map(|f| f.value),
            max: section.integer("max", faults).map(|f| f.value),
            units: section.string("units", faults).map(|f| f.value),
            secret: section.boolean("secret", false, faults),
            dialect: section.boolean("dialect", false, faults),
            from_clients: if section.boolean("consumer", false, faults) {
                Duty::Mandatory
            } else {
                Duty::Optional
            },
            values,
            absence,
            kind,
        };
        section.finish(faults);
        Some(attribute)
    }
}

fn absence(field: &Field<String>, faults: &mut Faults) -> Option<Absence> {
    let found = match field.value.as_str() {
        "finding" => Some(Absence::Finding),
        "warning" => Some(Absence::Warning),
        "allowed" => Some(Absence::Allowed),
        _ => None,
    };
    if found.is_none() {
        let expected = "\"finding\", \"warning\" or \"allowed\"".to_owned();
        faults.add(field.span.clone(), format!("`{}` is no absence", field.value), Some(expected));
    }
    found
}

/// The rule of the tables' own head, where nothing else is written.
fn default_absence(kind: &Kind, values: &[String], provider: Option<bool>, unstated: Absence) -> Absence {
    let empty_is_left_out =
        kind.can_be_empty() && (*kind != Kind::Scalar(Scalar::String) || values.is_empty());
    match provider {
        Some(false) => Absence::Allowed,
        _ if empty_is_left_out => Absence::Allowed,
        Some(true) => Absence::Finding,
        None => unstated,
    }
}

fn kind(
    type_name: &Field<String>,
    name: &Field<String>,
    section: &Section<'_, '_>,
    faults: &mut Faults,
) -> Option<Kind> {
    if let Some((_, scalar)) = Scalar::ALL.iter().find(|(n, _)| *n == type_name.value) {
        return Some(Kind::Scalar(*scalar));
    }
    let item =
        |faults: &mut Faults| section.string("item", faults).map_or_else(|| name.value.clone(), |f| f.value);
    match type_name.value.as_str() {
        "map" => {
            section.has("keys");
            Some(Kind::Map { item: item(faults) })
        }
        "any" => Some(Kind::Any),
        "valueScope" => Some(Kind::ValueScope),
        "ref" => Some(Kind::Ref {
            to: section.string("to", faults).map_or_else(|| "*".to_owned(), |f| f.value),
            by_value: section.boolean("by-value", false, faults),
        }),
        "structure" => section.required("structure", faults).map(|f| Kind::Structure(f.value)),
        "array" => {
            let of = section.required("of", faults)?;
            let of = Box::new(kind(&of, name, section, faults)?);
            Some(Kind::Array { of, item: item(faults) })
        }
        "collection" => {
            let of = section.required("of", faults)?.value;
            let via = section.string("via", faults).map_or_else(|| format!("{of}Collection"), |f| f.value);
            Some(Kind::Collection { of, via })
        }
        other => {
            let known = Scalar::ALL.map(|(n, _)| n).join(", ");
            let expected = format!("{known}, map, any, valueScope, ref, structure, array, collection");
            faults.add(type_name.span.clone(), format!("unknown type `{other}`"), Some(expected));
            None
        }
    }
}
