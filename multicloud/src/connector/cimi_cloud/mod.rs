//! Clouds that speak CIMI themselves: mocks, other managers, real servers of either edition and any known dialect.
//!
//! Owns the connection and what each trait method means in CIMI. Terms are translated in `translate`.

mod capability;
mod failure;
mod profile;
mod translate;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cimi::client::{Accepted, Client, Complete, Listed, Narrow, Options, Progress};
use cimi::model::Schema;
use cimi::{Attributes, Document, Reference};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio::sync::RwLock;

use super::{
    Class, CloudError, Connector, Creation, Discovery, Family, Found, JobState, Native, Nature, Part,
    PartList, Parts, Rest, Service, Started, Stop, Token,
};
use crate::kind::Kind;
pub(super) use profile::profile;

use failure::{changing, operating, reading, shows};

/// Requests under way to one cloud for the members of one listing.
const DEGREE: usize = 8;

/// A CIMI endpoint.
#[derive(Debug)]
pub struct CimiCloud {
    endpoint: String,
    options: Options,
    /// The manager whose tokens it knows.
    manager: String,
    client: RwLock<Option<Arc<Client>>>,
}

impl CimiCloud {
    /// A cloud at a Cloud Entry Point, used by a manager of this name. Nothing is sent yet.
    pub fn new(endpoint: impl Into<String>, options: Options, manager: impl Into<String>) -> Self {
        let (endpoint, manager) = (endpoint.into(), manager.into());
        Self { endpoint, options, manager, client: RwLock::new(None) }
    }

    /// The connection, made on first use and again after it was lost.
    async fn client(&self) -> Result<Arc<Client>, CloudError> {
        if let Some(client) = self.client.read().await.as_ref() {
            return Ok(client.clone());
        }
        let mut slot = self.client.write().await;
        if let Some(client) = slot.as_ref() {
            return Ok(client.clone());
        }
        Ok(slot.insert(self.connected().await?).clone())
    }

    async fn connected(&self) -> Result<Arc<Client>, CloudError> {
        Client::connect(&self.endpoint, self.options.clone()).await.map(Arc::new).map_err(reading)
    }

    async fn collection(
        &self,
        client: &Client,
        kind: Kind,
        narrow: &Narrow,
    ) -> Result<Option<Listed>, CloudError> {
        let Some(href) = client.link(kind.link()) else { return Ok(None) };
        let schema = schema(client, kind.collection_name())?;
        client.list(href, schema, narrow).await.map(Some).map_err(reading)
    }

    async fn document(&self, client: &Client, kind: Kind, native: &Native) -> Result<Document, CloudError> {
        let expected = [schema(client, kind.type_name())?];
        Ok(client.get(&native.0, &expected).await.map_err(reading)?.document)
    }

    /// Members that a server lists without their own attributes are read one by one.
    async fn whole(&self, client: &Client, kind: Kind, member: Document) -> Result<Found, CloudError> {
        let own = member.schema.ty.attributes;
        let bare = !own.iter().any(|attribute| member.attributes.contains(attribute.name));
        let document = match member.id() {
            Some(id) if bare && !own.is_empty() => {
                let native = Native(absolute(client, id)?);
                self.document(client, kind, &native).await?
            }
            _ => member,
        };
        translate::found(client, &self.manager, &document)
    }
}

#[async_trait]
impl Connector for CimiCloud {
    async fn discover(&self) -> Result<Discovery, CloudError> {
        let client = self.connected().await?;
        *self.client.write().await = Some(client.clone());
        let known = Kind::in_edition(client.edition()).filter(|kind| kind.is_at_clouds());
        let linked = known.filter(|kind| client.link(kind.link()).is_some());
        let kinds: Vec<Kind> = linked.collect();
        let mut collections = Vec::new();
        for &kind in &kinds {
            let narrow = Narrow { page: Some(1), ..Narrow::default() };
            let href = client.link(kind.link()).unwrap_or_default();
            let expected = [schema(&client, kind.collection_name())?];
            let first = client.head_of(href, &expected, &narrow).await.map_err(reading)?;
            collections.push((kind, first));
        }
        // Who says nothing at all of what can be done says nothing of what cannot.
        let is_silent = collections.iter().all(|(_, collection)| collection.offers().next().is_none());
        let takes = |collection: &Document| is_silent || shows(&client, collection, "add");
        let creates = collections.iter().filter(|(_, it)| takes(it)).map(|(kind, _)| *kind).collect();
        let speaks =
            format!("cimi {}, {}, {}", client.edition(), client.format().media_type(), client.dialect().name);
        let capabilities = capability::read(&client).await?;
        Ok(Discovery { kinds, creates, capabilities, speaks })
    }

