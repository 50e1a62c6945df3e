//! A failure to take away: the exchanges of one verdict, with those of discovery before it, as an HTTP archive that a mock
//! cloud replays (`cimi-mock --replay`).
//!
//! What the format has no word for is in the member `_cimi`: where the entry point is, in which edition it speaks, and the
//! word that the case named its own things with, which is another at each run.

use std::io::{self, BufRead, Write};

use serde::Serialize;

use super::har::Archive;
use super::run::{Run, Subject};
use crate::event::{self, Body, Edition, Event, Exchange, ExchangeId, Formats, Outcome, ReadError, Verdict};

/// Which failure is meant.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// A case, or a requirement that a verdict found broken.
    pub id: &'w str,
    /// The endpoint, where more than one has it.
    pub endpoint: Option<&'w str>,
    /// The format, where both have it.
    pub format: Option<Formats>,
}

/// What the archive says beside its entries.
#[derive(Debug, Serialize)]
pub(super) struct Origin<'o> {
    cep: &'o str,
    #[serde(skip_serializing_if = "Option::is_none")]
    edition: Option<Edition>,
    case: &'o str,
    format: Formats,
    requirements: Vec<&'o str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
}

/// Why a failure is not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The stream is not one.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The archive cannot be written.
    #[error("the archive cannot be written")]
    Write(#[from] io::Error),
}

/// The gravest verdict that fits; an error says what there is instead.
///
/// # Errors
/// A sentence, when no verdict fits, or none of those that fit has anything to export.
pub fn find<'r>(run: &'r Run, wanted: &Wanted<'_>) -> Result<&'r Verdict, String> {
    let is_about = |verdict: &&Verdict| {
        verdict.case == wanted.id || verdict.findings.iter().any(|found| found.requirement == wanted.id)
    };
    let is_there = |verdict: &&Verdict| {
        wanted.endpoint.is_none_or(|name| name == verdict.endpoint)
            && wanted.format.is_none_or(|format| format == verdict.format || verdict.format == Formats::Both)
    };
    let fitting: Vec<&Verdict> = run.verdicts.iter().filter(is_about).filter(is_there).collect();
    let failed = fitting.iter().filter(|verdict| !verdict.findings.is_empty());
    if let Some(verdict) =
        failed.min_by_key(|verdict| (verdict.outcome != Outcome::Fail, verdict.source.is_none()))
    {
        return Ok(verdict);
    }
    match fitting.first() {
        Some(verdict) => {
            Err(format!("{} came to {}: there is no failure to export", verdict.case, verdict.outcome))
        }
        None => Err(format!("the run found nothing wrong under `{}` there", wanted.id)),
    }
}

/// Writes the archive of a verdict of `run`, whose stream this is.
///
/// # Errors
/// When the stream is not one, or the archive cannot be written.
pub fn write(stream: impl BufRead, run: &Run, verdict: &Verdict, out: impl Write) -> Result<(), ExportError> {
    let subject = run.subjects.iter().find(|subject| subject.endpoint.name == verdict.endpoint);
    let mut kept = Vec::new();
    for item in event::read(stream) {
        if let (_, Event::Exchange(exchange)) = item?
            && exchange.endpoint == verdict.endpoint
            && belongs(&exchange, verdict)
        {
            kept.push(*exchange);
        }
    }
    let origin = Origin {
        cep: subject.map_or("", |subject: &Subject| &subject.endpoint.cep),
        edition: subject.and_then(|subject| subject.endpoint.edition),
        case: &verdict.case,
        format: verdict.format,
        requirements: verdict.findings.iter().map(|found| found.requirement.as_str()).collect(),
        nonce: nonce(&kept, &run.header.run),
    };
    let mut archive = Archive::of_failure(out, &origin)?;
    for exchange in &kept {
        archive.add(&run.header, exchange)?;
    }
    Ok(archive.close(&run.header)?)
}

/// The cases to run so that the failure is seen again.
pub fn cases<'r>(run: &'r Run, verdict: &'r Verdict) -> Vec<&'r str> {
    super::replay::cases(run, verdict)
}

/// Whether an exchange is needed to see the failure again: what discovery asked, and what the case did.
fn belongs(exchange: &Exchange, verdict: &Verdict) -> bool {
    let is_shown = |n: ExchangeId| {
        verdict.exchanges.contains(&n) || verdict.findings.iter().any(|found| found.exchange == Some(n))
    };
    exchange.case.is_none() || is_shown(exchange.n)
}

/// The word that a case named its own things with: it holds the name of the run.
fn nonce(exchanges: &[Exchange], run: &str) -> Option<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let of_text = |text: &str| {
        let at = text.find(run)?;
        let before = text[..at].rfind(|c| !is_word(c)).map_or(0, |at| at + 1);
        let end = text[at..].find(|c| !is_word(c)).map_or(text.len(), |end| at + end);
        Some(text[before..end].to_owned())
    };
    exchanges.iter().filter(|exchange| exchange.case.is_some()).find_map(|exchange| {
        let body = match &exchange.request.body {
            Some(Body::Text(text)) => of_text(text),
            _ => None,
        };
        body.or_else(|| of_text(&exchange.request.url))
    })
}
