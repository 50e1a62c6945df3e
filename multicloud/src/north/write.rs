//! Requests that change something: from documents to use cases, from what came of them to outcomes.

use cimi::model::{Schema, is_common, is_set_on_creation};
use cimi::server::{Action, Done, Outcome, Precondition, Refusal};
use cimi::update::Update;
use cimi::{Attributes, Document, Edition, Reference, Value};

use super::document::{PLACED, PRESENCE, WHERE};
use super::place::Place;
use super::{North, document, nothing_here, translate};
use crate::app::{Begun, Change, Ended, Placing, Request, Within, reference};
use crate::connector::{Native, Nature, Part, Parts};
use crate::kind::Kind;
use crate::placement::Pin;
use crate::record::Id;
use crate::sync::{self, link_of};

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
            Place::Parts(owner, parts) => match parts.nature(self.edition) {
                Some(Nature::Own) => self.add_part(*owner, *parts, document).await,
                // CIMI 1.x: a connection is a resource, and adding one connects.
                Some(Nature::Links(_, name)) => {
                    let parameters = self.inward(document.schema.name(), document.attributes)?;
                    let target = target_in(&parameters, *parts, name)?;
                    let begun = self.insert(*owner, *parts, target, parameters).await?;
                    let mut outcome = self.outcome(&begun);
                    if begun.ended == Ended::Yes {
                        outcome.location = self.link(*owner, *parts, target).await;
                    }
                    Ok(outcome)
                }
                Some(Nature::Members(kind)) => {
                    let mut accessories = document.attributes.clone();
                    accessories.retain(|name, _| name == "initialLocation");
                    let mut request = self.request(kind, document)?;
                    request.within = Some(Within { owner: *owner, parts: *parts, accessories });
                    self.create_this(request).await
                }
                None => Err(nothing_here()),
            },
            _ => Err(nothing_here()),
        }
    }

    pub(super) async fn edit(
        &self,
        place: &Place,
        update: Update,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        let (kind, id) = match place {
            Place::Resource(kind, id) => (kind, id),
            Place::Job(id) => return self.edit_job(*id, update, precondition).await,
            _ => return Err(nothing_here()),
        };
        let set = self.inward(kind.type_name(), update.set.into_iter().collect())?;
        let erase = update.reset.iter().map(|name| name.as_str().to_owned()).collect();
        let begun = self.begin(*kind, *id, precondition, Change::Edit { set, erase }).await?;
        let mut outcome = self.outcome(&begun);
        if begun.ended == Ended::Yes
            && let Some(resource) = self.app.inventory().resource(*id)
        {
            outcome.body = Some(self.whole(&resource).await?);
        }
        Ok(outcome)
    }

    async fn edit_job(
        &self,
        id: Id,
        update: Update,
        precondition: &Precondition,
    ) -> Result<Outcome, Refusal> {
        let job = self.app.inventory().job(id).ok_or_else(nothing_here)?;
        precondition.check(&self.job(&job).version)?;
        let set = self.inward("Job", update.set.into_iter().collect())?;
        let erase: Vec<String> = update.reset.iter().map(|name| name.as_str().to_owned()).collect();
        let begun = self.app.edit_job(id, &set, &erase).await.map_err(translate::app)?;
        let body = self.app.inventory().job(id).map(|job| self.job(&job));
        Ok(Outcome { body, ..self.outcome(&begun) })
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
                precondition.check(&self.job(&job).version)?;
                let begun = self.app.delete_job(*id).await.map_err(translate::app)?;
                Ok(self.outcome(&begun))
            }
            Place::Part(owner, parts, key) => {
                let part = self.find_part(*owner, *parts, key).await?;
                let shown = self.part(*owner, *parts, &part).ok_or_else(nothing_here)?;
                precondition.check(&shown.version)?;
                let change = if part.target.is_none() {
                    Change::DeletePart { parts: *parts, part: part.native }
                } else {
                    let target = self.target_of(*owner, &part).ok_or_else(nothing_here)?.id;
                    Change::Remove { parts: *parts, target }
                };
                self.change(parts.owner(), *owner, &Precondition::None, change).await
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
                precondition.check(&self.job(&job).version)?;
                let ended = self.app.stop_job(*id).await.map_err(translate::app)?;
                Ok(self.outcome(&Begun { job: *id, resource: *id, part: None, ended }))
            }
            (Place::Parts(owner, parts), operation @ ("insert" | "remove")) => {
                if !matches!(precondition, Precondition::None) {
                    // The version of a collection of parts is that of what is in it.
                    precondition.check(&self.parts_version(*owner, *parts).await?)?;
                }
                let parameters = self.inward("Action", attributes)?;
                let collection = parts.collection(self.edition).ok_or_else(nothing_here)?;
                let (reference, _) = collection.insertion().ok_or_else(nothing_here)?;
                let target = target_in(&parameters, *parts, reference.name)?;
                if operation == "insert" {
                    let begun = self.insert(*owner, *parts, target, parameters).await?;
                    return Ok(self.outcome(&begun));
                }
                let change = Change::Remove { parts: *parts, target };
                self.change(parts.owner(), *owner, &Precondition::None, change).await
            }
            _ => Err(Refusal::bad_request("That operation is not for this resource.")),
        }
    }

    async fn create_this(&self, request: Request) -> Result<Outcome, Refusal> {
        let kind = request.kind;
        if let Some(rehearsal) = &self.rehearsal {
            return rehearsal.note(self.app.rehearse(&request).await.map_err(translate::app)?);
        }
        let begun = self.app.create(request).await.map_err(translate::app)?;
        let mut outcome = self.outcome(&begun).at(self.uri(&link_of(kind, begun.resource)));
        if begun.ended == Ended::Yes
            && let Some(resource) = self.app.inventory().resource(begun.resource)
        {
            outcome.body = Some(self.whole(&resource).await?);
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
        let request = Request { kind: made, common, template, within: None, placing: Placing::default() };
        let outcome = self.create_this(request).await?;
        // What it is made of is on the way for as long. Where this look fails, the next one shows it.
        if let [replica] = resource.replicas.as_slice()
            && let Some(account) = self.app.account(&replica.account)
        {
            let _ = sync::resource_once(&self.app, &account, &resource).await;
        }
        Ok(outcome)
    }

    async fn add_part(&self, owner: Id, parts: Parts, document: Document) -> Result<Outcome, Refusal> {
        let mut own = document.attributes;
        own.retain(|name, _| !is_common(name));
        let attributes = self.inward(document.schema.name(), own)?;
        let change = Change::AddPart { parts, attributes };
        let begun = self.begin(parts.owner(), owner, &Precondition::None, change).await?;
        let mut outcome = self.outcome(&begun);
        if begun.ended == Ended::Yes {
            outcome.location = self.new_part(owner, parts, begun.part.as_ref()).await;
        }
        Ok(outcome)
    }

    async fn insert(
        &self,
        owner: Id,
        parts: Parts,
        target: Id,
        mut accessories: Attributes,
    ) -> Result<Begun, Refusal> {
        accessories.retain(|name, _| name == "initialLocation");
        let change = Change::Insert { parts, target, accessories };
        self.begin(parts.owner(), owner, &Precondition::None, change).await
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
        precondition.check(&self.whole(&resource).await?.version)?;
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
        let pin = if kind.can_be_pinned() { pin(&mut attributes) } else { Pin::default() };
        let template = if let Some((name, schema)) = template {
            let Some(Value::Ref(given)) = attributes.remove(name) else {
                let message = format!("`{name}` is missing: a reference to a template, or its attributes.");
                return Err(Refusal::bad_request(message));
            };
            let href = given.href.map(|href| self.path_of(name, schema.name(), &href)).transpose()?;
            let mut said = given.attributes;
            if let Some(path) = &href {
                // The template's own collections, and where it is, go with the reference to it.
                let own = |name: &str| self.uri(&format!("{path}/{name}"));
                let is_own = |name: &str, value: &Value| matches!(value, Value::Ref(it) if it.href.as_deref() == Some(own(name).as_str()));
                said.retain(|name, value| !is_own(name, value) && !WHERE.contains(&name) && name != PRESENCE);
            }
            let mut attributes = self.inward(schema.name(), said)?;
            attributes.extend(self.unsaid(schema, href.as_deref()));
            Reference { href, attributes }
        } else {
            let mut own = attributes.clone();
            own.retain(|name, _| !is_common(name) && name != "state");
            Reference::by_value(self.inward(kind.type_name(), own)?)
        };
        let placing = Placing { pin, ..Placing::default() };
        Ok(Request { kind, common: common(attributes), template, within: None, placing })
    }

    /// What a template says that this edition has no words for: who refers to it means that, too.
    fn unsaid(&self, schema: &Schema, path: Option<&str>) -> Attributes {
        let target = path.and_then(reference::parse);
        let target = target.and_then(|(_, id)| self.app.inventory().resource(id));
        let mut unsaid = target.map_or_else(Attributes::new, |target| target.attributes.clone());
        unsaid.retain(|name, _| schema.attribute(name).is_none());
        unsaid
    }

    /// Where the part is that its cloud calls so. Clouds of 1.x whose disks have no names of their own list it last.
    async fn new_part(&self, owner: Id, parts: Parts, native: Option<&Native>) -> Option<String> {
        let list = self.parts(owner, parts).await.ok()?;
        let named = list.members.iter().find(|part| Some(&part.native) == native);
        let part = named.or(list.members.last())?;
        Some(self.part(owner, parts, part)?.document.id()?.to_owned())
    }

    /// Where CIMI 1.x shows that a resource uses another one.
    async fn link(&self, owner: Id, parts: Parts, target: Id) -> Option<String> {
        let list = self.parts(owner, parts).await.ok()?;
        let links = |part: &&Part| self.target_of(owner, part).is_some_and(|it| it.id == target);
        let part = list.members.iter().find(links)?;
        Some(self.part(owner, parts, part)?.document.id()?.to_owned())
    }
}

