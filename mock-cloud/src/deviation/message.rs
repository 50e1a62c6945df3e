//! A reply that can be changed before it is sent.
//!
//! Owns reading the body and writing it again with the right length.

use axum::body::{Body, to_bytes};
use axum::response::Response;
use cimi::codec::{self, Context, Format, Reader};
use cimi::extension::Extensions;
use cimi::model::Schema;
use cimi::{Attributes, Document, Edition, Limits};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method, StatusCode, response::Parts};
use serde_json::Value;

use super::asked::format_of;

/// A reply of the cloud, its body in memory.
#[derive(Debug)]
pub(crate) struct Reply {
    parts: Parts,
    body: Vec<u8>,
    /// HEAD: there are headers of a body that is not there.
    bodiless: bool,
}

impl Reply {
    pub(super) async fn read(method: &Method, response: Response<Body>) -> Self {
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

    pub(super) fn status(&self) -> StatusCode {
        self.parts.status
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    pub(super) fn set_status(&mut self, status: StatusCode) {
        self.parts.status = status;
    }

    pub(super) fn set_body(&mut self, body: Vec<u8>) {
        self.body = body;
    }

    pub(super) fn remove_header(&mut self, name: &str) {
        self.parts.headers.remove(name);
    }

    pub(super) fn set_header(&mut self, name: &'static str, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.parts.headers.insert(HeaderName::from_static(name), value);
        }
    }

    /// The document in the body.
    pub(super) fn document(&self, edition: Edition) -> Option<Document> {
        let format = format_of(&self.parts.headers).filter(|_| !self.body.is_empty())?;
        let context = Context {
            edition,
            expected: &[],
            reader: Reader::Consumer,
            limits: &Limits::CLIENT,
            extensions: &Extensions::NONE,
        };
        codec::read(format, &self.body, &context).document
    }

    /// Changes the document in the body, whatever the format; the edit says whether it did.
    pub(super) fn edit(&mut self, edition: Edition, edit: impl FnOnce(&Schema, &mut Attributes) -> bool) {
        let Some(format) = format_of(&self.parts.headers) else { return };
        let Some(mut document) = self.document(edition) else { return };
        if edit(document.schema, &mut document.attributes) {
            self.body = codec::write(format, &document, &Extensions::NONE);
        }
    }

    /// Changes a JSON body.
    pub(super) fn edit_json(&mut self, edit: fn(&mut Value)) {
        if self.is_of(Format::Json)
            && let Ok(mut value) = serde_json::from_slice(&self.body)
        {
            edit(&mut value);
            self.body = value.to_string().into_bytes();
        }
    }

    /// Changes an XML body.
    pub(super) fn edit_xml(&mut self, edit: fn(&str) -> String) {
        if self.is_of(Format::Xml)
            && let Ok(text) = std::str::from_utf8(&self.body)
        {
            self.body = edit(text).into_bytes();
        }
    }

    pub(super) fn plain_text(&mut self, text: &str) {
        self.body = text.as_bytes().to_vec();
        self.parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    }

    fn is_of(&self, format: Format) -> bool {
        format_of(&self.parts.headers) == Some(format) && !self.body.is_empty()
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
