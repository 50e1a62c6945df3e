//! Leases: what one alone may do at a time, until it lets go or has not been heard of for long.

use std::time::Duration;

use jiff::Timestamp;

/// Somebody who wants a lease.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// What of.
    pub name: &'a str,
    /// Who: for people.
    pub holder: &'a str,
    /// What time it is.
    pub now: Timestamp,
    /// For how long, if it is not renewed.
    pub term: Duration,
}

/// A lease that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What of.
    pub name: String,
    /// By whom.
    pub holder: String,
    /// Greater than that of everybody before.
    pub fence: i64,
    /// Since when.
    pub since: Timestamp,
    /// When it runs out unless it is renewed.
    pub until: Timestamp,
}

/// What came of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It is held now.
    Held(Lease),
    /// Somebody else holds it.
    Other(Lease),
}

/// When a lease runs out that is renewed now.
pub(super) fn until(now: Timestamp, term: Duration) -> Timestamp {
    now.checked_add(term).unwrap_or(Timestamp::MAX)
}
