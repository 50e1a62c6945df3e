//! Answers of the control face: JSON, or back to the page for a browser; errors as problems (RFC 9457).
//!
//! Owns their form. Knows nothing of what is controlled.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use crate::seed::SeedError;
use crate::snapshot::SnapshotError;

/// What comes of a request.
pub(super) type Answer = Result<Response, Problem>;

/// Bytes of a body at most: a seed is the longest.
const BODY: usize = 64 << 20;

/// Why something is not done.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    what: String,
    place: Option<String>,
    expected: Option<String>,
    hint: Option<String>,
}

impl Problem {
    /// What is wrong.
    pub(super) fn new(status: StatusCode, what: impl Into<String>) -> Self {
        Self { status, what: what.into(), place: None, expected: None, hint: None }
    }

    /// The request is wrong.
    pub(super) fn bad(what: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, what)
    }

    /// There is no such thing.
    pub(super) fn missing(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, what)
    }

    /// Where it is wrong.
    pub(super) fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// What was expected there.
    pub(super) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// What to do.
    pub(super) fn hint(mut self, hint: Option<impl Into<String>>) -> Self {
        self.hint = hint.map(Into::into);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut problem = Map::new();
        let title = self.status.canonical_reason().unwrap_or_default();
        problem.insert("title".to_owned(), title.into());
        problem.insert("status".to_owned(), self.status.as_u16().into());
        problem.insert("detail".to_owned(), self.what.into());
        let more = [("where", self.place), ("expected", self.expected), ("hint", self.hint)];
        for (name, text) in more {
            if let Some(text) = text {
                problem.insert(name.to_owned(), text.into());
            }
        }
        respond(self.status, "application/problem+json", text_of(&Value::Object(problem)))
    }
}

impl From<Box<SeedError>> for Problem {
    fn from(error: Box<SeedError>) -> Self {
        let (line, column) = error.position();
        Self::bad(error.message())
            .at(format!("{}, line {line}, column {column}", error.file()))
            .expected(error.expected().trim_start_matches("expected "))
            .hint(error.hint())
    }
}

impl From<SnapshotError> for Problem {
    fn from(error: SnapshotError) -> Self {
        let status = match error {
            SnapshotError::Name(_) => StatusCode::BAD_REQUEST,
            SnapshotError::TooMany => StatusCode::CONFLICT,
            SnapshotError::Unknown { .. } => StatusCode::NOT_FOUND,
        };
        Self::new(status, error.to_string())
    }
}

/// JSON, as a person likes to read it.
pub(super) fn json(value: &Value) -> Response {
    respond(StatusCode::OK, "application/json", text_of(value))
}

/// What a change came to; a browser that has sent a form goes back to the page.
pub(super) fn done(headers: &HeaderMap, value: &Value) -> Response {
    let wants_page =
        headers.get(ACCEPT).and_then(|it| it.to_str().ok()).is_some_and(|it| it.contains("text/html"));
    if !wants_page {
        return json(value);
    }
    let mut response = respond(StatusCode::SEE_OTHER, "text/plain", "See the page.\n".to_owned());
    response.headers_mut().insert(LOCATION, HeaderValue::from_static("/"));
    response
}

/// A whole response.
pub(super) fn respond(status: StatusCode, media_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// The body of a request.
pub(super) async fn body(request: Request) -> Result<Bytes, Problem> {
    to_bytes(request.into_body(), BODY).await.map_err(|_| {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the body cannot be read, or is too large")
            .expected(format!("up to {BODY} bytes"))
    })
}

/// The body of a request as text.
pub(super) async fn text(request: Request) -> Result<String, Problem> {
    let bytes = body(request).await?;
    String::from_utf8(bytes.to_vec())
        .map_err(|_| Problem::bad("the body is not UTF-8").at("body").expected("text"))
}

/// The body of a request as an object with some of these members; an empty body is one without any.
pub(super) async fn object(request: Request, names: &[&str]) -> Result<Map<String, Value>, Problem> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let text = text(request).await?;
    let mut object = match text.trim() {
        "" => Map::new(),
        text => serde_json::from_str(text).map_err(|error| {
            Problem::bad(error.to_string())
                .at("body")
                .expected(format!("a JSON object with {}", names.join(", ")))
        })?,
    };
    // A form has no JSON; what it asks for stands in the URI.
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        object.entry(name).or_insert_with(|| json!(value));
    }
    match object.keys().find(|key| !names.contains(&key.as_str())) {
        Some(key) => {
            let expected = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
            Err(Problem::bad(format!("`{key}` is nothing that can be said here"))
                .at("body")
                .expected(expected))
        }
        None => Ok(object),
    }
}

fn text_of(value: &Value) -> String {
    format!("{value:#}\n")
}
