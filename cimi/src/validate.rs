//! A document against its schema, for the one who sends it (DSP0263 5.3).
//!
//! Owns which attributes must be there, which values are allowed and which types; for documents that were built rather than
//! read, and for what a reader cannot know: whether everything that must be there is. Knows no serialization.

use crate::data::Invalid;
use crate::document::Document;
use crate::edition::Edition;
use crate::extension::Extensions;
use crate::finding::{Code, Finding, Position};
use crate::model::{Attribute, Form, Schema, Type, Values, registry};
use crate::value::{Attributes, Value};

/// Who sends a document, and with that what must be in it (5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A provider sends a whole representation: what is `providerMandatory` is in it, unless empty.
    Provider,
    /// A consumer sends a request: what is `consumerMandatory` is in it.
    Consumer,
}

/// What is wrong with a document, in its order; places are JSON Pointers, whatever it will be written as.
///
/// An attribute that is `providerMandatory` and absent is a warning, for it may be empty (5.5.15), which a document does not say;
/// one that is `consumerMandatory` is an error. Templates given by value need not be whole (4.2.1.1).
pub fn validate(document: &Document, sender: Sender, extensions: &Extensions) -> Vec<Finding> {
    let mut check = Check { sender, extensions, edition: document.edition(), findings: Vec::new() };
    check.resource(&document.attributes, document.schema, "");
    check.findings
}

/// Why the declaration of an attribute forbids a value of the right type, if it does: what was expected and what was found.
pub fn forbidden(attribute: &Attribute, value: &Value) -> Option<String> {
    match (attribute.values, value) {
        (Values::Closed(allowed), Value::String(text)) if !allowed.contains(&text.as_str()) => {
            Some(format!("expected one of {}, found \"{}\"", allowed.join(", "), Invalid::shown(text)))
        }
        (Values::Range(from, to), Value::Integer(number)) if !(from..=to).contains(number) => {
            Some(format!("expected a number from {from} to {to}, found {number}"))
        }
        _ => None,
    }
}

struct Check<'a> {
    sender: Sender,
    extensions: &'a Extensions,
    edition: Edition,
    findings: Vec<Finding>,
}

impl Check<'_> {
    fn resource(&mut self, attributes: &Attributes, schema: &'static Schema, at: &str) {
        // What an Action must carry depends on its operation: of the parameters none is missing here.
        let declared = schema.attributes();
        for attribute in declared {
            self.presence(attributes, attribute, schema, at);
        }
        for (name, value) in attributes.iter() {
            let place = format!("{at}/{}", escaped(name));
            match self.extensions.declaration(schema, name) {
                Some(attribute) => self.attribute(attribute, value, &place),
                None if name == "resourceURI" => {}
                None => self.say(Code::UnknownAttribute, &place, format!("{schema:?} has no such attribute")),
            }
        }
    }

    fn presence(&mut self, attributes: &Attributes, attribute: &Attribute, schema: &Schema, at: &str) {
        if attributes.contains(attribute.name) {
            return;
        }
        let place = Position::Pointer(format!("{at}/{}", attribute.name));
        let is_new = matches!(schema.ty.form, Form::Create { .. } | Form::Action);
        match self.sender {
            Sender::Consumer if attribute.constraints.consumer_mandatory() => {
                self.findings.push(Finding::error(
                    Code::Missing,
                    place,
                    format!("expected {}, which a consumer must send, found nothing", attribute.name),
                ));
            }
            Sender::Provider if attribute.constraints.provider_mandatory() && !is_new => {
                self.findings.push(Finding::warning(
                    Code::Missing,
                    place,
                    format!("expected {} unless it is empty, found nothing", attribute.name),
                ));
            }
            _ => {}
        }
    }

    fn attribute(&mut self, attribute: &Attribute, value: &Value, at: &str) {
        if let Some(message) = forbidden(attribute, value) {
            self.say(Code::WrongValue, at, message);
        }
        self.typed(&attribute.ty, value, at);
    }

    fn typed(&mut self, ty: &Type, value: &Value, at: &str) {
        match (ty, value) {
            (_, Value::Null)
            | (Type::Any | Type::ValueScope, _)
            | (Type::Boolean, Value::Boolean(_))
            | (Type::DateTime, Value::DateTime(_))
            | (Type::Duration, Value::Duration(_))
            | (Type::Integer, Value::Integer(_))
            | (Type::String | Type::Uri, Value::String(_))
            | (Type::Bytes, Value::Bytes(_))
            | (Type::Map(_), Value::Map(_)) => {}
            (Type::Ref(_) | Type::Collection(_), Value::Ref(reference)) => {
                if reference.href.is_none() && reference.attributes.is_empty() {
                    self.say(Code::Missing, at, "expected an href, or attributes by value".into());
                }
            }
            (Type::Structure(structure), Value::Structure(fields)) => {
                self.fields(structure.fields, fields, at);
            }
            (Type::Array(item), Value::Array(items)) => {
                for (index, value) in items.iter().enumerate() {
                    self.typed(&item.ty, value, &format!("{at}/{index}"));
                }
            }
            (Type::Members(name), Value::Array(items)) => {
                let Some(schema) = registry(self.edition).get(name) else { return };
                for (index, item) in items.iter().enumerate() {
                    let place = format!("{at}/{index}");
                    match item.as_attributes() {
                        Some(attributes) => self.resource(attributes, schema, &place),
                        None => self.say(Code::WrongType, &place, format!("expected a {name}")),
                    }
                }
            }
            (ty, _) => self.say(Code::WrongType, at, format!("expected a value of type {}", ty.name())),
        }
    }

    fn fields(&mut self, declared: &'static [Attribute], fields: &Attributes, at: &str) {
        let here = || declared.iter().filter(|field| field.is_in(self.edition));
        let missing: Vec<&str> = here()
            .filter(|field| field.constraints.consumer_mandatory() && !fields.contains(field.name))
            .map(|field| field.name)
            .collect();
        let known: Vec<(&Attribute, &Value)> =
            here().filter_map(|field| Some((field, fields.get(field.name)?))).collect();
        let unknown: Vec<&str> =
            fields.iter().map(|(name, _)| name).filter(|name| !here().any(|f| f.name == *name)).collect();
        for name in missing {
            self.say(Code::Missing, &format!("{at}/{name}"), format!("expected {name}, found nothing"));
        }
        for (field, value) in known {
            self.attribute(field, value, &format!("{at}/{}", field.name));
        }
        for name in unknown {
            self.say(Code::UnknownAttribute, &format!("{at}/{}", escaped(name)), "no such field".into());
        }
    }

    fn say(&mut self, code: Code, at: &str, message: String) {
        self.findings.push(Finding::error(code, Position::Pointer(at.to_owned()), message));
    }
}

/// A name as a segment of a JSON Pointer (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
