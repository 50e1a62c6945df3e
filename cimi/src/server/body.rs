//! The body of a request: media type, size, and the document in it.
//!
//! Owns 413 and 415, and how a reader's findings become a refusal. Reading itself is the codec's.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::refusal::Refusal;
use crate::codec::{self, Context, Format};
use crate::document::Document;
use crate::finding::{Finding, Severity};
use crate::model::Form;
use crate::value::Value;

/// Of a body that is refused for its size, so many times the limit is read and thrown away.
const DISCARDED_LIMITS: usize = 16;

/// It is thrown away for so long.
const DISCARDING: Duration = Duration::from_secs(5);

/// Reads the document that a request carries.
///
/// # Errors
/// 415 for another media type, none, or a content coding; 413 beyond the limit; 400 for what cannot be read, is of
/// another type, is not complete, or has errors, each as one detail with its position.
pub(super) async fn document(
    headers: &HeaderMap,
    body: Body,
    context: &Context<'_>,
) -> Result<Document, Refusal> {
    let format = format(headers)?;
    let bytes = bytes(headers, body, context.limits.document_bytes).await?;
    if bytes.is_empty() {
        return Err(Refusal::bad_request(format!(
            "The request has no body. Expected {}.",
            expected(context)
        )));
    }
    let Some(format) = format else {
        return Err(Refusal::unsupported_media_type(
            "The body has no Content-Type. Expected application/json or application/xml.",
        ));
    };
    let document =
        codec::read(format, &bytes, context).ok().map_err(|findings| unusable(findings, context))?;
    complete(&document)?;
    Ok(document)
}

/// Refuses a creation or an action without what it cannot be without (5.3, consumerMandatory). Of resources, only some
/// attributes may be there on purpose: those are not looked at.
fn complete(document: &Document) -> Result<(), Refusal> {
    if !matches!(document.schema.ty.form, Form::Create { .. } | Form::Action) {
        return Ok(());
    }
    let missing: Vec<&str> = document
        .schema
        .attributes()
        .iter()
        .filter(|attribute| attribute.constraints.consumer_mandatory())
        .map(|attribute| attribute.name)
        .filter(|name| matches!(document.attributes.get(name), None | Some(Value::Null)))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let (name, missing) = (document.schema.name(), missing.join(", "));
    Err(Refusal::bad_request(format!("The body cannot be used. A {name} must have {missing}.")))
}

/// The serialization that `Content-Type` names (4.1.4); parameters such as charset are tolerated.
///
/// # Errors
/// 415 for another media type, and for a content coding.
pub(super) fn format(headers: &HeaderMap) -> Result<Option<Format>, Refusal> {
    if let Some(coding) = headers.get(CONTENT_ENCODING)
        && !coding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        return Err(Refusal::unsupported_media_type(
            "The body has a Content-Encoding, which is not supported here. Send it as it is.",
        ));
    }
    let Some(value) = headers.get(CONTENT_TYPE) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim();
    match Format::ALL.into_iter().find(|format| format.media_type().eq_ignore_ascii_case(essence)) {
        Some(format) => Ok(Some(format)),
        None => Err(Refusal::unsupported_media_type(format!(
            "The body is of type `{}`. Expected application/json or application/xml.",
            essence.chars().take(64).collect::<String>()
        ))),
    }
}

async fn bytes(headers: &HeaderMap, mut body: Body, limit: usize) -> Result<Bytes, Refusal> {
    let too_large = || {
        Refusal::payload_too_large(format!("The body is larger than {limit} bytes, which is the limit here."))
    };
    let claimed = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if claimed.is_some_and(|claimed| claimed > limit as u64) {
        discard(body, claimed.unwrap_or_default(), limit).await;
        return Err(too_large());
    }
    match Limited::new(&mut body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if is_limit(&*error) => {
            discard(body, 0, limit).await;
            Err(too_large())
        }
        Err(_) => Err(Refusal::bad_request("The body ended before it was complete.")),
    }
}

/// Reads the rest of a body that is refused and throws it away, within bounds: who sends everything before reading
/// anything would else meet a closed connection and not learn why. What claims to be beyond the bounds is not read.
async fn discard(mut body: Body, claimed: u64, limit: usize) {
    let bound = limit.saturating_mul(DISCARDED_LIMITS);
    if claimed > bound as u64 {
        return;
    }
    let rest = async {
        let mut left = bound;
        while let Some(Ok(frame)) = body.frame().await {
            let read = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(read) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    };
    // The refusal is sent either way.
    let _ = tokio::time::timeout(DISCARDING, rest).await;
}

fn is_limit(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .any(<dyn std::error::Error>::is::<LengthLimitError>)
}

/// The errors of a reader as a refusal: one in the message, several as details (4.2.2).
fn unusable(findings: Vec<Finding>, context: &Context<'_>) -> Refusal {
    let mut errors: Vec<String> = findings
        .into_iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.to_string())
        .collect();
    match errors.len() {
        0 => Refusal::bad_request(format!("The body is no document. Expected {}.", expected(context))),
        1 => Refusal::bad_request(format!("The body cannot be used. {}", errors.remove(0))),
        count => {
            let mut refusal = Refusal::bad_request(format!("The body cannot be used: {count} errors."));
            refusal.details = errors;
            refusal
        }
    }
}

fn expected(context: &Context<'_>) -> String {
    let names: Vec<&str> = context.expected.iter().map(|schema| schema.name()).collect();
    if names.is_empty() { "a document".to_owned() } else { names.join(" or ") }
}
