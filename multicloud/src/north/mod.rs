//! The CIMI face of the manager: a `cimi::server::Provider` over the use cases.
//!
//! Owns the manager's paths and what its representations look like. Decides nothing about clouds.

mod document;
mod metadata;
mod place;
mod translate;
mod write;

use std::collections::BTreeMap;
use std::time::Duration;

use cimi::extension::Extensions;
use cimi::model::attribute::{Type, attr};
use cimi::model::schema;
use cimi::server::{
    Action, Authorization, ListRequest, Listing, Methods, Outcome, Path, Precondition, Provider, Refusal,
    Representation, Target, TargetKind, Version,
};
use cimi::{Document, Edition, update::Update};

use crate::account::Account;
use crate::app::{App, own};
use crate::connector::{Part, Parts};
use crate::kind::Kind;
use crate::record::Resource;
use crate::sync;

use place::Place;

/// The XML namespace of the manager's extension attributes.
pub const NAMESPACE: &str = "urn:cimi-manager:placement";

/// How old a record may be before a look at a single resource asks its cloud again.
const FRESH: Duration = Duration::from_millis(250);

/// The manager as a provider, in one edition.
pub struct North {
    app: App,
    edition: Edition,
    base: String,
    extensions: Extensions,
    users: BTreeMap<String, String>,
    started: i64,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller(pub String);

impl North {
    /// A face at an absolute base URI with a slash at its end. No users: everybody may ask.
    pub fn new(app: App, edition: Edition, base: impl Into<String>, users: BTreeMap<String, String>) -> Self {
        let extensions = [Kind::Machine, Kind::Volume].into_iter().fold(Extensions::NONE, |all, kind| {
            let name = kind.type_name();
            all.with(name, NAMESPACE, attr("account", Type::String).immutable()).with(
                name,
                NAMESPACE,
                attr("location", Type::String).optional().immutable(),
            )
        });
        let started = app.clock().now().as_millisecond();
        Self { app, edition, base: base.into(), extensions, users, started }
    }

    /// The resource as it is now: asked for at its cloud if the record is not fresh.
    async fn fresh(&self, id: crate::record::Id) -> Result<std::sync::Arc<Resource>, Refusal> {
        let inventory = self.app.inventory();
        let resource = inventory.resource(id).ok_or_else(nothing_here)?;
        let [replica] = resource.replicas.as_slice() else { return Ok(resource) };
        let Some(account) = self.app.account(&replica.account) else {
            let message = format!("The account {} is not in the configuration any more.", replica.account);
            return Err(Refusal::unavailable(message).retry_after(60));
        };
        account.must_be_up().map_err(translate::cloud)?;
        let age = self.app.clock().now().duration_since(replica.seen);
        if age.unsigned_abs() < FRESH && !replica.offers.is_empty() {
            return Ok(resource);
        }
        match sync::resource_once(&self.app, account, &resource).await {
            Ok(Some(id)) => inventory.resource(id).ok_or_else(nothing_here),
            Ok(None) => Err(nothing_here()),
            Err(error) => Err(translate::cloud(error)),
        }
    }

    /// The disks or attachments of a machine, from its cloud.
    async fn parts(&self, machine: crate::record::Id, parts: Parts) -> Result<Vec<Part>, Refusal> {
        let resource = self.app.inventory().resource(machine).ok_or_else(nothing_here)?;
        let [replica] = resource.replicas.as_slice() else { return Ok(Vec::new()) };
        let account = self.account_of(&replica.account)?;
        account.must_be_up().map_err(translate::cloud)?;
        account.connector.parts(&replica.native, parts).await.map_err(|error| {
            account.notice(&error, self.app.clock().now());
            translate::cloud(error)
        })
    }

    fn account_of(&self, name: &str) -> Result<&Account, Refusal> {
        let account = self.app.account(name).map(AsRef::as_ref);
        account.ok_or_else(|| Refusal::unavailable(format!("The account {name} is not configured.")))
    }

