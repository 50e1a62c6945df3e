//! Limits on everything that comes from outside (DSP0263 6: a provider may limit what it accepts).
//!
//! Owns the numbers. Readers and parsers take them as a value; nothing here reads anything.

/// What a reader accepts before it refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one document. The server's body limit is this number, too.
    pub document_bytes: usize,
    /// Nesting of objects, arrays and elements. Recursion is bounded by it, so it guards the stack.
    pub depth: usize,
    /// Attributes of one resource or structure.
    pub attributes: usize,
    /// Items of one array or map (MaxPropertyItems advertises it for properties).
    pub items: usize,
    /// Bytes of one string value.
    pub string_bytes: usize,
    /// Bytes of a request URI.
    pub uri_bytes: usize,
    /// Findings reported for one document; the rest is counted, not kept.
    pub findings: usize,
}

impl Limits {
    /// For requests to a server: generous for people and programs, tight for attackers.
    pub const SERVER: Self = Self {
        document_bytes: 1 << 20,
        depth: 32,
        attributes: 512,
        items: 10_000,
        string_bytes: 256 << 10,
        uri_bytes: 8 << 10,
        findings: 32,
    };

    /// For replies read by a client: a collection of many thousand members is one document.
    pub const CLIENT: Self = Self {
        document_bytes: 64 << 20,
        depth: 64,
        attributes: 4096,
        items: 1_000_000,
        string_bytes: 8 << 20,
        uri_bytes: 64 << 10,
        findings: 256,
    };
}
