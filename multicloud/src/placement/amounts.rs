//! What is counted against quotas, and how much of it is left.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Amounts of all that is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Amounts {
    /// Machines.
    pub machines: i64,
    /// Their virtual processors.
    pub cpu: i64,
    /// Their memory, in kibibytes.
    pub memory: i64,
    /// Volumes.
    pub volumes: i64,
    /// Their capacity, in kilobytes.
    pub storage: i64,
}

/// How much there may be; what is not named may be without end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Quota {
    /// Machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machines: Option<i64>,
    /// Their virtual processors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<i64>,
    /// Their memory, in kibibytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<i64>,
    /// Volumes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volumes: Option<i64>,
    /// Their capacity, in kilobytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage: Option<i64>,
}

impl Amounts {
    /// The sum, at most what the numbers hold.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.zip(other, i64::saturating_add)
    }

    /// What is left after `other` is taken away; below zero if there is less than that.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.zip(other, i64::saturating_sub)
    }

    /// What of it is above zero.
    #[must_use]
    pub fn rise(self) -> Self {
        self.zip(Self::default(), i64::max)
    }

    fn zip(self, other: Self, with: impl Fn(i64, i64) -> i64) -> Self {
        Self {
            machines: with(self.machines, other.machines),
            cpu: with(self.cpu, other.cpu),
            memory: with(self.memory, other.memory),
            volumes: with(self.volumes, other.volumes),
            storage: with(self.storage, other.storage),
        }
    }
}

impl Quota {
    /// No limit at all.
    pub const NONE: Self = Self { machines: None, cpu: None, memory: None, volumes: None, storage: None };

    /// What is left of it when so much is taken.
    #[must_use]
    pub fn left(self, taken: Amounts) -> Self {
        let rest = |limit: Option<i64>, taken: i64| limit.map(|limit| limit.saturating_sub(taken));
        Self {
            machines: rest(self.machines, taken.machines),
            cpu: rest(self.cpu, taken.cpu),
            memory: rest(self.memory, taken.memory),
            volumes: rest(self.volumes, taken.volumes),
            storage: rest(self.storage, taken.storage),
        }
    }

    /// What there is too little of for `needs`, if anything: its name, how much is left, how much it takes.
    pub fn lacks(self, needs: Amounts) -> Option<(&'static str, i64, i64)> {
        let needs = [needs.machines, needs.cpu, needs.memory, needs.volumes, needs.storage];
        self.limits().into_iter().zip(needs).find_map(|((name, left), needs)| {
            let left = left.filter(|left| needs > 0 && *left < needs)?;
            Some((name, left, needs))
        })
    }

    /// What it says of everything that is counted, by name.
    pub fn limits(self) -> [(&'static str, Option<i64>); 5] {
        [
            ("machines", self.machines),
            ("cpu", self.cpu),
            ("memory", self.memory),
            ("volumes", self.volumes),
            ("storage", self.storage),
        ]
    }
}
