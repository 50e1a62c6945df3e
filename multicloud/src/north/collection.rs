//! Collections: what they say of themselves, and their members.

use std::borrow::Cow;

use cimi::query::{Query, Sieve};
use cimi::server::{ListRequest, Listing, Refusal, Representation, Version};
use cimi::{Attributes, Document, Reference};

use super::place::Place;
use super::pushdown::{Pushed, Rest};
use super::shown::Shown;
use super::{North, document, nothing_here, translate};
use crate::connector::{Nature, Parts};
use crate::kind::Kind;
use crate::record::Id;
use crate::region;
use crate::store::StoreError;
use crate::sync::link_of;

/// Records that are judged before others have their turn.
const CHUNK: usize = 1024;

impl North {
    pub(super) async fn listing(&self, place: &Place, request: &ListRequest<'_>) -> Result<Listing, Refusal> {
        let query = meant(request);
        let request = &ListRequest { query: &query, ..*request };
        let (members, offers) = match place {
            Place::Kind(Kind::EventLog) => {
                return self.with_summaries(self.resources(Kind::EventLog, place, request).await?).await;
            }
            Place::Kind(kind) => return self.resources(*kind, place, request).await,
            Place::Events(log) => return self.events(*log, place, request).await,
            Place::Parts(owner, parts) => {
                let list = self.parts(*owner, *parts).await?;
                let shown = list.members.iter().filter_map(|part| self.part(*owner, *parts, part));
                (shown.collect(), list.offers)
            }
            Place::Jobs => {
                (self.app.inventory().jobs().iter().map(|job| self.job(job)).collect(), Vec::new())
            }
            Place::Metadata => (self.metadata(), Vec::new()),
            _ => return Err(nothing_here()),
        };
        let collection = self.collection(place, &offers).ok_or_else(nothing_here)?;
        let version = self.version_of(&members);
        let page = request.apply(members.into_iter().map(|member| member.document))?;
        Ok(Listing { collection, count: page.count, members: page.members, version })
    }

    /// Resources of a kind: found by the store, or, as far as it does not know what is asked, among those that it finds.
    async fn resources(
        &self,
        kind: Kind,
        place: &Place,
        request: &ListRequest<'_>,
    ) -> Result<Listing, Refusal> {
        let ListRequest { query, member, extensions } = *request;
        query.check(member, extensions)?;
        let collection = self.collection(place, &[]).ok_or_else(nothing_here)?;
        // Before the look: what changes meanwhile makes it another one.
        let version = self.version_of_kind(kind);
        let sources = self.sources(kind, query);
        let Pushed { meets, rest } = self.pushed(kind, query, &sources);
        let inventory = self.app.inventory();
        let failed = |error: StoreError| translate::app(error.into());
        let (count, members) = match rest {
            Rest::Nothing(order) => {
                let page = inventory.page(kind, meets, order, query.window()).await.map_err(failed)?;
                (page.count, page.members)
            }
            Rest::All => {
                let ids = inventory.ids(kind, meets).await.map_err(failed)?;
                let mut sieve = Sieve::new(query);
                for chunk in ids.chunks(CHUNK) {
                    for record in inventory.records(chunk) {
                        if let Some(pass) = sieve.judge(&Shown::new(self, &sources, &record)) {
                            sieve.keep(pass, record.id);
                        }
                    }
                    // Others are to have their turn.
                    tokio::task::yield_now().await;
                }
                let page = sieve.into_page();
                (page.count, inventory.resources(&page.members))
            }
        };
        let members = members.iter().map(|resource| self.representation(resource).document);
        Ok(Listing { collection, count, members: members.collect(), version })
    }

    /// The version of a collection of parts, for who demands one.
    pub(super) async fn parts_version(&self, owner: Id, parts: Parts) -> Result<Version, Refusal> {
        let list = self.parts(owner, parts).await?;
        let members: Vec<_> = list.members.iter().filter_map(|part| self.part(owner, parts, part)).collect();
        Ok(self.version_of(&members))
    }

