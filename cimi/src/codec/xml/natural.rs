//! Values without a declared type in XML (DSP0263 5.5.13 and what nobody declared), so that they come back as they were.
//!
//! Owns that mapping. Simple values are text, with `xsi:type` where the text would be taken for something else; objects have an
//! element for each attribute; arrays are marked, for XML has none.

use std::borrow::Cow;

use super::output::{ITEM, KEY, Output};
use super::session::{Read, Session};
use super::tokens::{Tag, Token};
use super::{INSTANCE, SCHEMA, UNDECLARED};
use crate::codec::scalar;
use crate::finding::Code;
use crate::model::Type;
use crate::value::{Attributes, Reference, Value};

/// The attribute that marks what cannot be seen: `array`, `object`.
const KIND: &str = "kind";

/// The attribute that says the type where `xsi:type` cannot.
const TYPE: &str = "type";

/// What a tag says about the value in the element.
#[derive(Default)]
struct Marks {
    ty: Option<Type>,
    is_null: bool,
    kind: Option<String>,
    href: Option<String>,
}

impl<'i> Session<'_, 'i> {
    /// The value in an element whose tag has been read.
    pub(super) fn natural(&mut self, tag: &Tag<'i>) -> Read<Value> {
        let marks = self.marks(tag)?;
        let mut fields = Attributes::new();
        let mut items = Vec::new();
        let is_array = marks.kind.as_deref() == Some("array");
        let mut text = Cow::Borrowed("");
        loop {
            match self.next()? {
                Token::Start(child) if is_array => {
                    let limit = self.context.limits.items;
                    if items.len() == limit {
                        return self
                            .stop(Code::Limit, child.at, || format!("expected at most {limit} items"));
                    }
                    items.push(self.natural(&child)?);
                }
                Token::Start(child) => self.natural_field(&child, &mut fields)?,
                Token::Text(piece) => self.append(&mut text, piece, tag.at)?,
                Token::End | Token::Eof => break,
            }
        }
        let is_object = !fields.is_empty() || marks.kind.is_some() || marks.href.is_some();
        if is_array || is_object {
            self.stray(&text, tag.at);
        }
        Ok(match marks {
            _ if is_array => Value::Array(items),
            Marks { href: Some(href), .. } => Value::Ref(Reference { href: Some(href), attributes: fields }),
            _ if is_object => Value::Structure(fields),
            Marks { is_null: true, .. } => Value::Null,
            Marks { ty: Some(ty), .. } => self.scalar(&ty, &text, tag.at),
            _ => scalar::guess(&text),
        })
    }

    /// The value that is the content of an element which has attributes of its own; `Null` if there is none.
    pub(super) fn content(&mut self, tag: &Tag<'i>) -> Read<Value> {
        let is_typed = self.marks(tag)?.ty.is_some();
        Ok(match self.natural(tag)? {
            Value::String(text) if !is_typed => match scalar::trim(&text) {
                "" => Value::Null,
                // Printed with line breaks around it (5.11.2).
                trimmed => Value::String(trimmed.to_owned()),
            },
            value => value,
        })
    }

    /// The name of the attribute that an element is, where the element's own cannot be it.
    pub(super) fn natural_key(&mut self, tag: &Tag<'i>) -> Read<Option<String>> {
        let attributes = self.attributes(tag)?;
        let key = attributes.into_iter().find(|a| a.namespace == UNDECLARED && a.name == KEY);
        Ok(key.map(|key| key.value.into_owned()))
    }

    fn natural_field(&mut self, tag: &Tag<'i>, fields: &mut Attributes) -> Read<()> {
        let name = self.natural_key(tag)?.unwrap_or_else(|| tag.name().to_owned());
        let value = self.natural(tag)?;
        match fields.get_mut(&name) {
            None => {
                fields.set(name, value);
            }
            // Not marked as an array, but repeated: as others write one.
            Some(Value::Array(items)) => items.push(value),
            Some(first) => {
                let before = std::mem::replace(first, Value::Null);
                *first = Value::Array(vec![before, value]);
            }
        }
        Ok(())
    }

    fn marks(&mut self, tag: &Tag<'i>) -> Read<Marks> {
        let mut marks = Marks::default();
        for attribute in self.attributes(tag)? {
            match (attribute.namespace.as_str(), attribute.name) {
                (INSTANCE, "nil") => marks.is_null = attribute.value == "true",
                (INSTANCE, "type") => marks.ty = self.qualified_type(scalar::trim(&attribute.value)),
                (UNDECLARED, TYPE) => marks.ty = schema_type(&attribute.value),
                (UNDECLARED, KIND) => marks.kind = Some(attribute.value.into_owned()),
                ("", "href") => marks.href = Some(scalar::trim(&attribute.value).to_owned()),
                _ => {}
            }
        }
        Ok(marks)
    }

    fn qualified_type(&self, name: &str) -> Option<Type> {
        let (prefix, local) = name.split_once(':')?;
        if self.tokens.prefix(prefix) == Some(SCHEMA) { schema_type(local) } else { None }
    }
}

