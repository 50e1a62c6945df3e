//! Reading HAR 1.2, the archive of HTTP that browsers, proxies and our own runs write.
//!
//! What begins with `_` is ours: `log._run` has the events of a run that are no exchanges, and an entry says on whose behalf
//! it was made. Without them it is somebody's recording, judged by the checks of every response.

use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use crate::engine::Past;
use crate::event::{self, Body, Event, Exchange, ExchangeId, Extent, Format, Micros, Place, Response};

use super::recording::{Recording, RecordingError};

/// The longest archive that is read (bytes).
const MAX_FILE: u64 = 512 << 20;

/// An archive has no more entries than this.
const MAX_ENTRIES: usize = 1_000_000;

#[derive(Deserialize)]
struct File {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    entries: Vec<Entry>,
    #[serde(default, rename = "_run")]
    run: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    started_date_time: String,
    /// Milliseconds; -1 where it is not known.
    #[serde(default)]
    time: f64,
    request: Asked,
    response: Answered,
    /// Why nothing came back.
    #[serde(default)]
    comment: Option<String>,
    /// Its ordinal.
    #[serde(default, rename = "_exchange")]
    n: Option<u64>,
    #[serde(default, rename = "_endpoint")]
    endpoint: Option<String>,
    #[serde(default, rename = "_case")]
    case: Option<String>,
    #[serde(default, rename = "_step")]
    step: Option<String>,
    #[serde(default, rename = "_format")]
    format: Option<Format>,
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
struct Pair {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct Posted {
    #[serde(default)]
    text: String,
    /// Not of HAR 1.2, and written by many: `base64`.
    #[serde(default, rename = "_encoding")]
    encoding: Option<String>,
}

#[derive(Deserialize)]
struct Answered {
    /// 0 where nothing came back.
    status: u16,
    #[serde(default)]
    headers: Vec<Pair>,
    #[serde(default)]
    content: Content,
    #[serde(default, rename = "_extent")]
    extent: Extent,
}

#[derive(Default, Deserialize)]
struct Content {
    #[serde(default)]
    text: String,
    #[serde(default)]
    encoding: Option<String>,
}

/// Reads an archive. Ordinals of what is no run start at `first`.
///
/// # Errors
/// When the file cannot be read, or is no HAR.
pub(super) fn read(path: &Path, endpoint: &str, first: u64) -> Result<Recording, RecordingError> {
    let text = super::recording::text_of(path, MAX_FILE)?;
    let file: File = serde_json::from_str(&text).map_err(|error| RecordingError::Har {
        path: path.to_owned(),
        line: error.line(),
        column: error.column(),
        message: error.to_string().split(" at line ").next().unwrap_or_default().to_owned(),
    })?;
    if file.log.entries.is_empty() {
        return Err(RecordingError::Empty(path.to_owned()));
    }
    if file.log.entries.len() > MAX_ENTRIES {
        return Err(RecordingError::TooLarge(path.to_owned()));
    }
    let run = file.log.run;
    let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let begin = file.log.entries.iter().filter_map(|entry| entry.started_date_time.parse().ok()).min();
    let exchanges = file.log.entries.into_iter().enumerate().map(|(index, entry)| {
        let place = Place { file: name.clone(), line: u32::try_from(index).unwrap_or(u32::MAX), column: 1 };
        entry.exchange(begin, endpoint, super::ordinal(first, index), place)
    });
    let exchanges: Vec<Exchange> = exchanges.collect();
    if run.is_empty() {
        return Ok(Recording::Exchanges(exchanges));
    }
    past(run, exchanges).map(Box::new).map(Recording::Run).map_err(|message| RecordingError::Har {
        path: path.to_owned(),
        line: 1,
        column: 1,
        message,
    })
}

/// The run that an archive is of.
fn past(run: Vec<serde_json::Value>, mut exchanges: Vec<Exchange>) -> Result<Past, String> {
    exchanges.sort_by_key(|exchange| exchange.n);
    let told = run.into_iter().map(|event| {
        // As a line: a number of arbitrary precision is no integer to serde once it stands in a value.
        let line = event.to_string();
        event::read(line.as_bytes()).next().map(|read| read.map(|(_, event)| event))
    });
    let told: Vec<Event> = told.flatten().collect::<Result<_, _>>().map_err(|e| format!("_run: {e}"))?;
    let exchanges = exchanges
        .into_iter()
        .map(|exchange| Event::Exchange(Box::new(Exchange { source: None, ..exchange })));
    Past::of(told.into_iter().chain(exchanges)).map_err(|e| format!("_run: {e}"))
}

impl Entry {
    fn exchange(self, begin: Option<Timestamp>, endpoint: &str, n: ExchangeId, place: Place) -> Exchange {
        let started: Option<Timestamp> = self.started_date_time.parse().ok();
        let since = started.zip(begin).map_or(0, |(at, begin)| at.as_microsecond() - begin.as_microsecond());
        let answered = self.response;
        let response = (answered.status != 0).then(|| Response {
            status: answered.status,
            headers: pairs(answered.headers),
            body: body(answered.content.text, answered.content.encoding.as_deref()),
            extent: answered.extent,
        });
        Exchange {
            n: self.n.map_or(n, ExchangeId),
            endpoint: self.endpoint.unwrap_or_else(|| endpoint.to_owned()),
            case: self.case,
            step: self.step,
            format: self.format,
            source: Some(place),
            request: event::Request {
                method: self.request.method,
                url: self.request.url,
                headers: pairs(self.request.headers),
                body: self.request.post_data.and_then(|it| body(it.text, it.encoding.as_deref())),
            },
            failure: response.is_none().then(|| self.comment.unwrap_or_else(|| "no answer".to_owned())),
            response,
            started: Micros(u64::try_from(since).unwrap_or(0)),
            duration: micros(self.time),
        }
    }
}

/// Headers of HTTP/2 that begin with a colon are its request line.
fn pairs(pairs: Vec<Pair>) -> Vec<(String, String)> {
    pairs.into_iter().filter(|p| !p.name.starts_with(':')).map(|p| (p.name, p.value)).collect()
}

fn body(text: String, encoding: Option<&str>) -> Option<Body> {
    let body = if encoding == Some("base64") { base64(text) } else { Body::Text(text) };
    match &body {
        Body::Text(text) | Body::Base64(text) if text.is_empty() => None,
        _ => Some(body),
    }
}

/// Browsers encode what they do not know, text among it.
fn base64(text: String) -> Body {
    use base64::Engine as _;
    match base64::engine::general_purpose::STANDARD.decode(&text) {
        Ok(bytes) => Body::from_bytes(&bytes),
        Err(_) => Body::Base64(text),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded before")]
fn micros(milliseconds: f64) -> Micros {
    Micros((milliseconds * 1e3).round().clamp(0.0, 1e15) as u64)
}
