//! XML as bytes: tags, attributes and text, escaped.
//!
//! Owns well-formedness of what is written. Knows no value.

use super::{UNDECLARED, is_name};
use crate::codec::scalar::is_xml;

/// The element that stands for a name that can be none of an element's.
pub(super) const ITEM: &str = "item";

/// The attribute that then holds the name.
pub(super) const KEY: &str = "key";

/// What is written so far.
pub(super) struct Output {
    bytes: Vec<u8>,
    /// Whether the tag that is open has the prefix of our own attributes.
    is_marked: bool,
}

/// Where the inside of an element begins.
pub(super) struct Inside(usize);

impl Output {
    /// A document of which nothing but the declaration is written.
    pub(super) fn new() -> Self {
        let mut bytes = Vec::with_capacity(1024);
        bytes.extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        Self { bytes, is_marked: false }
    }

    /// The bytes.
    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Begins a tag. The name is one of the model or has been checked.
    pub(super) fn begin(&mut self, name: &str) {
        self.raw("<");
        self.raw(name);
        self.is_marked = false;
    }

    /// Begins the tag of an attribute with any name; gives the name of the element.
    pub(super) fn begin_any<'n>(&mut self, name: &'n str) -> &'n str {
        if is_name(name) {
            self.begin(name);
            return name;
        }
        self.begin(ITEM);
        self.mark(KEY, name);
        ITEM
    }

    /// An attribute of the tag that is open.
    pub(super) fn attribute(&mut self, name: &str, value: &str) {
        self.raw(" ");
        self.raw(name);
        self.raw("=\"");
        self.escaped(value, true);
        self.raw("\"");
    }

    /// Whether the tag that is open has an attribute of our own.
    pub(super) fn is_marked(&self) -> bool {
        self.is_marked
    }

    /// An attribute of our own.
    pub(super) fn mark(&mut self, name: &str, value: &str) {
        if !std::mem::replace(&mut self.is_marked, true) {
            self.attribute("xmlns:u", UNDECLARED);
        }
        self.attribute(&format!("u:{name}"), value);
    }

    /// Ends the tag that is open.
    pub(super) fn open(&mut self) -> Inside {
        self.raw(">");
        Inside(self.bytes.len())
    }

    /// Ends the element: as an empty one if nothing has been written inside.
    pub(super) fn close(&mut self, inside: &Inside, name: &str) {
        if self.bytes.len() == inside.0 {
            self.bytes.pop();
            self.raw("/>");
        } else {
            self.raw("</");
            self.raw(name);
            self.raw(">");
        }
    }

    /// Character data.
    pub(super) fn text(&mut self, text: &str) {
        self.escaped(text, false);
    }

    /// A whole element with text only.
    pub(super) fn simple(&mut self, name: &str, text: &str) {
        self.begin(name);
        let inside = self.open();
        self.text(text);
        self.close(&inside, name);
    }

    fn raw(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Text with references for what would not come back as it is. What XML 1.0 cannot carry at all becomes U+FFFD: a reader of
    /// requests has refused it before, and a reply must be well-formed.
    fn escaped(&mut self, text: &str, in_attribute: bool) {
        let bytes = text.as_bytes();
        let mut done = 0;
        for (at, &byte) in bytes.iter().enumerate() {
            let replacement = match byte {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'\r' => "&#13;",
                b'"' if in_attribute => "&quot;",
                b'\n' if in_attribute => "&#10;",
                b'\t' if in_attribute => "&#9;",
                b'\n' | b'\t' => continue,
                0..0x20 => "\u{FFFD}",
                // U+FFFE and U+FFFF are EF BF BE and EF BF BF.
                0xEF if text[at..].chars().next().is_some_and(|c| !is_xml(c)) => "\u{FFFD}",
                _ => continue,
            };
            self.bytes.extend_from_slice(&bytes[done..at]);
            self.raw(replacement);
            done = at + if byte == 0xEF { 3 } else { 1 };
        }
        self.bytes.extend_from_slice(&bytes[done..]);
    }
}
