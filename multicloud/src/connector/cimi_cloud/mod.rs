//! Clouds that speak CIMI themselves: mocks, other managers, real servers of either edition and any known dialect.
//!
//! Owns the connection and what each trait method means in CIMI. Terms are translated in `translate`.

mod translate;

use std::sync::Arc;

use async_trait::async_trait;
use cimi::client::{Accepted, Client, Complete, Error, Failure, Listed, Narrow, Options, Progress};
use cimi::model::Schema;
use cimi::{Attributes, Document, Edition, Reference, Value};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio::sync::RwLock;

use super::{
    Class, CloudError, Connector, Creation, Discovery, Found, JobState, Native, Part, Parts, Started, Token,
};
use crate::kind::Kind;

/// The property that carries an idempotency token. The manager never shows it.
pub const TOKEN_PROPERTY: &str = "cimi-manager-token";

/// Requests under way to one cloud for the members of one listing.
const DEGREE: usize = 8;

/// A CIMI endpoint.
#[derive(Debug)]
pub struct CimiCloud {
    endpoint: String,
    options: Options,
    client: RwLock<Option<Arc<Client>>>,
}

impl CimiCloud {
    /// A cloud at a Cloud Entry Point. Nothing is sent yet.
    pub fn new(endpoint: impl Into<String>, options: Options) -> Self {
        Self { endpoint: endpoint.into(), options, client: RwLock::new(None) }
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
        let client = Client::connect(&self.endpoint, self.options.clone()).await.map_err(before_effect)?;
        Ok(slot.insert(Arc::new(client)).clone())
    }

    async fn collection(
        &self,
        client: &Client,
        kind: Kind,
        narrow: &Narrow,
    ) -> Result<Option<Listed>, CloudError> {
        let Some(href) = client.link(kind.link()) else { return Ok(None) };
        let schema = schema(client, kind.collection_name())?;
        client.list(href, schema, narrow).await.map(Some).map_err(before_effect)
    }

    async fn document(&self, client: &Client, kind: Kind, native: &Native) -> Result<Document, CloudError> {
        let expected = [schema(client, kind.type_name())?];
        Ok(client.get(&native.0, &expected).await.map_err(before_effect)?.document)
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
        translate::found(client, &document)
    }
}

