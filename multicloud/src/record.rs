//! What the manager remembers: resources, where they are, and jobs.
//!
//! Owns the shapes; the store keeps them, the inventory finds them.

use std::collections::{BTreeMap, BTreeSet};

use cimi::model::State;
use cimi::{Attributes, Value};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::connector::{Native, Stop};
use crate::kind::{Kind, Role};
use crate::placement::ledger::Key;
use crate::placement::{Amounts, Broken, Draft};

/// The manager's own identifier of a resource or job; never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Id(pub i64);

/// A resource that the manager shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// Its identifier.
    pub id: Id,
    /// Its kind.
    pub kind: Kind,
    /// Its attributes in the terms of CIMI 2.0, or of 1.x for what only that has; references to the manager's resources as paths (`machineImages/7`) in `href`.
    pub attributes: Attributes,
    /// Grows with every change.
    pub version: i64,
    /// The tenant that it belongs to; nobody: it is shared, or the operator's.
    pub owner: Option<String>,
    /// Where it is; empty: it is the manager's own.
    pub replicas: Vec<Replica>,
    /// How the manager came to show it, and whether it is there still.
    pub provenance: Provenance,
}

/// How the manager came to show a resource, and whether it is there still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// How it came to show it.
    pub origin: Origin,
    /// Since when its cloud does not have it any more, though nobody deleted it through the manager.
    pub gone: Option<Timestamp>,
    /// The resource among whose parts it was made.
    pub part_of: Option<Id>,
    /// Kilobytes of the disks that a machine was given through the manager: it does not show them itself.
    pub disks: i64,
}

/// How the manager came to show a resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// It was made through the manager.
    Made,
    /// It was found, and given to the manager to look after.
    Adopted,
    /// It was found at a cloud.
    #[default]
    Found,
}

/// What a cloud has and the manager is not to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// Its number, by which it is recalled.
    pub id: Id,
    /// Its kind.
    pub kind: Kind,
    /// The account.
    pub account: String,
    /// The cloud's identifier.
    pub native: Native,
    /// What it was called.
    pub name: Option<String>,
    /// When it was forgotten, to the millisecond.
    pub at: Timestamp,
}

/// A creation that was given up without an answer that tells what came of it. What its cloud makes of it late shows by its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// The number of its token: that of the resource that was announced.
    pub number: Id,
    /// The account that was asked.
    pub account: String,
    /// What was asked for.
    pub kind: Kind,
    /// The tenant that asked for it; nobody: the operator.
    pub owner: Option<String>,
    /// Its job.
    pub job: Id,
    /// Kilobytes of the disks that it was to have.
    pub disks: i64,
    /// When it was given up, to the millisecond.
    pub at: Timestamp,
}

/// One cloud's copy of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    /// The account.
    pub account: String,
    /// The cloud's identifier.
    pub native: Native,
    /// The operations that the cloud offered when last looked at.
    pub offers: Vec<String>,
}

/// A Job: the public face of a piece of work.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its identifier.
    pub id: Id,
    /// Its attributes in the terms of CIMI 2.0, `state` among them.
    pub attributes: Attributes,
    /// What is done.
    pub work: Work,
    /// Grows with every change.
    pub version: i64,
    /// The tenant that asked for it; nobody: the operator.
    pub owner: Option<String>,
}

/// What a job does, written down before the first call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "kebab-case")]
pub enum Work {
    /// Nothing is left to do.
    Done,
    /// A creation at a cloud.
    Create {
        /// The resource as the manager shows it meanwhile.
        resource: Id,
        /// The account chosen.
        account: String,
        /// How far it is.
        stage: Stage,
    },
    /// An operation, update, deletion, connection or disconnection of one resource at a cloud.
    Change {
        /// The resource.
        resource: Id,
        /// The account.
        account: String,
        /// What is done to it: `start`, `edit`, `delete`, `insert`, ...
        operation: String,
        /// The attribute of the collection of its parts that is changed, if one is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parts: Option<String>,
        /// What the resource takes more of quotas once it is changed, if it grows; or less, by a disk.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<Amounts>,
        /// How far it is.
        stage: Stage,
    },
    /// What is done with all of a system, by the jobs within this one.
    System {
        /// The system.
        resource: Id,
        /// What becomes of it.
        course: Course,
        /// Whether it has begun.
        stage: Stage,
    },
    /// Another job is removed once it has ended: it is being stopped.
    Remove {
        /// That job.
        job: Id,
    },
}

