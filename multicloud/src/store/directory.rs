//! Records of the directory as a store keeps them: it does not look into them.

use crate::event::Event;

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryRow {
    /// Which sort.
    pub collection: String,
    /// Its name, unique in its sort.
    pub name: String,
    /// Whether it is in use.
    pub enabled: bool,
    /// Its version.
    pub version: i64,
    /// When it was made, in milliseconds since 1970.
    pub created: i64,
    /// When it was last changed.
    pub updated: i64,
    /// What it says, JSON.
    pub body: String,
    /// What it never says, JSON: sealed or hashed.
    pub concealed: Option<String>,
}

/// One transaction on the directory. Every version that it names must be the present one: another replica may have been
/// quicker.
#[derive(Clone, Debug, Default)]
pub struct DirectoryChange {
    /// Records to write, each with the version that it replaces; without one, there must be none yet.
    pub puts: Vec<(DirectoryRow, Option<i64>)>,
    /// Records to delete: sort, name, version.
    pub deletes: Vec<(&'static str, String, i64)>,
    /// Records that must be there: sort and name.
    pub requires: Vec<(&'static str, String)>,
    /// What the change tells.
    pub events: Vec<Event>,
}

impl DirectoryChange {
    /// Writes a record.
    pub fn put(&mut self, row: DirectoryRow, replaces: Option<i64>) {
        self.puts.push((row, replaces));
    }

    /// Deletes a record of this version.
    pub fn delete(&mut self, collection: &'static str, name: &str, version: i64) {
        self.deletes.push((collection, name.to_owned(), version));
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.puts.is_empty() && self.deletes.is_empty()
    }
}
