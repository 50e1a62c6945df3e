//! Requests that change something: from documents to use cases, from what came of them to outcomes.

use cimi::server::{Action, Done, Outcome, Precondition, Refusal};
use cimi::update::Update;
use cimi::{Attributes, Document};

use super::place::Place;
use super::{North, document, nothing_here, translate};
use crate::app::{Begun, Change, Ended, Request, reference};
use crate::connector::Parts;
use crate::kind::Kind;
use crate::record::Id;
use crate::sync::link_of;

/// What a creation sets on the new resource itself (4.2.1.1).
const COMMON: &[&str] = &["name", "description", "properties"];

impl North {
    pub(super) async fn add(&self, place: &Place, document: Document) -> Result<Outcome, Refusal> {
        match place {
            Place::Kind(kind) => {
                let request = self.request(*kind, document)?;
                let begun = self.app.create(request).await.map_err(translate::app)?;
                let mut outcome = self.outcome(begun);
                outcome.location = Some(self.uri(&link_of(*kind, begun.resource)));
                outcome.body = self
                    .app
                    .inventory()
                    .resource(begun.resource)
                    .map(|resource| self.representation(&resource));
                Ok(outcome)
            }
            // CIMI 1.x: an attachment is a resource, and adding one attaches.
            Place::Parts(machine, Parts::Volumes) => {
                let mut attributes = self.inward(document.attributes)?;
                let begun = self.attach(*machine, &mut attributes, &Precondition::None).await?;
                let mut outcome = self.outcome(begun);
                let volume = attributes.href("volume").and_then(reference::parse);
                if let Some((_, volume)) = volume {
                    outcome.location = self.attachment(*machine, volume).await;
                }
                Ok(outcome)
            }
            _ => Err(nothing_here()),
        }
    }

    pub(super) async fn edit(
        &self,
        place: &Place,
        update: Update,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        let Place::Resource(_, id) = place else { return Err(nothing_here()) };
        let set = self.inward(update.set.into_iter().collect())?;
        let erase = update.reset.iter().map(|name| name.as_str().to_owned()).collect();
        self.change(*id, precondition, Change::Edit { set, erase }).await
    }

    pub(super) async fn remove(
        &self,
        place: &Place,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        match place {
            Place::Resource(_, id) => self.change(*id, precondition, Change::Delete).await,
            Place::Job(id) => {
                self.app.forget_job(*id).await.map_err(translate::app)?;
                Ok(Outcome { done: Done::Now, location: None, job: None, body: None })
            }
            Place::Part(machine, Parts::Volumes, key) => {
                let parts = self.parts(*machine, Parts::Volumes).await?;
                let part =
                    parts.iter().find(|part| document::key_of(part) == *key).ok_or_else(nothing_here)?;
                let volume = self.volume_of(*machine, part).ok_or_else(nothing_here)?;
                self.change(*machine, precondition, Change::Detach { volume }).await
            }
            _ => Err(nothing_here()),
        }
    }

    pub(super) async fn perform(
        &self,
        place: &Place,
        action: &Action,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        let mut parameters = self.inward(action.document.attributes.clone())?;
        parameters.remove("action");
        match (place, action.name.as_str()) {
            (Place::Operation(kind, id, _), operation) => {
                if !document::passes_on(kind.type_name(), operation) {
                    let message = format!("This manager does not pass on {operation}.");
                    return Err(Refusal::not_implemented(message));
                }
                let change = Change::Act { operation: operation.to_owned(), parameters };
                self.change(*id, precondition, change).await
            }
            (Place::StopJob(id), _) => {
                self.app.stop_job(*id).await.map_err(translate::app)?;
                Ok(Outcome { done: Done::Now, location: None, job: None, body: None })
            }
            (Place::Parts(machine, Parts::Volumes), "insert") => {
                let begun = self.attach(*machine, &mut parameters, precondition).await?;
                Ok(self.outcome(begun))
            }
            (Place::Parts(machine, Parts::Volumes), "remove") => {
                let volume = volume_in(&parameters)?;
                self.change(*machine, precondition, Change::Detach { volume }).await
            }
            _ => Err(Refusal::bad_request("That operation is not for this resource.")),
        }
    }

    async fn attach(
        &self,
        machine: Id,
        parameters: &mut Attributes,
        precondition: &Precondition,
    ) -> Result<Begun, Refusal> {
        let volume = volume_in(parameters)?;
        let mut accessories = parameters.clone();
        accessories.retain(|name, _| name == "initialLocation");
        let change = Change::Attach { volume, accessories };
        self.begin(machine, precondition, change).await
    }

    async fn change(&self, id: Id, precondition: &Precondition, change: Change) -> Result<Outcome, Refusal> {
        Ok(self.outcome(self.begin(id, precondition, change).await?))
    }

    async fn begin(&self, id: Id, precondition: &Precondition, change: Change) -> Result<Begun, Refusal> {
        let resource = self.app.inventory().resource(id).ok_or_else(nothing_here)?;
        let version = translate::demanded(precondition, id, resource.version)?;
        self.app.change(id, version, change).await.map_err(translate::app)
    }

    fn outcome(&self, begun: Begun) -> Outcome {
        let done = match begun.ended {
            Ended::Yes => Done::Now,
            Ended::No => Done::Later,
        };
        Outcome { done, location: None, job: Some(self.uri(&format!("jobs/{}", begun.job.0))), body: None }
    }

    fn request(&self, kind: Kind, document: Document) -> Result<Request, Refusal> {
        let template = document.schema.template().map(|(name, _)| name);
        let mut attributes = document.attributes;
        let template = if let Some(name) = template {
            let value = attributes.remove(name);
            let message = || Refusal::bad_request(format!("`{name}` is missing. Give a template."));
            self.inward(document::fields(value.ok_or_else(message)?))?
        } else {
            let mut own = attributes.clone();
            own.retain(|name, _| !COMMON.contains(&name) && name != "id");
            self.inward(own)?
        };
        attributes.retain(|name, _| COMMON.contains(&name));
        Ok(Request { kind, common: attributes, template })
    }

    fn volume_of(&self, machine: Id, part: &crate::connector::Part) -> Option<Id> {
        let resource = self.app.inventory().resource(machine)?;
        let account = &resource.replicas.first()?.account;
        self.app.inventory().by_native(account, part.volume.as_ref()?)
    }

    /// Where CIMI 1.x shows the attachment of a volume, once the cloud lists it.
    async fn attachment(&self, machine: Id, volume: Id) -> Option<String> {
        let parts = self.parts(machine, Parts::Volumes).await.ok()?;
        let part = parts.iter().find(|part| self.volume_of(machine, part) == Some(volume))?;
        Some(self.part(machine, Parts::Volumes, part)?.document.id()?.to_owned())
    }
}

fn volume_in(parameters: &Attributes) -> Result<Id, Refusal> {
    match parameters.href("volume").and_then(reference::parse) {
        Some((Kind::Volume, id)) => Ok(id),
        _ => Err(Refusal::bad_request("`volume` is missing. Give the href of a volume of this manager.")),
    }
}
