//! The simple types that Rust has a type for: boolean (DSP0263 5.5.1), integer (5.5.4), byte[] (5.5.9).
//!
//! Owns their lexical forms. White space around them is the caller's to trim.

use super::Invalid;

const BOOLEAN: &str = "true or false";
const INTEGER: &str = "an integer of at most 64 bits";
const BYTES: &str = "bytes in hexadecimal, two digits each";

/// Reads a boolean: `true` or `false` and nothing else, unlike `xs:boolean` (5.5.1).
///
/// # Errors
/// For any other text, `1` and `True` among them.
pub fn boolean(text: &str) -> Result<bool, Invalid> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Invalid::new(BOOLEAN, text)),
    }
}

/// Reads an `xs:integer` of at most 64 bits; a plus sign and leading zeros are allowed.
///
/// # Errors
/// For text that is no integer or is beyond 64 bits.
pub fn integer(text: &str) -> Result<i64, Invalid> {
    text.parse().map_err(|_| Invalid::new(INTEGER, text))
}

/// Reads an `xs:hexBinary`.
///
/// # Errors
/// For an odd number of digits, or what is no hexadecimal digit.
pub fn bytes(text: &str) -> Result<Vec<u8>, Invalid> {
    ::hex::decode(text).map_err(|_| Invalid::new(BYTES, text))
}

/// Writes an `xs:hexBinary` in its canonical form, upper case.
pub fn hex(bytes: &[u8]) -> String {
    ::hex::encode_upper(bytes)
}
