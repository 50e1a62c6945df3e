//! What one reading of XML knows and has found.
//!
//! Owns limits, remarks with their place, and the texts of elements. Knows no attribute of CIMI.

use std::borrow::Cow;
use std::collections::HashSet;

use super::positions::positions;
use super::tokens::{BINDING, Malformed, Tag, TagAttribute, Token, Tokens};
use crate::codec::fields::Fields;
use crate::codec::{Context, Reader, scalar};
use crate::data::Invalid;
use crate::finding::{Code, Finding, Findings, Position};
use crate::value::{Attributes, Name, Value};

/// Nothing more can be read; the reason is among the findings.
pub(super) struct Stopped;

/// What reading gives, unless it is over.
pub(super) type Read<T> = Result<T, Stopped>;

/// The longest name of an element or attribute that is read.
const MAX_NAME: usize = 256;

/// One reading.
pub(super) struct Session<'c, 'i> {
    pub(super) context: &'c Context<'c>,
    pub(super) tokens: Tokens<'i>,
    pub(super) notes: Notes,
    /// The namespace that declared names are in here: CIMI's, or that of the extension around.
    pub(super) home: Cow<'c, str>,
}

/// Findings and where they are, in bytes.
pub(super) struct Notes {
    findings: Findings,
    offsets: Vec<usize>,
    reader: Reader,
}

impl Notes {
    /// None yet.
    pub(super) fn new(context: &Context<'_>) -> Self {
        Self { findings: Findings::new(context.limits.findings), offsets: Vec::new(), reader: context.reader }
    }

    /// Says something about a place, at the severity that it has for this reader.
    pub(super) fn report(&mut self, code: Code, at: usize, message: impl FnOnce() -> String) {
        let severity = self.reader.severity(code);
        if self.findings.has_room() {
            let nowhere = Position::Line { line: 0, column: 0 };
            self.findings.push(Finding { severity, code, at: nowhere, message: message() });
            self.offsets.push(at);
        } else {
            self.findings.omit(severity);
        }
    }

    /// The findings in document order.
    pub(super) fn finish(self, input: &[u8]) -> Vec<Finding> {
        let places = positions(input, &self.offsets);
        let mut findings = self.findings.finish();
        for (finding, place) in findings.iter_mut().zip(&places) {
            finding.at = place.clone();
        }
        if let (Some(summary), Some(last)) = (findings.get_mut(places.len()), places.last()) {
            summary.at = last.clone();
        }
        let located = places.len().min(findings.len());
        findings[..located].sort_by(|a, b| a.at.cmp(&b.at));
        findings
    }
}