    fn whole_version(&self) -> Version {
        Version(format!("{:x}-{}", self.started, self.app.inventory().revision()))
    }

    fn creatable(kind: Kind) -> bool {
        own::KINDS.contains(&kind)
            || matches!(kind, Kind::Machine | Kind::Volume | Kind::MachineImage | Kind::VolumeImage)
    }
}

impl Provider for North {
    type Caller = Caller;

    fn edition(&self) -> Edition {
        self.edition
    }

    fn base_uri(&self) -> &str {
        &self.base
    }

    fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    async fn authenticate(&self, authorization: Option<&Authorization>) -> Result<Caller, Refusal> {
        if self.users.is_empty() {
            return Ok(Caller("anybody".to_owned()));
        }
        match authorization {
            Some(Authorization::Basic { user, password }) if self.users.get(user) == Some(password) => {
                Ok(Caller(user.clone()))
            }
            Some(_) => Err(Refusal::unauthorized("The credentials are wrong.")),
            None => Err(Refusal::unauthorized("Credentials are needed: Basic, as the operator gave them.")),
        }
    }

    async fn locate(&self, _: &Caller, path: &Path) -> Result<Target, Refusal> {
        let place = Place::of(&path.path).ok_or_else(nothing_here)?;
        self.target(place)
    }

    async fn read(&self, _: &Caller, path: &Path) -> Result<Representation, Refusal> {
        match Place::of(&path.path).ok_or_else(nothing_here)? {
            Place::EntryPoint => Ok(self.entry_point()),
            Place::Resource(_, id) => Ok(self.representation(&*self.fresh(id).await?)),
            Place::Job(id) => {
                let job = self.app.inventory().job(id).ok_or_else(nothing_here)?;
                Ok(self.job(&job))
            }
            Place::Metadatum(name) => self.metadatum(&name).ok_or_else(nothing_here),
            Place::Part(machine, parts, key) => {
                let found = self.parts(machine, parts).await?;
                let part = found.iter().find(|part| document::key_of(part) == key);
                part.and_then(|part| self.part(machine, parts, part)).ok_or_else(nothing_here)
            }
            _ => Err(nothing_here()),
        }
    }

    async fn list(&self, _: &Caller, path: &Path, request: &ListRequest<'_>) -> Result<Listing, Refusal> {
        let place = Place::of(&path.path).ok_or_else(nothing_here)?;
        let members = match &place {
            Place::Kind(kind) => {
                let resources = self.app.inventory().of_kind(*kind);
                resources.iter().map(|resource| self.representation(resource).document).collect()
            }
            Place::Jobs => self.app.inventory().jobs().iter().map(|job| self.job(job).document).collect(),
            Place::Metadata => self.metadata(),
            Place::Parts(machine, parts) => {
                let found = self.parts(*machine, *parts).await?;
                found
                    .iter()
                    .filter_map(|part| self.part(*machine, *parts, part))
                    .map(|part| part.document)
                    .collect::<Vec<Document>>()
            }
            _ => return Err(nothing_here()),
        };
        let page = request.apply(members)?;
        let collection = self.collection(&place).ok_or_else(nothing_here)?;
        Ok(Listing { collection, count: page.count, members: page.members, version: self.whole_version() })
    }

    async fn create(&self, _: &Caller, path: &Path, document: Document) -> Result<Outcome, Refusal> {
        self.add(&Place::of(&path.path).ok_or_else(nothing_here)?, document).await
    }

    async fn update(
        &self,
        _: &Caller,
        path: &Path,
        update: Update,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        self.edit(&Place::of(&path.path).ok_or_else(nothing_here)?, update, precondition).await
    }

    async fn delete(&self, _: &Caller, path: &Path, precondition: &Precondition) -> Result<Outcome, Refusal> {
        self.remove(&Place::of(&path.path).ok_or_else(nothing_here)?, precondition).await
    }

