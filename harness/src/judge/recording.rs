//! Reading recorded exchanges: one file an exchange, in one of two forms.
//!
//! - `### REQUEST` and `### RESPONSE`, each followed by the message as it went over the wire;
//! - a first line `# curl 'ARG' ...`, followed by the response as it came.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::engine::{Past, PastError};
use crate::event::{Body, Exchange, Extent, Micros, Place, Request, Response};

/// A recording of one exchange is no longer than this (bytes).
const MAX_FILE: u64 = 32 << 20;

/// A folder has no more recordings than this.
const MAX_FILES: usize = 20_000;

/// Why a recording cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The system cannot read it.
    #[error("{path}: cannot be read")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no recording in the folder.
    #[error("{0}: no recording (files that end in .http, a run's events.ndjson, or a HAR with entries)")]
    Empty(PathBuf),
    /// A file or folder passes a limit.
    #[error("{0}: larger than a recording can be")]
    TooLarge(PathBuf),
    /// A file is no HAR.
    #[error("{path}:{line}:{column}: expected HAR 1.2: {message}")]
    Har {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// A run cannot be judged again.
    #[error("{path}: {source}")]
    Past {
        /// Its stream.
        path: PathBuf,
        /// Why.
        source: PastError,
    },
    /// A file is no recording.
    #[error("{path}:{line}: expected {expected}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What was expected there.
        expected: &'static str,
    },
}

/// Something that can be judged with no server running.
#[derive(Debug)]
pub enum Recording {
    /// Exchanges with one endpoint.
    Exchanges(Vec<Exchange>),
    /// A run of this tool.
    Run(Box<Past>),
}

/// Opens a folder of `.http` files, the folder of a run, its stream, or a HAR. Ordinals of what is no run start at `first`.
///
/// # Errors
/// When it is none of these, or cannot be read.
pub fn open(path: &Path, endpoint: &str, first: u64) -> Result<Recording, RecordingError> {
    let stream = if path.is_dir() { path.join(crate::report::STREAM_FILE) } else { path.to_owned() };
    let ends_in = |end: &str| stream.extension().is_some_and(|e| e == end);
    if stream.is_file() && ends_in("ndjson") {
        let fail = |source| RecordingError::Io { path: stream.clone(), source };
        let file = fs::File::open(&stream).map_err(fail)?;
        let past = Past::read(io::BufReader::new(file));
        let past = past.map_err(|source| RecordingError::Past { path: stream.clone(), source })?;
        return Ok(Recording::Run(Box::new(past)));
    }
    if path.is_dir() {
        read_folder(path, endpoint, first).map(Recording::Exchanges)
    } else {
        super::har::read(path, endpoint, first)
    }
}

/// The text of a file that is not too long.
pub(super) fn text_of(path: &Path, limit: u64) -> Result<String, RecordingError> {
    let fail = |source| RecordingError::Io { path: path.to_owned(), source };
    if fs::metadata(path).map_err(fail)?.len() > limit {
        return Err(RecordingError::TooLarge(path.to_owned()));
    }
    Ok(String::from_utf8_lossy(&fs::read(path).map_err(fail)?).into_owned())
}

/// Reads every `.http` file of a folder, in the order of names. Ordinals start at `first`.
///
/// # Errors
/// When the folder holds no recording, or one that cannot be read.
pub fn read_folder(folder: &Path, endpoint: &str, first: u64) -> Result<Vec<Exchange>, RecordingError> {
    let fail = |path: &Path| {
        let path = path.to_owned();
        move |source| RecordingError::Io { path, source }
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail(folder))? {
        let path = entry.map_err(fail(folder))?.path();
        if path.extension().is_some_and(|e| e == "http") {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(RecordingError::Empty(folder.to_owned()));
    }
    if files.len() > MAX_FILES {
        return Err(RecordingError::TooLarge(folder.to_owned()));
    }
    files.sort();
    let mut exchanges = Vec::new();
    for (index, path) in files.iter().enumerate() {
        let text = text_of(path, MAX_FILE)?.replace("\r\n", "\n");
        let parsed = parse(&text).map_err(|(line, expected)| RecordingError::Syntax {
            path: path.clone(),
            line,
            expected,
        })?;
        let file = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        exchanges.push(Exchange {
            n: super::ordinal(first, index),
            endpoint: endpoint.to_owned(),
            case: None,
            step: None,
            format: None,
            source: Some(Place { file, line: 1, column: 1 }),
            request: parsed.0,
            response: Some(parsed.1),
            failure: None,
            started: Micros(0),
            duration: Micros(0),
        });
    }
    Ok(exchanges)
}

type Fault = (usize, &'static str);

/// Reads one recording; the error is a line and what was expected there.
fn parse(text: &str) -> Result<(Request, Response), Fault> {
    if let Some(rest) = text.strip_prefix("### REQUEST\n") {
        let Some((request, response)) = rest.split_once("\n### RESPONSE\n") else {
            return Err((text.lines().count(), "### RESPONSE"));
        };
        let line = request.lines().count() + 3;
        return Ok((raw_request(request, 2)?, self::response(response, line)?));
    }
    if let Some(rest) = text.strip_prefix("# curl ") {
        let (command, response) = rest.split_once('\n').ok_or((2, "a status line of HTTP"))?;
        return Ok((curl(command)?, self::response(response, 2)?));
    }
    Err((1, "`### REQUEST` or `# curl ...`"))
}

fn raw_request(text: &str, line: usize) -> Result<Request, Fault> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let first = lines.next().unwrap_or("");
    let mut words = first.splitn(2, ' ');
    let method = words
        .next()
        .filter(|m| !m.is_empty() && m.bytes().all(|b| b.is_ascii_uppercase()))
        .ok_or((line, "a request line of HTTP"))?;
    let target = words
        .next()
        .and_then(|rest| rest.rsplit_once(' '))
        .map(|(target, _)| target)
        .ok_or((line, "a request line of HTTP"))?;
    let headers = headers(lines, line + 1)?;
    let host = headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("host")).map(|(_, v)| v.as_str());
    let url = match host {
        Some(host) if target.starts_with('/') => format!("http://{host}{target}"),
        _ => target.to_owned(),
    };
    let body = body.trim_end_matches('\n');
    let body = (!body.is_empty()).then(|| Body::Text(body.to_owned()));
    Ok(Request { method: method.to_owned(), url, headers, body })
}