/// What becomes of a system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "course", rename_all = "kebab-case")]
pub enum Course {
    /// Its components are made, what is referred to before what refers to it.
    Make {
        /// One for each component that is made.
        steps: Vec<Step>,
        /// What was said of where they may go, beside what is said of each.
        policies: Vec<Draft>,
        /// What becomes of those that are there if one cannot be made.
        on_failure: Broken,
    },
    /// What was made of it is deleted, then it is itself.
    Unmake {
        /// Why.
        why: Why,
    },
    /// An operation on its machines and on the systems in it.
    Operate {
        /// Its bare name.
        operation: String,
    },
}

/// Why a system is taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Why {
    /// Somebody asked for it.
    Asked {
        /// The state that it had, and has again if that is stopped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<String>,
    },
    /// Its creation was stopped.
    Stopped,
    /// Its creation failed.
    Failed {
        /// Why.
        reason: String,
    },
}

/// A component that is made with its system. Its identifier, and with it its token, is reserved before anything is asked of a
/// cloud; what undoes it is its deletion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What.
    pub kind: Kind,
    /// Its identifier.
    pub resource: Id,
    /// Its job.
    pub job: Id,
    /// The paths of the components that it refers to by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub needs: BTreeMap<String, String>,
    /// The template that it is made from, if that is one of the manager's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
    /// All that the template says, as the store keeps it.
    pub template: String,
    /// Name, description, properties, as the store keeps them.
    pub common: String,
}

/// How far a piece of work is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "kebab-case")]
pub enum Stage {
    /// Its turn has not come: whoever does the whole begins it.
    Planned,
    /// The request may or may not have been sent.
    Sent,
    /// The cloud works on it under this job of its own.
    Followed {
        /// The cloud's job.
        native_job: String,
        /// Whether it can be stopped, as far as is known.
        #[serde(default)]
        stop: Stop,
    },
    /// The cloud accepted it, without a job: what comes of it shows in the resource.
    Accepted,
}

impl Origin {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Made, Self::Adopted, Self::Found];

    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Adopted => "adopted",
            Self::Found => "found",
        }
    }
}

impl Work {
    /// The resource that it is about, and the account where that is made or changed; nothing once it is done.
    pub fn target(&self) -> Option<(Id, &str)> {
        match self {
            Self::Create { resource, account, .. } | Self::Change { resource, account, .. } => {
                Some((*resource, account))
            }
            Self::Done | Self::System { .. } | Self::Remove { .. } => None,
        }
    }

    /// Whether it ends in a resource that is gone, or may: a deletion, or a creation that fails.
    pub fn unmakes(&self, id: Id) -> bool {
        match self {
            Self::Create { resource, .. } => *resource == id,
            Self::Change { resource, operation, .. } => *resource == id && operation == "delete",
            Self::Done | Self::System { .. } | Self::Remove { .. } => false,
        }
    }

    /// Notes how far it is; done is done.
    pub fn set_stage(&mut self, new: Stage) {
        match self {
            Self::Create { stage, .. } | Self::Change { stage, .. } | Self::System { stage, .. } => {
                *stage = new;
            }
            Self::Done | Self::Remove { .. } => {}
        }
    }

    /// Whether the cloud's job can be stopped, where one is followed.
    pub fn stop_mut(&mut self) -> Option<&mut Stop> {
        match self {
            Self::Create { stage: Stage::Followed { stop, .. }, .. }
            | Self::Change { stage: Stage::Followed { stop, .. }, .. } => Some(stop),
            _ => None,
        }
    }

    /// Whether its turn has not come.
    pub fn is_planned(&self) -> bool {
        match self {
            Self::Create { stage, .. } | Self::Change { stage, .. } | Self::System { stage, .. } => {
                *stage == Stage::Planned
            }
            Self::Done | Self::Remove { .. } => false,
        }
    }
}

impl Job {
    /// Its path.
    pub fn path(id: Id) -> String {
        format!("jobs/{}", id.0)
    }

