//! The world as a provider of CIMI, in one edition.
//!
//! Owns the way from a request to the simulation and from what came of it to an answer. Editions differ by the data of the
//! model and by `words`; everything protocol is `cimi::server`'s.

use std::sync::Arc;

use cimi::extension::Extensions;
use cimi::model::{Form, Schema, schema};
use cimi::server::{
    Action, Authorization, Done, ListRequest, Listing, Methods, Outcome, Path, Precondition, Provider,
    Refusal, Representation, Target, TargetKind, Version,
};
use cimi::update::Update;
use cimi::{Document, Edition};

mod atlas;
mod intake;
mod list;
mod metadata;
mod offers;
mod render;
mod words;

use atlas::{Atlas, METADATA, Place};
use intake::Intake;
use render::View;

use crate::engine::Engine;
use crate::sim::{Accepted, Completion, Denial, Request};
use crate::users::{Caller, Users};
use crate::world::{Draft, Fields, Group, Id, Kind, Record, Setter};

/// One edition's face of a cloud.
#[derive(Debug)]
pub struct Face {
    base: String,
    engine: Arc<Engine>,
    users: Users,
    atlas: Atlas,
    metadata: Vec<Document>,
}

impl Face {
    /// The face of a cloud in an edition, at an absolute base URI with a slash at its end.
    pub fn new(edition: Edition, base: String, engine: Arc<Engine>, users: Users) -> Self {
        let atlas = Atlas::new(edition);
        let metadata = engine.read(|sim, _| metadata::documents(&atlas, &base, &sim.settings().capabilities));
        Self { base, engine, users, atlas, metadata }
    }

