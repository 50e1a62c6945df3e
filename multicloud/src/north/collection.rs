//! Collections: what they say of themselves, and their members.

use cimi::server::{ListRequest, Listing, Refusal, Representation, Version};
use cimi::{Attributes, Document, Edition, Reference};

use super::place::Place;
use super::{North, document, nothing_here};
use crate::connector::Parts;
use crate::kind::Kind;
use crate::sync::link_of;

impl North {
    pub(super) async fn listing(&self, place: &Place, request: &ListRequest<'_>) -> Result<Listing, Refusal> {
        let collection = self.collection(place).ok_or_else(nothing_here)?;
        let members = self.members(place).await?;
        let version = self.version_of(&members);
        let page = request.apply(members.into_iter().map(|member| member.document))?;
        Ok(Listing { collection, count: page.count, members: page.members, version })
    }

    async fn members(&self, place: &Place) -> Result<Vec<Representation>, Refusal> {
        let inventory = self.app.inventory();
        Ok(match place {
            Place::Kind(kind) => {
                inventory.of_kind(*kind).iter().map(|resource| self.representation(resource)).collect()
            }
            Place::Jobs => inventory.jobs().iter().map(|job| self.job(job)).collect(),
            Place::Metadata => self.metadata(),
            Place::Parts(machine, parts) => {
                let found = self.parts(*machine, *parts).await?;
                found.iter().filter_map(|part| self.part(*machine, *parts, part)).collect()
            }
            _ => return Err(nothing_here()),
        })
    }

    /// The version of a machine's collection of parts, for who demands one.
    pub(super) async fn parts_version(&self, place: &Place) -> Result<Version, Refusal> {
        Ok(self.version_of(&self.members(place).await?))
    }

    /// Changes whenever one of the members does, one comes, or one goes.
    fn version_of(&self, members: &[Representation]) -> Version {
        let parts = members.iter().flat_map(|member| {
            let id = member.document.id().unwrap_or_default();
            [id.as_bytes(), b" ", member.version.0.as_bytes(), b"\n"]
        });
        Version(format!("{:x}-{}", self.started, document::fingerprint(parts)))
    }

    /// What a collection says of itself.
    fn collection(&self, place: &Place) -> Option<Document> {
        let (name, path, parent) = match place {
            Place::Kind(kind) => (kind.collection_name(), kind.link().to_owned(), None),
            Place::Jobs => ("JobCollection", "jobs".to_owned(), None),
            Place::Metadata => ("ResourceMetadataCollection", "resourceMetadata".to_owned(), None),
            Place::Parts(machine, parts) => {
                let parent = link_of(Kind::Machine, *machine);
                let path = format!("{parent}/{}", document::segment(*parts));
                (self.parts_collection(*parts), path, Some(parent))
            }
            _ => return None,
        };
        let schema = self.schema(name);
        let uri = self.uri(&path);
        let mut document = Document::with(schema, Attributes::new().with("id", uri.as_str()));
        let parent = parent.map_or_else(|| self.base.clone(), |parent| self.uri(&parent));
        if schema.attribute("parent").is_some() {
            document.attributes.set("parent", Reference::to(parent));
        }
        match place {
            Place::Kind(kind) if self.creatable(*kind) => document.push_offer("add", &uri, true),
            Place::Parts(_, Parts::Volumes) => match self.edition {
                Edition::V1 => document.push_offer("add", &uri, true),
                Edition::V2 => {
                    document.push_offer("insert", &uri, true);
                    document.push_offer("remove", &uri, true);
                }
            },
            _ => {}
        }
        Some(document)
    }
}
