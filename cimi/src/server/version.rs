//! `CIMI-Specification-Version`: the header of CIMI 1.x, gone in DSP0263 2.0.0.
//!
//! Owns which versions a V1 face serves. A V2 face neither reads nor writes the header.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::refusal::Refusal;

/// The header's name.
pub(super) const HEADER: HeaderName = HeaderName::from_static("cimi-specification-version");

/// What a V1 face says it speaks.
pub(super) const SPOKEN: HeaderValue = HeaderValue::from_static("1.0.1");

/// Holds the version that a request names against those served: 1.0 and its updates. Naming none is fine.
///
/// # Errors
/// `BadRequest` for any other version.
pub(super) fn check(headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(value) = headers.get(HEADER) else { return Ok(()) };
    let named = String::from_utf8_lossy(value.as_bytes());
    if is_served(named.trim()) {
        return Ok(());
    }
    Err(Refusal::bad_request(format!(
        "CIMI-Specification-Version names `{}`, which is not served here. Expected 1.0, 1.0.0, 1.0.1 or no such header.",
        named.chars().take(32).collect::<String>()
    )))
}

fn is_served(version: &str) -> bool {
    let update = match version.strip_prefix("1.0") {
        Some("") => return true,
        Some(rest) => rest.strip_prefix('.'),
        None => return version == "1",
    };
    update.is_some_and(|update| matches!(update.len(), 1..=3) && update.bytes().all(|b| b.is_ascii_digit()))
}
