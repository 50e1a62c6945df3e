//! A response that can be changed before it is sent.
//!
//! Owns reading the body and writing it again with the right length.

use axum::body::{Body, to_bytes};
use axum::response::Response;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, StatusCode, response::Parts};
use serde_json::Value;

use super::json;

/// A response of the cloud, its body in memory.
pub(crate) struct Reply {
    parts: Parts,
    body: Vec<u8>,
    /// HEAD: there are headers of a body that is not there.
    bodiless: bool,
}

impl Reply {
    pub(super) async fn read(method: Method, response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        // The body is ours and in memory already.
        let body = to_bytes(body, usize::MAX).await.map(|bytes| bytes.to_vec()).unwrap_or_default();
        Self { parts, body, bodiless: method == Method::HEAD }
    }

    pub(super) fn into_response(mut self) -> Response<Body> {
        if !self.bodiless {
            self.parts.headers.remove(CONTENT_LENGTH);
        }
        Response::from_parts(self.parts, Body::from(self.body))
    }

    /// Changes a JSON body.
    pub(super) fn edit_json(&mut self, edit: fn(&mut Value)) {
        if !self.is_of("application/json") {
            return;
        }
        if let Ok(mut value) = serde_json::from_slice(&self.body) {
            edit(&mut value);
            self.body = value.to_string().into_bytes();
        }
    }

    /// Changes an XML body.
    pub(super) fn edit_xml(&mut self, edit: fn(&str) -> String) {
        if !self.is_of("application/xml") {
            return;
        }
        if let Ok(text) = std::str::from_utf8(&self.body) {
            self.body = edit(text).into_bytes();
        }
    }

    /// Changes every instant of a body, in either format.
    pub(super) fn edit_instants(&mut self, edit: fn(&str) -> Option<String>) {
        if self.is_of("application/json")
            && let Ok(mut value) = serde_json::from_slice(&self.body)
        {
            json::strings(&mut value, edit);
            self.body = value.to_string().into_bytes();
        } else if self.is_of("application/xml")
            && let Ok(text) = std::str::from_utf8(&self.body)
        {
            self.body = super::xml::texts(text, edit).into_bytes();
        }
    }

    pub(super) fn remove_header(&mut self, name: &str) {
        self.parts.headers.remove(name);
    }

    pub(super) fn created_is_ok(&mut self) {
        self.replace_status(StatusCode::CREATED);
    }

    pub(super) fn accepted_is_ok(&mut self) {
        self.replace_status(StatusCode::ACCEPTED);
    }

    pub(super) fn error_in_plain_text(&mut self) {
        if self.parts.status.is_client_error() || self.parts.status.is_server_error() {
            self.body = b"Something went wrong.".to_vec();
            self.parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        }
    }

    fn replace_status(&mut self, status: StatusCode) {
        if self.parts.status == status {
            self.parts.status = StatusCode::OK;
        }
    }

    fn is_of(&self, media_type: &str) -> bool {
        let given = self.parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        given.is_some_and(|given| given.starts_with(media_type)) && !self.body.is_empty()
    }
}

/// An instant without its zone; none if the text is no instant.
pub(super) fn without_zone(text: &str) -> Option<String> {
    text.parse::<jiff::Timestamp>().ok()?;
    text.strip_suffix('Z').map(str::to_owned)
}

/// An instant as in mail (RFC 2822); none if the text is no instant.
pub(super) fn in_words(text: &str) -> Option<String> {
    let instant: jiff::Timestamp = text.parse().ok()?;
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_string(&instant).ok()
}
