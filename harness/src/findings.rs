//! Gathers what the built-in checks find, once each, and turns it into verdicts.
//!
//! A deviation is reported once per endpoint, requirement and subject, however many exchanges show it. Each built-in
//! check is a pseudo-case of its own, `protocol.every-response.CHECK`.

use std::collections::BTreeMap;

use crate::check::Violation;
use crate::event::{ExchangeId, Finding, Formats, Level, Micros, Outcome, Party, Place, Verdict};
use crate::spec::{Register, Verification};

/// What the built-in checks found at one endpoint.
#[derive(Debug, Default)]
pub struct Gathered {
    findings: BTreeMap<(String, String), Finding>,
    exchanges: Vec<ExchangeId>,
}

impl Gathered {
    /// Takes the violations of one exchange. Requirements that do not hold for the edition are left out.
    pub fn take(
        &mut self,
        exchange: ExchangeId,
        violations: Vec<Violation>,
        register: &Register,
        edition: crate::event::Edition,
    ) {
        self.exchanges.push(exchange);
        for violation in violations {
            let holds = register.get(violation.requirement).is_none_or(|r| r.editions.contains(&edition));
            let key = (violation.requirement.to_owned(), violation.subject.clone());
            if holds && !self.findings.contains_key(&key) {
                self.findings.insert(key, finding(&violation, exchange, register));
            }
        }
    }

    /// Every finding, in the order of requirements and subjects.
    pub fn findings(&self) -> impl Iterator<Item = (&str, &Finding)> {
        self.findings.iter().map(|((_, subject), finding)| (subject.as_str(), finding))
    }

    /// One verdict for each built-in check that looked at an exchange.
    pub fn verdicts(
        &self,
        endpoint: &str,
        register: &Register,
        edition: crate::event::Edition,
    ) -> Vec<Verdict> {
        if self.exchanges.is_empty() {
            return Vec::new();
        }
        let mut by_check: BTreeMap<&str, Vec<Finding>> =
            crate::check::names().filter(|n| *n != "representation").map(|n| (n, Vec::new())).collect();
        for finding in self.findings.values() {
            let check = check_of(&finding.requirement, register);
            by_check.entry(check).or_default().push(finding.clone());
        }
        let verdict = |(check, findings): (&str, Vec<Finding>)| {
            let judged = register
                .values()
                .filter(|r| r.editions.contains(&edition) && verified_by(&r.verification, check));
            let mut requirements: Vec<String> = judged.map(|r| r.id.clone()).collect();
            requirements.extend(findings.iter().map(|f| f.requirement.clone()));
            requirements.sort_unstable();
            requirements.dedup();
            Verdict {
                endpoint: endpoint.to_owned(),
                case: pseudo_case(check),
                format: Formats::Both,
                area: "protocol".to_owned(),
                title: title(check).to_owned(),
                requirements,
                outcome: outcome(&findings),
                exchanges: exchanges(&findings),
                findings,
                duration: Micros(0),
                reason: None,
                source: None,
            }
        };
        by_check.into_iter().map(verdict).collect()
    }
}

/// The case under which a built-in check is told.
fn pseudo_case(check: &str) -> String {
    format!("protocol.every-response.{check}")
}

/// The built-in checks as cases, each with the requirements of an edition that it verifies.
pub fn builtin(register: &Register, edition: crate::event::Edition) -> Vec<(String, Vec<String>)> {
    let verified = |check: &str| {
        let of = register
            .values()
            .filter(|r| r.editions.contains(&edition) && verified_by(&r.verification, check));
        of.map(|r| r.id.clone()).collect()
    };
    let checks = crate::check::names().filter(|name| *name != "representation");
    checks.map(|check| (pseudo_case(check), verified(check))).collect()
}

/// The cases under which built-in checks are told.
pub fn pseudo_cases() -> impl Iterator<Item = String> {
    crate::check::names().filter(|name| *name != "representation").map(pseudo_case)
}

