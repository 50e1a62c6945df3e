//! XML.
use super::{Context, Decoded};
use crate::document::Document;
use crate::extension::Extensions;

/// Reads a document from XML.
pub fn read(_bytes: &[u8], _context: &Context<'_>) -> Decoded {
    unimplemented!()
}

/// Writes a document as XML.
pub fn write(_document: &Document, _extensions: &Extensions) -> Vec<u8> {
    unimplemented!()
}
