//! Event logs and events (DSP0263 5.17.8, 5.17.13): read from the store by page, never held.

use cimi::model::event::Kind as Sort;
use cimi::query::Sieve;
use cimi::server::{ListRequest, Listing, Refusal, Representation, Version};
use cimi::{Attributes, Document, Reference, Value};
use serde_json::{Map, Value as Json, json};

use super::place::Place;
use super::{North, document, nothing_here, translate};
use crate::app::job::date_time;
use crate::event::{Content, Direction, Event, Origin, Query, Severity, Tally, resource_at};
use crate::kind::Kind;
use crate::record::{Id, Resource};
use crate::sync::link_of;

/// Events that are read at once where all of a log have to be looked at.
const CHUNK: usize = 1000;

impl North {
    /// A resource with what its record does not say: what there is in a log.
    pub(super) async fn whole(&self, resource: &Resource) -> Result<Representation, Refusal> {
        let mut shown = self.representation(resource);
        if resource.kind == Kind::EventLog {
            let tally = self.app.tally(&self.app.shown_by(resource)).await.map_err(translate::app)?;
            shown.document.attributes.set("summary", Value::Structure(summary(tally)));
            shown.version.0.push_str(&format!(".{:?}", tally.counts).replace([' ', '[', ']'], ""));
        }
        Ok(shown)
    }

    /// A page of logs with what there is in each.
    pub(super) async fn with_summaries(&self, mut listing: Listing) -> Result<Listing, Refusal> {
        let mut shown = String::new();
        for member in &mut listing.members {
            let path = member.id().and_then(|id| id.strip_prefix(&*self.base)).and_then(resource_at);
            let Some((kind, id)) = path else { continue };
            let whole = self.whole(&*self.known(kind, id)?).await?;
            shown.push_str(&whole.version.0);
            *member = whole.document;
        }
        let seen = [listing.version.0.as_bytes(), shown.as_bytes()];
        listing.version = Version(document::fingerprint(seen));
        Ok(listing)
    }

    /// An event of a log.
    pub(super) async fn event(&self, log: Id, number: i64) -> Result<Representation, Refusal> {
        let shown = self.app.shown_by(&*self.known(Kind::EventLog, log)?);
        let query = Query { number: Some(number), limit: 1, ..shown };
        let events = self.app.events(&query).await.map_err(translate::app)?;
        let document = self.event_document(log, events.first().ok_or_else(nothing_here)?);
        Ok(Representation { document, version: Version(format!("e{number}")) })
    }

    /// The events of a log, oldest first.
    pub(super) async fn events(
        &self,
        log: Id,
        place: &Place,
        request: &ListRequest<'_>,
    ) -> Result<Listing, Refusal> {
        request.query.check(request.member, request.extensions)?;
        let collection = self.collection(place, &[]).ok_or_else(nothing_here)?;
        let shown = self.app.shown_by(&*self.known(Kind::EventLog, log)?);
        let all = self.app.tally(&shown).await.map_err(translate::app)?.all();
        let newest = Query { direction: Direction::Down, limit: 1, ..shown.clone() };
        let newest = self.app.events(&newest).await.map_err(translate::app)?;
        let newest = newest.first().map_or(0, |event| event.number);
        let version = Version(format!("{}.{newest}.{all}", log.0));
        let (count, members) = if request.query.filters.is_empty() && request.query.order_by.is_none() {
            let window = request.query.window();
            let limit = usize::try_from(window.take).unwrap_or(usize::MAX);
            let query = Query { offset: window.skip, limit, ..shown };
            let events = self.app.events(&query).await.map_err(translate::app)?;
            let members = events.iter().map(|event| self.event_document(log, event)).collect();
            (u64::try_from(all).unwrap_or_default(), members)
        } else {
            self.sifted(log, shown, request).await?
        };
        Ok(Listing { collection, count, members, version })
    }

    /// Those of a log that a query asks for, and how many satisfy it: no more are held at a time than it may list.
    async fn sifted(
        &self,
        log: Id,
        shown: Query,
        request: &ListRequest<'_>,
    ) -> Result<(u64, Vec<Document>), Refusal> {
        let mut sieve = Sieve::new(request.query);
        let mut query = Query { limit: CHUNK, ..shown };
        loop {
            let events = self.app.events(&query).await.map_err(translate::app)?;
            query.beyond = events.last().map(|event| event.number);
            for event in &events {
                let document = self.event_document(log, event);
                if let Some(pass) = sieve.judge(&document.attributes) {
                    sieve.keep(pass, document);
                }
            }
            if events.len() < CHUNK {
                let page = sieve.into_page();
                return Ok((page.count, page.members));
            }
        }
    }

