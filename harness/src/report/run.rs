//! The model that every report renders: one run, with the evidence for what was found and no more of the traffic.

use std::collections::BTreeMap;

use super::matrix::{Tally, gravity};
use super::text;
use crate::event::{
    At, CaseFile, Endpoint, Exchange, ExchangeId, Finding, Footer, Formats, Header, Statements, Verdict,
};

/// One run, as its stream tells it.
#[derive(Debug, Clone)]
pub struct Run {
    /// What was asked.
    pub header: Header,
    /// What it judges by; empty in a stream that does not say.
    pub statements: Statements,
    /// The endpoints, in the order asked for, each with what it came to.
    pub subjects: Vec<Subject>,
    /// All verdicts: by endpoint, then area, case and format.
    pub verdicts: Vec<Verdict>,
    /// The files of generated cases that found something.
    pub cases: Vec<CaseFile>,
    /// The exchanges that findings and reasons point to.
    pub evidence: BTreeMap<ExchangeId, Evidence>,
    /// All verdicts, counted.
    pub tally: Tally,
    /// What the run came to; absent when it was cut short.
    pub footer: Option<Footer>,
}

/// One endpoint, and what it came to.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The endpoint, with its edition as far as the run found it out.
    pub endpoint: Endpoint,
    /// How many verdicts were to come; absent when the run never got as far as a plan.
    pub planned: Option<u64>,
    /// How many exchanges were made with it.
    pub exchanges: u64,
    /// Its verdicts, counted.
    pub tally: Tally,
    /// Its verdicts by area and format, counted.
    pub areas: BTreeMap<String, BTreeMap<Formats, Tally>>,
}

/// An exchange that something was found in: what of it is worth showing.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The exchange. Its request is whole (or has lost a body past the limit); of its response, the headers are
    /// clipped, and so is a body that is not text. A body that is text is left out: see [`Evidence::excerpts`].
    pub exchange: Exchange,
    /// What of the body of the response to show: around each position that a finding points at, and its beginning.
    pub excerpts: BTreeMap<Position, Excerpt>,
    /// Whether the body of the request was past the limit, so that the request cannot be replayed from here.
    pub request_cut: bool,
}

/// A line and a column in a body, both from 1; nothing stands for its beginning, with no one place meant.
pub type Position = Option<(u32, u32)>;

/// Some lines of a body around a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The lines, in order.
    pub lines: Vec<ExcerptLine>,
    /// Whether there is more before the first line.
    pub more_before: bool,
    /// Whether there is more after the last line.
    pub more_after: bool,
}

/// One line of a body, fit to be shown: control characters are spelled out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExcerptLine {
    /// Its number, from 1.
    pub number: u32,
    /// Its text, or the part of it around the position.
    pub text: String,
    /// Where the position is in `text`, in characters from 0.
    pub caret: Option<usize>,
}

impl Run {
    /// Verdicts that someone has to look at, gravest first, each with its index in [`Run::verdicts`].
    pub fn attention(&self) -> Vec<(usize, &Verdict)> {
        let mut listed: Vec<_> = self
            .verdicts
            .iter()
            .enumerate()
            .filter(|(_, verdict)| gravity(verdict.outcome).is_some())
            .collect();
        listed.sort_by_key(|(index, verdict)| (gravity(verdict.outcome), *index));
        listed
    }

    /// The evidence for a finding.
    pub fn evidence_for(&self, finding: &Finding) -> Option<&Evidence> {
        self.evidence.get(&finding.exchange?)
    }

    /// The part of a body that a finding points at, or the beginning of the body where it points at none.
    pub fn excerpt_for(&self, finding: &Finding) -> Option<&Excerpt> {
        self.evidence_for(finding)?.excerpts.get(&position(&finding.at))
    }

    /// Why a verdict is what it is, with the exchange that proves it.
    pub fn because(&self, verdict: &Verdict) -> Option<String> {
        let reason = verdict.reason.as_ref()?;
        Some(match reason.exchange.map(|n| (n, self.evidence.get(&n))) {
            None => reason.text.clone(),
            Some((n, None)) => format!("{} (exchange {n})", reason.text),
            Some((n, Some(evidence))) => format!("{} (exchange {n}: {})", reason.text, evidence.title()),
        })
    }

