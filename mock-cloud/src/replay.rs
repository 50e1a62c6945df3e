//! Recorded replies in place of the cloud's own: somebody else's server, as far as an HTTP archive (HAR 1.2) shows it.
//!
//! A request that is recorded (method, path and query, the format asked for, with credentials or without) is answered as
//! it was then, one recorded reply after the other, the last one again and again. What is not recorded, the cloud answers.
//! Addresses of the recorded server become addresses of this one; so does the word that a test made its names with (`nonce`
//! in the member `_cimi` of an archive that `cimi-conformance export` wrote): it is learnt from where a request has it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cimi::Edition;
use http::header::{ACCEPT, AUTHORIZATION};
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

/// Most exchanges of an archive.
const MOST_ENTRIES: usize = 100_000;

/// Most bytes of an archive.
const MOST_BYTES: u64 = 256 << 20;

/// Most bytes of a request that is looked at.
const MOST_ASKED: usize = 16 << 20;

/// Characters before a word by which its place is found again.
const CONTEXT: usize = 16;

/// Headers of a reply that are of the connection it came over, or are written anew.
const OF_THE_WAY: [&str; 6] =
    ["content-length", "transfer-encoding", "connection", "keep-alive", "content-encoding", "date"];

/// Recorded replies.
#[derive(Clone, Debug)]
pub struct Replay(Arc<Tape>);

#[derive(Debug)]
struct Tape {
    /// Scheme and authority of the recorded server.
    origin: String,
    /// Path of its entry point, with a slash before it.
    entry: Option<String>,
    edition: Option<Edition>,
    nonce: Option<String>,
    recorded: Vec<Recorded>,
}

#[derive(Debug)]
struct Recorded {
    key: Key,
    /// The body of the request.
    asked: String,
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    body: Vec<u8>,
}

/// By what a recorded request is known again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    method: String,
    /// Path and query, with the word of the test made a blank.
    target: String,
    accept: String,
    has_credentials: bool,
}

/// Why an archive cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It cannot be read.
    #[error("{}: {source}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no archive.
    #[error(
        "{file}:{line}:{column}: {message}; an HTTP archive (HAR 1.2) was expected, such as `cimi-conformance export` writes"
    )]
    Wrong {
        /// The file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is there.
        message: String,
    },
    /// An exchange in it cannot be replayed.
    #[error("{file}: entry {entry}: {message}")]
    Entry {
        /// The file.
        file: String,
        /// Its ordinal, from 1.
        entry: usize,
        /// What is wrong.
        message: String,
    },
    /// It has no reply at all, or too much.
    #[error("{file}: {message}")]
    Extent {
        /// The file.
        file: String,
        /// What is wrong.
        message: String,
    },
}

#[derive(Deserialize)]
struct Archive {
    log: Log,
    #[serde(default, rename = "_cimi")]
    cimi: Option<Origin>,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Origin {
    cep: String,
    #[serde(default)]
    edition: Option<String>,
    #[serde(default)]
    nonce: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    request: Asked,
    response: Answered,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Pair>,
    #[serde(default)]
    post_data: Option<Posted>,
}

#[derive(Deserialize)]
struct Answered {
    status: u16,
    #[serde(default)]
    headers: Vec<Pair>,
    #[serde(default)]
    content: Content,
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct Posted {
    #[serde(default)]
    text: String,
}

#[derive(Default, Deserialize)]
struct Content {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    encoding: Option<String>,
}

impl Replay {
    /// Reads an archive from a file.
    ///
    /// # Errors
    /// If it cannot be read, or has nothing to replay.
    pub fn read(file: impl AsRef<Path>) -> Result<Self, ReplayError> {
        let file = file.as_ref();
        let unreadable = |source| ReplayError::Unreadable { file: file.to_owned(), source };
        let bytes = std::fs::metadata(file).map_err(unreadable)?.len();
        if bytes > MOST_BYTES {
            let message = format!("{bytes} bytes, {MOST_BYTES} at most");
            return Err(ReplayError::Extent { file: file.display().to_string(), message });
        }
        let text = std::fs::read_to_string(file).map_err(unreadable)?;
        Self::new(&file.display().to_string(), &text)
    }

