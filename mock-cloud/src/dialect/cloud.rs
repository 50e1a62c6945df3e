//! The face behind a dialect.
//!
//! Owns the requests to it, which are all in JSON.

use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue, Method, Request};
use serde_json::Value;
use tower::ServiceExt as _;

/// The face, as one caller sees it.
pub(super) struct Cloud {
    router: Router,
    /// Its base URI, with a slash at its end.
    base: String,
    authorization: Option<HeaderValue>,
}

/// An answer of the face.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) value: Value,
    /// `Location`, as a path.
    pub(super) location: Option<String>,
    /// `CIMI-Job-URI`, as a path.
    pub(super) job: Option<String>,
}

impl Cloud {
    pub(super) fn new(router: Router, base: String, authorization: Option<HeaderValue>) -> Self {
        Self { router, base, authorization }
    }

    /// Scheme and host.
    pub(super) fn origin(&self) -> &str {
        let path =
            self.base.find("://").and_then(|at| self.base[at + 3..].find('/').map(|slash| at + 3 + slash));
        &self.base[..path.unwrap_or(self.base.len())]
    }

    /// The path of one of its URIs, below the base.
    pub(super) fn path_of<'u>(&self, uri: &'u str) -> Option<&'u str> {
        uri.strip_prefix(&self.base)
    }

    /// The URI of a path.
    pub(super) fn uri(&self, path: &str) -> String {
        [&self.base, path].concat()
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// A document that is there.
    pub(super) async fn document(&self, path: &str) -> Option<Value> {
        let answer = self.get(path).await;
        (answer.status == 200).then_some(answer.value)
    }

    pub(super) async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let target = [&self.base[self.origin().len()..], path].concat();
        let mut request = Request::builder().method(method).uri(target).header(ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let body = body.map_or_else(Body::empty, |value| Body::from(value.to_string()));
        let Ok(request) = request.body(body) else { return Answer::nowhere() };
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        // The body is ours and in memory already.
        let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
        let path = |name| self.header(&parts.headers, name);
        Answer {
            status: parts.status.as_u16(),
            value: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            location: path(LOCATION.as_str()),
            job: path("cimi-job-uri"),
        }
    }

    fn header(&self, headers: &HeaderMap, name: &str) -> Option<String> {
        self.path_of(headers.get(name)?.to_str().ok()?).map(str::to_owned)
    }
}

impl Answer {
    /// What is answered where no request can be sent: the path is none.
    fn nowhere() -> Self {
        Self { status: 404, value: Value::Null, location: None, job: None }
    }

    /// What the cloud says of a refusal.
    pub(super) fn message(&self) -> &str {
        self.value.get("statusMessage").and_then(Value::as_str).unwrap_or_default()
    }
}
