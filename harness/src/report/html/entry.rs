//! A verdict shown at length, with its findings and the exchanges that show them, every text made fit to be shown.

use crate::event::{Body, Exchange, Finding, Formats, Outcome, Verdict};
use crate::report::run::{Evidence, Excerpt, Run, position, whereabouts};
use crate::report::{replay, text};

/// A verdict that is shown at length.
pub(super) struct Entry {
    pub(super) anchor: String,
    pub(super) outcome: Outcome,
    pub(super) case: String,
    pub(super) format: Formats,
    pub(super) endpoint: String,
    pub(super) area: String,
    pub(super) title: String,
    pub(super) source: String,
    pub(super) reason: String,
    pub(super) rerun: String,
    pub(super) parts: Vec<Part>,
    pub(super) proof: Option<Shown>,
}

/// Findings of one verdict that the same exchange shows.
pub(super) struct Part {
    pub(super) findings: Vec<Found>,
    pub(super) exchange: Option<Shown>,
}

/// A finding.
pub(super) struct Found {
    pub(super) requirement: String,
    /// The statement in the tree, if it has one.
    pub(super) statement: String,
    pub(super) clause: String,
    pub(super) level: String,
    pub(super) party: String,
    pub(super) summary: String,
    pub(super) at: String,
    pub(super) expected: String,
    pub(super) got: String,
    pub(super) edit: String,
    pub(super) hint: String,
    pub(super) check: String,
    pub(super) check_line: Option<Vec<Line>>,
    pub(super) excerpt: Option<Vec<Line>>,
}

/// A line of an excerpt, parted at the position.
pub(super) struct Line {
    pub(super) number: u32,
    pub(super) before: String,
    pub(super) hit: String,
    pub(super) after: String,
    pub(super) marked: bool,
}

/// An exchange that is shown.
pub(super) struct Shown {
    pub(super) n: u64,
    pub(super) title: String,
    pub(super) request: String,
    pub(super) response: String,
    pub(super) beginning: Vec<Line>,
    pub(super) more: bool,
    pub(super) curl: String,
    pub(super) recording: String,
}

impl Entry {
    pub(super) fn of(run: &Run, index: usize, verdict: &Verdict) -> Self {
        let proof = verdict.reason.as_ref().and_then(|reason| run.evidence.get(&reason.exchange?));
        Self {
            anchor: format!("v{index}"),
            outcome: verdict.outcome,
            case: text::line(&verdict.case),
            format: verdict.format,
            endpoint: text::line(&verdict.endpoint),
            area: text::line(&verdict.area),
            title: text::line(&verdict.title),
            source: verdict.source.as_ref().map_or_else(String::new, |place| text::line(&place.to_string())),
            reason: verdict.reason.as_ref().map_or_else(String::new, |reason| text::line(&reason.text)),
            rerun: replay::rerun(run, verdict),
            parts: verdict
                .findings
                .chunk_by(|a, b| a.exchange == b.exchange)
                .map(|findings| Part::of(run, findings))
                .collect(),
            proof: proof.map(Shown::of),
        }
    }
}

impl Part {
    fn of(run: &Run, findings: &[Finding]) -> Self {
        Self {
            exchange: findings.first().and_then(|finding| run.evidence_for(finding)).map(Shown::of),
            findings: findings.iter().map(|finding| Found::of(run, finding)).collect(),
        }
    }
}

impl Found {
    fn of(run: &Run, finding: &Finding) -> Self {
        let optional = |value: &Option<String>| value.as_deref().map_or_else(String::new, text::block);
        Self {
            requirement: text::line(&finding.requirement),
            statement: Some(&finding.requirement)
                .filter(|id| run.statements.statements.iter().any(|one| one.id == **id))
                .map_or_else(String::new, |id| super::tree::anchor(id)),
            clause: text::line(&finding.clause),
            level: finding.level.to_string().to_uppercase(),
            party: finding.party.to_string(),
            summary: text::line(&finding.summary),
            at: text::line(&whereabouts(finding)),
            expected: text::block(&finding.expected),
            got: text::block(&finding.got),
            edit: optional(&finding.edit),
            hint: optional(&finding.hint),
            check: finding.check.as_ref().map_or_else(String::new, |place| text::line(&place.to_string())),
            check_line: Excerpt::of_check(finding).as_ref().map(Line::all_of),
            // Where no place is meant, the beginning of the body stands with the exchange.
            excerpt: position(&finding.at).and_then(|_| run.excerpt_for(finding)).map(Line::all_of),
        }
    }
}

impl Line {
    fn all_of(excerpt: &Excerpt) -> Vec<Self> {
        let lines = excerpt.lines.iter().map(|line| {
            let caret = line.caret.unwrap_or(usize::MAX);
            Self {
                number: line.number,
                before: line.text.chars().take(caret).collect(),
                hit: line.text.chars().skip(caret).take(1).collect(),
                after: line.text.chars().skip(caret.saturating_add(1)).collect(),
                marked: line.caret.is_some(),
            }
        });
        lines.collect()
    }
}

impl Shown {
    fn of(evidence: &Evidence) -> Self {
        let exchange = &evidence.exchange;
        let beginning = evidence.excerpts.get(&None);
        Self {
            n: exchange.n.0,
            title: text::line(&evidence.title()),
            request: request(exchange),
            response: response(exchange),
            beginning: beginning.map(Line::all_of).unwrap_or_default(),
            more: beginning.is_some_and(|excerpt| excerpt.more_after),
            curl: replay::curl(evidence).unwrap_or_default(),
            recording: exchange
                .source
                .as_ref()
                .map_or_else(String::new, |place| text::line(&place.to_string())),
        }
    }
}

fn request(exchange: &Exchange) -> String {
    let request = &exchange.request;
    let head = format!("{} {}{}", request.method, request.url, headers(&request.headers));
    text::block(&(head + &body(request.body.as_ref())))
}

fn response(exchange: &Exchange) -> String {
    let failure = exchange.failure.iter().map(|failure| format!("{failure}\n"));
    let head = exchange.response.iter().map(|response| {
        format!("{}{}{}", response.status, headers(&response.headers), body(response.body.as_ref()))
    });
    text::block(&failure.chain(head).collect::<String>())
}

fn body(body: Option<&Body>) -> String {
    match body {
        Some(Body::Text(body)) => format!("\n\n{body}"),
        Some(Body::Base64(body)) => format!("\n\n(not text; in base64) {body}"),
        None => String::new(),
    }
}

fn headers(headers: &[(String, String)]) -> String {
    let lines =
        headers.iter().map(|(name, value)| ["\n", &text::line(name), ": ", &text::line(value)].concat());
    lines.collect()
}