    async fn act(
        &self,
        _: &Caller,
        path: &Path,
        action: Action,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        self.perform(&Place::of(&path.path).ok_or_else(nothing_here)?, &action, precondition).await
    }
}

impl North {
    fn target(&self, place: Place) -> Result<Target, Refusal> {
        let read = Methods::READ;
        let at = |kind, name, methods| self.at(kind, name, methods);
        let inventory = self.app.inventory();
        Ok(match place {
            Place::EntryPoint => at(TargetKind::Resource, "CloudEntryPoint", read),
            Place::Kind(kind) => {
                let mut target = at(TargetKind::Collection, kind.collection_name(), read);
                if Self::creatable(kind) {
                    target.methods = read.and(Methods::POST);
                    target.accepts = target.schema.addition().into_iter().collect();
                }
                target
            }
            Place::Jobs => at(TargetKind::Collection, "JobCollection", read),
            Place::Metadata => at(TargetKind::Collection, "ResourceMetadataCollection", read),
            Place::Metadatum(name) => {
                self.metadatum(&name).ok_or_else(nothing_here)?;
                at(TargetKind::Resource, "ResourceMetadata", read)
            }
            Place::Resource(kind, id) => {
                inventory.resource(id).filter(|resource| resource.kind == kind).ok_or_else(nothing_here)?;
                let methods = read.and(Methods::UPDATE).and(Methods::DELETE);
                at(TargetKind::Resource, kind.type_name(), methods)
            }
            Place::Operation(kind, id, operation) => {
                let resource = inventory.resource(id).filter(|resource| resource.kind == kind);
                let target = at(TargetKind::Operation(operation.clone()), kind.type_name(), Methods::POST);
                let known = target.schema.operation(&operation).is_some();
                resource.filter(|_| known).ok_or_else(nothing_here)?;
                target
            }
            Place::Job(id) => {
                inventory.job(id).ok_or_else(nothing_here)?;
                at(TargetKind::Resource, "Job", read.and(Methods::DELETE))
            }
            Place::StopJob(id) => {
                inventory.job(id).ok_or_else(nothing_here)?;
                at(TargetKind::Operation("stop".to_owned()), "Job", Methods::POST)
            }
            Place::Parts(machine, parts) => {
                inventory.resource(machine).ok_or_else(nothing_here)?;
                self.parts_target(parts)
            }
            Place::Part(machine, parts, _) => {
                inventory.resource(machine).ok_or_else(nothing_here)?;
                self.part_target(parts)?
            }
        })
    }

    fn at(&self, kind: TargetKind, name: &'static str, methods: Methods) -> Target {
        Target { kind, schema: schema(self.edition, name), methods, accepts: Vec::new() }
    }

    /// A collection of what a Machine has.
    fn parts_target(&self, parts: Parts) -> Target {
        let mut target = self.at(TargetKind::Collection, self.parts_collection(parts), Methods::READ);
        if parts == Parts::Volumes {
            target.methods = Methods::READ.and(Methods::POST);
            target.accepts = match self.edition {
                Edition::V1 => vec![schema(self.edition, "MachineVolume")],
                Edition::V2 => vec![schema(self.edition, "Action")],
            };
        }
        target
    }

    /// One of them.
    fn part_target(&self, parts: Parts) -> Result<Target, Refusal> {
        let (name, methods) = match (parts, self.edition) {
            (Parts::Disks, _) => ("Disk", Methods::READ),
            (Parts::Volumes, Edition::V1) => ("MachineVolume", Methods::READ.and(Methods::DELETE)),
            (Parts::Volumes, Edition::V2) => return Err(nothing_here()),
        };
        Ok(self.at(TargetKind::Resource, name, methods))
    }

    fn parts_collection(&self, parts: Parts) -> &'static str {
        match (parts, self.edition) {
            (Parts::Disks, _) => "DiskCollection",
            (Parts::Volumes, Edition::V1) => "MachineVolumeCollection",
            (Parts::Volumes, Edition::V2) => "locatedVolumeCollection",
        }
    }
}

fn nothing_here() -> Refusal {
    Refusal::not_found("There is nothing here. Start at the Cloud Entry Point and follow its links.")
}
