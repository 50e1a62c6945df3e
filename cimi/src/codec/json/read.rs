//! JSON to a document: the way in.
//!
//! Owns the choice of the type and what is said when the text is no JSON. Reading streams: serde's events become values,
//! steered by the declared types.

use serde::Deserializer as _;
use serde_json::Deserializer;

use super::path::Path;
use super::root::resource_uri;
use super::session::Session;
use super::value::{Shape, ValueSeed};
use crate::codec::root::Root;
use crate::codec::{Context, Decoded, Reader, scalar};
use crate::document::Document;
use crate::finding::{Code, Finding, Position};
use crate::model::Schema;
use crate::value::{Attributes, Reference, Value};

/// Said of a document without a type where none is expected.
const UNTYPED: &str = "expected a resourceURI that says what type this is (DSP0263 4.1.4)";

/// Reads a document from JSON.
pub fn read(bytes: &[u8], context: &Context<'_>) -> Decoded {
    let mut session = Session::new(bytes, context);
    let document = session.document();
    Decoded { document, findings: session.findings.finish() }
}

impl Session<'_> {
    fn document(&mut self) -> Option<Document> {
        let limit = self.context.limits.document_bytes;
        if self.input.len() > limit {
            let message = format!("expected at most {limit} bytes, found {}", self.input.len());
            self.report(Code::Limit, &Path::ROOT, || message);
            return None;
        }
        if let Some(rest) = self.input.strip_prefix(b"\xEF\xBB\xBF") {
            self.input = rest;
            self.report(Code::Style, &Path::ROOT, || "expected no byte order mark (RFC 8259 8.1)".into());
        }
        let uri = resource_uri(self.input);
        let root = match &uri {
            Some(uri) => Some(Root::of_uri(uri, self.context)),
            None => Root::unnamed(self.context),
        };
        let schema = root.as_ref().map(|root| root.schema);
        if let Some(wrong) = root.as_ref().and_then(|root| root.wrong.as_ref()) {
            self.report(Code::WrongResource, &Path::ROOT.key("resourceURI"), || wrong.clone());
        }
        let attributes = self.parse(schema)?;
        let Some(root) = root else {
            self.report(Code::WrongResource, &Path::ROOT, || UNTYPED.into());
            return None;
        };
        if uri.is_none() && self.context.reader == Reader::Consumer {
            self.report(Code::Missing, &Path::ROOT, || UNTYPED.into());
        }
        Some(Document { schema: root.schema, foreign_type: root.foreign, attributes })
    }

    fn parse(&mut self, schema: Option<&'static Schema>) -> Option<Attributes> {
        let mut json = Deserializer::from_slice(self.input);
        let shape = schema.map_or(Shape::Unknown, Shape::Root);
        let read = json.deserialize_any(ValueSeed { session: self, shape, path: &Path::ROOT });
        let read = read.and_then(|value| json.end().map(|()| value));
        match read {
            Ok(Value::Structure(attributes)) => Some(attributes),
            Ok(Value::Ref(Reference { href, mut attributes })) => {
                attributes.set_some("href", href);
                Some(attributes)
            }
            Ok(value) => {
                self.report(Code::Syntax, &Path::ROOT, || {
                    format!("expected a JSON object, found {}", scalar::description(&value))
                });
                None
            }
            Err(_) if self.stopped => None,
            Err(error) => {
                let at = position(self.input, &error);
                self.findings.push(Finding::error(Code::Syntax, at, syntax(&error)));
                None
            }
        }
    }
}

/// Where an error is: `serde_json` counts bytes, and from 0 at the beginning of a line.
fn position(input: &[u8], error: &serde_json::Error) -> Position {
    let line = error.line().max(1);
    let text = input.split(|byte| *byte == b'\n').nth(line - 1).unwrap_or_default();
    let before = &text[..error.column().saturating_sub(1).min(text.len())];
    // Every byte but a continuation byte begins a character.
    let column = before.iter().filter(|byte| **byte & 0xC0 != 0x80).count() + 1;
    Position::Line { line, column }
}

fn syntax(error: &serde_json::Error) -> String {
    // serde_json appends the position, which the finding has anyhow.
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    format!("not JSON: {}", &text[..end])
}
