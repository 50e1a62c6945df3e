//! Documents to bytes and back (DSP0263 5.4, 5.5), in JSON and XML, for both editions.
//!
//! Reading is tolerant where the text tells consumers to be, strict for providers; writing is always strict.
//! Readers return what they could read and every finding with its position. They never panic; [`Limits`] bound them.

use crate::document::Document;
use crate::edition::Edition;
use crate::extension::Extensions;
use crate::finding::{Finding, Severity};
use crate::limits::Limits;
use crate::model::Schema;

mod fields;
mod foreign;
pub mod json;
mod policy;
mod root;
mod scalar;
pub mod xml;

/// A serialization (4.1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// `application/json`
    Json,
    /// `application/xml`
    Xml,
}

/// Who reads, and with that what is an error (5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A provider reads a request: unknown attributes and wrong types are errors.
    Provider,
    /// A consumer reads a reply: they are warnings, and what is unknown is kept to be echoed.
    Consumer,
}

/// What a reader knows before it reads.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The edition; a document of another one is an error.
    pub edition: Edition,
    /// The types that may stand here: JSON without `resourceURI` is read as the first. Empty: any declared type.
    pub expected: &'a [&'static Schema],
    /// Who reads.
    pub reader: Reader,
    /// Limits.
    pub limits: &'a Limits,
    /// Extension attributes that the provider has declared in its ResourceMetadata (5.1).
    pub extensions: &'a Extensions,
}

/// The result of reading.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// What was read; absent if nothing could be.
    pub document: Option<Document>,
    /// Everything that was not as it should be, in document order.
    pub findings: Vec<Finding>,
}

impl Decoded {
    /// The document if there is one and no finding is an error.
    ///
    /// # Errors
    /// The findings, if any is an error or there is no document.
    pub fn ok(self) -> Result<Document, Vec<Finding>> {
        match self.document {
            Some(document) if self.findings.iter().all(|f| f.severity < Severity::Error) => Ok(document),
            _ => Err(self.findings),
        }
    }
}

impl Format {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Json, Self::Xml];

    /// The media type (4.1.4).
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Xml => "application/xml",
        }
    }
}

/// Reads a document.
pub fn read(format: Format, bytes: &[u8], context: &Context<'_>) -> Decoded {
    match format {
        Format::Json => json::read(bytes, context),
        Format::Xml => xml::read(bytes, context),
    }
}

/// Writes a document. Empty values and `Null` are omitted (5.5.15), except `Null` in a `...Create`, which erases (4.2.1.1).
pub fn write(format: Format, document: &Document, extensions: &Extensions) -> Vec<u8> {
    match format {
        Format::Json => json::write(document, extensions),
        Format::Xml => xml::write(document, extensions),
    }
}