    /// An archive from text; `file` names it in errors.
    ///
    /// # Errors
    /// If it is none, or has nothing to replay.
    pub fn new(file: &str, text: &str) -> Result<Self, ReplayError> {
        let archive: Archive = serde_json::from_str(text).map_err(|error| {
            let message = error.to_string();
            let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
            ReplayError::Wrong {
                file: file.to_owned(),
                line: error.line(),
                column: error.column(),
                message: message.to_owned(),
            }
        })?;
        let extent = |message: String| ReplayError::Extent { file: file.to_owned(), message };
        let entries = archive.log.entries;
        if entries.len() > MOST_ENTRIES {
            return Err(extent(format!("{} exchanges, {MOST_ENTRIES} at most", entries.len())));
        }
        let first = entries.first().map(|entry| entry.request.url.as_str());
        let cep = archive.cimi.as_ref().map(|cimi| cimi.cep.as_str());
        let Some((origin, _)) = cep.or(first).and_then(parted) else {
            return Err(extent("it has no exchange with an absolute URL".to_owned()));
        };
        let origin = origin.to_owned();
        let entry = cep.and_then(parted).map(|(_, path)| path.to_owned());
        let edition = archive.cimi.as_ref().and_then(|cimi| match cimi.edition.as_deref() {
            Some("v1") => Some(Edition::V1),
            Some("v2") => Some(Edition::V2),
            _ => None,
        });
        let nonce = archive.cimi.and_then(|cimi| cimi.nonce).filter(|nonce| !nonce.is_empty());
        let mut recorded = Vec::new();
        for (index, entry) in entries.into_iter().enumerate() {
            let wrong =
                |message: String| ReplayError::Entry { file: file.to_owned(), entry: index + 1, message };
            // Status 0 stands for no reply.
            if entry.response.status != 0 && entry.request.url.starts_with(&origin) {
                recorded.push(Recorded::of(entry, &origin, nonce.as_deref()).map_err(wrong)?);
            }
        }
        if recorded.is_empty() {
            return Err(extent("it has no reply to replay".to_owned()));
        }
        Ok(Self(Arc::new(Tape { origin, entry, edition, nonce, recorded })))
    }

    /// The edition that the recorded server spoke, as far as the archive says.
    pub fn edition(&self) -> Option<Edition> {
        self.0.edition
    }

    /// The path of its entry point, as far as the archive says.
    pub(crate) fn entry_path(&self) -> Option<&str> {
        self.0.entry.as_deref()
    }
}

/// Scheme and authority of an absolute URL, and the rest.
fn parted(url: &str) -> Option<(&str, &str)> {
    let authority = url.find("://")? + 3;
    let end = url[authority..].find('/').map_or(url.len(), |at| authority + at);
    Some((&url[..end], if end == url.len() { "/" } else { &url[end..] }))
}

impl Recorded {
    fn of(entry: Entry, origin: &str, nonce: Option<&str>) -> Result<Self, String> {
        let Entry { request, response } = entry;
        let header = |name: &str| {
            request.headers.iter().find(|pair| pair.name.eq_ignore_ascii_case(name)).map(|pair| &pair.value)
        };
        let target = request.url.strip_prefix(origin).unwrap_or(&request.url);
        let target = if target.is_empty() { "/" } else { target };
        let key = Key {
            method: request.method.to_ascii_uppercase(),
            target: blank(target, nonce),
            accept: header("accept").map(|accept| essence(accept)).unwrap_or_default(),
            has_credentials: header("authorization").is_some(),
        };
        let status = StatusCode::from_u16(response.status)
            .map_err(|_| format!("{} is no status: 100 to 999, or 0 where none came", response.status))?;
        let kept = response.headers.into_iter().filter(|pair| {
            !OF_THE_WAY.contains(&pair.name.to_ascii_lowercase().as_str()) && !pair.name.starts_with(':')
        });
        let headers = kept.map(|pair| match HeaderName::try_from(&pair.name) {
            Ok(name) => Ok((name, pair.value)),
            Err(_) => Err(format!("`{}` is no name of a header", pair.name)),
        });
        let text = response.content.text.unwrap_or_default();
        let body = match response.content.encoding.as_deref() {
            Some("base64") => STANDARD.decode(&text).map_err(|error| format!("its content: {error}"))?,
            _ => text.into_bytes(),
        };
        let asked = request.post_data.map_or_else(String::new, |posted| posted.text);
        Ok(Self { key, asked, status, headers: headers.collect::<Result<_, _>>()?, body })
    }
}

/// A text with a word made a blank: it is another at each run.
fn blank(text: &str, word: Option<&str>) -> String {
    word.map_or_else(|| text.to_owned(), |word| text.replace(word, "\u{0}"))
}

/// What an `Accept` asks for first.
fn essence(accept: &str) -> String {
    accept.split([',', ';']).next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Replays a tape, for whoever asks at `root`.
struct Player {
    tape: Arc<Tape>,
    root: String,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    /// How many replies to a request have been given.
    given: BTreeMap<Key, usize>,
    /// The word that takes the place of the recorded one.
    word: Option<String>,
}

/// A router that answers what is recorded in place of the one below it.
pub(crate) fn layered(router: Router, replay: &Replay, root: &str) -> Router {
    let tape = Arc::clone(&replay.0);
    let player = Arc::new(Player { tape, root: root.to_owned(), progress: Mutex::default() });
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let player = Arc::clone(&player);
        async move {
            let (parts, body) = request.into_parts();
            // A body past the limit is nothing that was recorded.
            let Ok(bytes) = to_bytes(body, MOST_ASKED).await else {
                let mut refusal = Response::new(Body::empty());
                *refusal.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
                return refusal;
            };
            match player.answer(&parts, &String::from_utf8_lossy(&bytes)) {
                Some(response) => response,
                None => next.run(Request::from_parts(parts, Body::from(bytes))).await,
            }
        }
    }))
}

