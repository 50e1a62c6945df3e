//! Responses: from documents and outcomes to HTTP.
//!
//! Owns status, `Content-Type`, `Location`, `CIMI-Job-URI` and the body of what went well. Errors are in `fault`.

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG, LOCATION, VARY};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::etag::{self, Variation};
use super::provider::{Done, Outcome};
use crate::codec::{self, Format};
use crate::document::Document;
use crate::extension::Extensions;

/// What goes back to the caller.
pub(super) type Answer = Response<Body>;

/// 4.1.7.1
const JOB: HeaderName = HeaderName::from_static("cimi-job-uri");

/// An answer without a body.
pub(super) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer
}

/// An answer with a document, written once.
pub(super) fn written(
    status: StatusCode,
    format: Format,
    document: &Document,
    extensions: &Extensions,
) -> Answer {
    of_bytes(status, format, codec::write(format, document, extensions).into())
}

/// An answer with a document that has been written.
pub(super) fn of_bytes(status: StatusCode, format: Format, body: Bytes) -> Answer {
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    // The same URI has two representations (RFC 9110 12.5.5).
    headers.insert(VARY, HeaderValue::from_static("accept"));
    answer
}

/// 304: the caller has it. The body ends at once but has no size to be told: a length here would be taken for that of
/// the representation (RFC 9110 8.6).
pub(super) fn not_modified(tag: HeaderValue) -> Answer {
    let mut answer = Response::new(Body::new(Empty::<Bytes>::new().map_frame(|frame| frame)));
    *answer.status_mut() = StatusCode::NOT_MODIFIED;
    let headers = answer.headers_mut();
    headers.insert(ETAG, tag);
    headers.insert(VARY, HeaderValue::from_static("accept"));
    answer
}

/// The answer to a change that was made, or begun (4.2.1.1, 4.2.1.6, 4.2.1.7).
pub(super) fn changed(outcome: &Outcome, format: Format, extensions: &Extensions) -> Answer {
    let status = match (outcome.done, &outcome.location) {
        (Done::Later, _) => StatusCode::ACCEPTED,
        (Done::Now, Some(_)) => StatusCode::CREATED,
        // Not 204: clients of CIMI 1.x look for 200, as the text shows it (4.2.1.4).
        (Done::Now, None) => StatusCode::OK,
    };
    let mut answer = match &outcome.body {
        Some(body) => written(status, format, &body.document, extensions),
        None => empty(status),
    };
    let headers = answer.headers_mut();
    // RFC 9110 15.3.2: on 201, and there only, a tag is that of the new resource; 9.3.4 forbids it on an altered PUT.
    if let (StatusCode::CREATED, Some(body)) = (status, &outcome.body)
        && body.document.id() == outcome.location.as_deref()
    {
        headers.insert(ETAG, etag::tag(&body.version, format, Variation::default()));
    }
    set_uri(&mut answer, LOCATION, outcome.location.as_deref());
    set_uri(&mut answer, JOB, outcome.job.as_deref());
    answer
}

/// Sets a header to a URI. What is no visible ASCII is percent-encoded (RFC 3987 3.1).
fn set_uri(answer: &mut Answer, name: HeaderName, uri: Option<&str>) {
    let Some(uri) = uri else { return };
    let ascii = utf8_percent_encode(uri, URI_ESCAPED).to_string();
    let value = HeaderValue::try_from(ascii).expect("everything but visible ASCII has been escaped");
    answer.headers_mut().insert(name, value);
}

/// Blanks and controls; bytes beyond ASCII are always encoded.
const URI_ESCAPED: &AsciiSet = &CONTROLS.add(b' ');