#[async_trait]
impl Connector for CimiCloud {
    async fn discover(&self) -> Result<Discovery, CloudError> {
        *self.client.write().await = None;
        let client = self.client().await?;
        let linked = Kind::ALL.into_iter().filter(|kind| client.link(kind.link()).is_some());
        let kinds: Vec<Kind> = linked.collect();
        let mut creates = Vec::new();
        for &kind in &kinds {
            let narrow = Narrow { page: Some(1), ..Narrow::default() };
            let href = client.link(kind.link()).unwrap_or_default();
            let expected = [schema(&client, kind.collection_name())?];
            let first = client.head_of(href, &expected, &narrow).await.map_err(before_effect)?;
            if client.offer(&first, "add").is_some() {
                creates.push(kind);
            }
        }
        let speaks =
            format!("cimi {}, {}, {}", client.edition(), client.format().media_type(), client.dialect().name);
        Ok(Discovery { kinds, creates, speaks })
    }

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
        translate::found(&client, &document)
    }

    async fn parts(&self, machine: &Native, parts: Parts) -> Result<Vec<Part>, CloudError> {
        let client = self.client().await?;
        let document = self.document(&client, Kind::Machine, machine).await?;
        match self.part_list(&client, &document, parts).await? {
            Some(listed) => listed.members.iter().map(|member| translate::part(&client, member)).collect(),
            None => Ok(Vec::new()),
        }
    }

    async fn create(&self, creation: &Creation) -> Result<Started, CloudError> {
        let client = self.client().await?;
        let narrow = Narrow { page: Some(1), ..Narrow::default() };
        let href = client.link(creation.kind.link()).ok_or_else(|| missing(creation.kind.link()))?;
        let expected = [schema(&client, creation.kind.collection_name())?];
        let collection = client.head_of(href, &expected, &narrow).await.map_err(before_effect)?;
        let document = translate::creation(&client, creation)?;
        client.create(&collection, &document).await.map(|accepted| started(&accepted)).map_err(error)
    }

    async fn find(&self, kind: Kind, token: &Token) -> Result<Option<Found>, CloudError> {
        let client = self.client().await?;
        let filter = format!("property['{TOKEN_PROPERTY}']='{}'", token.0);
        let narrow = Narrow { filter: Some(filter), ..Narrow::default() };
        let Some(listed) = self.collection(&client, kind, &narrow).await? else { return Ok(None) };
        // A server that ignores the filter lists everything: look here, too.
        for member in listed.members {
            let found = self.whole(&client, kind, member).await?;
            let carried = found.attributes.map("properties").and_then(|map| map.get(TOKEN_PROPERTY));
            if carried == Some(&token.0) {
                return Ok(Some(found));
            }
        }
        Ok(None)
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
        let changes = translate::outward(document.schema, set)?;
        let erase: Vec<&str> = erase.iter().map(String::as_str).collect();
        let accepted = client.update_some(&document, changes, &erase, None).await;
        accepted.map(|accepted| started(&accepted)).map_err(error)
    }

    async fn delete(&self, kind: Kind, native: &Native) -> Result<Started, CloudError> {
        let client = self.client().await?;
        let document = self.document(&client, kind, native).await?;
        client.delete(&document).await.map(|accepted| started(&accepted)).map_err(error)
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
        accepted.map(|accepted| started(&accepted)).map_err(error)
    }

    async fn attach(
        &self,
        machine: &Native,
        volume: &Native,
        accessories: &Attributes,
    ) -> Result<Started, CloudError> {
        let client = self.client().await?;
        let document = self.document(&client, Kind::Machine, machine).await?;
        let listed = self
            .part_list(&client, &document, Parts::Volumes)
            .await?
            .ok_or_else(|| missing("volumes of a machine"))?;
        let mut attributes = accessories.clone();
        attributes.set("volume", Reference::to(volume.0.clone()));
        let accepted = match client.edition() {
            Edition::V1 => {
                let attachment = Document::with(schema(&client, "MachineVolume")?, attributes);
                client.create(&listed.collection, &attachment).await
            }
            Edition::V2 if client.offer(&listed.collection, "insert").is_some() => {
                client.act(&listed.collection, "insert", attributes).await
            }
            Edition::V2 => client.act(&document, "connectvolume", attributes).await,
        };
        accepted.map(|accepted| started(&accepted)).map_err(error)
    }

    async fn detach(&self, machine: &Native, volume: &Native) -> Result<Started, CloudError> {
        let client = self.client().await?;
        let document = self.document(&client, Kind::Machine, machine).await?;
        let listed = self
            .part_list(&client, &document, Parts::Volumes)
            .await?
            .ok_or_else(|| missing("volumes of a machine"))?;
        let accepted = match client.edition() {
            Edition::V1 => {
                let mut attachment = None;
                for member in &listed.members {
                    if translate::part(&client, member)?.volume.as_ref() == Some(volume) {
                        attachment = Some(member);
                    }
                }
                let attachment = attachment
                    .ok_or_else(|| CloudError::new(Class::Gone, "the volume is not attached there"))?;
                client.delete(attachment).await
            }
            Edition::V2 => {
                let attributes = Attributes::new().with("volume", Reference::to(volume.0.clone()));
                client.act(&listed.collection, "remove", attributes).await
            }
        };
        accepted.map(|accepted| started(&accepted)).map_err(error)
    }

    async fn job(&self, job: &Native) -> Result<JobState, CloudError> {
        let client = self.client().await?;
        let expected = [schema(&client, "Job")?];
        let document = client.get(&job.0, &expected).await.map_err(before_effect)?.document;
        Ok(match Progress::of(&document) {
            Progress::Running(percent) => JobState::Running(u8::try_from(percent.clamp(0, 100)).unwrap_or(0)),
            Progress::Succeeded => {
                let affected = document.attributes.items("affectedResources").iter();
                let hrefs = affected.filter_map(|item| item.as_ref()?.href.as_deref());
                JobState::Succeeded(
                    hrefs.filter_map(|href| absolute(&client, href).ok()).map(Native).collect(),
                )
            }
            Progress::Failed(message) => JobState::Failed(message),
        })
    }

    async fn cancel(&self, job: &Native) -> Result<(), CloudError> {
        let client = self.client().await?;
        let expected = [schema(&client, "Job")?];
        let document = client.get(&job.0, &expected).await.map_err(before_effect)?.document;
        client.act(&document, "stop", Attributes::new()).await.map(|_| ()).map_err(error)
    }
}

