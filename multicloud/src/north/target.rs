//! What is at a place, and which methods it takes.

use cimi::model::{Schema, schema};
use cimi::server::{Methods, Refusal, Target, TargetKind};

use super::place::Place;
use super::{North, document, nothing_here};
use crate::connector::{Nature, Parts};
use crate::kind::Kind;

impl North {
    pub(super) fn target(&self, place: &Place) -> Result<Target, Refusal> {
        let inventory = self.app.inventory();
        let changeable = Methods::READ.and(Methods::UPDATE).and(Methods::DELETE);
        Ok(match place {
            Place::EntryPoint => self.resource_at("CloudEntryPoint", Methods::READ),
            Place::Kind(kind) => {
                let collection = self.schema(kind.collection_name());
                // Where no cloud does it, whoever asks is told why: it is not offered.
                posting(collection, collection.addition().into_iter().collect())
            }
            Place::Jobs => posting(self.schema("JobCollection"), Vec::new()),
            Place::Metadata => posting(self.schema("ResourceMetadataCollection"), Vec::new()),
            Place::Metadatum(name) => {
                self.metadatum(name).ok_or_else(nothing_here)?;
                self.resource_at("ResourceMetadata", Methods::READ)
            }
            Place::Resource(kind, id) => {
                self.known(*kind, *id)?;
                self.resource_at(kind.type_name(), changeable)
            }
            Place::Operation(kind, id, operation) => {
                self.known(*kind, *id)?;
                self.operation(*kind, operation)?
            }
            Place::Job(id) => {
                inventory.job(*id).ok_or_else(nothing_here)?;
                self.resource_at("Job", changeable)
            }
            Place::StopJob(id) => {
                inventory.job(*id).ok_or_else(nothing_here)?;
                let kind = TargetKind::Operation("stop".to_owned());
                Target { kind, ..self.resource_at("Job", Methods::POST) }
            }
            Place::Events(log) => {
                self.known(Kind::EventLog, *log)?;
                posting(self.schema("EventCollection"), Vec::new())
            }
            Place::Event(log, _) => {
                self.known(Kind::EventLog, *log)?;
                self.resource_at("Event", Methods::READ)
            }
            Place::Parts(owner, parts) => {
                self.known(parts.owner(), *owner)?;
                self.parts_target(*parts)?
            }
            Place::Part(owner, parts, _) => {
                self.known(parts.owner(), *owner)?;
                self.part_target(*parts)?
            }
        })
    }

    /// A collection of parts.
    fn parts_target(&self, parts: Parts) -> Result<Target, Refusal> {
        let collection = parts.collection(self.edition).ok_or_else(nothing_here)?;
        let accepts = match parts.nature(self.edition).ok_or_else(nothing_here)? {
            _ if !parts.is_changeable(self.edition) => Vec::new(),
            Nature::Members(_) => {
                let gathers = collection.insertion().map(|_| self.schema("Action"));
                // What does not say its type is an Action: those carry hardly more than what they are about.
                gathers.into_iter().chain(collection.addition()).collect()
            }
            Nature::Own | Nature::Links(..) => parts.member(self.edition).into_iter().collect(),
        };
        Ok(posting(collection, accepts))
    }

    /// One part, where it has no address elsewhere.
    fn part_target(&self, parts: Parts) -> Result<Target, Refusal> {
        let nature = parts.nature(self.edition);
        let own = !matches!(nature, Some(Nature::Members(_)));
        let member = parts.member(self.edition).filter(|_| own).ok_or_else(nothing_here)?;
        let methods = if parts.is_changeable(self.edition) {
            Methods::READ.and(Methods::DELETE)
        } else {
            Methods::READ
        };
        Ok(self.resource_at(member.name(), methods))
    }

    /// The URI of an operation. One that makes a new resource takes that (5.14.7.1), or simply the Action.
    fn operation(&self, kind: Kind, name: &str) -> Result<Target, Refusal> {
        let resource = self.schema(kind.type_name());
        let operation = resource.operation(name).filter(|_| document::is_passed_on(resource, name));
        let operation = operation.ok_or_else(nothing_here)?;
        Ok(match document::makes(kind, operation.name) {
            Some(image) => Target {
                methods: Methods::POST,
                ..posting(
                    self.schema(image.collection_name()),
                    vec![self.schema(image.type_name()), self.schema("Action")],
                )
            },
            None => Target {
                kind: TargetKind::Operation(name.to_owned()),
                ..self.resource_at(kind.type_name(), Methods::POST)
            },
        })
    }

    fn resource_at(&self, name: &'static str, methods: Methods) -> Target {
        Target { kind: TargetKind::Resource, schema: self.schema(name), methods, accepts: Vec::new() }
    }

    pub(super) fn schema(&self, name: &'static str) -> &'static Schema {
        schema(self.edition, name)
    }
}

/// A collection that takes these by POST.
fn posting(schema: &'static Schema, accepts: Vec<&'static Schema>) -> Target {
    let methods = if accepts.is_empty() { Methods::READ } else { Methods::READ.and(Methods::POST) };
    Target { kind: TargetKind::Collection, schema, methods, accepts }
}
