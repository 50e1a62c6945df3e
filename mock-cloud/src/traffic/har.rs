//! The HTTP Archive format, version 1.2, as far as a server can tell.
//!
//! Owns the shapes and how an exchange fills them. What a server does not know (sizes of heads, the client's side of the
//! network) is -1 or left out, as the format provides. What it has no word for is in fields that begin with `_`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Version};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde::Serialize;

use super::secret;
use super::tape::{Answer, Exchange, Kept};

/// An archive.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Har {
    /// All of it.
    pub log: Log,
}

/// The contents of an archive.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Log {
    /// The version of the format.
    pub version: &'static str,
    /// Who wrote it.
    pub creator: Creator,
    /// The exchanges, the oldest first.
    pub entries: Vec<Entry>,
}

/// Who wrote an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Creator {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// An exchange.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// When it began, by the clock of the cloud.
    pub started_date_time: String,
    /// How long it took, in milliseconds.
    pub time: f64,
    /// What was asked.
    pub request: Request,
    /// What was answered.
    pub response: Response,
    /// Nothing: the cloud caches nothing.
    pub cache: Cache,
    /// What took how long.
    pub timings: Timings,
    /// What cannot be told otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<&'static str>,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Its method.
    pub method: String,
    /// Its absolute URI.
    pub url: String,
    /// Its version of HTTP.
    pub http_version: &'static str,
    /// None: the cloud has none, and those of others are secret.
    pub cookies: [Pair; 0],
    /// Its headers.
    pub headers: Vec<Pair>,
    /// The parameters of its query, decoded.
    pub query_string: Vec<Pair>,
    /// Its body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub post_data: Option<PostData>,
    /// Not known.
    pub headers_size: i64,
    /// How long its body was.
    pub body_size: i64,
}

/// A response. Status 0 says that there was none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Its status.
    pub status: u16,
    /// The words for that.
    pub status_text: &'static str,
    /// Its version of HTTP.
    pub http_version: &'static str,
    /// None.
    pub cookies: [Pair; 0],
    /// Its headers.
    pub headers: Vec<Pair>,
    /// Its body.
    pub content: Content,
    /// Where its `Location` points.
    #[serde(rename = "redirectURL")]
    pub redirect_url: String,
    /// Not known.
    pub headers_size: i64,
    /// How long its body was.
    pub body_size: i64,
}

/// A name and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PostData {
    /// Its media type.
    pub mime_type: String,
    /// None: no form is sent.
    pub params: [Pair; 0],
    /// The body.
    pub text: String,
    /// `base64` where the body is no text.
    #[serde(rename = "_encoding", skip_serializing_if = "Option::is_none")]
    pub encoding: Option<&'static str>,
}

/// The body of a response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// How long it was.
    pub size: i64,
    /// Its media type.
    pub mime_type: String,
    /// The body, as far as it has been kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// `base64` where the body is no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<&'static str>,
}

/// Nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cache {}

/// What took how long, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Timings {
    /// Sending the request: not known to a server.
    pub send: f64,
    /// Until the response began.
    pub wait: f64,
    /// Until its body had gone by.
    pub receive: f64,
}

/// What was kept of a body: its text, and the encoding of that.
type Text = (String, Option<&'static str>);

impl Har {
    pub(super) fn of(entries: Vec<Entry>) -> Self {
        let creator = Creator { name: "cimi-mock", version: env!("CARGO_PKG_VERSION") };
        Self { log: Log { version: "1.2", creator, entries } }
    }
}

impl Entry {
    pub(super) fn of(root: &str, exchange: &Exchange) -> Self {
        let answer = exchange.answer.as_ref();
        let wait = answer.map_or(0.0, |answer| between(exchange.begun, answer.begun));
        let receive = answer.map_or(0.0, |answer| between(answer.begun, answer.ended));
        let answer = answer.filter(|answer| !answer.is_closed);
        let comment = match answer {
            None if exchange.answer.is_some() => Some("The connection was closed without a reply."),
            None => Some("No reply has been sent."),
            Some(answer) if answer.body.is_cut => Some("The connection was closed within the body."),
            Some(answer) if !answer.body.is_whole() || !exchange.body.is_whole() => {
                Some("Only the beginning of a long body has been kept.")
            }
            Some(_) => None,
        };
        Self {
            started_date_time: exchange.begun.to_string(),
            time: wait + receive,
            request: Request::of(root, exchange),
            response: Response::of(answer),
            cache: Cache {},
            timings: Timings { send: 0.0, wait, receive },
            comment,
        }
    }
}

impl Request {
    fn of(root: &str, exchange: &Exchange) -> Self {
        let uri = &exchange.uri;
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let query = uri.query().unwrap_or_default();
        let mime_type = media_type(&exchange.headers);
        let post_data = (exchange.body.length > 0).then(|| {
            let (text, encoding) = text(&exchange.body, &mime_type);
            PostData { mime_type, params: [], text, encoding }
        });
        Self {
            method: exchange.method.to_string(),
            url: format!("{root}{target}"),
            http_version: version(exchange.version),
            cookies: [],
            headers: headers(&exchange.headers),
            query_string: parameters(query),
            post_data,
            headers_size: -1,
            body_size: length(exchange.body.length),
        }
    }
}

impl Response {
    fn of(answer: Option<&Answer>) -> Self {
        let Some(answer) = answer else {
            return Self {
                status: 0,
                status_text: "",
                http_version: "",
                cookies: [],
                headers: Vec::new(),
                content: Content { size: 0, mime_type: String::new(), text: None, encoding: None },
                redirect_url: String::new(),
                headers_size: -1,
                body_size: -1,
            };
        };
        let mime_type = media_type(&answer.headers);
        let (text, encoding) = (answer.body.length > 0).then(|| text(&answer.body, &mime_type)).unzip();
        let size = length(answer.body.length);
        let location = answer.headers.get(LOCATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
        Self {
            status: answer.status.as_u16(),
            status_text: answer.status.canonical_reason().unwrap_or_default(),
            http_version: version(answer.version),
            cookies: [],
            headers: headers(&answer.headers),
            content: Content { size, mime_type, text, encoding: encoding.flatten() },
            redirect_url: location.unwrap_or_default().into_owned(),
            headers_size: -1,
            body_size: size,
        }
    }
}

fn headers(headers: &HeaderMap) -> Vec<Pair> {
    let pair = |(name, value): (&http::HeaderName, &http::HeaderValue)| Pair {
        name: name.to_string(),
        value: secret::header(name, value),
    };
    headers.iter().map(pair).collect()
}

/// The parameters of a query, percent-decoded where that is UTF-8.
fn parameters(query: &str) -> Vec<Pair> {
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8().map_or_else(|_| text.clone(), std::borrow::Cow::into_owned)
    };
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        Pair { name: decoded(name), value: decoded(value) }
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    value.unwrap_or_default().into_owned()
}

/// A body without its secrets, in base64 where it is no text.
fn text(body: &Kept, media_type: &str) -> Text {
    // The end of what has been kept may be within a character.
    let whole = std::str::from_utf8(&body.bytes);
    let text = match whole {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&body.bytes[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    match text {
        Some(text) => (secret::body(text, media_type), None),
        None => (STANDARD.encode(&body.bytes), Some("base64")),
    }
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_3 => "HTTP/3.0",
        _ => "HTTP/1.1",
    }
}

fn length(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// Milliseconds.
fn between(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0) * 1000.0
}
