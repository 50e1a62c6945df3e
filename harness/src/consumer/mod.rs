//! The other side: clients are judged, by what they ask of a cloud that is right and provokes them.
//!
//! Owns the checks of clients and what they come to. A judgement is a pure function of recorded exchanges, the tables and
//! the register; it can be had while the exchanges come. Knows neither who serves nor how the provocations are made: it
//! finds them in the replies.

use std::collections::BTreeMap;

use url::Url;

use crate::event::{Edition, Exchange, ExchangeId, Finding, Formats, Micros, Outcome, Reason, Verdict};
use crate::findings::{finding, outcome};
use crate::spec::{Register, Tables, Verification};
use crate::suite::Suite;

mod asked;
mod body;
mod checks;
mod end;
mod given;
mod guide;
mod headers;
mod known;
mod links;
mod place;
mod provocation;
mod request;
pub mod session;
mod update;

pub use session::Session;

use asked::Asked;
use checks::{Check, Ended, Look};
use known::Known;
use provocation::Provocation;

/// What clients are judged by: one edition of the suite.
#[derive(Debug)]
pub struct Rules<'s> {
    edition: Edition,
    tables: Tables,
    register: &'s Register,
}

/// A client under judgement.
#[derive(Debug)]
pub struct Client<'r> {
    name: String,
    rules: &'r Rules<'r>,
    known: Known<'r>,
    looked: BTreeMap<&'static str, Looked>,
    last: Option<ExchangeId>,
}

/// What a check has come to so far.
#[derive(Debug, Default)]
struct Looked {
    first: Option<ExchangeId>,
    findings: BTreeMap<(String, String), Finding>,
}

/// The names of the checks, as the register may use them.
pub fn names() -> impl Iterator<Item = &'static str> {
    checks::ALL.iter().map(|check| check.name)
}

/// What a client should do to be judged in full, step by step.
pub fn guide() -> [&'static str; 10] {
    guide::STEPS
}

/// Judges the exchanges of one client.
pub fn judge(exchanges: &[Exchange], name: &str, cep: &Url, rules: &Rules<'_>) -> Vec<Verdict> {
    let mut client = Client::new(name, cep, rules);
    for exchange in exchanges {
        client.take(exchange);
    }
    client.verdicts()
}

impl<'s> Rules<'s> {
    /// The rules of an edition.
    pub fn new(suite: &'s Suite, edition: Edition) -> Self {
        Self { edition, tables: request::tables(suite.tables(edition)), register: &suite.register }
    }

    /// The edition.
    pub fn edition(&self) -> Edition {
        self.edition
    }
}

impl<'r> Client<'r> {
    /// A client that was told the entry point, and has asked nothing yet.
    pub fn new(name: &str, cep: &Url, rules: &'r Rules<'r>) -> Self {
        let known = Known::new(cep, &rules.tables);
        Self { name: name.to_owned(), rules, known, looked: BTreeMap::new(), last: None }
    }

    /// Takes the next exchange; gives what is found in it, each thing once.
    pub fn take(&mut self, exchange: &Exchange) -> Vec<Finding> {
        self.last = Some(exchange.n);
        let mut fresh = Vec::new();
        let mut sources = Vec::new();
        if let Some(asked) = Asked::new(exchange, &self.known) {
            sources = asked.way.sources();
            for check in checks::ALL {
                let Look::Each(look) = check.look else { continue };
                let Some(violations) = look(&asked, &self.known) else { continue };
                let looked = self.looked.entry(check.name).or_default();
                looked.first.get_or_insert(exchange.n);
                for violation in violations {
                    let key = (violation.requirement.to_owned(), violation.subject.clone());
                    looked.findings.entry(key).or_insert_with(|| {
                        fresh.push(finding(&violation, exchange.n, self.rules.register));
                        finding(&violation, exchange.n, self.rules.register)
                    });
                }
            }
            let update = asked.method() == "PUT";
            let is_full = asked.is_full_update();
            if update {
                let updates = &mut self.known.updates;
                let slot = if is_full { &mut updates.full } else { &mut updates.partial };
                slot.get_or_insert(exchange.n);
            }
        }
        self.known.asked(exchange.n, &sources);
        self.known.learn(exchange);
        fresh
    }