/// The types of XML Schema that a value may be said to be of.
fn schema_type(name: &str) -> Option<Type> {
    Some(match name {
        "string" => Type::String,
        "boolean" => Type::Boolean,
        "integer" | "long" | "int" => Type::Integer,
        "dateTime" => Type::DateTime,
        "duration" => Type::Duration,
        "hexBinary" => Type::Bytes,
        "anyURI" => Type::Uri,
        _ => return None,
    })
}

impl Output {
    /// A value as an element, in the namespace around it, or in the one to `declare`.
    pub(super) fn natural(&mut self, name: &str, declare: Option<&str>, value: &Value) {
        if let Value::Foreign(element) = value {
            self.foreign(element, None);
            return;
        }
        let element = self.begin_any(name);
        if let Some(namespace) = declare {
            self.attribute("xmlns", namespace);
        }
        self.natural_content(element, value);
    }

    /// The rest of an element, from within its tag to its end.
    pub(super) fn natural_content(&mut self, element: &str, value: &Value) {
        match value {
            Value::Null => self.nil(),
            Value::Array(_) => self.mark_kind("array"),
            Value::Structure(fields) if fields.is_empty() => self.mark_kind("object"),
            Value::Map(map) if map.is_empty() => self.mark_kind("object"),
            Value::Ref(Reference { href: Some(href), .. }) => self.attribute("href", href),
            Value::Ref(Reference { attributes, .. }) if attributes.is_empty() => self.mark_kind("object"),
            value => {
                if let Some(ty) = said(value) {
                    self.say_type(ty);
                }
            }
        }
        let inside = self.open();
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.natural(ITEM, None, item)),
            Value::Structure(fields) | Value::Ref(Reference { attributes: fields, .. }) => {
                for (name, value) in fields.iter() {
                    self.natural(name, None, value);
                }
            }
            Value::Map(map) => {
                for (name, text) in map {
                    self.natural(name, None, &Value::String(text.clone()));
                }
            }
            Value::Foreign(foreign) => self.foreign(foreign, None),
            value => {
                if let Some(text) = scalar::to_text(value) {
                    self.text(&text);
                }
            }
        }
        self.close(&inside, element);
    }

    fn say_type(&mut self, ty: &str) {
        if self.is_marked() {
            // An element with an `xsi:type` has no other attributes, says XML Schema.
            self.mark(TYPE, ty);
        } else {
            self.attribute("xmlns:xsi", INSTANCE);
            self.attribute("xmlns:xs", SCHEMA);
            self.attribute("xsi:type", &format!("xs:{ty}"));
        }
    }

    fn nil(&mut self) {
        self.attribute("xmlns:xsi", INSTANCE);
        self.attribute("xsi:nil", "true");
    }

    fn mark_kind(&mut self, kind: &str) {
        self.mark(KIND, kind);
    }
}

/// The type to say of a value whose text would be taken for something else.
fn said(value: &Value) -> Option<&'static str> {
    match value {
        Value::String(text) if text.is_empty() || scalar::guess(text) != *value => Some("string"),
        Value::String(text) if scalar::trim(text).len() != text.len() => Some("string"),
        Value::DateTime(_) => Some("dateTime"),
        Value::Duration(_) => Some("duration"),
        Value::Bytes(_) => Some("hexBinary"),
        _ => None,
    }
}