    fn view<T>(&self, caller: &Caller, look: impl FnOnce(&View<'_>) -> T) -> T {
        self.engine.read(|sim, now| look(&View { atlas: &self.atlas, base: &self.base, sim, now, caller }))
    }

    /// Understands a request and has it done, as one change of the world.
    fn change(
        &self,
        caller: &Caller,
        request: impl FnOnce(&View<'_>) -> Result<Request, Refusal>,
    ) -> Result<Outcome, Refusal> {
        self.engine.write(|sim| {
            let request = {
                let now = sim.world().now();
                request(&View { atlas: &self.atlas, base: &self.base, sim, now, caller })?
            };
            let result = sim.perform(request);
            let now = sim.world().now();
            let view = View { atlas: &self.atlas, base: &self.base, sim, now, caller };
            match result {
                Ok(accepted) => Ok(outcome(&view, accepted)),
                Err(denial) => Err(refusal(&view, denial)),
            }
        })
    }

    fn place(&self, path: &Path) -> Result<Place, Refusal> {
        if path.query.is_empty() { self.atlas.place(&path.path).ok_or_else(nothing) } else { Err(nothing()) }
    }

    fn metadata_of(&self, of: &Schema) -> Result<Representation, Refusal> {
        let id = format!("{}{METADATA}/{}", self.base, of.name());
        let found = self.metadata.iter().find(|document| document.id() == Some(id.as_str()));
        let document = found.cloned().ok_or_else(nothing)?;
        Ok(Representation { document, version: Version("1".to_owned()) })
    }
}

impl Provider for Face {
    type Caller = Caller;

    fn edition(&self) -> Edition {
        self.atlas.edition()
    }

    fn base_uri(&self) -> &str {
        &self.base
    }

    fn extensions(&self) -> &Extensions {
        const NONE: &Extensions = &Extensions::NONE;
        NONE
    }

    async fn authenticate(&self, authorization: Option<&Authorization>) -> Result<Caller, Refusal> {
        self.users.authenticate(authorization)
    }

    async fn locate(&self, caller: &Caller, path: &Path) -> Result<Target, Refusal> {
        let place = self.place(path)?;
        self.view(caller, |view| target(view, place)).ok_or_else(nothing)
    }

    async fn read(&self, caller: &Caller, path: &Path) -> Result<Representation, Refusal> {
        match self.place(path)? {
            Place::Resource(group, id) => self.view(caller, |view| {
                let record = existing(view, group, id)?;
                let document = view.document(record).ok_or_else(nothing)?;
                Ok(Representation { document, version: view.version(record) })
            }),
            Place::MetadataOf(schema) => self.metadata_of(schema),
            _ => Err(nothing()),
        }
    }

    async fn list(
        &self,
        caller: &Caller,
        path: &Path,
        request: &ListRequest<'_>,
    ) -> Result<Listing, Refusal> {
        match self.place(path)? {
            Place::Collection(group) => self.view(caller, |view| list::resources(view, group, request)),
            Place::Metadata => self.view(caller, |view| list::metadata(view, &self.metadata, request)),
            _ => Err(nothing()),
        }
    }

    async fn create(&self, caller: &Caller, path: &Path, document: Document) -> Result<Outcome, Refusal> {
        let place = self.place(path)?;
        self.change(caller, |view| creation(view, place, &document))
    }

    async fn update(
        &self,
        caller: &Caller,
        path: &Path,
        update: Update,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        let Place::Resource(group, id) = self.place(path)? else { return Err(nothing()) };
        let mut outcome = self.change(caller, |view| {
            let record = existing(view, group, id)?;
            precondition.check(&view.version(record))?;
            allowed(view.caller.may_change(id.kind()))?;
            let schema = view.atlas.page(id.kind()).resource.ok_or_else(nothing)?;
            Ok(Request::Update { id, patch: intake(view).patch(schema, record, &update)? })
        })?;
        outcome.body = self.read(caller, path).await.ok();
        Ok(outcome)
    }

    async fn delete(
        &self,
        caller: &Caller,
        path: &Path,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        let Place::Resource(group, id) = self.place(path)? else { return Err(nothing()) };
        self.change(caller, |view| {
            precondition.check(&view.version(existing(view, group, id)?))?;
            allowed(view.caller.may_change(id.kind()))?;
            Ok(Request::Delete { id })
        })
    }

    async fn act(
        &self,
        caller: &Caller,
        path: &Path,
        action: Action,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        let place = self.place(path)?;
        self.change(caller, |view| act(view, place, &action, precondition))
    }
}

/// What is at a place, if anything is.
fn target(view: &View<'_>, place: Place) -> Option<Target> {
    let page = |kind| view.atlas.page(kind);
    let action = || schema(view.atlas.edition(), "Action");
    let exists = |id: Id| view.sim.world().get(id);
    let at = |kind, schema, methods| Target { kind, schema, methods, accepts: Vec::new() };
    Some(match place {
        Place::Metadata => {
            let schema = schema(view.atlas.edition(), "ResourceMetadataCollection");
            at(TargetKind::Collection, schema, Methods::READ)
        }
        Place::MetadataOf(_) => {
            at(TargetKind::Resource, schema(view.atlas.edition(), "ResourceMetadata"), Methods::READ)
        }
        Place::Resource(group, id) => {
            exists(id).filter(|record| record.group() == group)?;
            let change = match id.kind() {
                Kind::CloudEntryPoint => Methods::UPDATE,
                _ => Methods::UPDATE.and(Methods::DELETE),
            };
            let methods =
                if view.caller.may_change(id.kind()) { Methods::READ.and(change) } else { Methods::READ };
            at(TargetKind::Resource, page(id.kind()).resource?, methods)
        }
        Place::Collection(group) => {
            let found = view.sim.world().has(group).then_some(page(group.kind).collection)??;
            let addition = view.atlas.addition(group.kind).filter(|_| view.caller.may_create(group.kind));
            let gathers = view.atlas.gathers(group.kind) && view.caller.may_change(group.kind);
            let accepts: Vec<_> = addition.into_iter().chain(gathers.then(action)).collect();
            let methods = if accepts.is_empty() { Methods::READ } else { Methods::READ.and(Methods::POST) };
            Target { kind: TargetKind::Collection, schema: found, methods, accepts }
        }
        Place::Operation(id, name) => {
            exists(id)?;
            let methods = posting(view.caller.may_change(id.kind()));
            at(TargetKind::Operation(name.to_owned()), page(id.kind()).resource?, methods)
        }
        // One posts what is to be made (5.14.7.1), or simply the Action.
        Place::Making(id, _, makes) => {
            exists(id)?;
            Target {
                kind: TargetKind::Collection,
                schema: page(makes).collection?,
                methods: posting(view.caller.may_change(id.kind()) && view.caller.may_create(makes)),
                accepts: vec![page(makes).resource?, action()],
            }
        }
        Place::Gathering(group, name) => {
            let found = view.sim.world().has(group).then_some(page(group.kind).collection)??;
            let methods = posting(view.caller.may_change(group.kind));
            at(TargetKind::Operation(name.to_owned()), found, methods)
        }
    })
}

fn posting(may: bool) -> Methods {
    if may { Methods::POST } else { Methods::default() }
}

/// A request to create.
fn creation(view: &View<'_>, place: Place, document: &Document) -> Result<Request, Refusal> {
    let intake = intake(view);
    let label = intake::label(&document.attributes);
    if let Place::Making(id, operation, kind) = place {
        allowed(view.caller.may_change(id.kind()))?;
        let fields = intake.fields(kind, document.schema, &document.attributes)?;
        let about = fields.resource("imageLocation");
        if fields.link("imageLocation").is_some() && about != Some(id) {
            return Err(Refusal::bad_request(format!(
                "imageLocation is not the resource that {operation} belongs to."
            )));
        }
        return Ok(Request::Make { id, operation, draft: Draft::new(label, fields) });
    }
    let Place::Collection(group) = place else { return Err(nothing()) };
    allowed(view.caller.may_create(group.kind))?;
    let Form::Create { .. } = document.schema.ty.form else {
        let fields = intake.fields(group.kind, document.schema, &document.attributes)?;
        return Ok(Request::Create { group, draft: Draft::new(label, fields) });
    };
    let (name, template) = document.schema.template().ok_or_else(nothing)?;
    let reference = document.attributes.reference(name).ok_or_else(|| {
        Refusal::bad_request(format!("{name} is missing: a reference to a template, or its attributes."))
    })?;
    let kind = view.atlas.kind_of(template).ok_or_else(nothing)?;
    let mut fields = intake.fields(kind, template, &reference.attributes)?;
    match reference.href.as_deref().map(|href| intake.link(name, href)).transpose()? {
        Some(link) => keep_secrets(view, &link, &mut fields),
        None => by_value(view, document.schema, name)?,
    }
    let location = document.attributes.text("initialLocation").map(str::to_owned);
    Ok(match location {
        None => Request::Create { group, draft: Draft::new(label, fields) },
        Some(location) => Request::CreateAt { group, draft: Draft::new(label, fields), location },
    })
}

/// What a template holds but does not show goes into what is made of it.
fn keep_secrets(view: &View<'_>, link: &crate::world::Link, fields: &mut Fields) {
    let crate::world::Link::Resource(id) = link else { return };
    let Some(template) = view.sim.world().get(*id) else { return };
    for held in id.kind().card().attributes.iter().filter(|held| held.setter == Setter::Secret) {
        if fields.get(held.name).is_none() {
            fields.set_some(held.name, template.fields.get(held.name).cloned());
        }
    }
}

/// Whether this cloud takes a template by value (`MachineTemplateByValue` and its like).
fn by_value(view: &View<'_>, create: &Schema, template: &str) -> Result<(), Refusal> {
    let Form::Create { creates } = create.ty.form else { return Ok(()) };
    let capability = format!("{creates}TemplateByValue");
    if view.sim.settings().capabilities.has(creates, &capability) {
        return Ok(());
    }
    Err(Refusal::bad_request(format!(
        "{template} is given by value; this cloud takes references only (capability {capability})."
    )))
}

/// A request to act.
fn act(
    view: &View<'_>,
    place: Place,
    action: &Action,
    precondition: &Precondition,
) -> Result<Request, Refusal> {
    let parameters = intake(view).parameters(&action.document.attributes)?;
    match place {
        Place::Operation(id, _) | Place::Making(id, _, _) => {
            let record = view.sim.world().get(id).ok_or_else(nothing)?;
            precondition.check(&view.version(record))?;
            allowed(view.caller.may_change(id.kind()))?;
            if let Place::Making(_, operation, _) = place
                && operation != action.name
            {
                return Err(Refusal::bad_request(format!(
                    "action asks for `{}`, but this is the URI of `{operation}`.",
                    action.name
                )));
            }
            Ok(Request::Act { id, operation: action.name.clone(), parameters })
        }
        Place::Collection(group) | Place::Gathering(group, _) => {
            precondition.check(&view.collection_version(group))?;
            allowed(view.caller.may_change(group.kind))?;
            match action.name.as_str() {
                "insert" => Ok(Request::Insert { group, parameters }),
                "remove" => Ok(Request::Remove { group, parameters }),
                name => Err(Refusal::bad_request(format!(
                    "action asks for `{name}`; this collection knows insert and remove."
                ))),
            }
        }
        _ => Err(nothing()),
    }
}

fn intake<'a>(view: &View<'a>) -> Intake<'a> {
    Intake { atlas: view.atlas, base: view.base, world: view.sim.world() }
}

