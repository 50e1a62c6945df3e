//! Documents in JSON (DSP0263 5.4, 5.5), the same for both editions.
//!
//! Owns the two directions. Reading streams: no tree of JSON is built beside the document.

mod object;
mod path;
mod read;
mod root;
mod session;
mod text;
mod value;
mod write;

pub use read::read;
pub use write::write;
