//! What has happened, as it is kept: to resources, to the manager itself, to who may use it (DSP0263 5.17.13).
//!
//! Owns what an event says and how it follows from what was before and what is after. That it is written in the transaction of
//! the change that it tells of is the inventory's and the directory's to see to; who sees it, `access` decides. Knows no cloud,
//! no HTTP and no store.

mod derive;
mod detail;
mod query;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::kind::Kind;
use crate::record::{Id, Resource};

pub use derive::{of_job, of_resource};
pub(crate) use detail::{HIDDEN, differing, hides};
pub use detail::{changed, shown};
pub use query::{Access, Direction, Query, Retention, Scope, Shared, Tally};

/// Bytes that a text of an event may have; what is longer is cut.
const TEXT: usize = 2048;

/// Something that has happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its number, in the order in which events were written; 0 until it is.
    pub number: i64,
    /// When it happened.
    pub at: Timestamp,
    /// What it is about.
    pub about: About,
    /// The tenant that it belongs to; nobody: it is the operator's, or about what all share.
    pub owner: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
    /// How grave it is.
    pub severity: Severity,
    /// How it came about.
    pub origin: Origin,
    /// What has happened.
    pub content: Content,
}

/// What an event is about. It outlives that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its path: `machines/7`; `admin/accounts/paris` for a record of the directory; empty for the manager itself.
    #[serde(skip)]
    pub path: String,
    /// The type of the resource; `CloudEntryPoint` for whatever is no resource.
    #[serde(rename = "type")]
    pub ty: String,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What came of it, in the words of table 54.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// A state is reported.
    Status,
    /// It went well.
    Success,
    /// Somebody should look.
    Warning,
    /// It did not go well.
    Failure,
}

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// As it should be.
    Low,
    /// Worth a look.
    Medium,
    /// Something is wrong.
    High,
    /// Something is very wrong.
    Critical,
}

/// How it came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "origin", rename_all = "kebab-case")]
pub enum Origin {
    /// Somebody asked for it, through the manager.
    Asked {
        /// The user; nobody: the manager itself, or whoever is on loopback while there are no users.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// A cloud showed it, as a consequence of what was asked for through the manager.
    Followed {
        /// The account.
        account: String,
    },
    /// A cloud showed it, and nobody asked for it through the manager: drift.
    Drift {
        /// The account.
        account: String,
    },
}

/// What has happened, by sort (table 55).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "sort", rename_all = "lowercase")]
pub enum Content {
    /// A resource has another state.
    State {
        /// The new one.
        state: String,
        /// The one before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous: Option<String>,
    },
    /// Something came to be, changed or is gone.
    Model {
        /// Which of these.
        change: Deed,
        /// The attributes that were otherwise before.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        before: Map<String, Value>,
        /// The attributes that are otherwise now.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        after: Map<String, Value>,
        /// What else there is to say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
    /// Something is wrong.
    Alarm {
        /// What, for programs.
        code: String,
        /// What, for people.
        detail: String,
    },
    /// Somebody was let in, or not.
    Access {
        /// What was asked for.
        operation: String,
        /// What came of it.
        detail: String,
        /// Who asked, as far as that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        initiator: Option<String>,
    },
}

/// What happened to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Deed {
    /// Something came to be.
    Create,
    /// Something changed.
    Update,
    /// Something is gone.
    Delete,
}

impl About {
    /// The manager itself.
    pub fn manager() -> Self {
        Self { path: String::new(), ty: "CloudEntryPoint".to_owned(), name: None }
    }

    /// A resource.
    pub fn resource(resource: &Resource) -> Self {
        let name = resource.attributes.text("name").map(cut);
        Self::of(resource.kind, resource.id, name)
    }

    /// A resource of which no more is known.
    pub fn of(kind: Kind, id: Id, name: Option<String>) -> Self {
        Self { path: format!("{}/{}", kind.link(), id.0), ty: kind.type_name().to_owned(), name }
    }

    /// An account: how its cloud is doing.
    pub fn account(name: &str) -> Self {
        Self::record("accounts", name)
    }

    /// A record of the directory.
    pub fn record(collection: &str, name: &str) -> Self {
        let path = format!("admin/{collection}/{name}");
        Self { path, ty: "CloudEntryPoint".to_owned(), name: Some(name.to_owned()) }
    }

    /// The resource, if it is one.
    pub fn resource_id(&self) -> Option<(Kind, Id)> {
        resource_at(&self.path)
    }
}

impl Event {
    /// Something is wrong. `severity`: at least `High`, if somebody has to do something about it.
    pub fn alarm(at: Timestamp, about: About, severity: Severity, code: &str, detail: &str) -> Self {
        Self {
            number: 0,
            at,
            about,
            owner: None,
            outcome: if severity >= Severity::High { Outcome::Failure } else { Outcome::Warning },
            severity,
            origin: Origin::Asked { by: None },
            content: Content::Alarm { code: code.to_owned(), detail: cut(detail) },
        }
    }

    /// Something that changed at the manager itself, in words.
    pub fn notice(at: Timestamp, about: About, severity: Severity, detail: &str) -> Self {
        Self {
            number: 0,
            at,
            about,
            owner: None,
            outcome: if severity == Severity::Low { Outcome::Success } else { Outcome::Warning },
            severity,
            origin: Origin::Asked { by: None },
            content: Content::Model {
                change: Deed::Update,
                before: Map::new(),
                after: Map::new(),
                detail: Some(cut(detail)),
            },
        }
    }

    /// The same as a tenant's.
    #[must_use]
    pub fn of_tenant(mut self, owner: Option<String>) -> Self {
        self.owner = owner;
        self
    }

    /// The same as a look at an account's cloud showed it, nobody having asked for it here.
    #[must_use]
    pub fn seen_at(mut self, account: &str) -> Self {
        self.origin = Origin::Drift { account: account.to_owned() };
        self
    }

    /// What sort of event it is, as the end of its type's URI.
    pub fn sort(&self) -> &'static str {
        match self.content {
            Content::State { .. } => "state",
            Content::Model { .. } => "model",
            Content::Alarm { .. } => "alarm",
            Content::Access { .. } => "access",
        }
    }
}

impl Severity {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Outcome {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Status => "Status",
            Self::Success => "Success",
            Self::Warning => "Warning",
            Self::Failure => "Failure",
        }
    }
}

impl Deed {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// The resource at a path.
pub(crate) fn resource_at(path: &str) -> Option<(Kind, Id)> {
    let (link, number) = path.split_once('/')?;
    Some((Kind::of_link(link)?, Id(number.parse().ok()?)))
}

/// A text, not longer than an event may have it.
pub(crate) fn cut(text: &str) -> String {
    if text.len() <= TEXT {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(TEXT);
    format!("{}...", &text[..end])
}