/// What a creation sets on the new resource itself (4.2.1.1).
fn common(mut attributes: Attributes) -> Attributes {
    attributes.retain(|name, value| is_set_on_creation(name) && !value.is_empty() && *value != Value::Null);
    attributes
}

/// Where a creation says that it has to be; that is for the manager, not for clouds, as is what else is only shown.
fn pin(attributes: &mut Attributes) -> Pin {
    let [account, provider, location] = PLACED.map(|name| {
        let said = attributes.remove(name);
        said.and_then(|said| said.as_str().filter(|text| !text.is_empty()).map(str::to_owned))
    });
    attributes.retain(|name, _| !WHERE.contains(&name) && name != PRESENCE);
    Pin { account, provider, location }
}

/// What a request puts among the parts of a resource, or takes out.
fn target_in(parameters: &Attributes, parts: Parts, name: &str) -> Result<Id, Refusal> {
    let kinds = Edition::ALL.into_iter().filter_map(|edition| match parts.nature(edition)? {
        Nature::Members(kind) | Nature::Links(kind, _) => Some(kind),
        Nature::Own => None,
    });
    match parameters.href(name).and_then(reference::parse) {
        Some((kind, id)) if kinds.into_iter().any(|it| it == kind) => Ok(id),
        _ => Err(Refusal::bad_request(format!(
            "`{name}` is missing. Give the href of a resource of this manager for {}.",
            parts.attribute()
        ))),
    }
}