fn existing<'a>(view: &View<'a>, group: Group, id: Id) -> Result<&'a Record, Refusal> {
    view.sim.world().get(id).filter(|record| record.group() == group).ok_or_else(nothing)
}

fn allowed(may: bool) -> Result<(), Refusal> {
    if may { Ok(()) } else { Err(Refusal::forbidden("The role of this user does not include that.")) }
}

fn nothing() -> Refusal {
    Refusal::not_found("There is nothing here.")
}

/// What came of a change: 201 or 200 with what has changed, 202 with the Job (4.2.1.6, 4.2.1.7).
fn outcome(view: &View<'_>, accepted: Accepted) -> Outcome {
    let shown = |id: Id| {
        let record = view.sim.world().get(id)?;
        Some(Representation { document: view.document(record)?, version: view.version(record) })
    };
    let location = accepted.created.filter(|id| view.atlas.page(id.kind()).resource.is_some());
    let (done, body) = match accepted.completion {
        Completion::Done => (Done::Now, location.and_then(shown)),
        Completion::Running => (Done::Later, shown(accepted.job)),
    };
    Outcome { done, location: location.and_then(|id| view.uri(id)), job: view.uri(accepted.job), body }
}

fn refusal(view: &View<'_>, denial: Denial) -> Refusal {
    let mut refusal = Refusal::new(denial.reason, denial.message);
    refusal.affected = denial.about.into_iter().filter_map(|id| view.uri(id)).collect();
    refusal
}
