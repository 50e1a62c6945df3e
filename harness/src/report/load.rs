//! From the stream to the model, in two readings: the first takes the verdicts and notes which exchanges they point
//! to, the second takes what is worth showing of just those. Memory follows the verdicts and findings, not the traffic.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Seek, SeekFrom};

use thiserror::Error;

use super::matrix::Tally;
use super::run::{Evidence, Excerpt, Position, Run, Subject, position};
use crate::event::{
    self, Body, CaseFile, Event, Exchange, ExchangeId, Footer, Header, ReadError, Statements, Verdict,
};

/// Largest request body kept for replay, in bytes: a command line takes no more.
const REQUEST_KEPT: usize = 32 * 1024;
/// Characters kept of a response that is not text.
const BINARY_KEPT: usize = 120;
/// Characters kept of the name and of the value of a header: more than any reader shows.
const HEADER_KEPT: usize = 1_000;
/// Most headers kept of a response.
const HEADERS_KEPT: usize = 60;

/// Why a stream is not that of a run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A line is no event.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The reader cannot go back to the start.
    #[error("the stream cannot be read a second time")]
    Rewind(#[source] io::Error),
    /// What is made of the exchanges beside the run cannot be written.
    #[error("what is made of its exchanges cannot be written")]
    Beside(#[source] io::Error),
    /// The stream does not begin with a header.
    #[error("line {line}: a stream begins with one header, and has no other")]
    Header {
        /// Line, from 1.
        line: u64,
    },
    /// There is something after the footer.
    #[error("line {line}: nothing may follow the footer")]
    AfterFooter {
        /// Line, from 1.
        line: u64,
    },
    /// An event is about an endpoint that the header does not name.
    #[error("line {line}: the header names no endpoint `{name}`")]
    Endpoint {
        /// Line, from 1.
        line: u64,
        /// The name.
        name: String,
    },
}

/// Reads the stream of one run.
///
/// # Errors
/// When a line is no event, or the events do not make a run. A missing footer is no error: [`Run::footer`] is absent.
pub fn load<R: BufRead + Seek>(mut input: R) -> Result<Run, LoadError> {
    let mut first = First::default();
    let mut last_line = 0;
    for item in event::read(&mut input) {
        let (line, event) = item?;
        last_line = line;
        first.take(line, event)?;
    }
    let (mut run, wanted) = first.finish(last_line)?;
    if wanted.is_empty() {
        return Ok(run);
    }
    input.seek(SeekFrom::Start(0)).map_err(LoadError::Rewind)?;
    for item in event::read(&mut input) {
        if let (_, Event::Exchange(exchange)) = item?
            && let Some(positions) = wanted.get(&exchange.n)
        {
            run.evidence.insert(exchange.n, Evidence::of(*exchange, positions));
        }
    }
    Ok(run)
}

/// Reads the stream of one run, and hands each exchange on with the header, in order.
///
/// # Errors
/// When a line is no event, the first is no header, or the exchange cannot be taken.
pub(super) fn exchanges<R: BufRead>(
    input: R,
    mut each: impl FnMut(&Header, &Exchange) -> io::Result<()>,
) -> Result<(), LoadError> {
    let mut header = None;
    for item in event::read(input) {
        match (item?, &header) {
            ((_, Event::Header(it)), None) => header = Some(it),
            ((line, Event::Header(_)), Some(_)) | ((line, _), None) => {
                return Err(LoadError::Header { line });
            }
            ((_, Event::Exchange(exchange)), Some(header)) => {
                each(header, &exchange).map_err(LoadError::Beside)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The positions to show of each exchange that something points to.
type Wanted = BTreeMap<ExchangeId, BTreeSet<Position>>;

/// What the first reading has so far.
#[derive(Default)]
struct First {
    header: Option<Header>,
    statements: Statements,
    subjects: Vec<Subject>,
    verdicts: Vec<Verdict>,
    cases: Vec<CaseFile>,
    footer: Option<Footer>,
}

impl First {
    fn take(&mut self, line: u64, event: Event) -> Result<(), LoadError> {
        if self.footer.is_some() {
            return Err(LoadError::AfterFooter { line });
        }
        if self.header.is_some() == matches!(event, Event::Header(_)) {
            return Err(LoadError::Header { line });
        }
        match event {
            Event::Header(header) => {
                self.subjects = header.endpoints.iter().cloned().map(Subject::new).collect();
                self.header = Some(header);
            }
            Event::Statements(statements) => self.statements = *statements,
            Event::Plan(plan) => {
                let subject = self.subject(line, &plan.endpoint)?;
                subject.planned = Some(subject.planned.unwrap_or_default() + plan.verdicts);
                subject.endpoint.edition = plan.edition.or(subject.endpoint.edition);
            }
            Event::Exchange(exchange) => self.subject(line, &exchange.endpoint)?.exchanges += 1,
            Event::Verdict(verdict) => {
                self.subject(line, &verdict.endpoint)?.count(&verdict);
                self.verdicts.push(*verdict);
            }
            // For whoever clears up; the footer says what is left.
            Event::Intent(_) | Event::Made(_) | Event::Gone(_) => {}
            Event::Case(case) => {
                self.subject(line, &case.endpoint)?;
                self.cases.push(case);
            }
            Event::Footer(footer) => self.footer = Some(footer),
        }
        Ok(())
    }

    fn subject(&mut self, line: u64, name: &str) -> Result<&mut Subject, LoadError> {
        self.subjects
            .iter_mut()
            .find(|subject| subject.endpoint.name == name)
            .ok_or_else(|| LoadError::Endpoint { line, name: name.to_owned() })
    }

    fn finish(mut self, last_line: u64) -> Result<(Run, Wanted), LoadError> {
        let header = self.header.ok_or(LoadError::Header { line: last_line.max(1) })?;
        let order: BTreeMap<&str, usize> = header
            .endpoints
            .iter()
            .enumerate()
            .map(|(index, endpoint)| (endpoint.name.as_str(), index))
            .collect();
        self.verdicts.sort_by(|a, b| {
            let key = |v: &'_ Verdict| (order.get(v.endpoint.as_str()).copied(), v.format);
            let ((endpoint_a, format_a), (endpoint_b, format_b)) = (key(a), key(b));
            (endpoint_a, &a.area, &a.case, format_a).cmp(&(endpoint_b, &b.area, &b.case, format_b))
        });
        let mut tally = Tally::default();
        let mut wanted = Wanted::new();
        for verdict in &self.verdicts {
            tally.add(verdict.outcome);
            for finding in &verdict.findings {
                if let Some(n) = finding.exchange {
                    wanted.entry(n).or_default().insert(position(&finding.at));
                }
            }
            if let Some(n) = verdict.reason.as_ref().and_then(|reason| reason.exchange) {
                wanted.entry(n).or_default();
            }
        }
        let run = Run {
            header,
            statements: self.statements,
            subjects: self.subjects,
            verdicts: self.verdicts,
            cases: self.cases,
            evidence: BTreeMap::new(),
            tally,
            footer: self.footer,
        };
        Ok((run, wanted))
    }
}

impl Subject {
    fn new(endpoint: event::Endpoint) -> Self {
        Self { endpoint, planned: None, exchanges: 0, tally: Tally::default(), areas: BTreeMap::new() }
    }

    fn count(&mut self, verdict: &Verdict) {
        self.tally.add(verdict.outcome);
        let formats = self.areas.entry(verdict.area.clone()).or_default();
        formats.entry(verdict.format).or_default().add(verdict.outcome);
    }
}

impl Evidence {
    fn of(mut exchange: Exchange, positions: &BTreeSet<Position>) -> Self {
        let request_cut = match &exchange.request.body {
            Some(Body::Text(body) | Body::Base64(body)) => body.len() > REQUEST_KEPT,
            None => false,
        };
        if request_cut {
            exchange.request.body = None;
        }
        let mut excerpts = BTreeMap::new();
        if let Some(response) = &mut exchange.response {
            response.headers.truncate(HEADERS_KEPT);
            for value in response.headers.iter_mut().flat_map(|(name, value)| [name, value]) {
                *value = value.chars().take(HEADER_KEPT).collect();
            }
            match response.body.take() {
                Some(Body::Text(body)) => {
                    let wanted = positions.iter().copied().chain([None]);
                    excerpts = wanted.map(|at| (at, Excerpt::around(&body, at))).collect();
                }
                Some(Body::Base64(body)) => {
                    response.body = Some(Body::Base64(body.chars().take(BINARY_KEPT).collect()));
                }
                None => {}
            }
        }
        Self { exchange, excerpts, request_cut }
    }
}
