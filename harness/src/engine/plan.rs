//! What a run would do at an endpoint: which cases, in which order, and which not, for which reason. Pure.

use crate::case::Case;
use crate::discovery::Discovery;
use crate::event::{Format, Formats, Micros, Outcome, Reason, Verdict};
use crate::findings::place;
use crate::http::Client;
use crate::profile::Subject;
use crate::suite::Suite;

use super::Settings;

/// A case in a format.
pub(super) type Planned<'c> = (&'c Case, Format);

/// The plan for one endpoint.
pub(super) struct Plan<'c> {
    /// Verdicts of what cannot be run.
    pub(super) inapplicable: Vec<Verdict>,
    /// What can.
    pub(super) runnable: Vec<Planned<'c>>,
}

/// Plans a run against what was discovered.
pub(super) fn plan<'c>(
    client: &Client,
    suite: &'c Suite,
    settings: &Settings,
    discovery: &Discovery,
) -> Plan<'c> {
    let mut plan = Plan { inapplicable: Vec::new(), runnable: Vec::new() };
    let mut made = 0;
    for case in &suite.cases {
        if !case.editions.contains(&discovery.edition) {
            continue;
        }
        let wanted = |format: &Format| {
            let (name, subject) = (&client.endpoint().name, Subject::from(case));
            settings.formats.contains(format)
                && settings.wants(name, subject, Formats::from(*format), discovery.edition)
        };
        for format in case.formats.iter().copied().filter(wanted) {
            match lack(case, suite, settings, discovery, &mut made) {
                Some(reason) => {
                    let exchange = reason.exchange;
                    let mut verdict = unjudged(client, case, format, Outcome::NotApplicable, reason.text);
                    verdict.exchanges = exchange.into_iter().collect();
                    verdict.reason = verdict.reason.map(|reason| Reason { exchange, ..reason });
                    plan.inapplicable.push(verdict);
                }
                None => plan.runnable.push((case, format)),
            }
        }
    }
    plan
}

/// Why a case cannot be run: what the user does not allow, or what the endpoint lacks. `made` is how many resources the
/// cases before it could make.
fn lack(
    case: &Case,
    suite: &Suite,
    settings: &Settings,
    discovery: &Discovery,
    made: &mut u64,
) -> Option<Reason> {
    let tables = suite.tables(discovery.edition);
    let reason = |text: String| Some(Reason { text, exchange: None });
    if case.mutates && settings.read_only {
        return reason("it changes things, and the run is read-only".to_owned());
    }
    if let Some(lack) = discovery.lacks(&case.needs, tables) {
        return Some(Reason { text: lack.reason, exchange: lack.exchange });
    }
    let makes = case.makes(tables).len() as u64;
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
        let phase = match (planned.0.mutates, planned.0.alone) {
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
