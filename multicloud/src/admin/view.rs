//! Records as they are shown, and what is read of them.

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::misread::misread;
use super::problem::Problem;
use crate::access::{Act, Actor, Guarded};
use crate::account::Health;
use crate::app::{Absence, App};
use crate::directory::{Draft, Entry, Issue, Origin, Sort, Switch};
use crate::placement;
use crate::placement::ledger::Key;

/// What every record shows beside what its sort has.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Frame {
    /// Its name: unique among records of its sort, and for ever.
    name: String,
    /// Whether it is in use.
    enabled: bool,
    /// Grows with every change.
    version: i64,
    /// Who keeps it.
    declared_in: DeclaredIn,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<String>,
}

/// Who keeps a record.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum DeclaredIn {
    /// It is changed here.
    Store,
    /// It is changed in the configuration file.
    File,
}

/// How an account is doing.
#[derive(Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub(super) enum Doing {
    /// It is not in use.
    Unused {
        /// Why.
        reason: String,
    },
    /// It has not been reached yet.
    Unknown,
    /// It answers.
    Up {
        /// How it speaks.
        speaks: String,
        /// Since when.
        since: String,
    },
    /// It does not answer.
    Down {
        /// Since when.
        since: String,
        /// Why.
        reason: String,
    },
}

/// What is shown and cannot be set: a record that was read can be sent back as it is.
const READ_ONLY: [&str; 10] =
    ["name", "version", "declaredIn", "created", "updated", "health", "usage", "left", "cloud", "found"];

/// A record as somebody sees it.
pub(super) fn of<R: Guarded>(entry: &Entry<R>, actor: &Actor, app: &App) -> Value {
    let is_stored = entry.origin == Origin::Store;
    let frame = Frame {
        name: entry.name.clone(),
        enabled: entry.is_enabled(),
        version: entry.version,
        declared_in: if is_stored { DeclaredIn::Store } else { DeclaredIn::File },
        created: is_stored.then(|| entry.created.to_string()),
        updated: is_stored.then(|| entry.updated.to_string()),
    };
    let mut shown = members(&frame);
    shown.extend(members(&entry.record.shown(actor)));
    if R::SORT == Sort::Account {
        shown.insert("health".to_owned(), json!(doing(&entry.name, actor, app)));
        if actor.may(Act::Rule) {
            let taken = app.taken(&Key::Account(entry.name.clone()));
            shown.insert("usage".to_owned(), json!(taken));
            let account = app.account(&entry.name);
            shown.extend(account.map(|it| ("left".to_owned(), json!(it.quota.left(taken)))));
        }
    }
    if R::SORT == Sort::Mapping {
        shown.insert("found".to_owned(), json!(app.found_by(&entry.name)));
    }
    if R::SORT == Sort::Tenant {
        shown.insert("usage".to_owned(), json!(app.taken(&Key::Tenant(entry.name.clone()))));
    }
    if !R::SORT.has_switch() {
        shown.shift_remove("enabled");
    }
    Value::Object(shown)
}

/// What is wrong with its secrets is between it and the operator.
fn doing(account: &str, actor: &Actor, app: &App) -> Doing {
    let Some(account) = app.account(account) else {
        return match app.absence(account) {
            // Whoever made it is told before it has been taken up.
            Absence::NotYet { .. } => Doing::Unknown,
            Absence::Trouble { reason, .. } if actor.may(Act::Rule) => Doing::Unused { reason },
            absence => Doing::Unused { reason: absence.to_string() },
        };
    };
    match account.health() {
        Health::Unknown => Doing::Unknown,
        Health::Up => {
            let speaks = account.discovery().map(|discovery| discovery.speaks.clone());
            let since = account.since().unwrap_or_else(|| app.clock().now());
            Doing::Up { speaks: speaks.unwrap_or_default(), since: since.to_string() }
        }
        Health::Down { since, reason } => Doing::Down { since: since.to_string(), reason },
    }
}

/// A new record: its name, and what it is to be.
pub(super) fn new<R: Guarded>(mut body: Map<String, Value>) -> Result<(String, Draft<R>), Problem> {
    let name = match body.remove("name") {
        Some(Value::String(name)) => Ok(name),
        None if R::SORT == Sort::Token => Ok(String::new()),
        _ => Err(Issue::new("/name", "is missing, or no text")),
    };
    match (name, draft(body, Switch::Enabled)) {
        (Ok(name), Ok(draft)) => Ok((name, draft)),
        (name, draft) => {
            Err(unread::<R>(name.err().into_iter().chain(draft.err().into_iter().flatten()).collect()))
        }
    }
}

/// A record with a merge patch applied (RFC 7396).
pub(super) fn patched<R: Guarded>(
    entry: &Entry<R>,
    mut patch: Map<String, Value>,
) -> Result<Draft<R>, Problem> {
    if patch.get("name").is_some_and(|name| *name != entry.name) {
        let issue = Issue::new("/name", "cannot be changed: others refer to it");
        return Err(Problem::invalid(format!("a {} keeps its name", R::SORT), vec![issue]));
    }
    patch.retain(|name, _| !READ_ONLY.contains(&name.as_str()));
    let mut all = members(&entry.record);
    if R::SORT.has_switch() {
        all.insert("enabled".to_owned(), Value::Bool(entry.is_enabled()));
    }
    merge(&mut all, patch);
    draft(all, entry.switch).map_err(unread::<R>)
}

fn unread<R: Guarded>(issues: Vec<Issue>) -> Problem {
    Problem::invalid(format!("the {} cannot be read", R::SORT), issues)
}

fn draft<R: Guarded>(mut body: Map<String, Value>, usual: Switch) -> Result<Draft<R>, Vec<Issue>> {
    let switch = match body.remove("enabled").filter(|_| R::SORT.has_switch()) {
        None => Ok(usual),
        Some(Value::Bool(true)) => Ok(Switch::Enabled),
        Some(Value::Bool(false)) => Ok(Switch::Disabled),
        Some(_) => Err(Issue::new("/enabled", "is neither true nor false")),
    };
    match (switch, R::deserialize(Value::Object(body.clone()))) {
        (Ok(switch), Ok(record)) => Ok(Draft { switch, record }),
        (switch, record) => {
            let mut issues: Vec<Issue> = switch.err().into_iter().collect();
            if let Err(error) = record {
                let told = issues.len();
                issues.extend(misread_record::<R>(body));
                if issues.len() == told {
                    issues.push(Issue::new("", error.to_string()));
                }
            }
            Err(issues)
        }
    }
}

/// The places of a record that cannot be read.
fn misread_record<R: Guarded>(mut body: Map<String, Value>) -> Vec<Issue> {
    if R::SORT != Sort::Policy {
        return misread::<R>(&body);
    }
    // What a policy says is a part of the record, whose places are only known where it is read by itself.
    let description = body.remove("description").filter(|it| !(it.is_string() || it.is_null()));
    let description = description.map(|_| Issue::new("/description", "is no text"));
    description.into_iter().chain(misread::<placement::Draft>(&body)).collect()
}

fn merge(target: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (name, value) in patch {
        match (target.get_mut(&name), value) {
            (_, Value::Null) => drop(target.remove(&name)),
            (Some(Value::Object(inner)), Value::Object(patch)) => merge(inner, patch),
            (_, Value::Object(patch)) => {
                let mut inner = Map::new();
                merge(&mut inner, patch);
                target.insert(name, Value::Object(inner));
            }
            (_, value) => drop(target.insert(name, value)),
        }
    }
}

fn members(value: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    }
}
