//! What stands before the cloud of a stage: it undresses requests, dresses replies, and tells of each exchange as the client
//! saw it.
//!
//! Owns the order, and the limits of what is held in memory. Secrets are taken out before anybody is told.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header, request, response};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::{BoxError, Router};
use bytes::Bytes;

use super::address::Addresses;
use super::dress::{self, Form};
use crate::event::{self, Exchange, ExchangeId, Extent, Micros};
use crate::redact::redact;

/// The largest body of a request or a reply, in bytes; what is larger is refused.
const MOST_BYTES: usize = 8 << 20;

/// The longest name that a client has in reports, in characters.
const NAME: usize = 60;

/// The name of a client that does not say who it is.
pub const UNNAMED: &str = "unnamed";

/// Who is told of exchanges. The ordinal of an exchange is the listener's to give.
pub type Listener = Arc<dyn Fn(Exchange) + Send + Sync>;

/// Before the cloud.
#[derive(Clone)]
pub(super) struct Front {
    /// Known once the cloud is served.
    pub(super) addresses: Arc<OnceLock<Addresses>>,
    pub(super) listener: Listener,
    /// When the stage began.
    pub(super) begun: Instant,
}

impl Front {
    /// A router with this before it.
    pub(super) fn before(self, router: Router) -> Router {
        router.layer(middleware::from_fn(move |request: Request, next: Next| {
            let front = self.clone();
            async move { front.answer(request, next).await }
        }))
    }

    async fn answer(&self, request: Request, next: Next) -> Response {
        let began = Instant::now();
        let Some(addresses) = self.addresses.get() else {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        };
        let (parts, body) = request.into_parts();
        let Ok(body) = to_bytes(body, MOST_BYTES).await else {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        };
        let asked = recorded(&parts, &body, addresses);
        let behind = undressed(parts, &body, addresses);
        let (parts, reply) = next.run(behind).await.into_parts();
        let (parts, reply) = match whole(reply).await {
            Ok(reply) => dressed(parts, reply, addresses),
            Err(_) => return StatusCode::BAD_GATEWAY.into_response(),
        };
        let mut exchange = Exchange {
            n: ExchangeId(0),
            endpoint: client(&asked.headers),
            case: None,
            step: None,
            format: None,
            source: None,
            request: asked,
            response: Some(event::Response {
                status: parts.status.as_u16(),
                headers: pairs(&parts.headers),
                body: (!reply.is_empty()).then(|| event::Body::from_bytes(&reply)),
                extent: Extent::Whole,
            }),
            failure: None,
            started: micros(began.duration_since(self.begun)),
            duration: micros(began.elapsed()),
        };
        redact(&mut exchange);
        (self.listener)(exchange);
        Response::from_parts(parts, Body::from(reply))
    }
}

async fn whole(body: Body) -> Result<Bytes, BoxError> {
    to_bytes(body, MOST_BYTES).await.map_err(Into::into)
}

/// The request as it came.
fn recorded(parts: &request::Parts, body: &Bytes, addresses: &Addresses) -> event::Request {
    let path = parts.uri.path_and_query().map_or("/", |it| it.as_str());
    event::Request {
        method: parts.method.as_str().to_owned(),
        url: format!("{}{path}", addresses.origin()),
        headers: pairs(&parts.headers),
        body: (!body.is_empty()).then(|| event::Body::from_bytes(body)),
    }
}

/// The request as the cloud behind understands it. Where it goes nowhere, the cloud says so in its own words.
fn undressed(mut parts: request::Parts, body: &Bytes, addresses: &Addresses) -> Request {
    let uri = addresses.behind(parts.uri.path(), parts.uri.query()).unwrap_or_else(|| addresses.nowhere());
    if let Ok(uri) = uri.parse() {
        parts.uri = uri;
    }
    let changed = form(&parts.headers).and_then(|form| dress::take_off(form, text(body)?, addresses));
    let body = changed.map_or_else(|| body.clone(), Bytes::from);
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::TRANSFER_ENCODING);
    if !body.is_empty() {
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    Request::from_parts(parts, Body::from(body))
}

/// The reply as the client sees it.
fn dressed(mut parts: response::Parts, body: Bytes, addresses: &Addresses) -> (response::Parts, Bytes) {
    for name in ["location", "cimi-job-uri", "content-location"] {
        let changed = parts.headers.get(name).and_then(|value| addresses.absolute(value.to_str().ok()?));
        if let Some(value) = changed.and_then(|value| HeaderValue::from_str(&value).ok()) {
            parts.headers.insert(name, value);
        }
    }
    let changed = form(&parts.headers).and_then(|form| dress::put_on(form, text(&body)?, addresses));
    let Some(body) = changed.map(Bytes::from) else { return (parts, body) };
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    (parts, body)
}

fn form(headers: &HeaderMap) -> Option<Form> {
    dress::form(headers.get(header::CONTENT_TYPE)?.to_str().ok()?)
}

fn text(body: &Bytes) -> Option<&str> {
    str::from_utf8(body).ok().filter(|text| !text.is_empty())
}

fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

/// The name of a client: its User-Agent.
fn client(headers: &[(String, String)]) -> String {
    let agent = headers.iter().find(|(name, _)| name == "user-agent").map_or("", |(_, value)| value.trim());
    let name: String = agent.chars().filter(|c| !c.is_control()).take(NAME).collect();
    if name.is_empty() { UNNAMED.to_owned() } else { name }
}

fn micros(span: std::time::Duration) -> Micros {
    Micros(u64::try_from(span.as_micros()).unwrap_or(u64::MAX))
}
