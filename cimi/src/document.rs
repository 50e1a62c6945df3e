//! A document: one representation of a resource, whatever its serialization (DSP0263 5.4).
//!
//! Owns the pairing of attributes with a schema and access to what every document has. Keeps attributes that the
//! schema does not know (5.3). Knows no bytes.

use crate::edition::Edition;
use crate::model::Schema;
use crate::value::{Attributes, Reference, Value};

/// One representation of a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The type that it is read and written by.
    pub schema: &'static Schema,
    /// The type URI on the wire where it is not the schema's: a type that is not declared, read as the common attributes.
    pub foreign_type: Option<String>,
    /// Its attributes, `id` and `operations` among them.
    pub attributes: Attributes,
}

/// An operation that a representation offers (4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer<'a> {
    /// Its name or URI.
    pub rel: &'a str,
    /// Where to send its request.
    pub href: &'a str,
    /// False if it is only temporarily not available.
    pub available: bool,
}

impl Document {
    /// An empty document of a type.
    pub fn new(schema: &'static Schema) -> Self {
        Self { schema, foreign_type: None, attributes: Attributes::new() }
    }

    /// A document with these attributes.
    pub fn with(schema: &'static Schema, attributes: Attributes) -> Self {
        Self { schema, foreign_type: None, attributes }
    }

    /// The edition.
    pub fn edition(&self) -> Edition {
        self.schema.edition
    }

    /// The type URI (4.1.4).
    pub fn type_uri(&self) -> &str {
        self.foreign_type.as_deref().unwrap_or(&self.schema.uri)
    }

    /// The self-pointer.
    pub fn id(&self) -> Option<&str> {
        self.attributes.text("id")
    }

    /// The operations offered, in order; entries without rel or href are passed over.
    pub fn offers(&self) -> impl Iterator<Item = Offer<'_>> {
        self.attributes.items("operations").iter().filter_map(|item| {
            let fields = item.as_attributes()?;
            Some(Offer {
                rel: fields.text("rel")?,
                href: fields.text("href")?,
                available: fields.boolean("available").unwrap_or(true),
            })
        })
    }

    /// The offer of an operation: by its URI in this edition, or, as some servers write it, by its bare name.
    pub fn offer(&self, name: &str) -> Option<Offer<'_>> {
        let uri = self.edition().action_uri(name);
        self.offers().find(|offer| offer.rel == name || offer.rel == uri)
    }

    /// The members of a collection document, in order.
    pub fn members(&self) -> &[Value] {
        match self.schema.members() {
            Some((grouping, _, _)) => self.attributes.items(grouping),
            None => &[],
        }
    }

    /// The members of a collection document as documents of their own.
    pub fn member_documents(&self) -> impl Iterator<Item = Self> + '_ {
        let schema = self.schema.members().map(|(_, member, _)| member);
        self.members()
            .iter()
            .filter_map(move |member| Some(Self::with(schema?, member.as_attributes()?.clone())))
    }

    /// Takes the members out of a collection document, as documents of their own.
    pub fn take_members(&mut self) -> impl Iterator<Item = Self> + use<> {
        let taken = self.schema.members().and_then(|(grouping, schema, _)| {
            let Value::Array(members) = self.attributes.remove(grouping)? else { return None };
            Some((schema, members))
        });
        taken.into_iter().flat_map(|(schema, members)| {
            members.into_iter().filter_map(move |member| match member {
                Value::Structure(attributes) | Value::Ref(Reference { attributes, .. }) => {
                    Some(Self::with(schema, attributes))
                }
                _ => None,
            })
        })
    }

    /// Appends an operation to those offered.
    pub fn push_offer(&mut self, rel: &str, href: &str, available: bool) {
        let mut fields = Attributes::with_capacity(3).with("rel", rel).with("href", href);
        if !available {
            fields.set("available", false);
        }
        match self.attributes.get_mut("operations") {
            Some(Value::Array(items)) => items.push(Value::Structure(fields)),
            _ => {
                self.attributes.set("operations", vec![Value::Structure(fields)]);
            }
        }
    }
}

impl AsRef<Attributes> for Document {
    fn as_ref(&self) -> &Attributes {
        &self.attributes
    }
}

impl From<Document> for Reference {
    /// The document as an expanded reference (4.1.6.4): no wrapper, `href` from its id.
    fn from(document: Document) -> Self {
        Self { href: document.id().map(str::to_owned), attributes: document.attributes }
    }
}
