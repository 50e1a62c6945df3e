//! Representations: records as CIMI documents with links and operations.

use cimi::extension::Extensions;
use cimi::model::attribute::{Attribute, attr};
use cimi::model::{Schema, Type, schema};
use cimi::server::{Representation, Version};
use cimi::{Attributes, Document, Edition, Reference};

use super::{NAMESPACE, North, metadata, translate};
use crate::app::{own, reference};
use crate::connector::{Native, Nature, Part, Parts};
use crate::kind::{Kind, Role};
use crate::record::{Id, Job, Resource, Work};
use crate::region::{COUNTRY, LOCATION};
use crate::sync::link_of;
use crate::system::{self, Tie};

/// The manager's extension attributes by which a creation says where it has to be: the account, who runs its cloud, and where
/// that is.
pub(super) const PLACED: [&str; 3] = ["account", "provider", LOCATION];

/// What its cloud calls something.
pub(super) const PROVIDER_ID: &str = "providerId";

/// All that say where something is.
pub(super) const WHERE: [&str; 5] = ["account", "provider", LOCATION, COUNTRY, PROVIDER_ID];

/// What is declared beside CIMI's own: where something is, and of what creates it, where it has to be.
pub(super) fn extensions(edition: Edition) -> Extensions {
    let [account, provider, location] = PLACED.map(|name| attr(name, Type::String));
    let presence = attr(PRESENCE, Type::String).optional().immutable();
    Kind::in_edition(edition).filter(|kind| kind.has_place()).fold(Extensions::NONE, |all, kind| {
        let all = all.with(kind.type_name(), NAMESPACE, presence);
        // Images, and systems of the manager's own, are at several clouds, or at none.
        let account = if kind.role() == Role::Thing { account } else { account.optional() };
        let [country, provider_id] = [COUNTRY, PROVIDER_ID].map(|name| attr(name, Type::String));
        let more = [provider, location, country, provider_id].map(|it| it.optional().immutable());
        let with = |all: Extensions, ty: &str, attributes: &[Attribute]| {
            attributes.iter().fold(all, |all, attribute| all.with(ty, NAMESPACE, *attribute))
        };
        let all = with(all, kind.type_name(), &[account.immutable()]);
        let all = with(all, kind.type_name(), &more);
        match schema(edition, kind.collection_name()).addition() {
            // What is created as it will be has them already.
            Some(creation) if creation.name() != kind.type_name() && kind.can_be_pinned() => {
                with(all, creation.name(), &[account, provider, location].map(Attribute::optional))
            }
            _ => all,
        }
    })
}

/// What a job is about.
const TARGET: &str = "targetResource";

/// The extension attribute that says that a resource's cloud does not have it any more, though nobody deleted it here.
pub(super) const PRESENCE: &str = "presence";

/// Its value: there is none as long as all is well.
const GONE: &str = "gone";

