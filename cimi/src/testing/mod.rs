//! Documents of every type, for property tests here and in the crates above (feature `testing`).
//!
//! Owns proptest strategies derived from the declarations. Nothing of it is part of the protocol.

mod documents;
mod values;

pub use documents::{Options, Unknown, any_document, document};
pub use values::{date_time, duration, natural, text, uri};
