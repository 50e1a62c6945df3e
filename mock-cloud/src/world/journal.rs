//! What has happened to resources, noted down while somebody keeps a journal.
//!
//! Owns the notes. What becomes of them is `sim`'s to say; a world without a journal notes nothing.

use jiff::Timestamp;

use super::Change;
use super::field::Group;
use super::id::Id;
use super::record::Record;

/// Something that has happened to a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// To which one. It may be gone by now.
    pub id: Id,
    /// The collection that its address is in.
    pub home: Group,
    /// What it is a component of.
    pub owner: Option<Id>,
    /// Its name.
    pub name: Option<Box<str>>,
    /// What.
    pub deed: Deed,
}

/// What can happen to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// It came to be.
    Created,
    /// A consumer changed its attributes.
    Updated,
    /// It moved from one state to another.
    Moved {
        /// The former state; empty if it had none.
        from: &'static str,
        /// The present state.
        to: &'static str,
    },
    /// It is gone.
    Removed,
}

/// What has happened since it was last taken; nothing if nobody keeps it.
#[derive(Clone, Debug, Default)]
pub struct Journal(Option<Vec<Note>>);

impl Journal {
    /// Begins to keep it, or stops.
    pub fn keep(&mut self, keep: bool) {
        if self.0.is_some() != keep {
            self.0 = keep.then(Vec::new);
        }
    }

    /// What has happened since it was last taken.
    pub fn take(&mut self) -> Vec<Note> {
        self.0.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Notes what has happened to a resource.
    pub(super) fn note(&mut self, at: Timestamp, record: &Record, deed: Deed) {
        let Some(notes) = &mut self.0 else { return };
        notes.push(Note {
            at,
            id: record.id,
            home: record.home(),
            owner: record.owner,
            name: record.label.name.clone(),
            deed,
        });
    }

    /// Notes an edit of a resource that was in a state: a change of state, or what a consumer has changed.
    pub(super) fn note_edit(
        &mut self,
        at: Timestamp,
        record: &Record,
        from: Option<&'static str>,
        change: Change,
    ) {
        if record.state != from {
            let (from, to) = (from.unwrap_or_default(), record.state.unwrap_or_default());
            self.note(at, record, Deed::Moved { from, to });
        } else if change == Change::Explicit {
            self.note(at, record, Deed::Updated);
        }
    }
}