    fn event_document(&self, log: Id, event: &Event) -> Document {
        let schema = self.schema("Event");
        let collection = format!("{}/events", link_of(Kind::EventLog, log));
        let mut attributes = Attributes::new();
        attributes.set("id", self.uri(&format!("{collection}/{}", event.number)));
        attributes.set("description", described(&event.origin));
        attributes.set("created", date_time(event.at));
        attributes.set("timestamp", date_time(event.at));
        attributes.set("type", sort(event).uri(self.edition));
        attributes.set("content", Value::Structure(self.content(event)));
        attributes.set("outcome", event.outcome.name());
        attributes.set("severity", event.severity.name());
        self.frame(schema, &collection, &mut attributes);
        Document::with(schema, attributes)
    }

    /// What an event says, in the structure of its type (table 55).
    fn content(&self, event: &Event) -> Attributes {
        let about = &event.about;
        // What is no resource of this face is told of as a part of the whole.
        let path = resource_at(&about.path).map_or("", |_| about.path.as_str());
        let ty = self.edition.type_uri(&about.ty);
        let resource = Reference::to(self.uri(path));
        let name = about.name.as_deref().unwrap_or_default();
        let named = |ty_name: &'static str| {
            let mut said = Attributes::new();
            if !name.is_empty() {
                said.set("resName", name);
            }
            said.with("resource", resource.clone()).with(ty_name, ty.as_str())
        };
        match &event.content {
            Content::State { state, previous } => {
                let mut said = named("resType").with("state", state.as_str());
                said.set_some("previous", previous.as_deref().map(Value::from));
                said
            }
            Content::Model { change, before, after, detail } => {
                let mut told = Map::new();
                for (name, values) in [("before", before), ("after", after)] {
                    if !values.is_empty() {
                        told.insert(name.to_owned(), self.told(&json!(values)).unwrap_or_default());
                    }
                }
                let told = (!told.is_empty()).then(|| Json::Object(told).to_string());
                let detail = detail.clone().or(told).unwrap_or_else(|| change.name().to_owned());
                named("resType").with("change", change.name()).with("detail", detail)
            }
            Content::Alarm { code, detail } => {
                named("restype").with("code", code.as_str()).with("detail", detail.as_str())
            }
            Content::Access { operation, detail, initiator } => {
                let detail =
                    if name.is_empty() { detail.clone() } else { format!("{}: {detail}", about.path) };
                let mut said = Attributes::new()
                    .with("operation", operation.as_str())
                    .with("resource", resource)
                    .with("detail", detail);
                said.set_some("initiator", initiator.as_deref().map(Value::from));
                said
            }
        }
    }

    /// Values of attributes with references as this face shows them; `None` for those to what is not seen.
    fn told(&self, value: &Json) -> Option<Json> {
        Some(match value {
            Json::Object(members) => {
                let mut told = Map::new();
                for (name, value) in members {
                    let value = match value.as_str().filter(|_| name == "href") {
                        Some(path) if !self.sees(path) => return None,
                        Some(path) if resource_at(path).is_some() => json!(self.uri(path)),
                        _ => self.told(value).unwrap_or_default(),
                    };
                    told.insert(name.clone(), value);
                }
                told.into()
            }
            Json::Array(items) => items.iter().filter_map(|item| self.told(item)).collect::<Vec<_>>().into(),
            other => other.clone(),
        })
    }
}

fn sort(event: &Event) -> Sort {
    match event.content {
        Content::State { .. } => Sort::State,
        Content::Model { .. } => Sort::Model,
        Content::Alarm { .. } => Sort::Alarm,
        Content::Access { .. } => Sort::Access,
    }
}

fn summary(tally: Tally) -> Attributes {
    let counts = Severity::ALL.into_iter().map(|severity| (severity.name(), tally.of(severity)));
    counts.fold(Attributes::new(), |summary, (name, count)| summary.with(name, count))
}

fn described(origin: &Origin) -> String {
    match origin {
        Origin::Asked { by: Some(by) } => format!("{by} asked for it"),
        Origin::Asked { by: None } => "asked of the manager, or done by it".to_owned(),
        Origin::Followed { account } => format!("seen at {account}, as asked for"),
        Origin::Drift { account } => format!("seen at {account}; nobody asked the manager for it"),
    }
}
