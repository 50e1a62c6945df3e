//! What a run would do at an endpoint: which cases, in which order, and which not, for which reason. Pure.

use crate::case::Case;
use crate::discovery::Discovery;
use crate::event::{Format, Formats, GENERATED, Micros, Outcome, Reason, Verdict};
use crate::findings::place;
use crate::generate::{self, Fault, Generated, Program};
use crate::http::Client;
use crate::profile::Subject;
use crate::suite::Suite;

use super::Settings;

/// A case in a format.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planned<'c> {
    pub(super) case: &'c Case,
    pub(super) format: Format,
    /// Where it comes from, if it was generated.
    pub(super) program: Option<&'c Program>,
}

impl<'c> Planned<'c> {
    /// The case of all that it may come to do.
    pub(super) fn widest(self) -> &'c Case {
        self.program.and_then(|program| program.widest.as_ref()).unwrap_or(self.case)
    }
}

/// The plan for one endpoint.
pub(super) struct Plan<'c> {
    /// Verdicts of what cannot be run.
    pub(super) inapplicable: Vec<Verdict>,
    /// What can.
    pub(super) runnable: Vec<Planned<'c>>,
}

/// Plans a run against what was discovered, and what was generated for it.
pub(super) fn plan<'c>(
    client: &Client,
    suite: &'c Suite,
    settings: &Settings,
    discovery: &Discovery,
    generated: &'c Generated,
) -> Plan<'c> {
    let mut plan = Plan { inapplicable: Vec::new(), runnable: Vec::new() };
    let mut made = 0;
    let programs = generated.programs.iter().map(|program| (&program.case, Some(program)));
    for (case, program) in suite.cases.iter().map(|case| (case, None)).chain(programs) {
        if !case.editions.contains(&discovery.edition) {
            continue;
        }
        let wanted = |format: &Format| {
            let (name, subject) = (&client.endpoint().name, Subject::from(case));
            settings.formats.contains(format)
                && settings.wants(name, subject, Formats::from(*format), discovery.edition)
        };
        for format in case.formats.iter().copied().filter(wanted) {
            let planned = Planned { case, format, program };
            match lack(planned, suite, settings, discovery, &mut made) {
                Some(reason) => {
                    let exchange = reason.exchange;
                    let mut verdict = unjudged(client, case, format, Outcome::NotApplicable, reason.text);
                    verdict.exchanges = exchange.into_iter().collect();
                    verdict.reason = verdict.reason.map(|reason| Reason { exchange, ..reason });
                    plan.inapplicable.push(verdict);
                }
                None => plan.runnable.push(planned),
            }
        }
    }
    plan.inapplicable.extend(generated.faults.iter().map(|fault| faulty(client, fault)));
    plan
}

/// Generates cases that are asked for at an endpoint; `may` says which of them may be judged. A case of the suite, or of a
/// file of one's own, takes the place of a generated one of the same id: that is how one of these is run from its file.
pub(super) fn generate(
    client: &Client,
    suite: &Suite,
    settings: &Settings,
    discovery: &Discovery,
    may: &dyn Fn(&str, Format) -> bool,
) -> Generated {
    let wanted = |subject: Subject<'_>| {
        let name = &client.endpoint().name;
        let wants = |format: &Format| {
            settings.wants(name, subject, Formats::from(*format), discovery.edition)
                && may(subject.case, *format)
        };
        settings.formats.iter().copied().filter(wants).collect()
    };
    let request = generate::Request {
        endpoint: &client.endpoint().name,
        seed: settings.seed,
        number: settings.generated,
        wanted: &wanted,
    };
    let mut made = generate::generate(discovery, suite.tables(discovery.edition), suite, request);
    made.programs.retain(|program| suite.cases.iter().all(|case| case.id != program.case.id));
    made
}

/// The verdict of a generated case that is none: our own fault.
fn faulty(client: &Client, fault: &Fault) -> Verdict {
    let text = fault.errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    Verdict {
        endpoint: client.endpoint().name.clone(),
        case: fault.id.clone(),
        format: Formats::from(fault.format),
        area: GENERATED.to_owned(),
        title: "what is generated is a case".to_owned(),
        requirements: Vec::new(),
        outcome: Outcome::Error,
        findings: Vec::new(),
        exchanges: Vec::new(),
        duration: Micros(0),
        reason: Some(Reason { text, exchange: None }),
        source: None,
    }
}

/// Why a case cannot be run: what the user does not allow, or what the endpoint lacks. `made` is how many resources the
/// cases before it could make.
fn lack(
    planned: Planned<'_>,
    suite: &Suite,
    settings: &Settings,
    discovery: &Discovery,
    made: &mut u64,
) -> Option<Reason> {
    let tables = suite.tables(discovery.edition);
    let reason = |text: String| Some(Reason { text, exchange: None });
    let case = planned.case;
    if case.mutates && settings.read_only {
        return reason("it changes things, and the run is read-only".to_owned());
    }
    if let Some(lack) = discovery.lacks(&case.needs, tables) {
        return Some(Reason { text: lack.reason, exchange: lack.exchange });
    }
    let makes = planned.widest().makes(tables).len() as u64;
    if let Some(limit) = settings.caps.at_once.filter(|limit| makes > *limit) {
        return reason(format!(
            "it could make {makes} resources, and --max-resources allows {limit} at once"
        ));
    }
    let with_it = *made + makes * (u64::from(settings.retries) + 1);
    if let Some(limit) = settings.caps.in_all.filter(|limit| makes > 0 && with_it > *limit) {
        return reason(format!(
            "with it the run could make {with_it} resources, and --max-made allows {limit} in all"
        ));
    }
    *made = with_it;
    None
}

/// Cases that change nothing; those that change only what they make; those that must be alone with what they change.
pub(super) fn phases(cases: Vec<Planned<'_>>) -> [Vec<Planned<'_>>; 3] {
    let mut phases = [Vec::new(), Vec::new(), Vec::new()];
    for planned in cases {
        // Where nothing is changed by anyone, everyone is alone.
        let phase = match (planned.case.mutates, planned.case.alone) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => 2,
        };
        phases[phase].push(planned);
    }
    phases
}

/// The verdict over a case that was not run, for a reason.
pub(super) fn unjudged(
    client: &Client,
    case: &Case,
    format: Format,
    outcome: Outcome,
    reason: String,
) -> Verdict {
    Verdict {
        endpoint: client.endpoint().name.clone(),
        case: case.id.clone(),
        format: Formats::from(format),
        area: case.area.clone(),
        title: case.title.clone(),
        requirements: case.requirements.clone(),
        outcome,
        findings: Vec::new(),
        exchanges: Vec::new(),
        duration: Micros(0),
        reason: Some(Reason { text: reason, exchange: None }),
        source: Some(place(&case.origin)),
    }
}
