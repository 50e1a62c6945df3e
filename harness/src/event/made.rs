//! What a run does to an endpoint, on disk so early that whoever comes after a crash can clear up.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Header, Micros};

/// A request that may make something, about to be sent. It is on disk before it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Name of the endpoint.
    pub endpoint: String,
    /// The case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// Its step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The method, in capitals.
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// When, counted from the start of the run.
    #[serde(rename = "started_us")]
    pub started: Micros,
}

/// A resource that the run has made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Name of the endpoint.
    pub endpoint: String,
    /// The case that made it.
    pub case: String,
    /// The step that made it.
    pub step: String,
    /// Its type, `resource` where that is not known.
    pub kind: String,
    /// Its absolute URL.
    pub url: String,
}

/// A resource that the run had made, and that is no longer there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// Name of the endpoint.
    pub endpoint: String,
    /// Its absolute URL.
    pub url: String,
}

/// The collection whose growth is no resource left behind: records of what was asked for.
const RECORDS: &str = "jobs";

/// Whether others work at the endpoints of a run meanwhile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Company {
    /// Nobody: what comes or goes is of the run's doing.
    #[default]
    Alone,
    /// Others, who make and take away as they like.
    Shared,
}

/// What one endpoint held before and after the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// Name of the endpoint.
    pub endpoint: String,
    /// Resources before, by collection.
    pub before: BTreeMap<String, u64>,
    /// Resources after, by collection.
    pub after: BTreeMap<String, u64>,
    /// What the run made and could not take away.
    pub left: Vec<Leftover>,
}

impl Inventory {
    /// That of an endpoint at which nobody looked: a recording, or a client.
    pub fn unknown(endpoint: String) -> Self {
        Self { endpoint, before: BTreeMap::new(), after: BTreeMap::new(), left: Vec::new() }
    }

    /// Collections that were counted, before or after; records of what was asked for do not count.
    pub fn counted(&self) -> impl Iterator<Item = &str> {
        let names: BTreeSet<&str> = self.before.keys().chain(self.after.keys()).map(String::as_str).collect();
        names.into_iter().filter(|name| *name != RECORDS)
    }

    /// Collections that hold more or less than before, each with its counts; nothing stands where nobody could count.
    pub fn differences(&self) -> impl Iterator<Item = (&str, Option<u64>, Option<u64>)> {
        let both = |name| (name, self.before.get(name).copied(), self.after.get(name).copied());
        self.counted().map(both).filter(|(_, before, after)| before != after)
    }
}

/// A resource that the run made and could not take away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leftover {
    /// Its type, such as `Machine`.
    pub kind: String,
    /// Its URL.
    pub url: String,
    /// Why it is still there.
    pub reason: String,
}

/// Where everything that runs of this tool make has the nonce of its case, beside its name: a key of `properties`.
pub const MARK: &str = "cimi-conformance";

impl Header {
    /// What the nonces of this run begin with, and those of no other.
    pub fn nonce(&self) -> String {
        nonce_of(&self.run)
    }
}

/// What the nonces of a run begin with: `cimi-RUN-`.
pub fn nonce_of(run: &str) -> String {
    format!("cimi-{run}-")
}