impl North {
    pub(super) fn entry_point(&self) -> Representation {
        let mut document = Document::new(self.schema("CloudEntryPoint"));
        document.attributes.set("id", &*self.base);
        document.attributes.set("name", "CIMI manager");
        document.attributes.set("description", "One CIMI face over many clouds");
        document.attributes.set("baseURI", &*self.base);
        let mut link = |name: &'static str| {
            document.attributes.set(name, Reference::to(self.uri(name)));
        };
        link("resourceMetadata");
        Kind::in_edition(self.edition).map(Kind::link).for_each(&mut link);
        link("jobs");
        Representation { document, version: Version(format!("{:x}", self.started)) }
    }

    pub(super) fn representation(&self, resource: &Resource) -> Representation {
        let schema = self.schema(resource.kind.type_name());
        let path = link_of(resource.kind, resource.id);
        let mut attributes = Attributes::with_capacity(resource.attributes.len() + 8);
        attributes.set("id", self.uri(&path));
        attributes.extend(self.outward(schema, &resource.attributes));
        let parent = self.parent_of(resource).unwrap_or_else(|| resource.kind.link().to_owned());
        self.frame(schema, &parent, &mut attributes);
        for parts in Parts::of_kind(resource.kind, self.edition) {
            let name = parts.attribute();
            attributes.set(name, Reference::to(self.uri(&format!("{path}/{name}"))));
        }
        let mut version = translate::version(resource.id, resource.version);
        let placed = self.placed(resource);
        for name in ["provider", "location"] {
            // It may be another one after the next start.
            version.0.push('.');
            version.0.push_str(placed.text(name).unwrap_or_default());
        }
        attributes.extend(placed);
        if let Some(log) = self.log_of(schema, &path) {
            version.0.push_str(".l");
            version.0.push_str(&log.0.to_string());
            attributes.set("eventLog", Reference::to(self.uri(&link_of(Kind::EventLog, log))));
        }
        let mut document = Document::with(schema, attributes);
        let offers = if self.app.may_change(resource) { self.offers(resource, schema) } else { Vec::new() };
        if offers.is_empty() {
            // Nothing is offered: another representation than who may is shown.
            version.0.push_str(".r");
        }
        if system::is_own(resource) {
            // They follow those of its machines.
            let shown = fingerprint(offers.iter().map(|offer| offer.as_bytes()));
            version.0.push('.');
            version.0.push_str(&shown);
        }
        for operation in offers {
            match operation {
                "edit" | "delete" => document.push_offer(operation, &self.uri(&path), true),
                _ => {
                    let href = format!("{}/{operation}", self.uri(&path));
                    document.push_offer(&self.edition.action_uri(operation), &href, true);
                }
            }
        }
        Representation { document, version }
    }

    /// The event log of a resource whose type has one.
    pub(super) fn log_of(&self, schema: &Schema, path: &str) -> Option<Id> {
        schema.attribute("eventLog").and_then(|_| self.app.inventory().log_of(path))
    }

    /// The collection of the system that a resource was made with (5.10.2), if this edition has it.
    fn parent_of(&self, resource: &Resource) -> Option<String> {
        let inventory = self.app.inventory();
        let mut systems =
            inventory.systems_of(resource.id).into_iter().filter_map(|id| inventory.resource(id));
        let system = systems.find(|system| {
            let mut components = system::components(&system.attributes).into_iter();
            components.any(|it| it.id == resource.id && it.tie == Tie::Child)
        })?;
        let parts = Parts::of(Kind::System, resource.kind.link())?;
        parts.nature(self.edition)?;
        Some(format!("{}/{}", link_of(Kind::System, system.id), parts.attribute()))
    }

    /// Where a resource is, if that is one place.
    pub(super) fn placed(&self, resource: &Resource) -> Attributes {
        let [account, provider, location] = PLACED;
        let mut placed = Attributes::new();
        if !resource.kind.has_place() {
            return placed;
        }
        if resource.is_gone() {
            placed.set(PRESENCE, GONE);
        }
        if let [replica] = resource.replicas.as_slice() {
            placed.set(account, replica.account.as_str());
            // It is there, whether the account is in use or not.
            let there = self.app.whereabouts(&replica.account).unwrap_or_default();
            placed.set(PROVIDER_ID, replica.native.0.as_str());
            placed.set_some(COUNTRY, there.country().map(str::to_owned));
            placed.set_some(provider, there.provider);
            placed.set_some(location, there.location);
        }
        placed
    }

    /// Where a resource belongs, and what describes it; CIMI 2.0 only.
    pub(super) fn frame(&self, schema: &Schema, collection: &str, attributes: &mut Attributes) {
        if self.edition == Edition::V2 {
            attributes.set("parent", Reference::to(self.uri(collection)));
            if metadata::describes(self.edition, schema.name()) {
                let metadata = format!("resourceMetadata/{}", schema.name());
                attributes.set("resourceMetadata", Reference::to(self.uri(&metadata)));
            }
        }
    }

    pub(super) fn job(&self, job: &Job) -> Representation {
        let schema = self.schema("Job");
        let path = format!("jobs/{}", job.id.0);
        let mut attributes = Attributes::new().with("id", self.uri(&path));
        attributes.extend(self.outward(schema, &job.attributes));
        if let Some(target) = job.attributes.href(TARGET).filter(|_| !attributes.contains(TARGET)) {
            // What it was about is told to whoever sees it, though it may be there no longer.
            attributes.set(TARGET, Reference::to(self.uri(target)));
        }
        self.frame(schema, "jobs", &mut attributes);
        let mut document = Document::with(schema, attributes);
        let mut version = translate::version(job.id, job.version);
        if self.app.may_change_job(job) {
            document.push_offer("edit", &self.uri(&path), true);
        }
        match &job.work {
            _ if !self.app.may_change_job(job) => {}
            Work::Done => document.push_offer("delete", &self.uri(&path), true),
            _ if self.app.can_stop(job) => {
                document.push_offer("delete", &self.uri(&path), true);
                let rel = self.edition.action_uri("stop");
                document.push_offer(&rel, &self.uri(&format!("{path}/stop")), true);
                // That of a system can be stopped as long as something in it can.
                version.0.push_str(".s");
            }
            Work::Create { .. } | Work::Change { .. } | Work::System { .. } | Work::Remove { .. } => {}
        }
        Representation { document, version }
    }

    /// What has no life of its own; what is connected or was made, in CIMI 2.0 itself with accessories; or, in 1.x, a resource
    /// that refers to it.
    pub(super) fn part(&self, owner: Id, parts: Parts, part: &Part) -> Option<Representation> {
        let collection = format!("{}/{}", link_of(parts.owner(), owner), parts.attribute());
        let schema = parts.member(self.edition)?;
        let uri = self.uri(&format!("{collection}/{}", key_of(&part.native)));
        let shown = format!("{:?}{:?}{:?}", part.target, part.attributes, part.offers);
        let mut version = Version(fingerprint([shown.as_bytes()]));
        let nature = parts.nature(self.edition)?;
        if matches!(nature, Nature::Members(_)) {
            let target = self.representation(&*self.target_of(owner, part)?);
            if schema == target.document.schema {
                return Some(target);
            }
            version.0.push_str(&target.version.0);
            let mut attributes = target.document.attributes;
            // Its own metadata declares these, not that of the item.
            attributes.retain(|name, _| !WHERE.contains(&name) && name != PRESENCE);
            for accessory in schema.ty.attributes {
                attributes.set_some(accessory.name, part.attributes.get(accessory.name).cloned());
            }
            return Some(Representation { document: Document::with(schema, attributes), version });
        }
        let mut attributes = Attributes::new().with("id", uri.as_str());
        attributes.extend(self.outward(schema, &part.attributes));
        if let Nature::Links(kind, name) = nature {
            let target = self.target_of(owner, part).filter(|target| target.kind == kind)?;
            attributes.set(name, Reference::to(self.uri(&link_of(target.kind, target.id))));
        }
        self.frame(schema, &collection, &mut attributes);
        let mut document = Document::with(schema, attributes);
        let goes = match nature {
            Nature::Links(..) => "remove",
            Nature::Own | Nature::Members(_) => "delete",
        };
        if parts.is_changeable(self.edition) && part.offers.iter().any(|offer| offer == goes) {
            document.push_offer("delete", &uri, true);
        }
        Some(Representation { document, version })
    }

    /// What a part refers to.
    pub(super) fn target_of(&self, owner: Id, part: &Part) -> Option<std::sync::Arc<Resource>> {
        let inventory = self.app.inventory();
        let owner = inventory.resource(owner)?;
        let target = part.target.as_ref()?;
        let id = match owner.replicas.first() {
            Some(replica) => inventory.by_native(&replica.account, target)?,
            // The components of a system of the manager's own are called as the manager calls them.
            None => reference::parse(&target.0)?.1,
        };
        inventory.resource(id)
    }

    /// The operations that the manager offers on a resource: those of its cloud that it passes on.
    fn offers<'r>(&self, resource: &'r Resource, schema: &Schema) -> Vec<&'r str> {
        if resource.is_gone() {
            return vec!["delete"];
        }
        let [replica] = resource.replicas.as_slice() else {
            if system::is_own(resource) {
                return self.app.system_offers(resource);
            }
            let own = resource.replicas.is_empty() && own::keeps(resource.kind);
            return if own { vec!["edit", "delete"] } else { Vec::new() };
        };
        let account = self.app.account(&replica.account).filter(|account| account.is_managed());
        let Some(account) = account else { return Vec::new() };
        let takes_images = |image: Kind| account.takes(image);
        let passed_on = |name: &&str| match *name {
            "edit" | "delete" => true,
            name => is_passed_on(schema, name) && makes(resource.kind, name).is_none_or(takes_images),
        };
        replica.offers.iter().map(String::as_str).filter(passed_on).collect()
    }
}