    /// Changes whenever one of the resources does, one comes, or one goes, where accounts are elsewhere, and with what whoever
    /// asks sees and may do.
    fn version_of_kind(&self, kind: Kind) -> Version {
        let actor = self.app.actor();
        let changes = self.app.inventory().changes(kind);
        // A log that comes or goes shows in what it is about.
        let has_log = kind.schema().attribute("eventLog").is_some();
        let logs = has_log.then(|| self.app.inventory().changes(Kind::EventLog));
        let accounts = self.app.accounts();
        let accounts = accounts.iter().map(|it| (&it.name, &it.provider, &it.location, it.mode));
        let accounts: Vec<_> = accounts.collect();
        let unused = self.app.itself().unused();
        let seen = format!("{changes:?} {logs:?} {:?} {:?} {accounts:?} {unused:?}", actor.role, actor.sight);
        Version(format!("{:x}-{}", self.started, document::fingerprint([seen.as_bytes()])))
    }

    /// Changes whenever one of the members does, one comes, or one goes.
    fn version_of(&self, members: &[Representation]) -> Version {
        let parts = members.iter().flat_map(|member| {
            let id = member.document.id().unwrap_or_default();
            [id.as_bytes(), b" ", member.version.0.as_bytes(), b"\n"]
        });
        Version(format!("{:x}-{}", self.started, document::fingerprint(parts)))
    }

    /// What a collection says of itself. `offers`: what the cloud's one does, for parts.
    pub(super) fn collection(&self, place: &Place, offers: &[String]) -> Option<Document> {
        let (schema, path, parent) = match place {
            Place::Kind(kind) => (self.schema(kind.collection_name()), kind.link().to_owned(), None),
            Place::Jobs => (self.schema("JobCollection"), "jobs".to_owned(), None),
            Place::Metadata => {
                (self.schema("ResourceMetadataCollection"), "resourceMetadata".to_owned(), None)
            }
            Place::Events(log) => {
                let parent = link_of(Kind::EventLog, *log);
                (self.schema("EventCollection"), format!("{parent}/events"), Some(parent))
            }
            Place::Parts(owner, parts) => {
                let parent = link_of(parts.owner(), *owner);
                let path = format!("{parent}/{}", parts.attribute());
                (parts.collection(self.edition)?, path, Some(parent))
            }
            _ => return None,
        };
        let uri = self.uri(&path);
        let mut document = Document::with(schema, Attributes::new().with("id", uri.as_str()));
        let parent = parent.map_or_else(|| self.base.to_string(), |parent| self.uri(&parent));
        if schema.attribute("parent").is_some() {
            document.attributes.set("parent", Reference::to(parent));
        }
        if !self.app.may_create() {
            return Some(document);
        }
        let cloud_does = |name: &str| offers.iter().any(|offer| offer == name);
        match place {
            Place::Kind(kind) if self.creatable(*kind) => document.push_offer("add", &uri, true),
            Place::Parts(_, parts) if parts.is_changeable(self.edition) => {
                match parts.nature(self.edition)? {
                    Nature::Own if cloud_does("add") => document.push_offer("add", &uri, true),
                    // One edition adds where the other one inserts: the connector knows what its cloud does.
                    Nature::Links(..) if cloud_does("insert") => document.push_offer("add", &uri, true),
                    Nature::Members(_) => {
                        let operations = ["add", "insert", "remove"].into_iter();
                        for operation in operations.filter(|name| cloud_does(name)) {
                            document.push_offer(operation, &uri, true);
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        Some(document)
    }
}

/// A query as it is meant, of what says where it is.
fn meant<'q>(request: &ListRequest<'q>) -> Cow<'q, Query> {
    let is_placed = request.extensions.get(request.member.name(), region::LOCATION).is_some();
    if !is_placed || request.query.filters.is_empty() {
        return Cow::Borrowed(request.query);
    }
    let mut query = request.query.clone();
    query.filters = query.filters.into_iter().map(region::meant).collect();
    Cow::Owned(query)
}
