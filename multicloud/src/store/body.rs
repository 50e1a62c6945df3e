//! Attributes as the store keeps them: CIMI 2.0 JSON, by the codec that the wire uses.

use cimi::codec::{self, Context, Format, Reader};
use cimi::extension::Extensions;
use cimi::model::schema;
use cimi::{Attributes, Document, Edition, Limits};

use super::StoreError;

/// Attributes of a type to bytes.
pub(super) fn write(ty: &'static str, attributes: &Attributes) -> Vec<u8> {
    let document = Document::with(schema(Edition::V2, ty), attributes.clone());
    codec::write(Format::Json, &document, &Extensions::NONE)
}

/// Bytes to attributes of a type.
pub(super) fn read(ty: &'static str, bytes: &[u8], what: &str) -> Result<Attributes, StoreError> {
    let expected = [schema(Edition::V2, ty)];
    let context = Context {
        edition: Edition::V2,
        expected: &expected,
        reader: Reader::Consumer,
        limits: &Limits::CLIENT,
        extensions: &Extensions::NONE,
    };
    codec::read(Format::Json, bytes, &context).ok().map(|document| document.attributes).map_err(|findings| {
        let reason = findings.first().map_or_else(String::new, ToString::to_string);
        StoreError::Damaged { what: what.to_owned(), reason }
    })
}
