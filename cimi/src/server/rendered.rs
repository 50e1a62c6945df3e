//! What has been written before: bodies of resources that have not changed since.
//!
//! Owns a table of fixed size. Consumers wait for Jobs and states by reading the same resource again and again; a provider
//! that tells versions cheaply ([`Provider::version`](super::Provider::version)) is spared building it each time.

use std::hash::BuildHasher as _;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use foldhash::fast::RandomState;

use super::provider::Version;
use crate::codec::Format;

/// Bodies kept at most.
const SLOTS: usize = 1024;
/// Bytes of a body that is kept at most: with [`SLOTS`], a bound on all of them.
const BODY: usize = 16 << 10;

/// Bodies by path and format; a newer one takes the place of any that shares its slot.
pub(super) struct Rendered {
    slots: Vec<Mutex<Option<Entry>>>,
    hasher: RandomState,
}

struct Entry {
    path: String,
    format: Format,
    version: Version,
    body: Bytes,
}

impl Rendered {
    pub(super) fn new() -> Self {
        Self { slots: (0..SLOTS).map(|_| Mutex::new(None)).collect(), hasher: RandomState::default() }
    }

    /// The body of a resource of this version.
    pub(super) fn get(&self, path: &str, format: Format, version: &Version) -> Option<Bytes> {
        let slot = self.slot(path, format).lock().unwrap_or_else(PoisonError::into_inner);
        let entry = slot.as_ref()?;
        let same = entry.version == *version && entry.format == format && entry.path == path;
        same.then(|| entry.body.clone())
    }

    /// Keeps a body.
    pub(super) fn keep(&self, path: &str, format: Format, version: &Version, body: &Bytes) {
        if body.len() <= BODY {
            let entry = Entry { path: path.to_owned(), format, version: version.clone(), body: body.clone() };
            *self.slot(path, format).lock().unwrap_or_else(PoisonError::into_inner) = Some(entry);
        }
    }

    fn slot(&self, path: &str, format: Format) -> &Mutex<Option<Entry>> {
        let hash = self.hasher.hash_one((path, format));
        &self.slots[usize::try_from(hash % SLOTS as u64).unwrap_or_default()]
    }
}

#[cfg(test)]
mod tests;