    /// What it comes to: a verdict for each check and for each provocation.
    pub fn verdicts(&self) -> Vec<Verdict> {
        let checks = checks::ALL.iter().map(|check| self.of_check(check));
        let met = provocation::ALL.iter().map(|provocation| self.of_provocation(provocation));
        checks.chain(met).collect()
    }

    fn of_check(&self, check: &Check) -> Verdict {
        let requirements = self.requirements(check.name);
        let blank = self.blank(format!("client.{}", short(check.name)), check.title, requirements);
        match check.look {
            Look::Each(_) => match self.looked.get(check.name) {
                Some(Looked { first: Some(first), findings }) => {
                    judged(blank, *first, findings.values().cloned().collect())
                }
                _ => no_occasion(blank, self.last, check.step),
            },
            Look::AtEnd(look) => match look(&self.known) {
                Ended::NoOccasion => no_occasion(blank, self.last, check.step),
                Ended::Judged(at, violations) => {
                    let found = violations.iter().map(|it| finding(it, at, self.rules.register));
                    judged(blank, at, found.collect())
                }
                Ended::Undecided(at, text) => Verdict {
                    outcome: Outcome::Blocked,
                    reason: Some(Reason { text: text.to_owned(), exchange: Some(at) }),
                    exchanges: vec![at],
                    ..blank
                },
            },
        }
    }

    fn of_provocation(&self, provocation: &Provocation) -> Verdict {
        let case = format!("provocation.{}", provocation.name);
        let blank = self.blank(case, provocation.title, vec![provocation.requirement.to_owned()]);
        match self.known.met.get(provocation.name) {
            None => no_occasion(blank, self.last, provocation.step),
            Some(met) => match met.passed {
                Some(passed) => {
                    Verdict { outcome: Outcome::Pass, exchanges: vec![met.shown, passed], ..blank }
                }
                None => Verdict {
                    reason: Some(Reason {
                        text: format!(
                            "shown, and nothing asked that came of it; to be judged: {}, and go on",
                            provocation.step
                        ),
                        exchange: Some(met.shown),
                    }),
                    ..blank
                },
            },
        }
    }

    fn requirements(&self, check: &str) -> Vec<String> {
        let verified = |verification: &Verification| matches!(verification, Verification::Checks(checks) if checks.iter().any(|it| it == check));
        let all = self.rules.register.values();
        let here = all.filter(|it| it.editions.contains(&self.rules.edition) && verified(&it.verification));
        here.map(|it| it.id.clone()).collect()
    }

    /// A verdict that says nothing yet.
    fn blank(&self, case: String, title: &str, requirements: Vec<String>) -> Verdict {
        Verdict {
            endpoint: self.name.clone(),
            area: case.split('.').next().unwrap_or("client").to_owned(),
            case,
            format: Formats::Both,
            title: title.to_owned(),
            requirements,
            outcome: Outcome::NotApplicable,
            findings: Vec::new(),
            exchanges: Vec::new(),
            duration: Micros(0),
            reason: None,
            source: None,
        }
    }
}

/// The cases under which clients are told what they came to.
pub fn cases() -> impl Iterator<Item = String> {
    let checks = names().map(|name| format!("client.{}", short(name)));
    checks.chain(provocation::ALL.iter().map(|it| format!("provocation.{}", it.name)))
}

/// The name of a check within its area.
fn short(name: &str) -> &str {
    name.strip_prefix("client-").unwrap_or(name)
}

fn judged(blank: Verdict, first: ExchangeId, findings: Vec<Finding>) -> Verdict {
    let mut exchanges: Vec<ExchangeId> = findings.iter().filter_map(|it| it.exchange).collect();
    exchanges.extend(exchanges.is_empty().then_some(first));
    exchanges.sort_unstable();
    exchanges.dedup();
    Verdict { outcome: outcome(&findings), exchanges, findings, ..blank }
}

fn no_occasion(blank: Verdict, last: Option<ExchangeId>, step: &str) -> Verdict {
    let text = format!("no occasion; to be judged: {step}");
    Verdict { reason: Some(Reason { text, exchange: last }), ..blank }
}