    fn service(&self, _: Family) -> Option<&dyn Service> {
        Some(self)
    }

    async fn identify(&self, native: &Native) -> Result<Option<(Kind, Found)>, CloudError> {
        let client = self.client().await?;
        let document = client.get(&native.0, &[]).await.map_err(reading)?.document;
        match Kind::of_type(document.schema.name()).filter(|kind| kind.is_in(client.edition())) {
            Some(kind) => Ok(Some((kind, translate::found(&client, &self.manager, &document)?))),
            None => Ok(None),
        }
    }

    async fn job(&self, job: &Native) -> Result<JobState, CloudError> {
        let client = self.client().await?;
        let expected = [schema(&client, "Job")?];
        let document = client.get(&job.0, &expected).await.map_err(reading)?.document;
        if document.attributes.text("state") == Some("STOPPED") {
            return Ok(JobState::Stopped);
        }
        Ok(match Progress::of(&document) {
            Progress::Running(percent) => JobState::Running {
                percent: u8::try_from(percent.clamp(0, 100)).unwrap_or(0),
                stop: stop_of(&client, &document),
            },
            Progress::Succeeded => {
                let affected = document.attributes.items("affectedResources").iter();
                let hrefs = affected.filter_map(|item| item.as_ref()?.href.as_deref());
                let natives = hrefs.filter_map(|href| absolute(&client, href).ok()).map(Native);
                JobState::Succeeded(natives.collect())
            }
            Progress::Failed(message) => JobState::Failed(message),
        })
    }

    async fn cancel(&self, job: &Native) -> Result<(), CloudError> {
        let client = self.client().await?;
        let expected = [schema(&client, "Job")?];
        let document = client.get(&job.0, &expected).await.map_err(reading)?.document;
        client.act(&document, "stop", Attributes::new()).await.map(|_| ()).map_err(changing)
    }

    fn deadline(&self) -> Duration {
        self.options.deadline
    }
}

#[async_trait]
impl Service for CimiCloud {
    async fn list(&self, kind: Kind) -> Result<Vec<Found>, CloudError> {
        let client = self.client().await?;
        let Some(listed) = self.collection(&client, kind, &Narrow::default()).await? else {
            return Ok(Vec::new());
        };
        if let Complete::No { count } = listed.complete {
            let message = format!(
                "the cloud says that it has {count} {}, but lists {}",
                kind.link(),
                listed.members.len()
            );
            return Err(CloudError::new(Class::Invalid, message));
        }
        stream::iter(listed.members)
            .map(|member| self.whole(&client, kind, member))
            .buffered(DEGREE)
            .try_collect()
            .await
    }

    async fn get(&self, kind: Kind, native: &Native) -> Result<Found, CloudError> {
        let client = self.client().await?;
        let document = self.document(&client, kind, native).await?;
        translate::found(&client, &self.manager, &document)
    }

    async fn parts(&self, owner: &Native, parts: Parts) -> Result<PartList, CloudError> {
        let client = self.client().await?;
        let document = self.document(&client, parts.owner(), owner).await?;
        let Some(listed) = self.part_list(&client, &document, parts).await? else {
            return Ok(PartList::default());
        };
        let offers = translate::part_offers(&client, parts, &document, &listed.collection);
        let mut members: Vec<Part> =
            members_of(&client, parts, &listed)?.into_iter().map(|(part, _)| part).collect();
        // What lives elsewhere says nothing of where it can be taken out.
        if matches!(parts.nature(client.edition()), Some(Nature::Members(_))) {
            let removable = offers.iter().any(|offer| offer == "remove");
            for part in &mut members {
                part.offers = removable.then(|| "remove".to_owned()).into_iter().collect();
            }
        }
        Ok(PartList { offers, members })
    }

    async fn add_part(
        &self,
        owner: &Native,
        parts: Parts,
        attributes: &Attributes,
    ) -> Result<Started, CloudError> {
        let client = self.client().await?;
        let listed = self.listed(&client, owner, parts).await?;
        if !shows(&client, &listed.collection, "add") {
            let message = format!("this cloud does not offer to add to {}", parts.attribute());
            return Err(CloudError::new(Class::Unsupported, message));
        }
        let member = parts.member(client.edition()).ok_or_else(|| missing(parts.attribute()))?;
        let document = Document::with(member, translate::outward(member, attributes)?);
        let accepted = client.create(&listed.collection, &document).await;
        accepted.map(|accepted| started(&client, &accepted)).map_err(changing)
    }

