//! Lexical forms of the simple types (DSP0263 5.5.1 to 5.5.10, XML Schema Part 2): text to value and back.
//!
//! Owns parsing, canonical text and order of each simple type. Knows no document.

mod datetime;
mod decimal;
mod duration;
mod invalid;
mod simple;
#[cfg(test)]
mod tests;

pub use datetime::DateTime;
pub use decimal::Decimal;
pub use duration::Duration;
pub use invalid::Invalid;
pub use simple::{boolean, bytes, hex, integer};
