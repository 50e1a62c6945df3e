//! Requests that the layer sends to the cloud on its own account.
//!
//! Owns their form: they are the caller's, but for method, URI and body.

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use cimi::Document;
use cimi::codec::{self, Format};
use cimi::extension::Extensions;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderValue, Method, StatusCode};

use super::asked::Asked;
use super::layer::wanted;
use super::message::Reply;

/// Looks at what is behind a path.
pub(super) async fn get(asked: &Asked, next: &Next, path: &str, format: Format) -> Option<Reply> {
    let reply = send(asked, next, Method::GET, path, format, Vec::new()).await;
    reply.status().is_success().then_some(reply)
}

/// The document behind a path.
pub(super) async fn document(asked: &Asked, next: &Next, path: &str) -> Option<Document> {
    get(asked, next, path, Format::Json).await?.document(asked.edition)
}

/// Adds to what is behind a path.
pub(super) async fn post(asked: &Asked, next: &Next, path: &str, document: &Document) {
    let body = codec::write(Format::Json, document, &Extensions::NONE);
    send(asked, next, Method::POST, path, Format::Json, body).await;
}

/// Updates what is behind a path.
pub(super) async fn put(asked: &Asked, next: &Next, path: &str, document: &Document) {
    let body = codec::write(Format::Json, document, &Extensions::NONE);
    send(asked, next, Method::PUT, path, Format::Json, body).await;
}

/// Deletes what is behind a path.
pub(super) async fn delete(asked: &Asked, next: &Next, path: &str) {
    send(asked, next, Method::DELETE, path, Format::Json, Vec::new()).await;
}

/// Success for which nothing was done: the resource, or the Cloud Entry Point, is updated to what it is.
pub(super) async fn nothing(asked: &Asked, next: &Next) -> Response<Body> {
    let mut paths = Vec::new();
    if let Some(target) = &asked.target {
        if !target.is_collection() {
            paths.push(target.path.clone());
        }
        paths.push(target.base.clone());
    }
    for path in paths {
        let Some(current) = get(asked, next, &path, Format::Json).await else { continue };
        let mut reply = send(asked, next, Method::PUT, &path, Format::Json, current.body().to_vec()).await;
        if reply.status().is_success() {
            reply.set_body(Vec::new());
            reply.remove_header("content-type");
            reply.remove_header("location");
            reply.set_status(StatusCode::OK);
            return reply.into_response();
        }
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::OK;
    response
}

/// A refusal, as the cloud would say it (DSP0263 4.2.2): its answer about what is not there, of another status.
pub(super) async fn refusal(asked: &Asked, next: &Next, status: u16) -> Response<Body> {
    let path = match &asked.target {
        Some(target) => format!("{}none/none", target.base),
        None => asked.parts.uri.path().to_owned(),
    };
    let mut reply = send(asked, next, Method::GET, &path, wanted(asked), Vec::new()).await;
    reply.set_status(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST));
    reply.edit(asked.edition, |_, job| {
        job.set("returnCode", 10_000 + i64::from(status));
        job.set("statusMessage", "This cloud does not do that.");
        true
    });
    if status == 405 {
        reply.set_header("allow", "GET, HEAD, OPTIONS");
    }
    reply.into_response()
}

async fn send(
    asked: &Asked,
    next: &Next,
    method: Method,
    path: &str,
    format: Format,
    body: Vec<u8>,
) -> Reply {
    let mut parts = asked.parts.clone();
    parts.method = method.clone();
    if let Ok(uri) = path.parse() {
        parts.uri = uri;
    }
    for name in [CONTENT_LENGTH, IF_MATCH, IF_NONE_MATCH] {
        parts.headers.remove(name);
    }
    let media_type = HeaderValue::from_static(format.media_type());
    parts.headers.insert(CONTENT_TYPE, media_type.clone());
    parts.headers.insert(ACCEPT, media_type);
    let request: Request = Request::from_parts(parts, Body::from(body));
    Reply::read(&method, next.clone().run(request).await).await
}
