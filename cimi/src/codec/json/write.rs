//! A document to JSON.
//!
//! Owns the bytes. Writes what the document holds, whatever its declared type, so that what was read tolerantly is echoed as it
//! was; leaves out what is empty (DSP0263 5.5.15).

use crate::codec::fields::{Fields, is_omitted};
use crate::codec::foreign;
use crate::codec::scalar;
use crate::document::Document;
use crate::edition::Edition;
use crate::extension::Extensions;
use crate::model::{Form, Type, registry};
use crate::value::{Attributes, Map, Reference, Value};

/// Writes a document as JSON, `resourceURI` first (4.1.4).
pub fn write(document: &Document, extensions: &Extensions) -> Vec<u8> {
    let mut writer = Writer {
        out: Vec::with_capacity(1024),
        edition: document.edition(),
        extensions,
        erases: matches!(document.schema.ty.form, Form::Create { .. }),
    };
    let fields = Fields::of_schema(document.schema, extensions);
    writer.object(Some(document.type_uri()), None, &document.attributes, fields);
    writer.out
}

struct Writer<'a> {
    out: Vec<u8>,
    edition: Edition,
    extensions: &'a Extensions,
    /// Whether `null` is written (4.2.1.1).
    erases: bool,
}

impl<'a> Writer<'a> {
    /// An object with its type and its href, if it has them, before its attributes.
    fn object(&mut self, uri: Option<&str>, href: Option<&str>, attributes: &Attributes, fields: Fields<'a>) {
        self.out.push(b'{');
        let mut first = true;
        let own = attributes.text("resourceURI");
        if let Some(uri) = own.or(uri) {
            self.name("resourceURI", &mut first);
            self.string(uri);
        }
        if let Some(href) = href {
            self.name("href", &mut first);
            self.string(href);
        }
        let mut cursor = 0;
        for (name, value) in attributes.iter() {
            let taken = (own.is_some() && name == "resourceURI") || (href.is_some() && name == "href");
            if taken || is_omitted(name, value, self.erases) {
                continue;
            }
            self.name(name, &mut first);
            let ty = fields.find(name, &mut cursor).map_or(Type::Any, |found| found.attribute.ty);
            self.value(value, &ty);
        }
        self.out.push(b'}');
    }

    fn value(&mut self, value: &Value, ty: &Type) {
        match value {
            Value::Null => self.raw("null"),
            Value::Boolean(true) => self.raw("true"),
            Value::Boolean(false) => self.raw("false"),
            Value::Integer(number) => self.raw(&number.to_string()),
            Value::Decimal(number) => self.raw(number.as_str()),
            Value::String(text) => self.string(text),
            Value::DateTime(_) | Value::Duration(_) | Value::Bytes(_) => {
                let text = scalar::to_text(value).expect("these are simple values");
                self.string(&text);
            }
            Value::Map(map) => self.map(map),
            Value::Ref(reference) => self.reference(reference, ty),
            Value::Structure(attributes) => {
                let fields = match ty {
                    Type::Structure(structure) => Fields::of_structure(structure, self.edition),
                    Type::Ref(name) | Type::Collection(name) => self.fields_of(name),
                    _ => Fields::unknown(self.edition),
                };
                self.object(None, None, attributes, fields);
            }
            Value::Array(items) => self.array(items, ty),
            Value::Foreign(element) => self.value(&foreign::to_value(element), &Type::Any),
        }
    }

    fn reference(&mut self, reference: &Reference, ty: &Type) {
        let fields = match ty {
            Type::Ref(name) | Type::Collection(name) => self.fields_of(name),
            _ => Fields::unknown(self.edition),
        };
        self.object(None, reference.href.as_deref(), &reference.attributes, fields);
    }

    fn array(&mut self, items: &[Value], ty: &Type) {
        self.out.push(b'[');
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            match (ty, item) {
                (Type::Members(name), Value::Structure(_) | Value::Ref(_)) => self.member(item, name),
                (Type::Array(declared), _) => self.value(item, &declared.ty),
                _ => self.value(item, &Type::Any),
            }
        }
        self.out.push(b']');
    }

    /// A member of a collection says its type (5.5.12).
    fn member(&mut self, member: &Value, name: &str) {
        let Some(attributes) = member.as_attributes() else { return };
        let href = member.as_ref().and_then(|reference| reference.href.as_deref());
        let uri = registry(self.edition).get(name).map(|schema| schema.uri.as_str());
        self.object(uri, href, attributes, self.fields_of(name));
    }

    fn fields_of(&self, name: &str) -> Fields<'a> {
        Fields::of_type(name, self.edition, self.extensions)
    }

    fn map(&mut self, map: &Map) {
        self.out.push(b'{');
        let mut first = true;
        for (key, value) in map {
            self.name(key, &mut first);
            self.string(value);
        }
        self.out.push(b'}');
    }

    fn name(&mut self, name: &str, first: &mut bool) {
        if !std::mem::take(first) {
            self.out.push(b',');
        }
        self.string(name);
        self.out.push(b':');
    }

    fn string(&mut self, text: &str) {
        // Hardly any string has something to escape, and a whole look without a branch is quick.
        if text.bytes().fold(false, |found, byte| found | matches!(byte, ..b' ' | b'"' | b'\\')) {
            serde_json::to_writer(&mut self.out, text).expect("a string can be written to a vector");
        } else {
            self.out.push(b'"');
            self.raw(text);
            self.out.push(b'"');
        }
    }

    fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }
}
