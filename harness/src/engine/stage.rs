//! What all cases at one endpoint share: whom they ask, what was found there, and how long they wait.

use crate::check;
use crate::discovery::Discovery;
use crate::http::Client;
use crate::spec::Tables;
use crate::suite::Suite;

use super::patience::Patience;

/// What all cases at one endpoint share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage<'s> {
    /// Asks the endpoint.
    pub(super) client: &'s Client,
    /// The suite.
    pub(super) suite: &'s Suite,
    /// What was found.
    pub(super) discovery: &'s Discovery,
    /// The tables of the endpoint's edition.
    pub(super) tables: &'s Tables,
    /// How long it is waited.
    pub(super) patience: Patience<'s>,
}

impl<'s> Stage<'s> {
    /// The kind of resource that a URL is of, or that the collection there is of; nothing where discovery did not see it.
    pub(super) fn kind(self, url: &str) -> Option<&'s str> {
        let name = self.discovery.links.types.get(&check::bare(url))?;
        Some(self.tables.collections.get(name).map_or(name, |collection| &collection.of))
    }
}
