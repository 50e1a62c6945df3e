//! How many resources there are of which kind in which state, and what they take together: kept as they come and go.
//!
//! Owns the totals, so that nobody has to count.

use std::collections::BTreeMap;

use super::kind::Kind;
use super::record::Record;
use super::usage::Usage;

/// The totals of a world.
#[derive(Clone, Debug, Default)]
pub struct Census {
    usage: Usage,
    /// Without a state, the state is empty.
    counts: BTreeMap<(Kind, &'static str), u64>,
}

/// What a record counts as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    kind: Kind,
    state: &'static str,
    usage: Usage,
}

impl Counted {
    pub(super) fn of(record: &Record) -> Self {
        let kind = record.id.kind();
        Self { kind, state: record.state.unwrap_or_default(), usage: Usage::of(kind, &record.fields) }
    }
}

impl Census {
    /// What all resources take together.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// How many there are by kind and state (empty where there is none), in the order of the kinds; none is left out but
    /// zeros.
    pub fn counts(&self) -> impl Iterator<Item = (Kind, &'static str, u64)> {
        self.counts.iter().map(|((kind, state), count)| (*kind, *state, *count))
    }

    /// A record has come.
    pub(super) fn add(&mut self, entry: Counted) {
        self.usage = self.usage.plus(entry.usage);
        *self.counts.entry((entry.kind, entry.state)).or_default() += 1;
    }

    /// A record has gone.
    pub(super) fn take(&mut self, entry: Counted) {
        self.usage = self.usage.beyond(entry.usage);
        if let Some(count) = self.counts.get_mut(&(entry.kind, entry.state)) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&(entry.kind, entry.state));
            }
        }
    }

    /// A record has become another one.
    pub(super) fn change(&mut self, from: Counted, to: Counted) {
        if from != to {
            self.take(from);
            self.add(to);
        }
    }
}
