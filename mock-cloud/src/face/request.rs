//! Requests in the world's terms, from the documents that ask for them.
//!
//! Owns the rights that a request takes, and the choice of what is asked for. Does nothing itself.

use cimi::Document;
use cimi::model::{Form, Schema, capability};
use cimi::server::{Action, Precondition, Refusal};

use super::atlas::Place;
use super::intake::{self, Intake};
use super::render::View;
use super::{allowed, nothing};
use crate::sim::Request;
use crate::world::{Draft, Fields, Link, Setter};

/// A request to create.
pub(super) fn creation(view: &View<'_>, place: Place, document: &Document) -> Result<Request, Refusal> {
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
fn keep_secrets(view: &View<'_>, link: &Link, fields: &mut Fields) {
    let Link::Resource(id) = link else { return };
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
    // What table 7 does not speak of is not restricted: a System's template.
    let restricted = capability::find(creates, &capability).is_some();
    if !restricted || view.sim.settings().capabilities.has(creates, &capability) {
        return Ok(());
    }
    Err(Refusal::bad_request(format!(
        "{template} is given by value; this cloud takes references only (capability {capability})."
    )))
}

/// A request to act.
pub(super) fn action(
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

/// What it takes to understand a document.
pub(super) fn intake<'a>(view: &View<'a>) -> Intake<'a> {
    Intake { atlas: view.atlas, base: view.base, world: view.sim.world(), component: false }
}