/// The outcome that findings come to.
pub fn outcome(findings: &[Finding]) -> Outcome {
    if findings.iter().any(|f| f.level == Level::Shall) {
        Outcome::Fail
    } else if findings.is_empty() {
        Outcome::Pass
    } else {
        Outcome::Warn
    }
}

/// A violation as the finding that readers see.
pub fn finding(violation: &Violation, exchange: ExchangeId, register: &Register) -> Finding {
    let mut finding = blank(violation.requirement, register);
    if let Some(level) = violation.level {
        finding.level = level;
    }
    Finding {
        at: violation.at.clone(),
        expected: violation.expected.clone(),
        got: violation.got.clone(),
        exchange: Some(exchange),
        edit: violation.edit.clone(),
        hint: violation.hint.clone(),
        ..finding
    }
}

/// A finding under a requirement, with what the register says of that and nothing else.
pub fn blank(requirement: &str, register: &Register) -> Finding {
    let known = register.get(requirement);
    Finding {
        requirement: requirement.to_owned(),
        level: known.map_or(Level::Shall, |r| r.level),
        clause: known.map_or_else(
            || requirement.split('/').next().unwrap_or(requirement).to_owned(),
            |r| r.clause().to_owned(),
        ),
        party: known.map_or(Party::Provider, |r| r.party),
        summary: known.map(|r| r.summary.clone()).unwrap_or_default(),
        at: crate::event::At::Exchange,
        expected: String::new(),
        got: String::new(),
        exchange: None,
        check: None,
        check_line: None,
        edit: None,
        hint: None,
    }
}

/// The place of a source position, as the stream writes it.
pub fn place(origin: &crate::source::Origin) -> Place {
    Place { file: origin.file.to_string(), line: origin.line, column: origin.column }
}

fn verified_by(verification: &Verification, check: &str) -> bool {
    matches!(verification, Verification::Checks(checks) if checks.iter().any(|c| c == check))
}

/// The check under which a finding is shown: the first that the register names for its requirement.
fn check_of<'r>(requirement: &str, register: &'r Register) -> &'r str {
    match register.get(requirement).map(|r| &r.verification) {
        Some(Verification::Checks(checks)) => checks.first().map_or("sequence", String::as_str),
        _ => "sequence",
    }
}

fn exchanges(findings: &[Finding]) -> Vec<ExchangeId> {
    let mut all: Vec<ExchangeId> = findings.iter().filter_map(|f| f.exchange).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// What holds when a check finds nothing.
fn title(check: &str) -> &'static str {
    match check {
        "media-type" => "every body is of its media type, and of the format asked for",
        "status-code" => "every status is one that HTTP allows there",
        "job-header" => "every change names its Job, where there are Jobs",
        "location-on-create" => "every 201 names what was made",
        "etag-syntax" => "every ETag is one",
        "allow-header" => "405 and OPTIONS say which methods are allowed",
        "www-authenticate" => "every 401 has a challenge",
        "spec-version" => "every answer of 1.x names its version",
        "error-body-job" => "every error is told by a Job",
        "well-formed" => "every body parses",
        "uri-form" => "every URI has the form that its place asks for",
        "resource-uri" => "every representation names its type",
        "required-attributes" => "no mandatory attribute is missing",
        "attribute-type" => "every attribute has the type of its table",
        "allowed-values" => "every value is one that its table allows",
        "date-time" => "every dateTime is one, with its zone",
        "empty-array" => "what is empty is left out",
        "empty-string" => "empty strings are left out",
        "collection-shape" => "every Collection has the common shape",
        "collection-count" => "count is there and right",
        "operations-shape" => "operations have rel and href, once each",
        "xml-namespace" => "XML is in the namespace of the edition",
        "unknown-attribute" => "attributes of the provider's own are advertised",
        "metadata-shape" => "metadata has the shape of its table",
        "json-xml-equal" => "JSON and XML say the same",
        _ => "exchanges agree with those before them",
    }
}