impl CimiCloud {
    async fn part_list(
        &self,
        client: &Client,
        machine: &Document,
        parts: Parts,
    ) -> Result<Option<Listed>, CloudError> {
        let name = match (parts, client.edition()) {
            (Parts::Disks, _) => "DiskCollection",
            (Parts::Volumes, Edition::V1) => "MachineVolumeCollection",
            (Parts::Volumes, Edition::V2) => "locatedVolumeCollection",
        };
        let attribute = match parts {
            Parts::Disks => "disks",
            Parts::Volumes => "volumes",
        };
        let Some(href) = machine.attributes.href(attribute) else { return Ok(None) };
        let schema = schema(client, name)?;
        client.list(href, schema, &Narrow::default()).await.map(Some).map_err(before_effect)
    }
}

fn schema(client: &Client, name: &str) -> Result<&'static Schema, CloudError> {
    client.schema(name).ok_or_else(|| missing(name))
}

fn missing(what: &str) -> CloudError {
    CloudError::new(Class::Unsupported, format!("this cloud has no {what}"))
}

fn absolute(client: &Client, href: &str) -> Result<String, CloudError> {
    Ok(client.resolve(href).map_err(error)?.to_string())
}

fn started(accepted: &Accepted) -> Started {
    let body = accepted.body.as_ref().and_then(|body| {
        let document = &body.document;
        (document.schema.name() != "Job").then(|| document.id().map(str::to_owned)).flatten()
    });
    Started {
        created: accepted.location.clone().or(body).map(Native),
        job: accepted.job.clone().filter(|_| accepted.status == 202).map(Native),
    }
}

/// An error of a call that changes nothing: an outcome cannot be unknown.
fn before_effect(cause: Error) -> CloudError {
    let mut seen = error(cause);
    if seen.class == Class::UnknownOutcome {
        seen.class = Class::Unavailable;
    }
    seen
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
fn error(error: Error) -> CloudError {
    let (class, retry_after) = match error.failure {
        Failure::Unreachable => (Class::Unavailable, None),
        Failure::NoReply => (Class::UnknownOutcome, None),
        Failure::Status(status, retry_after) => (class_of(status), retry_after),
        Failure::NotOffered => (Class::Conflict, None),
        Failure::BadUri | Failure::Unreadable | Failure::Settings | Failure::Deadline | Failure::Failed => {
            (Class::Invalid, None)
        }
    };
    CloudError { class, message: error.to_string(), retry_after }
}

fn class_of(status: u16) -> Class {
    match status {
        401 | 403 => Class::Auth,
        404 | 410 => Class::Gone,
        409 | 412 => Class::Conflict,
        429 => Class::Throttled,
        405 | 501 => Class::Unsupported,
        507 => Class::Capacity,
        502..=504 => Class::Unavailable,
        500..=599 => Class::UnknownOutcome,
        _ => Class::Invalid,
    }
}

/// A value with every reference made absolute.
fn rooted(client: &Client, value: &Value) -> Result<Value, CloudError> {
    Ok(match value {
        Value::Ref(reference) => {
            let href = reference.href.as_deref().map(|href| absolute(client, href)).transpose()?;
            Value::Ref(Reference { href, attributes: Attributes::new() })
        }
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| rooted(client, item)).collect::<Result<_, _>>()?)
        }
        Value::Structure(fields) => {
            let mut rooted_fields = Attributes::with_capacity(fields.len());
            for (name, field) in fields.iter() {
                rooted_fields.set(name.to_owned(), rooted(client, field)?);
            }
            Value::Structure(rooted_fields)
        }
        other => other.clone(),
    })
}