    /// How the run ends, in a sentence.
    pub fn ending(&self) -> &str {
        self.footer.as_ref().map_or(
            "The stream ends without a footer: the run was cut short, and nothing below is complete.",
            |footer| footer.exit.sentence.as_str(),
        )
    }

    /// Whether the run ended well.
    pub fn is_green(&self) -> bool {
        self.footer.as_ref().is_some_and(|footer| footer.exit.code == 0)
    }
}

impl Subject {
    /// What is missing of its verdicts, if anything is: what was not judged must not look as if it held.
    pub fn gap(&self) -> Option<String> {
        let judged = self.tally.all();
        match self.planned {
            _ if judged == 0 => Some("nothing was judged".to_owned()),
            Some(planned) if planned > judged => {
                Some(format!("{} of {planned} planned verdicts are missing", planned - judged))
            }
            _ => None,
        }
    }
}

impl Evidence {
    /// The exchange in a line: `GET http://... → 200`.
    pub fn title(&self) -> String {
        let Exchange { request, response, .. } = &self.exchange;
        let came = response
            .as_ref()
            .map_or_else(|| "no response".to_owned(), |response| response.status.to_string());
        format!("{} {} → {came}", request.method, request.url)
    }
}

/// Where an excerpt for a finding is centred; nothing where it points at no place in the body.
pub(super) fn position(at: &At) -> Position {
    match at {
        At::Body(at) => Some((at.line, at.column)),
        At::Status | At::Header(_) | At::Exchange => None,
    }
}

/// Where a finding points, in words.
pub(super) fn whereabouts(finding: &Finding) -> String {
    match (&finding.at, finding.exchange) {
        (At::Exchange, Some(n)) => format!("exchange {n}"),
        (at, Some(n)) => format!("{at} of exchange {n}"),
        (at, None) => at.to_string(),
    }
}

/// Lines shown on either side of a position.
const CONTEXT: usize = 4;
/// Characters shown of a line, on either side of a position.
const REACH: usize = 90;

impl Excerpt {
    /// The line of the case file that a finding's check stands in.
    pub fn of_check(finding: &Finding) -> Option<Self> {
        let (place, line) = (finding.check.as_ref()?, finding.check_line.as_ref()?);
        let index = (place.line.max(1) - 1) as usize;
        let line = ExcerptLine::of(index, line, Some((place.column.max(1) - 1) as usize));
        Some(Self { lines: vec![line], more_before: true, more_after: true })
    }

    /// The lines of `body` around `position`. The caret is left out where the body does not reach that far.
    pub fn around(body: &str, position: Position) -> Self {
        let (line, column) = position.unzip();
        let target = (line.unwrap_or(1).max(1) - 1) as usize;
        let first = target.saturating_sub(CONTEXT);
        let last = target.saturating_add(CONTEXT);
        let mut lines = Vec::new();
        let mut source = body.lines().enumerate().skip(first);
        for (index, text) in source.by_ref().take(last - first + 1) {
            let column = column.filter(|_| index == target).map(|column| (column.max(1) - 1) as usize);
            lines.push(ExcerptLine::of(index, text, column));
        }
        Self { more_before: first > 0, more_after: source.next().is_some(), lines }
    }
}

impl ExcerptLine {
    fn of(index: usize, line: &str, column: Option<usize>) -> Self {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let start = column.unwrap_or(0).saturating_sub(REACH);
        let mut shown = String::new();
        if start > 0 {
            shown.push('…');
        }
        let mut caret = None;
        let mut chars = line.chars().skip(start);
        for (offset, c) in chars.by_ref().take(2 * REACH).enumerate() {
            if column == Some(start + offset) {
                caret = Some(shown.chars().count());
            }
            text::push_visible(&mut shown, c);
        }
        if chars.next().is_some() {
            shown.push('…');
        }
        Self { number, text: shown, caret }
    }
}
