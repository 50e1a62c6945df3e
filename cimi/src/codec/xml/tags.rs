//! What a tag says by its XML attributes: `href`, `resourceURI`, the atomic fields of structures (DSP0263 5.5.6, 5.5.8).
//!
//! Owns that reading. What is inside an element is read by [`super::element`].

use super::session::{Read, Session};
use super::tokens::{Tag, TagAttribute};
use super::{INSTANCE, UNDECLARED, XML};
use crate::codec::fields::{Fields, Source};
use crate::codec::scalar;
use crate::data::Invalid;
use crate::finding::Code;
use crate::model::registry;
use crate::validate::forbidden;
use crate::value::{Attributes, Name, Value};

/// What a tag says beside the attributes that are kept.
pub(super) struct Tagged<'c> {
    /// The fields to read the content by, which a `resourceURI` may have changed.
    pub(super) fields: Fields<'c>,
    /// Where a reference points.
    pub(super) href: Option<String>,
}

/// What an element is that has attributes inside.
#[derive(Clone, Copy)]
pub(super) enum Place<'u> {
    /// The document: its type has been looked up.
    Root,
    /// A member of a collection; the URI of its type.
    Member(&'u str),
    /// What a reference of a declared type points to; the URI of the type.
    Resource(&'u str),
    /// A reference that may point to anything: the type may be said by itself.
    Open,
    /// A structure: has no type.
    Structure,
}

impl<'c, 'i> Session<'c, 'i> {
    /// Reads the XML attributes of a tag.
    pub(super) fn tag_attributes(
        &mut self,
        tag: &Tag<'i>,
        fields: Fields<'c>,
        place: Place<'_>,
        attributes: &mut Attributes,
    ) -> Read<Tagged<'c>> {
        let mut fields = fields;
        let mut href = None;
        let mut cursor = 0;
        self.each_attribute(tag, |session, attribute| {
            let TagAttribute { namespace, name, value, at, .. } = &attribute;
            match (namespace.as_str(), *name, place) {
                // What an array or a type is marked with is read with the content.
                (XML | INSTANCE | UNDECLARED, _, _) | ("", "resourceURI", Place::Root) => {}
                ("", "resourceURI", Place::Member(_) | Place::Resource(_) | Place::Open) => {
                    session.resource_uri(value, place, &mut fields, attributes, *at);
                }
                ("", "href", Place::Resource(_) | Place::Open) => {
                    href = Some(scalar::trim(value).to_owned());
                }
                ("", "href", _) if fields.has_content() => {}
                ("", ..) => session.field(&attribute, fields, &mut cursor, attributes),
                _ => session.report(Code::UnknownAttribute, *at, || {
                    format!("expected no attribute of another namespace, found \"{}\"", Invalid::shown(name))
                }),
            }
        })?;
        Ok(Tagged { fields, href })
    }

    fn resource_uri(
        &mut self,
        uri: &str,
        place: Place<'_>,
        fields: &mut Fields<'c>,
        attributes: &mut Attributes,
        at: usize,
    ) {
        let uri = scalar::trim(uri);
        match place {
            Place::Member(declared) | Place::Resource(declared) if declared == uri => return,
            Place::Member(declared) | Place::Resource(declared) => self.report(Code::WrongValue, at, || {
                format!("expected \"{declared}\", found \"{}\"", Invalid::shown(uri))
            }),
            _ => {
                if let Some(schema) = registry(self.context.edition).by_uri(uri) {
                    *fields = Fields::of_schema(schema, self.context.extensions);
                }
            }
        }
        attributes.set("resourceURI", uri);
    }

    fn field(
        &mut self,
        attribute: &TagAttribute<'_>,
        fields: Fields<'c>,
        cursor: &mut usize,
        attributes: &mut Attributes,
    ) {
        let TagAttribute { name, value, at, .. } = attribute;
        let Some(found) = fields.find(name, cursor).filter(|found| scalar::is_atomic(&found.attribute.ty))
        else {
            self.unknown(&fields, name, *at);
            self.keep(
                attributes,
                Name::from((*name).to_owned()),
                Value::String(value.clone().into_owned()),
                *at,
            );
            return;
        };
        let declared = found.attribute;
        if found.source == Source::Dialect {
            self.unknown(&fields, name, *at);
        } else if !fields.layout().is_xml_attribute(name) {
            self.report(Code::Style, *at, || format!("expected an element <{name}>, found an XML attribute"));
        }
        let value = self.scalar(&declared.ty, value, *at);
        self.check_value(declared, &value, *at);
        self.keep(attributes, Name::new(declared.name), value, *at);
    }

    /// Text as a value of its declared type; as the string that it is if it is not of the type.
    pub(super) fn scalar(&mut self, ty: &crate::model::Type, text: &str, at: usize) -> Value {
        match scalar::from_text(ty, text) {
            Ok(value) => value,
            Err(invalid) => {
                self.report(Code::WrongValue, at, || invalid.to_string());
                Value::String(text.to_owned())
            }
        }
    }

    /// Reports what the declaration forbids.
    pub(super) fn check_value(&mut self, attribute: &crate::model::Attribute, value: &Value, at: usize) {
        if let Some(message) = forbidden(attribute, value) {
            self.report(Code::WrongValue, at, || message);
        }
    }
}
