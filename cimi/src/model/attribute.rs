//! How an attribute is declared (DSP0263 5.3, 5.5).
//!
//! Owns the vocabulary of declarations: types, constraints, builders for `static` data. Knows no resource.

use crate::edition::{Edition, Span};

/// One attribute of a resource type, an accessory of a collection member, or a field of a structure.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// Its name (5.2), the same in JSON and XML.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// Who must, and who may, do what with it.
    pub constraints: Constraints,
    /// The editions that have it. An attribute whose type differs between editions is declared once for each.
    pub span: Span,
    /// The values it may take.
    pub values: Values,
    /// The unit of a number, as in table 4 (`kibibyte`, ...), or empty.
    pub unit: &'static str,
}

/// The type of an attribute (5.5).
#[derive(Clone, Copy, Debug)]
pub enum Type {
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
    /// 5.5.13
    Any,
    /// 5.5.14, one instance: a map from attribute name to scope.
    ValueScope,
    /// 5.5.7; the XML element of an entry (`property`, `parameter`).
    Map(&'static str),
    /// 5.5.6; the resource type that it points to, or empty for any type.
    Ref(&'static str),
    /// 5.5.12: a reference to a collection; the collection's type name (`MachineCollection`).
    Collection(&'static str),
    /// 5.5.8
    Structure(&'static Structure),
    /// 5.5.11
    Array(&'static Item),
    /// The members of a Collection, inlined (5.5.12); the member's type name. XML elements carry `Schema::element`.
    Members(&'static str),
}

/// A structure (5.5.8): nested attributes without a URI.
#[derive(Debug)]
pub struct Structure {
    /// Its name in the tables; never on the wire.
    pub name: &'static str,
    /// How its atomic fields appear in XML.
    pub layout: Layout,
    /// Its fields.
    pub fields: &'static [Attribute],
}

/// How the atomic fields of a structure are written in XML (5.5.8 leaves the choice per structure).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// As XML attributes of the structure's element; complex fields are child elements all the same.
    Attributes,
    /// As child elements.
    Elements,
    /// As XML attributes, and the field `value` as the element's content (`capability` of 5.11).
    Content,
    /// The fields of these names as XML attributes, the others as child elements.
    Mixed(&'static [&'static str]),
}

/// The items of an array (5.5.11).
#[derive(Debug)]
pub struct Item {
    /// The XML element of an item.
    pub element: &'static str,
    /// The type of an item.
    pub ty: Type,
}

/// The values that an attribute may take.
#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// Whatever its type allows.
    Any,
    /// One of these.
    Closed(&'static [&'static str]),
    /// One of these, or one that the provider defines.
    Open(&'static [&'static str]),
    /// A number from the first to the second, both included.
    Range(i64, i64),
}

/// The four constraints of 5.3, with their defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constraints(u8);

impl Constraints {
    const PROVIDER_MANDATORY: u8 = 1;
    const CONSUMER_MANDATORY: u8 = 2;
    const MUTABLE: u8 = 4;
    const CONSUMER_WRITABLE: u8 = 8;

    /// The defaults of 5.3: a provider supports it, a consumer need not, it may change, a consumer may change it.
    pub const DEFAULT: Self = Self(Self::PROVIDER_MANDATORY | Self::MUTABLE | Self::CONSUMER_WRITABLE);

    /// `providerMandatory`: present in what a provider sends, unless empty.
    pub const fn provider_mandatory(self) -> bool {
        self.0 & Self::PROVIDER_MANDATORY != 0
    }

    /// `consumerMandatory`: present in what a consumer sends, unless empty.
    pub const fn consumer_mandatory(self) -> bool {
        self.0 & Self::CONSUMER_MANDATORY != 0
    }

    /// `mutable`: may change during the life of the resource.
    pub const fn mutable(self) -> bool {
        self.0 & Self::MUTABLE != 0
    }

    /// `consumerWritable`: a consumer may set it by an update. False whenever `mutable` is.
    pub const fn consumer_writable(self) -> bool {
        self.0 & Self::CONSUMER_WRITABLE != 0 && self.mutable()
    }

    const fn with(self, bit: u8) -> Self {
        Self(self.0 | bit)
    }

    const fn without(self, bit: u8) -> Self {
        Self(self.0 & !bit)
    }
}

/// Declares an attribute of both editions with the default constraints.
pub const fn attr(name: &'static str, ty: Type) -> Attribute {
    Attribute { name, ty, constraints: Constraints::DEFAULT, span: Span::Both, values: Values::Any, unit: "" }
}

impl Attribute {
    /// A provider need not support it.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.constraints = self.constraints.without(Constraints::PROVIDER_MANDATORY);
        self
    }

    /// A consumer must send it.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.constraints = self.constraints.with(Constraints::CONSUMER_MANDATORY);
        self
    }

    /// It changes, but not by a consumer's update.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.constraints = self.constraints.without(Constraints::CONSUMER_WRITABLE);
        self
    }

    /// It never changes.
    #[must_use]
    pub const fn immutable(mut self) -> Self {
        self.constraints =
            self.constraints.without(Constraints::MUTABLE).without(Constraints::CONSUMER_WRITABLE);
        self
    }

    /// Only CIMI 1.x has it.
    #[must_use]
    pub const fn v1(mut self) -> Self {
        self.span = Span::V1;
        self
    }

    /// Only CIMI 2.0 has it.
    #[must_use]
    pub const fn v2(mut self) -> Self {
        self.span = Span::V2;
        self
    }

    /// The only values allowed.
    #[must_use]
    pub const fn one_of(mut self, values: &'static [&'static str]) -> Self {
        self.values = Values::Closed(values);
        self
    }

    /// The values that the text defines; providers may define more.
    #[must_use]
    pub const fn suggested(mut self, values: &'static [&'static str]) -> Self {
        self.values = Values::Open(values);
        self
    }

    /// The numbers allowed, both ends included.
    #[must_use]
    pub const fn range(mut self, from: i64, to: i64) -> Self {
        self.values = Values::Range(from, to);
        self
    }

    /// The unit of the number.
    #[must_use]
    pub const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    /// Whether `edition` has it.
    pub const fn is_in(&self, edition: Edition) -> bool {
        self.span.contains(edition)
    }
}

impl Layout {
    /// Whether the atomic field of this name is an XML attribute.
    pub fn is_xml_attribute(self, field: &str) -> bool {
        match self {
            Self::Attributes => true,
            Self::Elements => false,
            Self::Content => field != "value",
            Self::Mixed(fields) => fields.contains(&field),
        }
    }
}

impl Type {
    /// The name of the type as ResourceMetadata gives it (5.11).
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::DateTime => "dateTime",
            Self::Duration => "duration",
            Self::Integer => "integer",
            Self::String => "string",
            Self::Uri => "URI",
            Self::Bytes => "byte[]",
            Self::Any => "any",
            Self::ValueScope => "valueScope",
            Self::Map(_) => "map",
            Self::Ref(_) => "ref",
            Self::Collection(_) => "collection",
            Self::Structure(_) => "structure",
            Self::Array(_) | Self::Members(_) => "array",
        }
    }
}
