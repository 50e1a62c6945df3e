//! Which events are read, and which are kept.

use std::time::Duration;

use jiff::Timestamp;

use super::Severity;

/// Which events are read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// What somebody may see at all.
    pub scope: Scope,
    /// Only what is about the resource or record at this path.
    pub about: Option<String>,
    /// Only what was written since an event log was made: its number.
    pub log: Option<i64>,
    /// Only what happened at that time or later.
    pub since: Option<Timestamp>,
    /// Only this sort.
    pub sort: Option<String>,
    /// Only as grave as this, or graver.
    pub severity: Option<Severity>,
    /// Only this one.
    pub number: Option<i64>,
    /// Only those with higher numbers; read downwards, only those with lower ones.
    pub beyond: Option<i64>,
    /// In which order.
    pub direction: Direction,
    /// How many are passed over.
    pub offset: u64,
    /// How many at most.
    pub limit: usize,
}

/// What somebody may see: decided by `access`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Only what belongs to this tenant.
    pub tenant: Option<String>,
    /// Also what belongs to nobody, for a tenant: events of what all share.
    pub shared: Shared,
    /// Whether events of access are among it.
    pub access: Access,
}

/// Whether a tenant sees what belongs to nobody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shared {
    /// No.
    #[default]
    Hidden,
    /// Yes: it is about what all share.
    Shown,
}

/// Whether events of access are seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// No.
    #[default]
    Hidden,
    /// Yes.
    Shown,
}

/// The order in which events are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Oldest first.
    #[default]
    Up,
    /// Newest first.
    Down,
}

/// How many events there are, by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// As many as there are of each, in the order of [`Severity::ALL`].
    pub counts: [i64; 4],
}

/// Which events are kept; what is beyond goes, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// For how long.
    pub age: Duration,
    /// How many about one resource.
    pub each: u32,
    /// How many in all.
    pub all: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { age: Duration::from_hours(366 * 24), each: 1000, all: 200_000 }
    }
}

impl Tally {
    /// How many of a severity.
    pub const fn of(self, severity: Severity) -> i64 {
        self.counts[severity as usize]
    }

    /// How many in all.
    pub fn all(self) -> i64 {
        self.counts.iter().sum()
    }
}
