//! Carrying out deviations: the order in which a request is changed, answered in place of the cloud, or its reply changed.
//!
//! Owns that order. What is done before is in `before`, what is shown in `shown`.

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use cimi::Edition;
use cimi::codec::Format;
use http::{HeaderName, HeaderValue, Method, StatusCode};

use super::asked::Asked;
use super::before::Prepared;
use super::memory::Memory;
use super::message::Reply;
use super::way::{Act, Way};
use super::{Deviation, before, query, send, shown};

/// Answers a request wrongly.
pub(super) async fn misbehave(
    deviations: &[&'static Deviation],
    memory: &Memory,
    edition: Edition,
    request: Request<Body>,
    next: Next,
) -> Response<Body> {
    let mut asked = Asked::read(edition, request).await;
    let ways: Vec<&'static Way> =
        deviations.iter().flat_map(|deviation| deviation.ways).filter(|way| asked.fits(&way.when)).collect();
    for way in &ways {
        change(&way.act, &mut asked);
        before::change(&way.act, &mut asked, &next).await;
    }
    if let Some(response) = instead(&ways, &asked, memory, &next).await {
        return response;
    }
    let method = asked.parts.method.clone();
    let prepared = Prepared::of(&ways, &asked, &next).await;
    let mut reply = Reply::read(&method, next.clone().run(asked.request()).await).await;
    let status = reply.status().as_u16();
    let fits = |way: &&Way| way.shows() && (way.when.status.0..=way.when.status.1).contains(&status);
    let ways: Vec<&'static Way> = ways.into_iter().filter(|way| fits(way)).collect();
    if reply.status().is_client_error() && ways.iter().any(|way| matches!(way.act, Act::Forgive)) {
        reply = Reply::read(&method, send::nothing(&asked, &next).await).await;
    }
    for way in &ways {
        if let Act::Denied(status, is_so) = way.act
            && reply.status().is_success()
            && is_so(&String::from_utf8_lossy(reply.body()))
        {
            return send::refusal(&asked, &next, status).await;
        }
    }
    if reply.status().is_success() && !matches!(method, Method::GET | Method::HEAD | Method::OPTIONS) {
        if let Some(target) = &asked.target {
            memory.unmark(&target.path);
        }
        for way in &ways {
            afterwards(way, &asked, &reply, memory, &next).await;
        }
        prepared.keep(memory, &asked, &next).await;
    }
    if reply.status() == StatusCode::NOT_FOUND && method == Method::GET {
        haunt(&asked, memory, &mut reply);
    }
    shown::reply(&ways, &asked, memory, &mut reply);
    reply.into_response()
}

/// Changes a request for which nothing has to be looked up.
fn change(act: &Act, asked: &mut Asked) {
    match *act {
        Act::Query(change) => {
            if let Some(old) = asked.parts.uri.query() {
                let new = change(old);
                asked.set_query(&new);
            }
        }
        Act::Ask(edit) => asked.edit(&edit),
        Act::AskHeader(name, value) => {
            let old = asked.parts.headers.remove(name);
            if let (Some(_), Some(value)) = (old, value) {
                let name = HeaderName::from_static(name);
                asked.parts.headers.insert(name, HeaderValue::from_static(value));
            }
        }
        Act::AskBody(change) => asked.set_body(change(asked)),
        Act::Other(operation) => {
            let path = asked.parts.uri.path();
            if let Some((resource, own)) = path.rsplit_once('/').map(|(a, b)| (a.to_owned(), b.to_owned())) {
                let body = asked.text().replace(&format!("/action/{own}"), &format!("/action/{operation}"));
                asked.set_body(body.into_bytes());
                asked.set_target(&format!("{resource}/{operation}"));
            }
        }
        _ => {}
    }
}

/// The answer of the layer itself, where the cloud is not asked.
async fn instead(
    ways: &[&'static Way],
    asked: &Asked,
    memory: &Memory,
    next: &Next,
) -> Option<Response<Body>> {
    if memory.is_hidden(asked.parts.uri.path()) {
        return Some(send::refusal(asked, next, 404).await);
    }
    for way in ways {
        match way.act {
            Act::Swallow => return Some(send::nothing(asked, next).await),
            Act::Refuse(status) => return Some(send::refusal(asked, next, status).await),
            Act::Unless(attribute, values, status) => {
                let path = asked.target.as_ref().map_or("", |target| target.path.as_str());
                let current = send::document(asked, next, path).await;
                let is = current.as_ref().and_then(|document| document.attributes.text(attribute));
                if is.is_some_and(|is| !values.contains(&is)) {
                    return Some(send::refusal(asked, next, status).await);
                }
            }
            Act::Hide => {
                let answer = send::nothing(asked, next).await;
                memory.hide(asked.parts.uri.path().to_owned());
                return Some(answer);
            }
            _ => {}
        }
    }
    None
}

/// The format that a client wants, near enough.
pub(super) fn wanted(asked: &Asked) -> Format {
    let query = asked.parts.uri.query().unwrap_or_default();
    let xml = match query::values(query, "$format").next() {
        Some(format) => format.eq_ignore_ascii_case("xml"),
        None => asked.header("accept").is_some_and(|accept| accept.starts_with(Format::Xml.media_type())),
    };
    if xml { Format::Xml } else { Format::Json }
}

/// What is done once the cloud has done what was asked.
async fn afterwards(way: &'static Way, asked: &Asked, reply: &Reply, memory: &Memory, next: &Next) {
    let path = |name: &str| reply.header(name).map(|uri| shown::path_of(uri).to_owned());
    let made = path("location");
    match way.act {
        Act::MarkOnce(_) => {
            if let Some(target) = &asked.target {
                memory.mark(way, target.path.clone());
            }
        }
        Act::Mark(_) => {
            let path = made.or_else(|| asked.target.as_ref().map(|target| target.path.clone()));
            if let Some(path) = path {
                memory.mark(way, path);
            }
        }
        Act::MarkJob(_) => {
            if let Some(path) = path("cimi-job-uri") {
                memory.mark(way, path);
            }
        }
        Act::DeleteMade => {
            if let Some(path) = made {
                send::delete(asked, next, &path).await;
            }
        }
        Act::Echo(name) => {
            let value = asked.document().and_then(|document| document.attributes.get(name).cloned());
            if let Some((path, value)) = made.zip(value) {
                memory.first(format!("{path} {name}"), Some(&value));
            }
        }
        Act::AddTemplate => before::add_template(asked, next).await,
        Act::ChangeTemplate => before::change_template(asked, next).await,
        _ => {}
    }
}

/// Answers with what was kept.
fn haunt(asked: &Asked, memory: &Memory, reply: &mut Reply) {
    let format = wanted(asked);
    if let Some(body) = memory.kept(asked.parts.uri.path(), format) {
        reply.set_status(StatusCode::OK);
        reply.set_header("content-type", format.media_type());
        reply.set_body(body.to_vec());
    }
}
