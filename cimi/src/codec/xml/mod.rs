//! Documents in XML (DSP0263 5.4, 5.5; DSP8009): wrapped arrays in V2, flat ones in V1.
//!
//! Owns the two directions. Reading streams over quick-xml's events: no tree is built beside the document. No DTD is read,
//! and with that no entity but the five of XML itself.

mod element;
mod foreign;
mod natural;
mod output;
mod positions;
mod read;
mod scope;
mod session;
mod tags;
mod tokens;
mod write;

pub use read::read;
pub use write::write;

/// The namespace of attributes that came from JSON and that nobody declared: they need one, for in V1 what is beside the schema
/// stands in another namespace than CIMI's (DSP8009), and in V2 it does no harm.
const UNDECLARED: &str = "urn:x-cimi:undeclared";

/// XML Schema instance: `xsi:type`, `xsi:nil`.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// XML Schema: the types that `xsi:type` names.
const SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";

/// The namespace that the prefix `xml` always has.
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Whether `name` can be the local name of an element (an `NCName` of Namespaces in XML), as far as its characters go.
fn is_name(name: &str) -> bool {
    let start = |c: char| c == '_' || c.is_ascii_alphabetic() || (c >= '\u{C0}' && c.is_alphabetic());
    let follows = |c: char| start(c) || c == '-' || c == '.' || c.is_ascii_digit() || c == '\u{B7}';
    let mut chars = name.chars();
    chars.next().is_some_and(start) && chars.all(follows)
}
