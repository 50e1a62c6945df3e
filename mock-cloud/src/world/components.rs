//! The components of a resource (DSP0263 5.10.2): which resources live in its collections.
//!
//! Owns their order: by kind, then by number, so that each collection is one stretch of a list. Most resources have none or
//! one; that takes no memory of its own.

use std::slice;

use super::id::Id;
use super::kind::Kind;

/// Identities in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Components {
    /// None.
    #[default]
    None,
    /// One.
    One(Id),
    /// Any number.
    #[expect(
        clippy::box_collection,
        reason = "two words in every resource instead of three, for what few have"
    )]
    Many(Box<Vec<Id>>),
}

impl Components {
    /// All of them.
    pub(super) fn all(&self) -> &[Id] {
        match self {
            Self::None => &[],
            Self::One(id) => slice::from_ref(id),
            Self::Many(ids) => ids,
        }
    }

    /// Those of a kind: the members of one collection.
    pub(super) fn of(&self, kind: Kind) -> &[Id] {
        let all = self.all();
        let from = all.partition_point(|id| id.kind() < kind);
        let rest = &all[from..];
        &rest[..rest.partition_point(|id| id.kind() == kind)]
    }

    /// Puts one in.
    pub(super) fn insert(&mut self, id: Id) {
        match self {
            Self::None => *self = Self::One(id),
            Self::One(other) => {
                let mut both = vec![*other, id];
                both.sort_unstable();
                both.dedup();
                *self = Self::Many(Box::new(both));
            }
            Self::Many(ids) => {
                if let Err(at) = ids.binary_search(&id) {
                    ids.insert(at, id);
                }
            }
        }
    }

    /// Takes one out.
    pub(super) fn remove(&mut self, id: Id) {
        match self {
            Self::None => {}
            Self::One(other) => {
                if *other == id {
                    *self = Self::None;
                }
            }
            Self::Many(ids) => {
                if let Ok(at) = ids.binary_search(&id) {
                    ids.remove(at);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
