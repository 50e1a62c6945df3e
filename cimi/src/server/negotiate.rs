//! Which serialization an answer has: the headers and the query of a request, brought to the query language's choice.
//!
//! Owns what a face sends to those who do not care. The rules of `Accept` and `$format` are in [`crate::query`].

use http::HeaderMap;
use http::header::ACCEPT;

use super::body;
use super::refusal::Refusal;
use crate::codec::Format;
use crate::query::{Encoding, negotiate};

/// The serialization of the answer. Who names none is answered in the one that they have sent, else in JSON.
///
/// # Errors
/// `NotAcceptable`
pub(super) fn format(headers: &HeaderMap, query: &str) -> Result<Format, Refusal> {
    let lines: Vec<_> =
        headers.get_all(ACCEPT).iter().map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    // What most clients send: one media type, and nothing to choose.
    if let ([line], true) = (lines.as_slice(), query.is_empty())
        && let Some(format) = Format::ALL.into_iter().find(|format| line == format.media_type())
    {
        return Ok(format);
    }
    let asked = if query.is_empty() { None } else { Encoding::of_query(query) };
    let accept = (!lines.is_empty()).then(|| lines.join(","));
    let default = match accept {
        None => body::format(headers).ok().flatten().unwrap_or(Format::Json),
        Some(_) => Format::Json,
    };
    negotiate(accept.as_deref(), asked.as_ref(), default)
        .map_err(|error| Refusal::not_acceptable(format!("The answer can't be sent as asked: {error}.")))
}
