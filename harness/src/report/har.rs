//! `run.har`: every exchange of a run in the HTTP Archive format, version 1.2, for browsers and proxies that read it.
//!
//! Written entry by entry while the stream is read, so that it takes no more memory than one exchange. What the format has
//! no word for is in fields that begin with `_`. Secrets are gone before the stream has them.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use url::Url;

use crate::event::{Body, Event, Exchange, Extent, Format, Header, Plan, Request, Response};

use super::run::{Run, Subject};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'e> {
    started_date_time: String,
    time: f64,
    request: Asked<'e>,
    response: Answered<'e>,
    cache: Nothing,
    timings: Timings,
    /// Number of the exchange in the stream.
    #[serde(rename = "_exchange")]
    exchange: u64,
    #[serde(rename = "_endpoint")]
    endpoint: &'e str,
    #[serde(rename = "_case", skip_serializing_if = "Option::is_none")]
    case: Option<&'e str>,
    #[serde(rename = "_step", skip_serializing_if = "Option::is_none")]
    step: Option<&'e str>,
    #[serde(rename = "_format", skip_serializing_if = "Option::is_none")]
    format: Option<Format>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'e str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Asked<'e> {
    method: &'e str,
    url: &'e str,
    http_version: &'static str,
    cookies: [Nothing; 0],
    headers: Vec<Pair<'e>>,
    query_string: Vec<Owned>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<Posted<'e>>,
    headers_size: i64,
    body_size: i64,
}

/// What came back; status 0 stands for nothing.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answered<'e> {
    status: u16,
    status_text: &'static str,
    http_version: &'static str,
    cookies: [Nothing; 0],
    headers: Vec<Pair<'e>>,
    content: Content<'e>,
    #[serde(rename = "redirectURL")]
    redirect_url: &'e str,
    headers_size: i64,
    body_size: i64,
    #[serde(rename = "_extent")]
    extent: Extent,
}

#[derive(Serialize)]
struct Pair<'e> {
    name: &'e str,
    value: &'e str,
}

#[derive(Serialize)]
struct Owned {
    name: String,
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Posted<'e> {
    mime_type: &'e str,
    params: [Nothing; 0],
    text: &'e str,
    #[serde(rename = "_encoding", skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content<'e> {
    size: i64,
    mime_type: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
}

#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct Timings {
    send: f64,
    wait: f64,
    receive: f64,
}

/// An archive being written.
#[derive(Debug)]
pub(super) struct Archive<W> {
    out: W,
    stage: Stage,
}

/// How far an archive has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing is written.
    New,
    /// Its object has begun, and has a member.
    Within,
    /// It has entries, or could have.
    Entries,
}

impl<W: Write> Archive<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, stage: Stage::New }
    }

    /// An archive that says of what failure it is.
    pub(super) fn of_failure(mut out: W, origin: &impl Serialize) -> io::Result<Self> {
        write!(out, "{{\"_cimi\":")?;
        push(&mut out, origin)?;
        out.write_all(b",")?;
        Ok(Self { out, stage: Stage::Within })
    }

    /// Adds an exchange of the run with this header.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn add(&mut self, header: &Header, exchange: &Exchange) -> io::Result<()> {
        if self.stage == Stage::Entries {
            self.out.write_all(b",\n")?;
        } else {
            self.begin(header)?;
        }
        push(&mut self.out, &Entry::of(header.started, exchange))
    }

    /// Ends the archive of this run. The events that are no exchanges stand in `_run`, so that the run can be judged again;
    /// not those of a run that was cut short, which cannot.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn end(mut self, run: &Run) -> io::Result<()> {
        if self.stage != Stage::Entries {
            self.begin(&run.header)?;
        }
        self.out.write_all(b"\n]")?;
        if let Some(footer) = &run.footer {
            self.out.write_all(b",\"_run\":[")?;
            push(&mut self.out, &Event::Header(run.header.clone()))?;
            let plan = |subject: &Subject| Plan {
                endpoint: subject.endpoint.name.clone(),
                edition: subject.endpoint.edition,
                verdicts: subject.planned.unwrap_or_default(),
                before: BTreeMap::new(),
            };
            let plans = run.subjects.iter().map(|subject| Event::Plan(plan(subject)));
            let verdicts = run.verdicts.iter().map(|verdict| Event::Verdict(Box::new(verdict.clone())));
            for event in plans.chain(verdicts).chain([Event::Footer(footer.clone())]) {
                self.out.write_all(b",\n")?;
                push(&mut self.out, &event)?;
            }
            self.out.write_all(b"]")?;
        }
        self.out.write_all(b"}}\n")?;
        self.out.flush()
    }

    /// Ends an archive that is not to be judged as a run: it has exchanges and nothing else.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn close(mut self, header: &Header) -> io::Result<()> {
        if self.stage != Stage::Entries {
            self.begin(header)?;
        }
        self.out.write_all(b"\n]}}\n")?;
        self.out.flush()
    }

    fn begin(&mut self, header: &Header) -> io::Result<()> {
        let out = &mut self.out;
        if self.stage == Stage::New {
            write!(out, "{{")?;
        }
        self.stage = Stage::Entries;
        let (name, version) = header.tool.split_once(' ').unwrap_or((&header.tool, ""));
        write!(out, "\"log\":{{\"version\":\"1.2\",\"creator\":{{\"name\":")?;
        push(out, name)?;
        write!(out, ",\"version\":")?;
        push(out, version)?;
        write!(out, "}},\"comment\":")?;
        push(out, header.run.as_str())?;
        writeln!(out, ",\"entries\":[")
    }
}