    async fn delete_part(&self, owner: &Native, parts: Parts, part: &Native) -> Result<Started, CloudError> {
        let client = self.client().await?;
        let listed = self.listed(&client, owner, parts).await?;
        let found = members_of(&client, parts, &listed)?.into_iter().find(|(it, _)| it.native == *part);
        if let Some((_, member)) = found {
            let accepted = client.delete(member).await;
            return accepted.map(|accepted| started(&client, &accepted)).map_err(changing);
        }
        Err(not_among(parts))
    }

    async fn insert(
        &self,
        owner: &Native,
        parts: Parts,
        target: &Native,
        accessories: &Attributes,
    ) -> Result<Started, CloudError> {
        let client = self.client().await?;
        let document = self.document(&client, parts.owner(), owner).await?;
        let listed = self.part_list(&client, &document, parts).await?;
        let listed = listed.ok_or_else(|| missing_in(&document, parts))?;
        let mut attributes = accessories.clone();
        attributes.set(translate::target_name(&client, parts)?, Reference::to(target.0.clone()));
        let accepted = match parts.nature(client.edition()) {
            Some(Nature::Links(..)) => {
                let member = parts.member(client.edition()).ok_or_else(|| missing(parts.attribute()))?;
                client.create(&listed.collection, &Document::with(member, attributes)).await
            }
            _ if client.offer(&listed.collection, "insert").is_some() => {
                client.act(&listed.collection, "insert", attributes).await
            }
            _ if parts == Parts::VOLUMES => client.act(&document, "connectvolume", attributes).await,
            _ => return Err(not_gathered(parts)),
        };
        accepted.map(|accepted| started(&client, &accepted)).map_err(changing)
    }

    async fn remove(&self, owner: &Native, parts: Parts, target: &Native) -> Result<Started, CloudError> {
        let client = self.client().await?;
        let listed = self.listed(&client, owner, parts).await?;
        let accepted = if let Some(Nature::Links(..)) = parts.nature(client.edition()) {
            let mut members = members_of(&client, parts, &listed)?.into_iter();
            let found = members.find(|(part, _)| part.target.as_ref() == Some(target));
            let (_, link) = found.ok_or_else(|| not_among(parts))?;
            client.delete(link).await
        } else {
            if parts != Parts::VOLUMES && client.offer(&listed.collection, "remove").is_none() {
                return Err(not_gathered(parts));
            }
            let name = translate::target_name(&client, parts)?;
            let attributes = Attributes::new().with(name, Reference::to(target.0.clone()));
            client.act(&listed.collection, "remove", attributes).await
        };
        accepted.map(|accepted| started(&client, &accepted)).map_err(changing)
    }

    async fn create(&self, creation: &Creation) -> Result<Started, CloudError> {
        let client = self.client().await?;
        let narrow = Narrow { page: Some(1), ..Narrow::default() };
        let collection = if let Some(within) = &creation.within {
            let owner = self.document(&client, within.parts.owner(), &within.owner).await?;
            let (parts, edition) = (within.parts, client.edition());
            let made = parts.nature(edition) == Some(Nature::Members(creation.kind));
            let expected = parts.collection(edition).filter(|_| made);
            let href = owner.attributes.href(parts.attribute());
            let (href, expected) = href.zip(expected).ok_or_else(|| missing_in(&owner, parts))?;
            client.head_of(href, &[expected], &narrow).await.map_err(reading)?
        } else {
            let href = client.link(creation.kind.link()).ok_or_else(|| missing(creation.kind.link()))?;
            let expected = [schema(&client, creation.kind.collection_name())?];
            client.head_of(href, &expected, &narrow).await.map_err(reading)?
        };
        let document = translate::creation(&client, creation)?;
        let accepted = client.create(&collection, &document).await;
        accepted
            .map(|accepted| started(&client, &accepted))
            .map_err(|error| operating(error, &client, &collection, "add"))
    }

    async fn find(&self, kind: Kind, token: &Token) -> Result<Option<Found>, CloudError> {
        let client = self.client().await?;
        let filter = format!("property['{}']='{}'", translate::token_property(&token.manager), token.number);
        let narrow = Narrow { filter: Some(filter), ..Narrow::default() };
        let listed = match self.collection(&client, kind, &narrow).await {
            // A server that does not take the filter lists everything without it.
            Err(error) if matches!(error.class, Class::Invalid | Class::Unsupported) => {
                self.collection(&client, kind, &Narrow::default()).await?
            }
            listed => listed?,
        };
        let Some(listed) = listed else { return Ok(None) };
        // So does one that ignores it.
        for member in listed.members {
            let found = self.whole(&client, kind, member).await?;
            if found.token.as_ref() == Some(token) {
                return Ok(Some(found));
            }
        }
        match listed.complete {
            Complete::Yes => Ok(None),
            Complete::No { count } => {
                let message = format!("the cloud does not list all of its {count} {}", kind.link());
                Err(CloudError::new(Class::Invalid, message))
            }
        }
    }

