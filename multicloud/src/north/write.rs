//! Requests that change something: from documents to use cases, from what came of them to outcomes.

use cimi::model::{is_common, is_set_on_creation};
use cimi::server::{Action, Done, Outcome, Precondition, Refusal};
use cimi::update::Update;
use cimi::{Attributes, Document, Reference, Value};

use super::place::Place;
use super::{North, document, nothing_here, translate};
use crate::app::{Begun, Change, Ended, Placing, Request, reference};
use crate::connector::{Native, Part, Parts};
use crate::kind::Kind;
use crate::record::Id;
use crate::sync::link_of;

impl North {
    pub(super) async fn add(&self, place: &Place, document: Document) -> Result<Outcome, Refusal> {
        match place {
            Place::Kind(kind) => {
                let request = self.request(*kind, document)?;
                self.create_this(request).await
            }
            Place::Operation(kind, id, operation) => {
                let common = common(document.attributes);
                self.make(*kind, *id, operation, common, &Precondition::None).await
            }
            Place::Parts(machine, Parts::Disks) => {
                let mut own = document.attributes;
                own.retain(|name, _| !is_common(name));
                let attributes = self.inward("Disk", own)?;
                let change = Change::AddDisk { attributes };
                let begun = self.begin(Kind::Machine, *machine, &Precondition::None, change).await?;
                let mut outcome = self.outcome(&begun);
                if begun.ended == Ended::Yes {
                    outcome.location = self.new_disk(*machine, begun.part.as_ref()).await;
                }
                Ok(outcome)
            }
            // CIMI 1.x: a connection is a resource, and adding one connects.
            Place::Parts(machine, Parts::Volumes) => {
                let parameters = self.inward("MachineVolume", document.attributes)?;
                let volume = volume_in(&parameters)?;
                let begun = self.connect(*machine, parameters, &Precondition::None).await?;
                let mut outcome = self.outcome(&begun);
                if begun.ended == Ended::Yes {
                    outcome.location = self.connection(*machine, volume).await;
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
        let Place::Resource(kind, id) = place else { return Err(nothing_here()) };
        let set = self.inward(kind.type_name(), update.set.into_iter().collect())?;
        let erase = update.reset.iter().map(|name| name.as_str().to_owned()).collect();
        let begun = self.begin(*kind, *id, precondition, Change::Edit { set, erase }).await?;
        let mut outcome = self.outcome(&begun);
        if begun.ended == Ended::Yes {
            let resource = self.app.inventory().resource(*id);
            outcome.body = resource.map(|resource| self.representation(&resource));
        }
        Ok(outcome)
    }

    pub(super) async fn remove(
        &self,
        place: &Place,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        match place {
            Place::Resource(kind, id) => self.change(*kind, *id, precondition, Change::Delete).await,
            Place::Job(id) => {
                let job = self.app.inventory().job(*id).ok_or_else(nothing_here)?;
                precondition.check(&translate::version(*id, job.version))?;
                let begun = self.app.forget_job(*id).await.map_err(translate::app)?;
                Ok(self.outcome(&begun))
            }
            Place::Part(machine, parts @ (Parts::Volumes | Parts::Disks), key) => {
                let part = self.find_part(*machine, *parts, key).await?;
                let shown = self.part(*machine, *parts, &part).ok_or_else(nothing_here)?;
                precondition.check(&shown.version)?;
                let change = if *parts == Parts::Disks {
                    Change::DeleteDisk { disk: part.native }
                } else {
                    let volume = self.target_of(*machine, &part).ok_or_else(nothing_here)?.id;
                    Change::Detach { volume }
                };
                self.change(Kind::Machine, *machine, &Precondition::None, change).await
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
        let attributes = action.document.attributes.clone();
        match (place, action.name.as_str()) {
            (Place::Operation(kind, id, expected), operation)
                if document::makes(*kind, expected).is_some() =>
            {
                if operation != expected {
                    return Err(Refusal::bad_request(format!(
                        "action asks for `{operation}`, but this is the URI of `{expected}`."
                    )));
                }
                self.make(*kind, *id, operation, common(attributes), precondition).await
            }
            (Place::Operation(kind, id, _), operation) => {
                let mut parameters = self.inward("Action", attributes)?;
                parameters.remove("action");
                let change = Change::Act { operation: operation.to_owned(), parameters };
                self.change(*kind, *id, precondition, change).await
            }
            (Place::StopJob(id), _) => {
                let job = self.app.inventory().job(*id).ok_or_else(nothing_here)?;
                precondition.check(&translate::version(*id, job.version))?;
                let ended = self.app.stop_job(*id).await.map_err(translate::app)?;
                Ok(self.outcome(&Begun { job: *id, resource: *id, part: None, ended }))
            }
            (Place::Parts(machine, Parts::Volumes), "insert") => {
                precondition_of_volumes(self, *machine, precondition).await?;
                let parameters = self.inward("Action", attributes)?;
                let begun = self.connect(*machine, parameters, &Precondition::None).await?;
                Ok(self.outcome(&begun))
            }
            (Place::Parts(machine, Parts::Volumes), "remove") => {
                precondition_of_volumes(self, *machine, precondition).await?;
                let volume = volume_in(&self.inward("Action", attributes)?)?;
                let change = Change::Detach { volume };
                self.change(Kind::Machine, *machine, &Precondition::None, change).await
            }
            _ => Err(Refusal::bad_request("That operation is not for this resource.")),
        }
    }

    async fn create_this(&self, request: Request) -> Result<Outcome, Refusal> {
        let kind = request.kind;
        let begun = self.app.create(request).await.map_err(translate::app)?;
        let mut outcome = self.outcome(&begun).at(self.uri(&link_of(kind, begun.resource)));
        if begun.ended == Ended::Yes {
            let resource = self.app.inventory().resource(begun.resource);
            outcome.body = resource.map(|resource| self.representation(&resource));
        }
        Ok(outcome)
    }

    /// An image of a machine or volume, by the operation that makes it: the same as adding one with its location (5.14.7.1).
    async fn make(
        &self,
        kind: Kind,
        id: Id,
        operation: &str,
        common: Attributes,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        let resource = self.fresh(kind, id).await?;
        precondition.check(&self.representation(&resource).version)?;
        let made = document::makes(kind, operation).ok_or_else(nothing_here)?;
        let mut template = Attributes::new().with("imageLocation", link_of(kind, id));
        if made == Kind::MachineImage {
            template.set("type", if operation == "snapshot" { "SNAPSHOT" } else { "IMAGE" });
        }
        let template = Reference::by_value(template);
        self.create_this(Request { kind: made, common, template, placing: Placing::default() }).await
    }

    async fn connect(
        &self,
        machine: Id,
        mut parameters: Attributes,
        precondition: &Precondition,
    ) -> Result<Begun, Refusal> {
        let volume = volume_in(&parameters)?;
        parameters.retain(|name, _| name == "initialLocation");
        let change = Change::Attach { volume, accessories: parameters };
        self.begin(Kind::Machine, machine, precondition, change).await
    }

    async fn change(
        &self,
        kind: Kind,
        id: Id,
        precondition: &Precondition,
        change: Change,
    ) -> Result<Outcome, Refusal> {
        Ok(self.outcome(&self.begin(kind, id, precondition, change).await?))
    }

    async fn begin(
        &self,
        kind: Kind,
        id: Id,
        precondition: &Precondition,
        change: Change,
    ) -> Result<Begun, Refusal> {
        let resource = self.known(kind, id)?;
        precondition.check(&self.representation(&resource).version)?;
        let version = match precondition {
            Precondition::None => None,
            Precondition::Versions(_) => Some(resource.version),
        };
        self.app.change(id, version, change).await.map_err(translate::app)
    }

    /// Where the work stands; while it goes on, its job is the body (4.2.1.7).
    fn outcome(&self, begun: &Begun) -> Outcome {
        let job = self.app.inventory().job(begun.job);
        let uri = self.uri(&format!("jobs/{}", begun.job.0));
        match begun.ended {
            Ended::Yes => Outcome { done: Done::Now, location: None, job: Some(uri), body: None },
            Ended::No => Outcome { body: job.map(|job| self.job(&job)), ..Outcome::later(uri) },
        }
    }

    fn request(&self, kind: Kind, document: Document) -> Result<Request, Refusal> {
        let template = document.schema.template();
        let mut attributes = document.attributes;
        let template = if let Some((name, schema)) = template {
            let Some(Value::Ref(given)) = attributes.remove(name) else {
                let message = format!("`{name}` is missing: a reference to a template, or its attributes.");
                return Err(Refusal::bad_request(message));
            };
            let href = given.href.map(|href| self.path_of(name, schema.name(), &href)).transpose()?;
            Reference { href, attributes: self.inward(schema.name(), given.attributes)? }
        } else {
            let mut own = attributes.clone();
            own.retain(|name, _| !is_common(name) && name != "state");
            Reference::by_value(self.inward(kind.type_name(), own)?)
        };
        Ok(Request { kind, common: common(attributes), template, placing: Placing::default() })
    }

    /// Where the disk is that its cloud calls so. Clouds of 1.x whose disks have no names of their own list it last.
    async fn new_disk(&self, machine: Id, native: Option<&Native>) -> Option<String> {
        let disks = self.parts(machine, Parts::Disks).await.ok()?;
        let named = disks.members.iter().find(|part| Some(&part.native) == native);
        let disk = named.or(disks.members.last())?;
        Some(self.part(machine, Parts::Disks, disk)?.document.id()?.to_owned())
    }

    /// Where CIMI 1.x shows the connection of a volume.
    async fn connection(&self, machine: Id, volume: Id) -> Option<String> {
        let parts = self.parts(machine, Parts::Volumes).await.ok()?;
        let connects = |part: &&Part| self.target_of(machine, part).is_some_and(|it| it.id == volume);
        let part = parts.members.iter().find(connects)?;
        Some(self.part(machine, Parts::Volumes, part)?.document.id()?.to_owned())
    }
}

/// The version of a collection of parts is that of what is in it.
async fn precondition_of_volumes(
    north: &North,
    machine: Id,
    precondition: &Precondition,
) -> Result<(), Refusal> {
    match precondition {
        Precondition::None => Ok(()),
        Precondition::Versions(_) => precondition.check(&north.parts_version(machine, Parts::Volumes).await?),
    }
}

/// What a creation sets on the new resource itself (4.2.1.1).
fn common(mut attributes: Attributes) -> Attributes {
    attributes.retain(|name, value| is_set_on_creation(name) && !value.is_empty() && *value != Value::Null);
    attributes
}

fn volume_in(parameters: &Attributes) -> Result<Id, Refusal> {
    match parameters.href("volume").and_then(reference::parse) {
        Some((Kind::Volume, id)) => Ok(id),
        _ => Err(Refusal::bad_request("`volume` is missing. Give the href of a volume of this manager.")),
    }
}
