//! What a cloud can go back to: its worlds as they were at a moment, kept under names.
//!
//! Owns the names and how many there may be: each is a copy of everything. Knows nothing of how a world lives.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::seed::Growth;

/// Snapshots that are kept at most.
const MOST: usize = 16;

/// Bytes of a name at most.
const LONGEST: usize = 64;

/// What has been kept.
#[derive(Debug, Default)]
pub(crate) struct Snapshots(BTreeMap<String, Snapshot>);

#[derive(Debug)]
struct Snapshot {
    at: Timestamp,
    growth: Growth,
}

/// Why something is not kept, or not found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The name is none.
    #[error(
        "`{0}` is no name of a snapshot; up to {LONGEST} letters, digits and - _ . ~ of ASCII were expected"
    )]
    Name(String),
    /// There are too many.
    #[error(
        "{MOST} snapshots are kept already, which is as many as there may be; delete one, or take one of them anew"
    )]
    TooMany,
    /// There is none of this name.
    #[error("no snapshot is named `{name}`; there are: {known}")]
    Unknown {
        /// The name.
        name: String,
        /// Those that there are.
        known: String,
    },
}

impl Snapshots {
    pub(crate) fn keep(&mut self, name: &str, at: Timestamp, growth: Growth) -> Result<(), SnapshotError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
        if name.is_empty() || name.len() > LONGEST || !name.bytes().all(plain) {
            return Err(SnapshotError::Name(name.chars().take(LONGEST).collect()));
        }
        if self.0.len() >= MOST && !self.0.contains_key(name) {
            return Err(SnapshotError::TooMany);
        }
        self.0.insert(name.to_owned(), Snapshot { at, growth });
        Ok(())
    }

    pub(crate) fn get(&self, name: &str) -> Result<&Growth, SnapshotError> {
        self.0.get(name).map(|snapshot| &snapshot.growth).ok_or_else(|| self.unknown(name))
    }

    pub(crate) fn forget(&mut self, name: &str) -> Result<(), SnapshotError> {
        match self.0.remove(name) {
            Some(_) => Ok(()),
            None => Err(self.unknown(name)),
        }
    }

    pub(crate) fn list(&self) -> Vec<(String, Timestamp)> {
        self.0.iter().map(|(name, snapshot)| (name.clone(), snapshot.at)).collect()
    }

    fn unknown(&self, name: &str) -> SnapshotError {
        let known: Vec<&str> = self.0.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        SnapshotError::Unknown { name: name.chars().take(LONGEST).collect(), known }
    }
}
