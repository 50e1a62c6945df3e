//! What follows from records as they were and as they are: pure functions.

use cimi::Value;
use jiff::Timestamp;
use serde_json::Map;

use super::{About, Content, Deed, Event, Origin, Outcome, Severity, changed, cut, resource_at, shown};
use crate::kind::Kind;
use crate::record::{Id, Job, Resource};

/// What has happened to a resource: it came to be, changed, went, has another state. Nothing is told of event logs, and of what
/// a new resource turns out to be while it is made no more than its states.
pub fn of_resource(
    at: Timestamp,
    before: Option<&Resource>,
    after: Option<&Resource>,
    origin: &Origin,
) -> Vec<Event> {
    let Some(subject) = after.or(before).filter(|it| it.kind != Kind::EventLog) else { return Vec::new() };
    let is_drift = matches!(origin, Origin::Drift { .. });
    let event = |severity, outcome, content| Event {
        number: 0,
        at,
        about: About::resource(subject),
        owner: subject.owner.clone(),
        outcome: if is_drift { Outcome::Warning } else { outcome },
        severity,
        origin: origin.clone(),
        content,
    };
    let model = |change, before, after| Content::Model { change, before, after, detail: None };
    let usual = if is_drift { Severity::Medium } else { Severity::Low };
    let mut events = Vec::new();
    match (before, after) {
        (None, Some(new)) => {
            let content = model(Deed::Create, Map::new(), shown(new.kind, &new.attributes));
            events.push(event(usual, Outcome::Success, content));
        }
        (Some(old), None) => {
            let severity = if is_drift { Severity::High } else { Severity::Low };
            let content = model(Deed::Delete, shown(old.kind, &old.attributes), Map::new());
            events.push(event(severity, Outcome::Success, content));
        }
        (Some(old), Some(new)) => {
            if let Some(content) = state(old, new) {
                let is_broken = matches!(new.attributes.text("state"), Some("ERROR" | "FAILED"));
                let severity = if is_broken { Severity::High } else { usual };
                events.push(event(severity, Outcome::Status, content));
            }
            if old.is_gone() != new.is_gone() {
                let severity = if new.is_gone() { Severity::High } else { usual };
                events.push(event(severity, Outcome::Warning, presence(old, new)));
            }
            if !old.is_being_made()
                && let Some((before, after)) = changed(new.kind, &old.attributes, &new.attributes)
            {
                events.push(event(usual, Outcome::Success, model(Deed::Update, before, after)));
            }
        }
        (None, None) => {}
    }
    events
}

/// That its cloud does not have it any more, or has it again.
fn presence(old: &Resource, new: &Resource) -> Content {
    let said = |it: &Resource| {
        it.provenance.gone.map(|since| ("gone".to_owned(), since.to_string().into())).into_iter().collect()
    };
    let detail = if new.is_gone() { "its cloud does not have it any more" } else { "its cloud has it again" };
    let (before, after) = (said(old), said(new));
    Content::Model { change: Deed::Update, before, after, detail: Some(detail.to_owned()) }
}

fn state(old: &Resource, new: &Resource) -> Option<Content> {
    let (previous, state) = (old.attributes.text("state"), new.attributes.text("state")?);
    (previous != Some(state))
        .then(|| Content::State { state: state.to_owned(), previous: previous.map(str::to_owned) })
}

/// The alarm of a job that has failed. `about`: what is known of the resource of that kind and number.
pub fn of_job(
    at: Timestamp,
    before: Option<&Job>,
    after: &Job,
    about: impl Fn(Kind, Id) -> About,
) -> Option<Event> {
    let has_failed = |job: &Job| job.attributes.text("state") == Some("FAILED");
    if !has_failed(after) || before.is_some_and(has_failed) {
        return None;
    }
    let affected = after.attributes.items("affectedResources").iter();
    let affected = affected.filter_map(|item| Value::as_ref(item)?.href.as_deref());
    let target = after.attributes.href("targetResource");
    let subject = affected.chain(target).find_map(resource_at);
    let about = subject.map_or_else(About::manager, |(kind, id)| about(kind, id));
    let why = after.attributes.text("statusMessage").unwrap_or("it has failed");
    let detail = format!("job {}, {}: {why}", after.id.0, after.attributes.text("name").unwrap_or_default());
    let alarm = Event::alarm(at, about, Severity::High, "JOB_FAILED", &cut(&detail));
    Some(alarm.of_tenant(after.owner.clone()))
}
