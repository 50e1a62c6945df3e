//! What must survive a restart.
//!
//! Owns the trait. Every method is one transaction: all of it happens, or nothing. Knows no cloud and no protocol.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use thiserror::Error;

use crate::event::{self, Event, Retention, Tally};
use crate::placement::Decision;
use crate::record::{Forgotten, Id, Job, Resource, Unanswered};
use crate::usage::{self, Metered, Rated};

pub(crate) mod body;
mod directory;
pub mod lease;
pub mod page;
pub mod sqlite;

pub use directory::{DirectoryChange, DirectoryRow};
pub use lease::{Claim, Claimed, Lease};
pub use page::{Hits, Wanted};
pub use sqlite::Sqlite;

/// A store.
#[async_trait]
pub trait Store: Send + Sync {
    /// Everything but the resources, for the start.
    async fn load(&self) -> Result<Loaded, StoreError>;

    /// So many resources at most, by identifier, those with greater ones than this.
    async fn resources(&self, after: Id, limit: usize) -> Result<Vec<Resource>, StoreError>;

    /// The resources that are asked for, and how many there are of them.
    async fn page(&self, wanted: &Wanted) -> Result<Hits, StoreError>;

    /// Removes resources and jobs, then writes others, new or changed, in one transaction.
    async fn write(&self, change: &Change<'_>) -> Result<(), StoreError>;

    /// The decision that a job was begun with.
    async fn decision(&self, job: Id) -> Result<Option<Decision>, StoreError>;

    /// Events, in the order of their numbers, upwards or downwards.
    async fn events(&self, query: &event::Query) -> Result<Vec<Event>, StoreError>;

    /// How many events there are of each severity; order, offset and limit aside.
    async fn tally(&self, query: &event::Query) -> Result<Tally, StoreError>;

    /// Lets go of the events that are kept no longer; how many went.
    async fn prune(&self, keep: Retention, now: Timestamp) -> Result<u64, StoreError>;

    /// What was used.
    async fn usage(&self, query: &usage::Query) -> Result<Vec<usage::Row>, StoreError>;

    /// What is used now, told apart by what decides its terms.
    async fn rated(&self) -> Result<Vec<Rated>, StoreError>;

    /// Since when what is used is written; `None`: it is not yet.
    async fn metered_since(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Lets go of intervals that ended before a time; how many went.
    async fn prune_usage(&self, before: Timestamp) -> Result<u64, StoreError>;

    /// Every record of the directory.
    async fn load_directory(&self) -> Result<Vec<DirectoryRow>, StoreError>;

    /// Changes records of the directory, in one transaction. [`StoreError::Changed`] if one is not of the version that was
    /// expected: nothing has happened then.
    async fn write_directory(&self, change: &DirectoryChange) -> Result<(), StoreError>;

    /// Takes a lease that nobody holds, or that has run out. What is written through this store from then on is refused as
    /// [`StoreError::Lost`] once somebody else has taken it.
    async fn acquire(&self, claim: Claim<'_>) -> Result<Claimed, StoreError>;

    /// Holds a lease for another term; false: somebody else has taken it.
    async fn renew(&self, lease: &Lease, now: Timestamp, term: Duration) -> Result<bool, StoreError>;

    /// Lets go of a lease.
    async fn release(&self, lease: &Lease) -> Result<(), StoreError>;

    /// Lets go of whatever it holds, leases among it. What is asked of it afterwards fails.
    async fn close(&self);
}

/// The contents of a store, resources aside.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Jobs by identifier.
    pub jobs: Vec<Job>,
    /// What is not to be shown.
    pub forgotten: Vec<Forgotten>,
    /// Creations that were given up without an answer.
    pub unanswered: Vec<Unanswered>,
    /// The highest identifier ever used.
    pub last_id: i64,
    /// The name of this manager, made when the store was.
    pub instance: String,
}

/// One transaction.
#[derive(Debug, Default)]
pub struct Change<'a> {
    /// Resources to insert or replace.
    pub resources: Vec<&'a Resource>,
    /// Jobs to insert or replace.
    pub jobs: Vec<&'a Job>,
    /// Decisions to insert or replace, each by its job; they go with it.
    pub decisions: Vec<(Id, &'a Decision)>,
    /// Resources to remove.
    pub forget_resources: Vec<Id>,
    /// Jobs to remove.
    pub forget_jobs: Vec<Id>,
    /// What has happened, in this order; numbered by the store.
    pub events: &'a [Event],
    /// What is used from now on, and what is no longer.
    pub usage: Option<&'a Metered>,
    /// A tenant that is no more: what was its own of what has happened is the operator's.
    pub disown: Option<&'a str>,
    /// What is not to be shown from now on.
    pub forgotten: Vec<&'a Forgotten>,
    /// What of that may be shown again.
    pub recalled: Vec<Id>,
    /// Creations that are given up without an answer.
    pub unanswered: Vec<&'a Unanswered>,
    /// Those of them that nobody waits for any more: the number of each token, and the account.
    pub answered: Vec<(Id, &'a str)>,
}

/// A store that does not work.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database says so.
    #[error("the store does not work: {0}")]
    Database(String),
    /// What was to be changed is not what it was thought to be.
    #[error("{0} was changed by somebody else")]
    Changed(String),
    /// Somebody else works on it now.
    #[error("the store was taken over: the lease `{0}` is somebody else's")]
    Lost(String),
    /// What is in it cannot be read.
    #[error("the store holds {what} that cannot be read: {reason}")]
    Damaged {
        /// Which row.
        what: String,
        /// Why.
        reason: String,
    },
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.to_string())
    }
}
