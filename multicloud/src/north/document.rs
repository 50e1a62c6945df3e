//! Representations: records as CIMI documents with links and operations.

use cimi::model::{Schema, Type, schema};
use cimi::server::{Representation, Version};
use cimi::{Attributes, Document, Edition, Reference, Value};

use super::place::Place;
use super::{North, translate};
use crate::app::own;
use crate::connector::{Part, Parts};
use crate::kind::Kind;
use crate::record::{Job, Resource, Stage, Work};
use crate::sync::link_of;

/// Operations of machines and other resources that the manager passes on to the cloud.
const PASSED_ON: &[&str] = &["start", "stop", "restart", "pause", "suspend"];

impl North {
    pub(super) fn entry_point(&self) -> Representation {
        let mut document = Document::new(schema(self.edition, "CloudEntryPoint"));
        document.attributes.set("id", self.base.as_str());
        document.attributes.set("name", "CIMI manager");
        document.attributes.set("description", "One CIMI face over many clouds");
        document.attributes.set("baseURI", self.base.as_str());
        let mut link = |name: &'static str| {
            document.attributes.set(name, Reference::to(self.uri(name)));
        };
        link("resourceMetadata");
        Kind::ALL.map(Kind::link).into_iter().for_each(&mut link);
        link("jobs");
        Representation { document, version: Version(format!("{:x}", self.started)) }
    }

    pub(super) fn representation(&self, resource: &Resource) -> Representation {
        let schema = schema(self.edition, resource.kind.type_name());
        let path = link_of(resource.kind, resource.id);
        let mut attributes = Attributes::with_capacity(resource.attributes.len() + 8);
        attributes.set("id", self.uri(&path));
        attributes.extend(self.outward(schema, &resource.attributes));
        self.link_collections(schema, &path, &mut attributes);
        if let ([replica], true) =
            (resource.replicas.as_slice(), matches!(resource.kind, Kind::Machine | Kind::Volume))
        {
            attributes.set("account", replica.account.as_str());
            let location = self.app.account(&replica.account).and_then(|account| account.location.clone());
            attributes.set_some("location", location);
        }
        let mut document = Document::with(schema, attributes);
        for operation in offers(resource, schema) {
            match operation {
                "edit" | "delete" => document.push_offer(operation, &self.uri(&path), true),
                _ => {
                    let href = format!("{}/{operation}", self.uri(&path));
                    document.push_offer(&self.edition.action_uri(operation), &href, true);
                }
            }
        }
        Representation { document, version: translate::version(resource.id, resource.version) }
    }

    /// Links to the collections that the manager serves for a machine.
    fn link_collections(&self, schema: &Schema, path: &str, attributes: &mut Attributes) {
        for name in ["disks", "volumes"] {
            let declared = schema.attribute(name).is_some_and(|a| matches!(a.ty, Type::Collection(_)));
            if declared && schema.name() == "Machine" {
                attributes.set(name, Reference::to(self.uri(&format!("{path}/{name}"))));
            }
        }
    }

    pub(super) fn job(&self, job: &Job) -> Representation {
        let schema = schema(self.edition, "Job");
        let path = format!("jobs/{}", job.id.0);
        let mut attributes = Attributes::new().with("id", self.uri(&path));
        attributes.extend(self.outward(schema, &job.attributes));
        let mut document = Document::with(schema, attributes);
        match &job.work {
            Work::Done => document.push_offer("delete", &self.uri(&path), true),
            Work::Create { stage: Stage::Followed { .. }, .. }
            | Work::Change { stage: Stage::Followed { .. }, .. } => {
                let rel = self.edition.action_uri("stop");
                document.push_offer(&rel, &self.uri(&format!("{path}/stop")), true);
            }
            Work::Create { .. } | Work::Change { .. } => {}
        }
        Representation { document, version: translate::version(job.id, job.version) }
    }

    /// A disk, or an attached volume: in CIMI 2.0 the volume with accessories, in 1.x a resource between.
    pub(super) fn part(
        &self,
        machine: crate::record::Id,
        parts: Parts,
        part: &Part,
    ) -> Option<Representation> {
        let path = |name: &str| self.uri(&format!("machines/{}/{name}/{}", machine.0, key_of(part)));
        let version = Version(fingerprint(&format!("{:?}{:?}", part.volume, part.attributes)));
        let document = match parts {
            Parts::Disks => {
                let schema = schema(self.edition, "Disk");
                let mut attributes = Attributes::new().with("id", path("disks"));
                attributes.extend(self.outward(schema, &part.attributes));
                Document::with(schema, attributes)
            }
            Parts::Volumes => {
                let account = &self.app.inventory().resource(machine)?.replicas.first()?.account.clone();
                let id = self.app.inventory().by_native(account, part.volume.as_ref()?)?;
                let volume = self.app.inventory().resource(id)?;
                match self.edition {
                    Edition::V2 => {
                        let mut attributes = self.representation(&volume).document.attributes;
                        attributes
                            .set_some("initialLocation", part.attributes.get("initialLocation").cloned());
                        Document::with(schema(self.edition, "locatedVolume"), attributes)
                    }
                    Edition::V1 => {
                        let schema = schema(self.edition, "MachineVolume");
                        let mut attributes = Attributes::new().with("id", path("volumes"));
                        attributes.extend(self.outward(schema, &part.attributes));
                        attributes.set("volume", Reference::to(self.uri(&link_of(Kind::Volume, id))));
                        let mut document = Document::with(schema, attributes);
                        document.push_offer("delete", &path("volumes"), true);
                        document
                    }
                }
            }
        };
        Some(Representation { document, version })
    }

    /// What a collection says of itself.
    pub(super) fn collection(&self, place: &Place) -> Option<Document> {
        let (name, path, parent) = match place {
            Place::Kind(kind) => (kind.collection_name(), kind.link().to_owned(), None),
            Place::Jobs => ("JobCollection", "jobs".to_owned(), None),
            Place::Metadata => ("ResourceMetadataCollection", "resourceMetadata".to_owned(), None),
            Place::Parts(machine, parts) => {
                let parent = link_of(Kind::Machine, *machine);
                let name = match parts {
                    Parts::Disks => "disks",
                    Parts::Volumes => "volumes",
                };
                (self.parts_collection(*parts), format!("{parent}/{name}"), Some(parent))
            }
            _ => return None,
        };
        let schema = schema(self.edition, name);
        let uri = self.uri(&path);
        let mut document = Document::with(schema, Attributes::new().with("id", uri.as_str()));
        let parent = parent.map_or_else(|| self.base.clone(), |parent| self.uri(&parent));
        if schema.attribute("parent").is_some() {
            document.attributes.set("parent", Reference::to(parent));
        }
        match place {
            Place::Kind(kind) if Self::creatable(*kind) => document.push_offer("add", &uri, true),
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

/// Whether the manager passes an operation of a type on to the cloud.
pub(super) fn passes_on(ty: &str, operation: &str) -> bool {
    match ty {
        "Job" => operation == "stop",
        _ => PASSED_ON.contains(&operation),
    }
}

/// The last segment of a part's path.
pub(super) fn key_of(part: &Part) -> String {
    fingerprint(&part.native.0)
}

/// FNV-1a, as text: short, and the same in every run.
fn fingerprint(text: &str) -> String {
    let digest = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{digest:016x}")
}

/// The operations that the manager offers on a resource: those of its cloud that it passes on.
fn offers<'r>(resource: &'r Resource, schema: &Schema) -> Vec<&'r str> {
    match resource.replicas.as_slice() {
        [] if own::KINDS.contains(&resource.kind) => vec!["edit", "delete"],
        [replica] => replica
            .offers
            .iter()
            .map(String::as_str)
            .filter(|name| {
                matches!(*name, "edit" | "delete")
                    || (PASSED_ON.contains(name) && schema.operation(name).is_some())
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The attributes of a value that is a structure or a reference.
pub(super) fn fields(value: Value) -> Attributes {
    match value {
        Value::Ref(reference) => reference.attributes,
        Value::Structure(fields) => fields,
        _ => Attributes::new(),
    }
}