fn response(text: &str, line: usize) -> Result<Response, Fault> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text.trim_end_matches('\n'), ""));
    let mut lines = head.lines();
    let status =
        lines.next().and_then(|first| first.strip_prefix("HTTP/")).and_then(|rest| rest.split(' ').nth(1));
    let status = status.and_then(|s| s.parse().ok()).ok_or((line, "a status line of HTTP"))?;
    let headers = headers(lines, line + 1)?;
    let body = (!body.trim().is_empty()).then(|| Body::Text(body.to_owned()));
    Ok(Response { status, headers, body, extent: Extent::Whole })
}

fn headers<'l>(lines: impl Iterator<Item = &'l str>, first: usize) -> Result<Vec<(String, String)>, Fault> {
    let mut all = Vec::new();
    for (index, line) in lines.enumerate() {
        let (name, value) = line.split_once(':').ok_or((first + index, "a header"))?;
        all.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(all)
}

/// The request that a curl command sends.
fn curl(command: &str) -> Result<Request, Fault> {
    let mut arguments = words(command)?.into_iter();
    let mut request = Request { method: String::new(), url: String::new(), headers: Vec::new(), body: None };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or((1, "the value of an option of curl"));
        match argument.as_str() {
            "-X" | "--request" => request.method = value()?,
            "-H" | "--header" => {
                let header = value()?;
                let (name, value) = header.split_once(':').ok_or((1, "a header after -H"))?;
                request.headers.push((name.trim().to_owned(), value.trim().to_owned()));
            }
            "-u" | "--user" => {
                value()?;
                // What it was is a secret; that it was is all that judging needs.
                request
                    .headers
                    .push(("Authorization".to_owned(), format!("Basic {}", crate::event::REDACTED)));
            }
            "-d" | "--data" | "--data-binary" | "--data-raw" => request.body = Some(Body::Text(value()?)),
            option if option.starts_with('-') => {}
            url => url.clone_into(&mut request.url),
        }
    }
    if request.url.is_empty() {
        return Err((1, "a URL for curl"));
    }
    if request.method.is_empty() {
        request.method = String::from(if request.body.is_some() { "POST" } else { "GET" });
    }
    // What curl sends of itself.
    let has = |name: &str| request.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
    let form = request.body.is_some() && !has("content-type");
    let accept = !has("accept");
    if accept {
        request.headers.push(("Accept".to_owned(), "*/*".to_owned()));
    }
    if form {
        request.headers.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    }
    Ok(request)
}

/// The words of a shell command with single quotes.
fn words(command: &str) -> Result<Vec<String>, Fault> {
    let mut all = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' => all.extend(word.take()),
            '\\' => word.get_or_insert_default().extend(letters.next()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next() {
                        Some('\'') => break,
                        Some(inside) => word.push(inside),
                        None => return Err((1, "a closing `'`")),
                    }
                }
            }
            plain => word.get_or_insert_default().push(plain),
        }
    }
    all.extend(word);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let raw = "### REQUEST\nPOST /a?$filter=x=1 and y HTTP/1.1\nHost: h:1\nAccept: a\n\n{}\n### RESPONSE\nHTTP/1.1 201 Created\nLocation: l\n\nbody\n";
        let (request, response) = parse(raw).unwrap();
        assert_eq!(
            (request.method.as_str(), request.url.as_str()),
            ("POST", "http://h:1/a?$filter=x=1 and y")
        );
        assert_eq!((request.body, response.status), (Some(Body::Text("{}".to_owned())), 201));
        assert_eq!(response.headers, [("Location".to_owned(), "l".to_owned())]);
        let curl = "# curl '-u' 'a:b' '-H' 'Accept: x' '-d' '{\"a\":\"it'\\''s\"}' 'http://h/c'\nHTTP/1.0 204 No Content\n\n";
        let (request, response) = parse(curl).unwrap();
        assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "http://h/c"));
        assert_eq!(request.body, Some(Body::Text("{\"a\":\"it's\"}".to_owned())));
        assert!(!format!("{request:?}").contains("a:b"));
        assert_eq!((response.status, response.body), (204, None));
    }

    #[test]
    fn what_is_no_recording_says_where() {
        for (text, fault) in [
            ("x", (1, "`### REQUEST` or `# curl ...`")),
            ("### REQUEST\nGET / HTTP/1.1\n", (2, "### RESPONSE")),
            ("### REQUEST\nget\n\n### RESPONSE\nHTTP/1.1 200 OK\n", (2, "a request line of HTTP")),
            ("# curl 'a\nHTTP/1.1 200 OK\n", (1, "a closing `'`")),
            ("# curl 'a'\nhello\n", (2, "a status line of HTTP")),
            ("# curl 'a'\nHTTP/1.1 200 OK\nnonsense\n", (3, "a header")),
        ] {
            assert_eq!(parse(text).unwrap_err(), fault, "{text:?}");
        }
    }
}
