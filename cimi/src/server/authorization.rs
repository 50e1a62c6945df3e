//! The `Authorization` header (RFC 9110 11.6.2): from bytes to [`Authorization`].
//!
//! Owns the syntax of the schemes. Who may come in is the provider's decision.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::provider::Authorization;
use super::refusal::Refusal;

/// What the header says; nothing if it is absent.
///
/// # Errors
/// `Unauthorized` if it cannot be read: whoever sends credentials means them to count.
pub fn credentials(headers: &HeaderMap) -> Result<Option<Authorization>, Refusal> {
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let unreadable = || {
        Refusal::unauthorized(
            "The Authorization header cannot be read. Expected `Basic` and base64 of user:password, or `Bearer` and a token.",
        )
    };
    let (scheme, rest) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(unreadable)?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("basic") {
        return basic(rest).map(Some).ok_or_else(unreadable);
    }
    if scheme.eq_ignore_ascii_case("bearer") && !rest.is_empty() {
        return Ok(Some(Authorization::Bearer(rest.to_owned())));
    }
    Err(unreadable())
}

/// RFC 7617: base64 of user, colon, password; the user has no colon.
fn basic(credentials: &str) -> Option<Authorization> {
    let pair = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    let (user, password) = pair.split_once(':')?;
    Some(Authorization::Basic { user: user.to_owned(), password: password.to_owned() })
}