/// Whether the manager has an operation of a type: packages stay with the cloud that writes them.
pub(super) fn is_passed_on(schema: &Schema, operation: &str) -> bool {
    !matches!(operation, "export" | "import") && schema.operation(operation).is_some()
}

/// What an operation makes, if it makes something (5.14.7.1).
pub(super) fn makes(kind: Kind, operation: &str) -> Option<Kind> {
    match (kind, operation) {
        (Kind::Machine, "capture" | "snapshot") => Some(Kind::MachineImage),
        (Kind::Volume, "snapshot") => Some(Kind::VolumeImage),
        _ => None,
    }
}

/// Whether the manager has what an attribute of this type shows.
pub(super) fn serves(schema: &Schema, ty: Type) -> bool {
    let shown = |name: &str| Kind::of_type(name).is_some_and(|kind| kind.is_in(schema.edition));
    let has = |name: &str| name.is_empty() || name == "Job" || shown(name);
    match ty {
        Type::Ref("ResourceMetadata") => schema.edition == Edition::V2,
        Type::Ref(to) => has(to),
        Type::Array(item) => match item.ty {
            Type::Ref(to) => has(to),
            _ => true,
        },
        Type::Collection("ResourceMetadataCollection" | "JobCollection") => true,
        Type::Collection(name) => {
            let is_part = |parts: &Parts| {
                parts.owner().type_name() == schema.name()
                    && parts.collection(schema.edition).is_some_and(|it| it.name() == name)
            };
            let is_root = schema.name() == "CloudEntryPoint";
            is_root && Kind::in_edition(schema.edition).any(|it| it.collection_name() == name)
                || Parts::all().iter().any(is_part)
        }
        _ => true,
    }
}

/// The last segment of a part's path.
pub(super) fn key_of(native: &Native) -> String {
    fingerprint([native.0.as_bytes()])
}

/// FNV-1a, as text: short, and the same in every run.
pub(super) fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let bytes = parts.into_iter().flatten();
    let digest = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{digest:016x}")
}
