//! What a change of the directory tells: who did what to which record, and what of it is otherwise now. Never a secret.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Entry, Record, Snapshot};
use crate::event::{About, Content, Event, HIDDEN, Origin, Outcome, Severity, cut, differing, hides};

/// The event of a change of a record, by somebody.
pub(super) fn of<R: Record>(
    at: Timestamp,
    by: Option<&str>,
    known: &Snapshot,
    before: Option<&Entry<R>>,
    after: Option<&Entry<R>>,
) -> Event {
    let (old, new) = (before.map(members).unwrap_or_default(), after.map(members).unwrap_or_default());
    let said = |one: &Map<String, Value>, other: &Map<String, Value>| {
        let mut said = differing(one, other);
        said.iter_mut().filter(|(name, _)| hides(name)).for_each(|(_, value)| *value = json!(HIDDEN));
        said
    };
    let (operation, detail) = match (before, after) {
        (None, _) => ("add", json!({ "after": said(&new, &old) })),
        (Some(_), None) => ("delete", json!({})),
        (Some(_), Some(_)) => ("edit", json!({ "before": said(&old, &new), "after": said(&new, &old) })),
    };
    let entry = after.or(before);
    let name = entry.map(|entry| entry.name.as_str()).unwrap_or_default();
    Event {
        number: 0,
        at,
        about: About::record(R::SORT.collection(), name),
        owner: entry.and_then(|entry| entry.record.tenant(name, known)),
        outcome: Outcome::Success,
        severity: Severity::Low,
        origin: Origin::Asked { by: by.map(str::to_owned) },
        content: Content::Access {
            operation: operation.to_owned(),
            detail: cut(&detail.to_string()),
            initiator: by.map(str::to_owned),
        },
    }
}

fn members<R: Record>(entry: &Entry<R>) -> Map<String, Value> {
    let mut members = match serde_json::to_value(&entry.record) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    members.insert("enabled".to_owned(), json!(entry.is_enabled()));
    members
}
