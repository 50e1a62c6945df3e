//! What all cases at one endpoint share: whom they ask, what was found there, and how long they wait.

use crate::case::Case;
use crate::check;
use crate::discovery::Discovery;
use crate::event::Format;
use crate::http::{Client, Outgoing, Purpose};
use crate::spec::Tables;
use crate::suite::Suite;

use super::env::Done;
use super::patience::Patience;
use super::stop::Stop;
use super::watch::Watch;

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
    /// Says whether the run has to end.
    pub(super) stop: &'s Stop,
    /// Judges every exchange.
    pub(super) watch: &'s Watch<'s>,
}

impl<'s> Stage<'s> {
    /// Sends a request on behalf of a case, and reads what comes.
    pub(super) async fn send(self, outgoing: &Outgoing, case: &str, step: &str) -> Done {
        self.send_patiently(outgoing, Purpose { case: Some(case), step: Some(step), format: None }).await.0
    }

    /// As [`Stage::send`], with the number of times that it was sent.
    pub(super) async fn send_patiently(self, outgoing: &Outgoing, purpose: Purpose<'_>) -> (Done, usize) {
        let (exchange, times) = self.client.send_patiently(outgoing, purpose).await;
        let resource = if exchange.was() { self.watch.take(&exchange) } else { None };
        (Done { exchange, resource }, times)
    }

    /// Whether a case was run once more in the recording that is judged; nothing where this is none.
    pub(super) fn was_run_again(self, case: &Case, format: Format) -> Option<bool> {
        let first = case.steps.first().map_or("", |step| step.name.as_str());
        self.client.recording().map(|recorded| recorded.is_asked_again(&case.id, first, format))
    }

    /// The kind of resource that a URL is of, or that the collection there is of; nothing where discovery did not see it.
    pub(super) fn kind(self, url: &str) -> Option<&'s str> {
        let name = self.discovery.links.types.get(&check::bare(url))?;
        Some(self.tables.collections.get(name).map_or(name, |collection| &collection.of))
    }
}