    async fn update(
        &self,
        kind: Kind,
        native: &Native,
        set: &Attributes,
        erase: &[String],
    ) -> Result<Started, CloudError> {
        let client = self.client().await?;
        let document = self.document(&client, kind, native).await?;
        let (set, erase) = translate::update(&self.manager, &document, set, erase)?;
        let erase: Vec<&str> = erase.iter().map(String::as_str).collect();
        let accepted = client.update_some(&document, set, &erase, None).await;
        accepted
            .map(|accepted| started(&client, &accepted))
            .map_err(|error| operating(error, &client, &document, "edit"))
    }

    async fn delete(&self, kind: Kind, native: &Native) -> Result<Started, CloudError> {
        let client = self.client().await?;
        let document = self.document(&client, kind, native).await?;
        client.delete(&document).await.map(|accepted| started(&client, &accepted)).map_err(changing)
    }

    async fn act(
        &self,
        kind: Kind,
        native: &Native,
        operation: &str,
        parameters: &Attributes,
    ) -> Result<Started, CloudError> {
        let client = self.client().await?;
        let document = self.document(&client, kind, native).await?;
        let accepted = client.act(&document, operation, parameters.clone()).await;
        accepted
            .map(|accepted| started(&client, &accepted))
            .map_err(|error| operating(error, &client, &document, operation))
    }
}

impl CimiCloud {
    async fn part_list(
        &self,
        client: &Client,
        owner: &Document,
        parts: Parts,
    ) -> Result<Option<Listed>, CloudError> {
        let Some(schema) = parts.collection(client.edition()) else { return Ok(None) };
        let Some(href) = owner.attributes.href(parts.attribute()) else { return Ok(None) };
        client.list(href, schema, &Narrow::default()).await.map(Some).map_err(reading)
    }

    async fn listed(&self, client: &Client, owner: &Native, parts: Parts) -> Result<Listed, CloudError> {
        let document = self.document(client, parts.owner(), owner).await?;
        let listed = self.part_list(client, &document, parts).await?;
        listed.ok_or_else(|| missing_in(&document, parts))
    }
}

/// The members of a collection of parts, as parts and as they are.
fn members_of<'l>(
    client: &Client,
    parts: Parts,
    listed: &'l Listed,
) -> Result<Vec<(Part, &'l Document)>, CloudError> {
    let members = listed.members.iter().enumerate();
    let part = |place, member| translate::part(client, parts, &listed.collection, place, member);
    members.map(|(place, member)| Ok((part(place, member)?, member))).collect()
}

fn schema(client: &Client, name: &str) -> Result<&'static Schema, CloudError> {
    client.schema(name).ok_or_else(|| missing(name))
}

fn missing(what: &str) -> CloudError {
    CloudError::new(Class::Unsupported, format!("this cloud has no {what}"))
}

fn not_among(parts: Parts) -> CloudError {
    CloudError::new(Class::Gone, format!("it is not among the {} there", parts.attribute()))
}

fn not_gathered(parts: Parts) -> CloudError {
    let message = format!("this cloud puts nothing into {} and takes nothing out", parts.attribute());
    CloudError::new(Class::Unsupported, message)
}

fn missing_in(owner: &Document, parts: Parts) -> CloudError {
    let message = format!("this cloud's {} has no {}", owner.schema.name(), parts.attribute());
    CloudError::new(Class::Unsupported, message)
}

fn absolute(client: &Client, href: &str) -> Result<String, CloudError> {
    Ok(client.resolve(href).map_err(reading)?.to_string())
}

/// Whether a job can be stopped, as it says itself.
fn stop_of(client: &Client, job: &Document) -> Stop {
    if job.attributes.text("state") == Some("STOPPING") {
        Stop::UnderWay
    } else if client.offer(job, "stop").is_some() {
        Stop::Offered
    } else {
        Stop::No
    }
}

fn started(client: &Client, accepted: &Accepted) -> Started {
    let body = accepted.body.as_ref().map(|body| &body.document);
    let is_job = |document: &&Document| document.schema.name() == "Job";
    let id = |document: &Document| document.id().filter(|id| !id.is_empty()).map(str::to_owned);
    let rest = if accepted.status == 202 {
        let shown = body.filter(is_job);
        let job = accepted.job.clone().or_else(|| shown.and_then(id));
        let stop = shown.map(|job| stop_of(client, job)).unwrap_or_default();
        job.map_or(Rest::Unknown, |job| Rest::Job(Native(job), stop))
    } else {
        Rest::None
    };
    let created = accepted.location.clone().or_else(|| body.filter(|body| !is_job(body)).and_then(id));
    Started { created: created.map(Native), rest }
}
