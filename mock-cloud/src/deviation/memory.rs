//! What deviations remember between requests.
//!
//! Owns bounded stores: the oldest goes when one is full. Knows nothing of what is done with them.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use cimi::codec::Format;
use cimi::{Attributes, Value};

use super::way::Way;

/// Entries of each store.
const LIMIT: usize = 1024;

/// The stores.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<Stores>);

#[derive(Debug, Default)]
struct Stores {
    marks: VecDeque<(&'static Way, String)>,
    ghosts: VecDeque<Ghost>,
    members: VecDeque<Member>,
    values: VecDeque<(String, Option<Value>)>,
    hidden: VecDeque<String>,
    counts: VecDeque<(String, u64)>,
}

#[derive(Debug)]
struct Ghost {
    path: String,
    format: Format,
    body: Bytes,
}

/// A member of a collection that is gone.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// The path of the collection.
    pub(super) collection: String,
    /// What it was like.
    pub(super) attributes: Attributes,
}

impl Memory {
    /// Forgets everything.
    pub(super) fn forget(&self) {
        *self.stores() = Stores::default();
    }

    /// From now on, a resource is shown as a way has it.
    pub(super) fn mark(&self, way: &'static Way, path: String) {
        push(&mut self.stores().marks, (way, path));
    }

    /// From now on, a resource is shown as it is.
    pub(super) fn unmark(&self, path: &str) {
        self.stores().marks.retain(|(_, marked)| marked != path);
    }

    /// From now on, a resource is no longer shown as this way has it.
    pub(super) fn unmark_as(&self, way: &'static Way, path: &str) {
        self.stores().marks.retain(|(marking, marked)| marked != path || !std::ptr::eq(*marking, way));
    }

    /// The ways in which a resource is shown.
    pub(super) fn marks(&self, path: &str) -> Vec<&'static Way> {
        let stores = self.stores();
        stores.marks.iter().filter(|(_, marked)| marked == path).map(|(way, _)| *way).collect()
    }

    /// Whether any resource is marked, or listed though it is gone.
    pub(super) fn is_of_documents(&self) -> bool {
        let stores = self.stores();
        !stores.marks.is_empty() || !stores.members.is_empty()
    }

    /// From now on, nothing is found at a path.
    pub(super) fn hide(&self, path: String) {
        push(&mut self.stores().hidden, path);
    }

    /// Whether nothing is to be found at a path.
    pub(super) fn is_hidden(&self, path: &str) -> bool {
        self.stores().hidden.iter().any(|hidden| hidden == path)
    }

    /// How often this has been asked for a key, now included.
    pub(super) fn count(&self, key: String) -> u64 {
        let mut stores = self.stores();
        if let Some((_, count)) = stores.counts.iter_mut().find(|(known, _)| *known == key) {
            *count += 1;
            return *count;
        }
        push(&mut stores.counts, (key, 1));
        1
    }

    /// The value seen last under a key, which is this one if there is one.
    pub(super) fn last(&self, key: String, value: Option<&Value>) -> Option<Value> {
        let mut stores = self.stores();
        let known = stores.values.iter_mut().find(|(known, _)| *known == key).map(|(_, last)| last);
        match (known, value) {
            (Some(last), None) => last.clone(),
            (Some(last), Some(value)) => {
                *last = Some(value.clone());
                last.clone()
            }
            (None, None) => None,
            (None, Some(value)) => {
                push(&mut stores.values, (key, Some(value.clone())));
                Some(value.clone())
            }
        }
    }

    /// Keeps a representation.
    pub(super) fn keep(&self, path: String, format: Format, body: Bytes) {
        push(&mut self.stores().ghosts, Ghost { path, format, body });
    }

    /// A representation that was kept.
    pub(super) fn kept(&self, path: &str, format: Format) -> Option<Bytes> {
        let stores = self.stores();
        let ghost = stores.ghosts.iter().find(|ghost| ghost.path == path && ghost.format == format)?;
        Some(ghost.body.clone())
    }

    /// Keeps a member of a collection.
    pub(super) fn keep_member(&self, member: Member) {
        push(&mut self.stores().members, member);
    }

    /// Members of a collection that were kept.
    pub(super) fn members(&self, collection: &str) -> Vec<Member> {
        self.stores().members.iter().filter(|member| member.collection == collection).cloned().collect()
    }

    /// The value seen first under a key; if there was none, this is it.
    pub(super) fn first(&self, key: String, value: Option<&Value>) -> Option<Value> {
        let mut stores = self.stores();
        if let Some((_, first)) = stores.values.iter().find(|(known, _)| *known == key) {
            return first.clone();
        }
        push(&mut stores.values, (key, value.cloned()));
        value.cloned()
    }

    fn stores(&self) -> MutexGuard<'_, Stores> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn push<T>(store: &mut VecDeque<T>, entry: T) {
    if store.len() == LIMIT {
        store.pop_front();
    }
    store.push_back(entry);
}