    /// The job that it is a part of.
    pub fn whole(&self) -> Option<Id> {
        job_in(self.attributes.href("parentJob")?)
    }

    /// The jobs that are parts of it.
    pub fn parts(&self) -> Vec<Id> {
        let items = self.attributes.items("nestedJobs").iter();
        items.filter_map(|item| job_in(item.as_ref()?.href.as_deref()?)).collect()
    }

    /// Whether it is being stopped.
    pub fn is_stopping(&self) -> bool {
        self.work != Work::Done && self.attributes.text("state") == Some("STOPPING")
    }

    /// Whether it has ended with success.
    pub fn succeeded(&self) -> bool {
        self.work == Work::Done && self.attributes.text("state") == Some("SUCCESS")
    }
}

impl Resource {
    /// One that is made now: it is nowhere yet, and was never written.
    pub fn new(id: Id, kind: Kind, attributes: Attributes, owner: Option<String>) -> Self {
        let provenance = Provenance { origin: Origin::Made, ..Provenance::default() };
        Self { id, kind, attributes, version: 0, owner, replicas: Vec::new(), provenance }
    }

    /// Whether it is the manager's to look after: what was only found is shown as long as it is there.
    pub fn is_managed(&self) -> bool {
        self.provenance.origin != Origin::Found
    }

    /// Whether its cloud does not have it any more, though nobody deleted it through the manager.
    pub fn is_gone(&self) -> bool {
        self.provenance.gone.is_some()
    }

    /// Whether its state is one on the way to another.
    pub fn is_moving(&self) -> bool {
        if self.is_gone() {
            return false;
        }
        let state = self.attributes.text("state").and_then(|text| self.kind.schema().ty.states?.find(text));
        matches!(state, Some(State::Transient(_)))
    }

    /// Whether it is on the way: announced, and not yet as its cloud will show it.
    pub fn is_being_made(&self) -> bool {
        let elsewhere = matches!(self.kind.role(), Role::Thing | Role::Image | Role::Secret);
        self.attributes.text("state") == Some("CREATING") || elsewhere && self.replicas.is_empty()
    }

    /// What a resource of a kind takes of quotas, by its attributes or those of its configuration.
    pub fn amounts_of(kind: Kind, attributes: &Attributes) -> Amounts {
        let number = |name: &str| attributes.integer(name).unwrap_or_default().max(0);
        match kind {
            Kind::Machine => {
                let (cpu, memory) = (number("cpu"), number("memory"));
                let disks = attributes.items("disks").iter().filter_map(Value::as_attributes);
                let storage = disks.fold(0, |sum: i64, disk| sum.saturating_add(Self::size_of_disk(disk)));
                Amounts { machines: 1, cpu, memory, storage, ..Amounts::default() }
            }
            Kind::Volume => Amounts { volumes: 1, storage: number("capacity"), ..Amounts::default() },
            _ => Amounts::default(),
        }
    }

    /// The quotas that it counts against: of the accounts where it is, and of its tenant as long as it is anywhere.
    pub fn counts_against(&self) -> BTreeSet<Key> {
        if self.is_gone() {
            return BTreeSet::new();
        }
        let accounts = self.replicas.iter().map(|replica| Key::Account(replica.account.clone()));
        let tenant = self.owner.clone().filter(|_| !self.replicas.is_empty()).map(Key::Tenant);
        accounts.chain(tenant).collect()
    }

    /// Kilobytes that a disk has, by its attributes.
    pub fn size_of_disk(disk: &Attributes) -> i64 {
        disk.integer("capacity").unwrap_or_default().max(0)
    }

    /// What it takes of quotas.
    pub fn amounts(&self) -> Amounts {
        let disks = Amounts { storage: self.provenance.disks, ..Amounts::default() };
        Self::amounts_of(self.kind, &self.attributes).plus(disks)
    }

    /// What an account's cloud calls it, if it has it.
    pub fn replica_at(&self, account: &str) -> Option<&Native> {
        self.replicas.iter().find(|replica| replica.account == account).map(|replica| &replica.native)
    }
}

/// The job of a path.
fn job_in(path: &str) -> Option<Id> {
    path.strip_prefix("jobs/")?.parse().ok().map(Id)
}
