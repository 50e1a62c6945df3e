//! The world as a provider of CIMI, in one edition.
//!
//! Owns the way from a request to the simulation and from what came of it to an answer. Editions differ by the data of the
//! model and by `words`; everything protocol is `cimi::server`'s.

use std::sync::Arc;

use cimi::extension::Extensions;
use cimi::model::Schema;
use cimi::server::{
    Action, Authorization, Done, ListRequest, Listing, Outcome, Path, Precondition, Provider, Refusal,
    Representation, Target, Version,
};
use cimi::update::Update;
use cimi::{Document, Edition};
use http::Method;

mod atlas;
mod intake;
mod list;
mod metadata;
mod offers;
mod packages;
mod render;
mod request;
mod seen;
mod target;
mod watch;
mod words;

use atlas::{Atlas, METADATA, Place};
pub use packages::Folder;
use render::View;

use crate::engine::Engine;
use crate::fault::Matter;
use crate::sim::{Accepted, Completion, Denial, Request, Sim};
use crate::users::{Caller, Users};
use crate::world::{Group, Id, Record};

/// One edition's face of a cloud.
#[derive(Debug)]
pub struct Face {
    base: String,
    engine: Arc<Engine>,
    users: Users,
    atlas: Atlas,
    metadata: Vec<Document>,
    folder: Folder,
    /// The query parameters that the cloud does not support.
    deaf: Vec<&'static str>,
}

impl Face {
    /// The face of a cloud in an edition, at an absolute base URI with a slash at its end.
    pub fn new(edition: Edition, base: String, engine: Arc<Engine>, users: Users) -> Self {
        let atlas = Atlas::new(edition);
        let metadata = engine.read(|sim, _| metadata::documents(&atlas, &base, &sim.settings().capabilities));
        let deaf = engine.read(|sim, _| watch::deaf(edition, &sim.settings().capabilities));
        Self { base, engine, users, atlas, metadata, folder: Folder::default(), deaf }
    }

    /// With a folder for packages, into which `file:` URIs may point.
    #[must_use]
    pub fn with_folder(mut self, folder: Folder) -> Self {
        self.folder = folder;
        self
    }

    /// What a request is about, by its method and path; none if there is no such place, or nothing is done there.
    pub(crate) fn matter(&self, method: &Method, path: &str) -> Option<Matter> {
        let base = self
            .base
            .find("://")
            .and_then(|at| self.base[at + 3..].find('/').map(|slash| &self.base[at + 3 + slash..]))?;
        let rest = path.strip_prefix(base).or_else(|| (path.len() + 1 == base.len()).then_some(""))?;
        let place = self.atlas.place(rest)?;
        matter(method, place)
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
        let change = |sim: &mut Sim| {
            let now = sim.world().now();
            let request = request(&View { atlas: &self.atlas, base: &self.base, sim, now, caller })?;
            Ok(sim.perform(request))
        };
        self.engine.change(change, |sim, result: Result<_, Refusal>| {
            let now = sim.world().now();
            let view = View { atlas: &self.atlas, base: &self.base, sim, now, caller };
            match result? {
                Ok(accepted) => Ok(outcome(&view, accepted)),
                Err(denial) => Err(refusal(&view, denial)),
            }
        })
    }

    fn place(&self, path: &Path) -> Result<Place, Refusal> {
        // This cloud puts no parameters into its URIs, so that any are unknown ones: ignored (4.1.6).
        self.atlas.place(&path.path).ok_or_else(nothing)
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
        if let Place::MetadataOf(schema) = place {
            self.metadata_of(schema)?;
        }
        self.view(caller, |view| target::at(view, place)).ok_or_else(nothing)
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

    async fn version(&self, caller: &Caller, path: &Path) -> Option<Version> {
        let Ok(Place::Resource(group, id)) = self.place(path) else { return None };
        self.view(caller, |view| existing(view, group, id).ok().map(|record| view.version(record)))
    }

    async fn list(
        &self,
        caller: &Caller,
        path: &Path,
        request: &ListRequest<'_>,
    ) -> Result<Listing, Refusal> {
        match self.place(path)? {
            Place::Collection(group) => {
                let mut scan = list::Scan::new(group, request)?;
                while self.view(caller, |view| scan.go_on(view))? == list::Progress::More {
                    tokio::task::yield_now().await;
                }
                scan.into_listing()
            }
            Place::Metadata => self.view(caller, |view| list::metadata(view, &self.metadata, request)),
            _ => Err(nothing()),
        }
    }

    async fn create(&self, caller: &Caller, path: &Path, document: Document) -> Result<Outcome, Refusal> {
        let place = self.place(path)?;
        self.change(caller, |view| request::creation(view, place, &document))
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
            Ok(Request::Update { id, patch: request::intake(view).patch(schema, record, &update)? })
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

    fn obeys(&self, parameter: &str) -> bool {
        !self.deaf.contains(&parameter)
    }

    fn answered(&self, caller: &Caller, method: &str, path: &Path, status: u16) {
        if self.engine.peek(Sim::keeps_logs) {
            self.note(caller, method, path, status);
        }
    }

    async fn act(
        &self,
        caller: &Caller,
        path: &Path,
        action: Action,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        let place = self.place(path)?;
        if let Some(result) = self.package(caller, place, &action, precondition) {
            return result;
        }
        self.change(caller, |view| request::action(view, place, &action, precondition))
    }
}

/// What a request to a place is about, in the words of faults.
fn matter(method: &Method, place: Place) -> Option<Matter> {
    let common = |reads: &'static str| match *method {
        Method::GET | Method::HEAD => Some(reads),
        Method::PUT => Some("update"),
        Method::DELETE => Some("delete"),
        _ => None,
    };
    let posts = method == Method::POST;
    Some(match place {
        Place::Resource(_, id) => Matter { kind: Some(id.kind()), operation: common("read")?, id: Some(id) },
        Place::Collection(group) if posts => Matter { kind: Some(group.kind), operation: "create", id: None },
        Place::Collection(group) => Matter { kind: Some(group.kind), operation: common("list")?, id: None },
        Place::Operation(id, operation) | Place::Making(id, operation, _) if posts => {
            Matter { kind: Some(id.kind()), operation, id: Some(id) }
        }
        Place::Gathering(group, operation) if posts => Matter { kind: Some(group.kind), operation, id: None },
        Place::Metadata => Matter { kind: None, operation: common("list")?, id: None },
        Place::MetadataOf(_) => Matter { kind: None, operation: common("read")?, id: None },
        Place::Operation(..) | Place::Making(..) | Place::Gathering(..) => return None,
    })
}

fn existing<'a>(view: &View<'a>, group: Group, id: Id) -> Result<&'a Record, Refusal> {
    view.sim.world().get(id).filter(|record| record.home() == group).ok_or_else(nothing)
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
    refusal.retry_after = denial.retry_after.map(|wait| wait.as_secs().max(1));
    refusal.affected = denial.about.into_iter().filter_map(|id| view.uri(id)).collect();
    refusal
}
