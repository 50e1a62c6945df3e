//! What one reading of JSON knows and has found.
//!
//! Owns limits, remarks, and what becomes of values that are not as declared. Knows nothing of serde's events.

use std::borrow::Cow;

use super::path::Path;
use crate::codec::fields::{Fields, Found};
use crate::codec::{Context, Reader, scalar};
use crate::data::Invalid;
use crate::finding::{Code, Finding, Findings};
use crate::model::Type;
use crate::validate::forbidden;
use crate::value::{Attributes, Name, Reference, Value};

/// The bound of `serde_json` itself is 128; below it our message is the one that is seen.
const MAX_DEPTH: usize = 120;

/// The longest name of an attribute that is read.
const MAX_NAME: usize = 256;

/// What one reading knows and has found.
pub(super) struct Session<'c> {
    pub(super) context: &'c Context<'c>,
    pub(super) findings: Findings,
    pub(super) input: &'c [u8],
    /// Whether reading was ended by a finding rather than by bad JSON.
    pub(super) stopped: bool,
}

impl<'c> Session<'c> {
    /// A reading of `input`.
    pub(super) fn new(input: &'c [u8], context: &'c Context<'c>) -> Self {
        Self { context, findings: Findings::new(context.limits.findings), input, stopped: false }
    }

    /// Says something about a place, at the severity that it has for this reader.
    pub(super) fn report(&mut self, code: Code, path: &Path<'_>, message: impl FnOnce() -> String) {
        let severity = self.context.reader.severity(code);
        if self.findings.has_room() {
            self.findings.push(Finding { severity, code, at: path.position(), message: message() });
        } else {
            self.findings.omit(severity);
        }
    }

    /// Ends the reading: beyond a limit there is nothing to be read.
    pub(super) fn stop<E: serde::de::Error>(
        &mut self,
        path: &Path<'_>,
        message: impl FnOnce() -> String,
    ) -> E {
        self.stopped = true;
        self.report(Code::Limit, path, message);
        E::custom("stopped")
    }

    /// A value of another JSON type than its declaration wants: read as what it says if its text is of the type, else as it is.
    pub(super) fn mismatch(&mut self, ty: &Type, path: &Path<'_>, value: Value) -> Value {
        self.report(Code::WrongType, path, || {
            format!("expected {}, found {}", scalar::expectation(ty), scalar::description(&value))
        });
        let coerced = match scalar::to_text(&value) {
            Some(text) if scalar::is_atomic(ty) => scalar::from_text(ty, &text).ok(),
            _ => None,
        };
        coerced.unwrap_or(value)
    }

    pub(super) fn text(&mut self, ty: &Type, path: &Path<'_>, text: Cow<'_, str>) -> Value {
        match ty {
            Type::String | Type::Uri | Type::Any => Value::String(text.into_owned()),
            Type::DateTime | Type::Duration | Type::Bytes => match scalar::from_text(ty, &text) {
                Ok(value) => value,
                Err(invalid) => {
                    self.report(Code::WrongValue, path, || invalid.to_string());
                    Value::String(text.into_owned())
                }
            },
            Type::Ref(_) | Type::Collection(_) => {
                // 5.5.12 itself prints `parent` so.
                self.report(Code::Style, path, || "expected an object with href, found a bare URI".into());
                Value::Ref(Reference::to(text.into_owned()))
            }
            _ => self.mismatch(ty, path, Value::String(text.into_owned())),
        }
    }

    pub(super) fn number(&mut self, ty: &Type, path: &Path<'_>, text: &str) -> Value {
        match (ty, scalar::number(text)) {
            (Type::Integer, Some(Value::Integer(number))) => Value::Integer(number),
            (Type::Any, Some(value)) => value,
            (Type::Integer, Some(value @ Value::Decimal(_))) if !text.contains(['.', 'e', 'E']) => {
                self.report(Code::WrongValue, path, || {
                    format!("expected an integer of at most 64 bits, found {}", Invalid::shown(text))
                });
                value
            }
            (_, Some(value)) => self.mismatch(ty, path, value),
            (_, None) => {
                self.report(Code::WrongValue, path, || {
                    format!("expected a number with a reasonable exponent, found {}", Invalid::shown(text))
                });
                Value::String(text.to_owned())
            }
        }
    }

    pub(super) fn enter<E: serde::de::Error>(&mut self, path: &Path<'_>) -> Result<(), E> {
        let limit = self.context.limits.depth.min(MAX_DEPTH);
        if path.depth < limit {
            return Ok(());
        }
        Err(self.stop(path, || format!("expected at most {limit} levels of objects and arrays")))
    }

    pub(super) fn check_text<E: serde::de::Error>(&mut self, text: &str, path: &Path<'_>) -> Result<(), E> {
        let limit = self.context.limits.string_bytes;
        if text.len() > limit {
            return Err(
                self.stop(path, || format!("expected at most {limit} bytes of text, found {}", text.len()))
            );
        }
        if let Some(c) = scalar::not_xml(text) {
            // Every resource has a representation in XML, too (4.1.4).
            self.report(Code::WrongValue, path, || {
                format!("expected text that XML 1.0 can carry, found U+{:04X}", u32::from(c))
            });
        }
        Ok(())
    }

    /// Checks the name of the `count`th attribute of an object.
    pub(super) fn check_name<E: serde::de::Error>(
        &mut self,
        key: &str,
        count: usize,
        path: &Path<'_>,
    ) -> Result<(), E> {
        let limit = self.context.limits.attributes;
        if count > limit {
            return Err(self.stop(path, || format!("expected at most {limit} attributes")));
        }
        if key.len() > MAX_NAME {
            return Err(self.stop(path, || format!("expected a name of at most {MAX_NAME} bytes")));
        }
        self.check_text(key, path)
    }

    /// An attribute that is not declared.
    pub(super) fn unknown(&mut self, fields: &Fields<'c>, key: &str, path: &Path<'_>) {
        if fields.is_known() {
            let owner = fields.owner;
            self.report(Code::UnknownAttribute, path, || {
                format!("expected an attribute of {owner}, found \"{}\"", Invalid::shown(key))
            });
        }
    }

    pub(super) fn check_value(&mut self, found: Option<Found<'_>>, value: &Value, path: &Path<'_>) {
        if let Some(message) = found.and_then(|found| forbidden(found.attribute, value)) {
            self.report(Code::WrongValue, path, || message);
        }
    }

    /// An empty value is no value (5.5.15): to a provider it erases (4.2.1.1), to a consumer it is absent.
    pub(super) fn settle(&mut self, value: Value, path: &Path<'_>) -> Option<Value> {
        if value != Value::Null && !value.is_empty() {
            return Some(value);
        }
        if self.context.reader == Reader::Provider {
            return Some(Value::Null);
        }
        self.report(Code::Style, path, || {
            format!("expected a value or nothing at all, found {} without content", what(&value))
        });
        None
    }

    pub(super) fn keep_first(
        &mut self,
        attributes: &mut Attributes,
        name: Name,
        value: Value,
        path: &Path<'_>,
    ) {
        if !attributes.insert_new(name, value) {
            self.duplicate(path);
        }
    }

    pub(super) fn duplicate(&mut self, path: &Path<'_>) {
        self.report(Code::Duplicate, path, || "expected each name once; the first is used".into());
    }
}

fn what(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        _ => "an object",
    }
}