impl Player {
    fn answer(&self, parts: &Parts, body: &str) -> Option<Response> {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        if let Some(word) = self.learn(parts.method.as_str(), target, body) {
            progress.word = Some(word);
        }
        let header = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let key = Key {
            method: parts.method.as_str().to_owned(),
            target: blank(target, progress.word.as_deref()),
            accept: header(ACCEPT).map(essence).unwrap_or_default(),
            has_credentials: header(AUTHORIZATION).is_some(),
        };
        let replies: Vec<&Recorded> = self.known(&key);
        let given = progress.given.entry(key).or_default();
        let recorded = replies.get(*given).or(replies.last())?;
        *given += 1;
        Some(self.told(recorded, progress.word.as_deref()))
    }

    /// The recorded replies to a request: those to just this one, else those to one that differs in credentials.
    fn known(&self, key: &Key) -> Vec<&Recorded> {
        let alike = |recorded: &&Recorded| {
            let other = &recorded.key;
            other.method == key.method && other.target == key.target && other.accept == key.accept
        };
        let all: Vec<&Recorded> = self.tape.recorded.iter().filter(alike).collect();
        let exact: Vec<&Recorded> =
            all.iter().copied().filter(|r| r.key.has_credentials == key.has_credentials).collect();
        if exact.is_empty() { all } else { exact }
    }

    /// The word that stands where a recorded request has its own.
    fn learn(&self, method: &str, target: &str, body: &str) -> Option<String> {
        let nonce = self.tape.nonce.as_deref()?;
        let of_method = self.tape.recorded.iter().filter(|recorded| recorded.key.method == method);
        of_method.into_iter().find_map(|recorded| {
            let path = recorded.key.target.replace('\u{0}', nonce);
            word(&path, nonce, target).or_else(|| word(&recorded.asked, nonce, body))
        })
    }

    fn told(&self, recorded: &Recorded, word: Option<&str>) -> Response {
        let translated = |text: &str| {
            let (origin, root) = (&self.tape.origin, &self.root);
            let text = text.replace(origin, root).replace(&escaped(origin), &escaped(root));
            match (&self.tape.nonce, word) {
                (Some(nonce), Some(word)) => text.replace(nonce, word),
                _ => text,
            }
        };
        let body = match std::str::from_utf8(&recorded.body) {
            Ok(text) => translated(text).into_bytes(),
            Err(_) => recorded.body.clone(),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = recorded.status;
        for (name, value) in &recorded.headers {
            // What cannot be in a header is left out.
            if let Ok(value) = HeaderValue::from_str(&translated(value)) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// An address as some writers of JSON have it.
fn escaped(address: &str) -> String {
    address.replace('/', "\\/")
}

/// The word in `text` that stands after what stands before `nonce` in `recorded`.
fn word(recorded: &str, nonce: &str, text: &str) -> Option<String> {
    let at = recorded.find(nonce)?;
    let context = recorded[..at].char_indices().rev().nth(CONTEXT - 1).map_or(0, |(start, _)| start);
    let before = &recorded[context..at];
    let start = text.find(before)? + before.len();
    let rest = &text[start..];
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c)).unwrap_or(rest.len());
    // What is glued to the recorded word is no part of this one.
    let tail: String = recorded[at + nonce.len()..]
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .collect();
    let word = rest[..end].strip_suffix(&tail)?;
    (!word.is_empty()).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_learnt_where_the_recorded_one_stood() {
        for (recorded, text, expected) in [
            (r#"{"name":"cimi-r-1","x":1}"#, r#"{"name":"other-9","x":1}"#, Some("other-9")),
            ("/machines?$filter=name%3D'cimi-r-1'", "/machines?$filter=name%3D'n'", Some("n")),
            (r#"{"name":"cimi-r-1-b"}"#, r#"{"name":"other-9-b"}"#, Some("other-9")),
            (r#"{"name":"cimi-r-1"}"#, r#"{"title":"x"}"#, None),
        ] {
            assert_eq!(word(recorded, "cimi-r-1", text).as_deref(), expected, "{recorded}");
        }
    }

    #[test]
    fn what_is_no_archive_says_so() {
        for (text, expected) in [
            (
                "{",
                "a.har:1:1: EOF while parsing an object; an HTTP archive (HAR 1.2) was expected, such as `cimi-conformance export` writes",
            ),
            (r#"{"log":{"entries":[]}}"#, "a.har: it has no exchange with an absolute URL"),
            (
                r#"{"log":{"entries":[{"request":{"method":"GET","url":"http://h/"},"response":{"status":0}}]}}"#,
                "a.har: it has no reply to replay",
            ),
            (
                r#"{"log":{"entries":[{"request":{"method":"GET","url":"http://h/"},"response":{"status":7}}]}}"#,
                "a.har: entry 1: 7 is no status: 100 to 999, or 0 where none came",
            ),
        ] {
            assert_eq!(Replay::new("a.har", text).unwrap_err().to_string(), expected);
        }
    }
}