impl<'i> Session<'_, 'i> {
    /// Says something about a place.
    pub(super) fn report(&mut self, code: Code, at: usize, message: impl FnOnce() -> String) {
        self.notes.report(code, at, message);
    }

    /// Ends the reading.
    pub(super) fn stop<T>(&mut self, code: Code, at: usize, message: impl FnOnce() -> String) -> Read<T> {
        self.report(code, at, message);
        Err(Stopped)
    }

    /// A part of the reading that may find the XML malformed.
    pub(super) fn sound<T>(&mut self, result: Result<T, Malformed>) -> Read<T> {
        match result {
            Ok(value) => Ok(value),
            Err(Malformed { at, message }) => self.stop(Code::Syntax, at, || format!("not XML: {message}")),
        }
    }

    /// The next token, its depth checked.
    pub(super) fn next(&mut self) -> Read<Token<'i>> {
        let token = self.tokens.next();
        let token = self.sound(token)?;
        if let Token::Start(tag) = &token {
            let limit = self.context.limits.depth;
            if usize::from(self.tokens.depth) > limit {
                return self
                    .stop(Code::Limit, tag.at, || format!("expected at most {limit} levels of elements"));
            }
            if tag.name().len() > MAX_NAME {
                return self
                    .stop(Code::Limit, tag.at, || format!("expected a name of at most {MAX_NAME} bytes"));
            }
        }
        Ok(token)
    }

    /// Whether the element is in the namespace that declared names are in.
    pub(super) fn is_home(&mut self, tag: &Tag<'i>) -> Read<bool> {
        let namespace = self.tokens.namespace(tag).map(|namespace| namespace == self.home);
        self.sound(namespace)
    }

    /// The attributes of a tag that bind no namespace.
    pub(super) fn attributes<'t>(&mut self, tag: &'t Tag<'i>) -> Read<Vec<TagAttribute<'t>>> {
        let mut attributes = Vec::new();
        self.each_attribute(tag, |_, attribute| attributes.push(attribute))?;
        Ok(attributes)
    }

    /// Does something with each attribute of a tag that binds no namespace.
    pub(super) fn each_attribute<'t>(
        &mut self,
        tag: &'t Tag<'i>,
        mut each: impl FnMut(&mut Self, TagAttribute<'t>),
    ) -> Read<()> {
        if tag.is_bare() {
            return Ok(());
        }
        let mut seen = tag.is_long().then(HashSet::new);
        let limit = self.context.limits.attributes;
        for (count, attribute) in tag.attributes().enumerate() {
            let attribute = self.tokens.attribute(tag, attribute);
            let attribute = self.sound(attribute)?;
            if count == limit || attribute.name.len() > MAX_NAME {
                return self.stop(Code::Limit, attribute.at, || {
                    format!("expected at most {limit} attributes, names of at most {MAX_NAME} bytes")
                });
            }
            if seen.as_mut().is_some_and(|seen| !seen.insert(attribute.written)) {
                let twice = Malformed::twice(attribute.at, attribute.written);
                return self.sound(Err(twice));
            }
            self.check_length(&attribute.value, attribute.at)?;
            if attribute.namespace != BINDING {
                each(self, attribute);
            }
        }
        Ok(())
    }

    /// The text of an element whose tag has been read, up to its end. Elements inside are reported and passed over.
    pub(super) fn text(&mut self, tag: &Tag<'i>) -> Read<Cow<'i, str>> {
        let mut text = Cow::Borrowed("");
        loop {
            match self.next()? {
                Token::Text(piece) => self.append(&mut text, piece, tag.at)?,
                Token::Start(child) => {
                    self.report(Code::WrongType, child.at, || {
                        format!("expected text in <{}>, found <{}>", tag.name(), Invalid::shown(child.name()))
                    });
                    self.skip()?;
                }
                Token::End | Token::Eof => return Ok(text),
            }
        }
    }

    /// Adds a piece to a text.
    pub(super) fn append(&mut self, text: &mut Cow<'i, str>, piece: Cow<'i, str>, at: usize) -> Read<()> {
        if text.is_empty() {
            *text = piece;
        } else {
            text.to_mut().push_str(&piece);
        }
        self.check_length(text, at)
    }

    fn check_length(&mut self, text: &str, at: usize) -> Read<()> {
        let limit = self.context.limits.string_bytes;
        if text.len() > limit {
            return self.stop(Code::Limit, at, || format!("expected at most {limit} bytes of text"));
        }
        Ok(())
    }

    /// Passes over the rest of an element whose tag has been read.
    pub(super) fn skip(&mut self) -> Read<()> {
        let outside = self.tokens.depth.saturating_sub(1);
        while self.tokens.depth > outside {
            if let Token::Eof = self.next()? {
                break;
            }
        }
        Ok(())
    }

    /// An attribute or element that is not declared.
    pub(super) fn unknown(&mut self, fields: &Fields<'_>, name: &str, at: usize) {
        if fields.is_known() {
            let owner = fields.owner;
            self.report(Code::UnknownAttribute, at, || {
                format!("expected an attribute of {owner}, found \"{}\"", Invalid::shown(name))
            });
        }
    }

    /// Text that stands where only elements may.
    pub(super) fn stray(&mut self, text: &str, at: usize) {
        if !scalar::trim(text).is_empty() {
            let shown = Invalid::shown(scalar::trim(text));
            self.report(Code::WrongType, at, || format!("expected elements, found the text \"{shown}\""));
        }
    }

    /// Keeps a value if there is one: an empty one is none (5.5.15), which to a provider erases (4.2.1.1) and to a consumer is
    /// absent. The first of two of the same name stays.
    pub(super) fn keep(&mut self, attributes: &mut Attributes, name: Name, value: Value, at: usize) {
        let value = if value == Value::Null || value.is_empty() {
            if self.context.reader == Reader::Consumer {
                self.report(Code::Style, at, || {
                    format!(
                        "expected a value or no \"{}\" at all, found an empty one",
                        Invalid::shown(name.as_str())
                    )
                });
                return;
            }
            Value::Null
        } else {
            value
        };
        if !attributes.insert_new(name, value) {
            self.duplicate(at);
        }
    }

    /// Two of the same name.
    pub(super) fn duplicate(&mut self, at: usize) {
        self.report(Code::Duplicate, at, || "expected each name once; the first is used".into());
    }
}
