//! The server face over a small provider: whole exchanges, as goldens.

mod change;
mod cloud;
mod create;
mod errors;
mod hostile;
mod read;
mod socket;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use cimi::Edition;
use cimi::limits::Limits;
use cimi::server::{Options, router};
use cloud::Cloud;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// Sends requests, one after the other, to a fresh cloud and holds the whole exchange against its golden.
///
/// A script has requests separated by lines of `---`; a request has a line with method and path, headers, an empty line and
/// a body. `/` in front of a path is the base URI.
fn check(name: &str, edition: Edition, script: &str) {
    check_at(name, Cloud::new(edition, false), script);
}

fn check_at(name: &str, cloud: Cloud, script: &str) {
    let face = face(Arc::new(cloud));
    let mut transcript = String::new();
    let script: String = script.lines().flat_map(|line| [line.trim(), "\n"]).collect();
    for text in script.split("\n---\n") {
        let request = request(text).unwrap_or_else(|| panic!("{name}: {text} is no request"));
        block_on(exchange(&face, request, &mut transcript));
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, transcript);
    });
}

/// A face with limits small enough for tests to reach.
fn face(cloud: Arc<Cloud>) -> Router {
    let now = "2026-01-02T03:04:05Z".parse::<cimi::data::DateTime>().unwrap();
    let limits = Limits { document_bytes: 2048, uri_bytes: 256, depth: 6, ..Limits::SERVER };
    // Whatever is not ready at once is too late.
    let deadline = Duration::ZERO;
    router(cloud, Options { limits, deadline, expansions: 6, ..Options::new(Arc::new(move || now.clone())) })
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
}

async fn exchange(face: &Router, request: Request<String>, transcript: &mut String) {
    let (parts, body) = request.into_parts();
    writeln!(transcript, "> {} {}", parts.method, parts.uri).unwrap();
    headers('>', &parts.headers, transcript);
    if !body.is_empty() {
        writeln!(transcript, "\n{body}").unwrap();
    }
    let (status, answered, body) = answer(face, Request::from_parts(parts, Body::from(body))).await;
    writeln!(transcript, "\n< {status}").unwrap();
    headers('<', &answered, transcript);
    if !body.is_empty() {
        writeln!(transcript, "\n{}", readable(&body)).unwrap();
    }
    transcript.push_str("\n\n");
}

async fn answer(face: &Router, request: Request<Body>) -> (http::StatusCode, HeaderMap, String) {
    let response: Response<Body> = face.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
}

fn request(text: &str) -> Option<Request<String>> {
    let (head, body) = text.trim_start().split_once("\n\n").unwrap_or((text.trim(), ""));
    let mut lines = head.lines();
    let line = lines.next()?;
    let (method, path) = line.split_once(' ').unwrap_or((line, ""));
    let mut request = Request::builder().method(method).uri(format!("/cimi{path}"));
    for line in lines {
        let (name, value) = line.split_once(':')?;
        request = request.header(name, value.trim());
    }
    request.body(body.trim_end().to_owned()).ok()
}

fn headers(mark: char, headers: &HeaderMap, transcript: &mut String) {
    for (name, value) in headers {
        writeln!(transcript, "{mark} {name}: {}", value.to_str().unwrap()).unwrap();
    }
}

/// JSON is shown on several lines; `content-length` tells of the bytes sent.
fn readable(body: &str) -> String {
    match serde_json::from_str::<serde_json::Value>(body) {
        Ok(value) => serde_json::to_string_pretty(&value).unwrap(),
        Err(_) => body.to_owned(),
    }
}
