//! Import and export (DSP0263 5.13.1.2, 5.13.2.1, 5.13.4.1, 5.13.5.1): from a request to the package it is about, and back.
//!
//! Owns the order of things: a package is fetched and read before the world is touched, so that a bad one changes nothing.

use std::path::PathBuf;
use std::sync::Arc;

use cimi::Document;
use cimi::server::{Action, Done, Outcome, Precondition, Refusal};

use super::atlas::IMPORT;
use super::render::View;
use super::{Face, Place, allowed, nothing, outcome, refusal};
use crate::ovf::source::{Form, Places, SourceError};
use crate::ovf::{self, mapping};
use crate::sim::{Request, Sim};
use crate::users::Caller;
use crate::world::{Draft, Group, Id, Kind};

/// The operation of a System, or of its template, that writes a package.
pub(super) const EXPORT: &str = "export";

/// The folder that `file:` URIs may point into, if there is one.
#[derive(Clone, Debug, Default)]
pub struct Folder(Option<Arc<PathBuf>>);

impl Folder {
    /// This one, or none.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self(folder.map(Arc::new))
    }
}

impl Face {
    /// Imports a package, or exports one, if that is what is asked for; none if it is something else.
    pub(super) fn package(
        &self,
        caller: &Caller,
        place: Place,
        action: &Action,
        precondition: &Precondition,
    ) -> Option<Result<Outcome, Refusal>> {
        match place {
            Place::Gathering(group, IMPORT) => Some(self.import(caller, group, action, precondition)),
            Place::Operation(id, EXPORT) => Some(self.export(caller, id, action, precondition)),
            Place::Collection(group) if action.name == IMPORT && self.atlas.imports(group.kind) => {
                Some(self.import(caller, group, action, precondition))
            }
            _ => None,
        }
    }

    fn places(&self) -> Places<'_> {
        Places { base: &self.base, folder: self.folder.0.as_deref().map(PathBuf::as_path) }
    }

    fn import(
        &self,
        caller: &Caller,
        group: Group,
        action: &Action,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        allowed(caller.may_create(group.kind))?;
        let source = text(&action.document, "source")
            .ok_or_else(|| Refusal::bad_request("source is missing: the URI of an OVF package."))?;
        let kept = |name: &str| self.engine.peek(|sim| sim.packages().get(name).map(|(bytes, _)| bytes));
        let package = self.places().fetch(source, kept).map_err(|error| refused(&error))?;
        let mut draft = mapping::template_of(&package, self.atlas.edition());
        if group.kind == Kind::SystemTemplate {
            draft.fields.set_some("importImage", image_of(source));
        }
        self.change(caller, |view| {
            precondition.check(&view.collection_version(group))?;
            Ok(Request::Import { group, draft })
        })
    }

    fn export(
        &self,
        caller: &Caller,
        id: Id,
        action: &Action,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        allowed(caller.may_change(id.kind()))?;
        let form = Form::of(text(&action.document, "format")).map_err(|error| refused(&error))?;
        let destination = text(&action.document, "destination");
        self.engine.write(|sim| {
            let package = {
                let view = self.view_of(sim, caller);
                let record = view.sim.world().get(id).ok_or_else(nothing)?;
                precondition.check(&view.version(record))?;
                package_of(&view, id)?
            };
            // First it is known that it may be, then it is done; the Job is about what has been done.
            let before = sim.packages().clone();
            let uri = self
                .places()
                .deliver(sim.packages_mut(), &package, form, destination)
                .map_err(|error| refused(&error))?;
            let result = sim.perform(Request::Act {
                id,
                operation: EXPORT.to_owned(),
                parameters: crate::world::Fields::new(),
            });
            if result.is_err() {
                *sim.packages_mut() = before;
            }
            let view = self.view_of(sim, caller);
            let mut outcome = match result {
                Ok(accepted) => outcome(&view, accepted),
                Err(denial) => return Err(refusal(&view, denial)),
            };
            outcome.done = Done::Now;
            outcome.body = None;
            outcome.location = destination.is_none().then_some(uri);
            Ok(outcome)
        })
    }

    fn view_of<'a>(&'a self, sim: &'a Sim, caller: &'a Caller) -> View<'a> {
        View { atlas: &self.atlas, base: &self.base, sim, now: sim.world().now(), caller }
    }
}

/// The package of a System or of its template.
fn package_of(view: &View<'_>, id: Id) -> Result<ovf::Package, Refusal> {
    let world = view.sim.world();
    if id.kind().states().is_some() && !view.sim.offers(id, EXPORT) {
        let state = world.get(id).and_then(|record| record.state).unwrap_or_default();
        return Err(Refusal::conflict(format!("The System is {state}; wait until it is in a stable state.")));
    }
    let lookup = |id: Id| world.get(id).map(|record| Draft::new(record.label.clone(), record.fields.clone()));
    let template = match id.kind() {
        Kind::System => mapping::template_of_system(world, id, view.atlas.edition()),
        _ => lookup(id),
    };
    let package = mapping::package_of(&template.ok_or_else(nothing)?, &lookup);
    package.map_err(|error| refused(&error.into()))
}

/// What a template says it was imported from (table 14); data is nowhere else.
fn image_of(source: &str) -> Option<&str> {
    let source = source.trim();
    let is_data = source.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
    (!is_data).then_some(source)
}

fn text<'a>(document: &'a Document, name: &str) -> Option<&'a str> {
    document.attributes.text(name).filter(|text| !text.trim().is_empty())
}

fn refused(error: &SourceError) -> Refusal {
    let message = error.to_string();
    match error {
        SourceError::Store(ovf::store::StoreError::Full) => {
            Refusal::new(cimi::server::Reason::Exhausted, message)
        }
        _ => Refusal::bad_request(message),
    }
}
