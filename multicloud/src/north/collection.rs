//! Collections: what they say of themselves, and their members.

use std::sync::Arc;

use cimi::query::Sieve;
use cimi::server::{ListRequest, Listing, Refusal, Representation, Version};
use cimi::{Attributes, Document, Reference};

use super::place::Place;
use super::shown::Shown;
use super::{North, document, nothing_here};
use crate::account::Account;
use crate::connector::{Nature, Parts};
use crate::kind::Kind;
use crate::record::{Id, Resource};
use crate::sync::link_of;

impl North {
    pub(super) async fn listing(&self, place: &Place, request: &ListRequest<'_>) -> Result<Listing, Refusal> {
        let (members, offers) = match place {
            Place::Kind(kind) => return self.resources(*kind, place, request),
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

    /// Resources of a kind. Only those that are listed are built.
    fn resources(&self, kind: Kind, place: &Place, request: &ListRequest<'_>) -> Result<Listing, Refusal> {
        request.query.check(request.member, request.extensions)?;
        let collection = self.collection(place, &[]).ok_or_else(nothing_here)?;
        let all = self.app.inventory().of_kind(kind);
        let version = self.version_of_all(&all);
        let mut sieve = Sieve::new(request.query);
        for resource in &all {
            if let Some(pass) = sieve.judge(&Shown::new(self, resource)) {
                sieve.keep(pass, resource);
            }
        }
        let page = sieve.into_page();
        let members = page.members.into_iter().map(|resource| self.representation(resource).document);
        Ok(Listing { collection, count: page.count, members: members.collect(), version })
    }

    /// The version of a collection of parts, for who demands one.
    pub(super) async fn parts_version(&self, owner: Id, parts: Parts) -> Result<Version, Refusal> {
        let list = self.parts(owner, parts).await?;
        let members: Vec<_> = list.members.iter().filter_map(|part| self.part(owner, parts, part)).collect();
        Ok(self.version_of(&members))
    }

    /// Changes whenever one of the resources does, one comes, or one goes, where accounts are elsewhere, and with what whoever
    /// asks may do.
    fn version_of_all(&self, all: &[Arc<Resource>]) -> Version {
        let mut seen = Vec::with_capacity(all.len() * 17);
        for resource in all {
            seen.extend(resource.id.0.to_le_bytes());
            seen.extend(resource.version.to_le_bytes());
            seen.push(u8::from(self.app.may_change(resource)));
        }
        for account in &*self.app.accounts() {
            let Account { name, provider, location, mode, .. } = &**account;
            seen.extend(format!("{name} {provider:?} {location:?} {mode:?};").into_bytes());
        }
        seen.push(u8::from(self.app.may_create()));
        Version(format!("{:x}-{}", self.started, document::fingerprint([seen.as_slice()])))
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
    fn collection(&self, place: &Place, offers: &[String]) -> Option<Document> {
        let (schema, path, parent) = match place {
            Place::Kind(kind) => (self.schema(kind.collection_name()), kind.link().to_owned(), None),
            Place::Jobs => (self.schema("JobCollection"), "jobs".to_owned(), None),
            Place::Metadata => {
                (self.schema("ResourceMetadataCollection"), "resourceMetadata".to_owned(), None)
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