fn push<T: Serialize + ?Sized>(out: &mut impl Write, value: &T) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::new(out)).map_err(io::Error::from)
}

impl<'e> Entry<'e> {
    fn of(started: Timestamp, exchange: &'e Exchange) -> Self {
        let span = |micros: u64| SignedDuration::from_micros(i64::try_from(micros).unwrap_or(i64::MAX));
        let begun = started.checked_add(span(exchange.started.0)).unwrap_or(started);
        let time = span(exchange.duration.0).as_secs_f64() * 1000.0;
        Self {
            started_date_time: begun.to_string(),
            time,
            request: Asked::of(&exchange.request),
            response: Answered::of(exchange.response.as_ref()),
            cache: Nothing {},
            timings: Timings { send: 0.0, wait: time, receive: 0.0 },
            exchange: exchange.n.0,
            endpoint: &exchange.endpoint,
            case: exchange.case.as_deref(),
            step: exchange.step.as_deref(),
            format: exchange.format,
            comment: exchange.failure.as_deref(),
        }
    }
}

impl<'e> Asked<'e> {
    fn of(request: &'e Request) -> Self {
        let query = Url::parse(&request.url).ok();
        let pairs = query.iter().flat_map(Url::query_pairs);
        let post_data = request.body.as_ref().map(|body| {
            let (text, encoding) = text(body);
            Posted { mime_type: header(&request.headers, "content-type"), params: [], text, encoding }
        });
        Self {
            method: &request.method,
            url: &request.url,
            http_version: "HTTP/1.1",
            cookies: [],
            headers: pairs_of(&request.headers),
            query_string: pairs
                .map(|(name, value)| Owned { name: name.into_owned(), value: value.into_owned() })
                .collect(),
            body_size: size(request.body.as_ref()),
            post_data,
            headers_size: -1,
        }
    }
}

impl<'e> Answered<'e> {
    fn of(response: Option<&'e Response>) -> Self {
        let none: &[(String, String)] = &[];
        let headers = response.map_or(none, |response| &response.headers);
        let body = response.and_then(|response| response.body.as_ref());
        let (text, encoding) = body.map(text).unzip();
        let status = response.map_or(0, |response| response.status);
        let known = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        Self {
            status,
            status_text: known.unwrap_or_default(),
            http_version: if response.is_some() { "HTTP/1.1" } else { "" },
            cookies: [],
            headers: pairs_of(headers),
            content: Content {
                size: size(body),
                mime_type: header(headers, "content-type"),
                text,
                encoding: encoding.flatten(),
            },
            redirect_url: header(headers, "location"),
            headers_size: -1,
            body_size: size(body),
            extent: response.map_or(Extent::Whole, |response| response.extent),
        }
    }
}

fn pairs_of(headers: &[(String, String)]) -> Vec<Pair<'_>> {
    headers.iter().map(|(name, value)| Pair { name, value }).collect()
}

fn header<'h>(headers: &'h [(String, String)], name: &str) -> &'h str {
    headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
}

fn text(body: &Body) -> (&str, Option<&'static str>) {
    match body {
        Body::Text(text) => (text, None),
        Body::Base64(text) => (text, Some("base64")),
    }
}

/// How long a body was; of one in base64, as long as that stands for.
fn size(body: Option<&Body>) -> i64 {
    let bytes = match body {
        None => 0,
        Some(Body::Text(text)) => text.len(),
        Some(Body::Base64(text)) => text.trim_end_matches('=').len() * 3 / 4,
    };
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
