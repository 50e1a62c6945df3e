//! A request, as a dialect takes it.
//!
//! Owns the reading: path, parameters, credentials, what is accepted, and the body.

use axum::body::to_bytes;
use axum::extract::Request;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use serde_json::{Map, Value};

use super::speech::{Cause, Format, Media, Reads};
use super::xml;

/// The largest body that is read.
const BODY: usize = 1 << 20;

/// A request.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) method: Method,
    /// The whole path.
    pub(super) path: String,
    /// Parameters, decoded, in order.
    pub(super) parameters: Vec<(String, String)>,
    pub(super) authorization: Option<HeaderValue>,
    pub(super) version: Option<String>,
    accept: Option<String>,
    content_type: Option<String>,
    body: Vec<u8>,
}

impl Ask {
    pub(super) async fn read(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let text = |name: http::HeaderName| {
            parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        Self {
            path: decode(parts.uri.path()),
            parameters: parameters(parts.uri.query().unwrap_or_default()),
            authorization: parts.headers.get(AUTHORIZATION).cloned(),
            version: text(http::HeaderName::from_static("cimi-specification-version")),
            accept: text(ACCEPT),
            content_type: text(CONTENT_TYPE),
            body: to_bytes(body, BODY).await.map(|bytes| bytes.to_vec()).unwrap_or_default(),
            method: parts.method,
        }
    }

    /// The last value of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The user of Basic authentication.
    pub(super) fn user(&self) -> Option<String> {
        let text = self.authorization.as_ref()?.to_str().ok()?.strip_prefix("Basic ")?;
        let pair = unbase64(text.trim())?;
        String::from_utf8(pair).ok()?.split_once(':').map(|(user, _)| user.to_owned())
    }

    /// The format of the answer.
    pub(super) fn format(&self, media: &Media) -> Result<Format, Cause> {
        match media.parameter.and_then(|name| self.parameter(name)) {
            Some("json") => return Ok(Format::Json),
            Some("xml") => return Ok(Format::Xml),
            _ => {}
        }
        let Some(accept) = self.accept.as_deref() else { return Ok(media.silent) };
        // Preferences are not weighed: who lists the one that wins gets it.
        let wants = |format: &Format| {
            let name = match format {
                Format::Json => "application/json",
                Format::Xml => "application/xml",
            };
            accept.split(',').any(|range| range.split(';').next().unwrap_or_default().trim() == name)
        };
        if let Some(format) = media.writes.iter().copied().find(wants) {
            return Ok(format);
        }
        if media.lenient || accept.contains("*/*") || accept.contains("text/html") {
            return Ok(media.any);
        }
        Err(Cause::NotAcceptable)
    }

    /// The body as JSON.
    pub(super) fn body(&self, media: &Media) -> Result<Value, Cause> {
        let given = self.content_type.as_deref().unwrap_or_default();
        let format = match media.reads {
            Reads::Exactly => match given {
                "application/json" => Format::Json,
                "application/xml" => Format::Xml,
                _ => return Err(Cause::MediaType),
            },
            Reads::Json if given.starts_with("application/json") => Format::Json,
            Reads::Json => return Ok(Value::Object(Map::new())),
            Reads::Either if given.contains("xml") => Format::Xml,
            Reads::Either => Format::Json,
        };
        let value = match format {
            Format::Json => serde_json::from_slice(&self.body).ok(),
            Format::Xml => xml::read(&self.body),
        };
        value.filter(Value::is_object).ok_or(Cause::Unreadable)
    }

    pub(super) fn content_type(&self) -> &str {
        self.content_type.as_deref().unwrap_or_default()
    }
}

fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(&value.replace('+', " ")))
        })
        .collect()
}

/// Percent-decoded; what is not UTF-8 then is nothing that exists.
pub(super) fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn unbase64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}
