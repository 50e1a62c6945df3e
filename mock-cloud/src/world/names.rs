//! Which resources have a name: an index that finds them without looking at all others.
//!
//! Owns hashes of names, not the names: whoever asks looks at what is found. It grows entry by entry, so that no creation
//! waits for others to be moved.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Bound::{Excluded, Included, Unbounded};

use super::id::Id;
use super::kind::Kind;

/// The names of all resources.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(BTreeSet<(u32, Id)>);

/// What is kept of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry(Option<u32>);

impl Names {
    /// A resource has another name than before.
    pub(super) fn rename(&mut self, id: Id, before: Entry, after: Entry) {
        if before == after {
            return;
        }
        if let Entry(Some(hash)) = before {
            self.0.remove(&(hash, id));
        }
        if let Entry(Some(hash)) = after {
            self.0.insert((hash, id));
        }
    }

    /// The resources of a kind that may have a name, in order, from behind one on; those that have it are among them.
    pub(super) fn find(&self, kind: Kind, name: &str, after: Option<Id>) -> impl Iterator<Item = Id> + '_ {
        let hash = hash(name);
        let from = after.map_or(Included((hash, Id::first(kind))), |id| Excluded((hash, id)));
        let found = self.0.range((from, Unbounded));
        found.take_while(move |(other, id)| *other == hash && id.kind() == kind).map(|(_, id)| *id)
    }
}

impl Entry {
    /// That of what does not exist.
    pub(super) const NONE: Self = Self(None);

    /// That of a name, or of having none.
    pub(super) fn of(name: Option<&str>) -> Self {
        Self(name.map(hash))
    }
}

/// Always the same for the same name: two runs of the same requests make the same world. Who chooses names that collide gains
/// what there is without an index.
fn hash(name: &str) -> u32 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    #[expect(clippy::cast_possible_truncation, reason = "half of the hash tells names apart well enough")]
    let half = hasher.finish() as u32;
    half
}
