//! What a client knows at a moment: the URLs that it was given, the resources that it was shown, and what it has met.
//!
//! Owns learning from replies. Judges nothing.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::given::{Given, Links, Role, Way};
use super::place::Place;
use super::provocation;
use crate::event::{Exchange, ExchangeId, Format};
use crate::meaning::{Extent, NoteKind, Reading, Resource, Tree, Value, read};
use crate::spec::Tables;

/// What a client knows.
#[derive(Debug)]
pub(super) struct Known<'t> {
    /// The tables of the edition, requests included.
    pub(super) tables: &'t Tables,
    /// Every URL that it was given.
    pub(super) links: Links,
    /// The latest representation of each resource, by key.
    shown: BTreeMap<String, Shown>,
    /// How far it has come with each provocation.
    pub(super) met: BTreeMap<&'static str, Met>,
    /// Provocations in each reply that gave a URL.
    provoked: BTreeMap<ExchangeId, Vec<&'static str>>,
    /// The states in which resources of a type may be made, as metadata says, and where it does.
    pub(super) initial_states: BTreeMap<String, (Vec<String>, ExchangeId)>,
    /// What its updates have been.
    pub(super) updates: Updates,
    /// How it went on after data that CIMI does not define.
    pub(super) tolerance: Tolerance,
    entry: Option<Url>,
    base: Option<Url>,
}

/// A representation that a client was shown.
#[derive(Debug)]
pub(super) struct Shown {
    /// What it said.
    pub(super) resource: Resource,
    /// Names of its attributes that no table knows.
    pub(super) foreign: BTreeSet<String>,
    /// In which format.
    pub(super) format: Format,
    /// Which exchange showed it.
    pub(super) exchange: ExchangeId,
}

/// How far a client has come with a provocation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Met {
    /// The reply that had it first.
    pub(super) shown: ExchangeId,
    /// The first request that came of such a reply.
    pub(super) passed: Option<ExchangeId>,
}

/// The updates of a client.
#[derive(Debug, Default)]
pub(super) struct Updates {
    /// The first that replaced a resource.
    pub(super) full: Option<ExchangeId>,
    /// The first that changed a part.
    pub(super) partial: Option<ExchangeId>,
}

/// How a client went on after data that CIMI does not define.
#[derive(Debug, Default)]
pub(super) struct Tolerance {
    /// The first reply that had such data.
    pub(super) shown: Option<ExchangeId>,
    /// Requests after it.
    pub(super) later: u32,
    /// Of those, the ones that asked for the entry point again.
    pub(super) again: u32,
    /// Whether it followed a link.
    pub(super) followed: bool,
}

impl<'t> Known<'t> {
    /// What a client knows that was told the entry point.
    pub(super) fn new(cep: &Url, tables: &'t Tables) -> Self {
        let mut links = Links::default();
        let entry = Given { own: Vec::new(), role: Role::Entry, reference: cep.to_string(), from: None };
        links.give(cep, entry);
        Self {
            tables,
            links,
            shown: BTreeMap::new(),
            met: BTreeMap::new(),
            provoked: BTreeMap::new(),
            initial_states: BTreeMap::new(),
            updates: Updates::default(),
            tolerance: Tolerance::default(),
            entry: Some(cep.clone()),
            base: None,
        }
    }

    /// What was shown under a key.
    pub(super) fn shown(&self, key: &str) -> Option<&Shown> {
        self.shown.get(key)
    }

    /// Notes what a request says of how the client goes on.
    pub(super) fn asked(&mut self, exchange: ExchangeId, given: &[(Role, Option<ExchangeId>)]) {
        // The entry point tells of itself: that its URL was a link, too, is no link followed.
        let is_entry = given.iter().any(|(role, _)| *role == Role::Entry);
        let followed = !given.is_empty() && !is_entry;
        if self.tolerance.shown.is_some() {
            self.tolerance.later += 1;
            self.tolerance.again += u32::from(is_entry);
        }
        self.tolerance.followed |= followed;
        for name in given.iter().filter_map(|(_, from)| self.provoked.get(from.as_ref()?)).flatten() {
            if let Some(met) = self.met.get_mut(name) {
                met.passed.get_or_insert(exchange);
            }
        }
    }

    /// Learns from a reply.
    pub(super) fn learn(&mut self, exchange: &Exchange) {
        let (Some(response), Ok(at)) = (&exchange.response, Url::parse(&exchange.request.url)) else {
            return;
        };
        let mut provoked = provocation::of_head(response);
        for name in ["Location", "CIMI-Job-URI"] {
            if let Some(url) = response.header(name).and_then(|reference| at.join(reference).ok()) {
                self.links.give(&url, link(url.as_str(), exchange.n));
            }
        }
        let tree = response.text().filter(|text| !text.trim().is_empty()).and_then(|t| Tree::read(t).ok());
        if let (Some(tree), Some(text), true) = (tree, response.text(), response.status < 300) {
            let reading = read(&tree, self.tables, None, Extent::Part);
            self.rebase(&reading.resource);
            self.learn_states(&reading.resource, exchange.n);
            self.give(&reading.resource, &at, exchange.n);
            provoked.extend(provocation::of_body(text, &reading, self, &at));
            if provoked.contains(&provocation::OWN_ATTRIBUTE) {
                self.tolerance.shown.get_or_insert(exchange.n);
            }
            self.show(exchange, &at, reading, tree.format());
        }
        for name in &provoked {
            self.met.entry(name).or_insert(Met { shown: exchange.n, passed: None });
        }
        self.provoked.insert(exchange.n, provoked);
    }

    /// What relative references resolve against.
    pub(super) fn base(&self) -> Option<&Url> {
        self.base.as_ref().or(self.entry.as_ref())
    }

    /// Whether baseURI is somewhere else than the entry point.
    pub(super) fn base_is_elsewhere(&self) -> bool {
        self.base.is_some() && self.base != self.entry
    }

    fn rebase(&mut self, resource: &Resource) {
        if resource.type_name.as_deref() == Some("CloudEntryPoint") {
            self.base = resource.text("baseURI").and_then(|base| Url::parse(&base).ok()).or(self.base.take());
        }
    }

    /// Learns in which states resources may be made (DSP0263 5.11.1).
    fn learn_states(&mut self, resource: &Resource, from: ExchangeId) {
        let Some(Value::List(capabilities)) = resource.attributes.get("capabilities") else {
            return resource.items.iter().for_each(|item| self.learn_states(item, from));
        };
        for capability in capabilities {
            let Value::Record(fields) = capability else { continue };
            let text = |name: &str| fields.get(name).and_then(Value::as_text);
            let (Some(uri), Some(states)) = (text("uri"), text("value")) else { continue };
            let kind = uri.strip_suffix("/InitialStates").and_then(|uri| uri.rsplit('/').next());
            if let Some(kind) = kind {
                let states = states.split(',').map(|state| state.trim().to_owned()).collect();
                self.initial_states.insert(kind.to_owned(), (states, from));
            }
        }
    }

    /// The URL of a reference in a body (DSP0263 5.5.10).
    pub(super) fn resolve(&self, reference: &str) -> Option<Url> {
        Url::parse(reference).ok().or_else(|| self.base()?.join(reference).ok())
    }

    fn give(&mut self, resource: &Resource, at: &Url, from: ExchangeId) {
        let mut references = Vec::new();
        references_of(resource, &mut references);
        for reference in references {
            if let Some(url) = self.resolve(&reference) {
                self.links.give(&url, link(&reference, from));
            }
            self.mislead(&reference, at);
        }
        self.give_operations(resource, at, from);
        for item in &resource.items {
            self.give(item, at, from);
        }
    }

    fn give_operations(&mut self, resource: &Resource, at: &Url, from: ExchangeId) {
        let of = resource.id().and_then(|id| self.resolve(id)).map_or_else(|| key(at), |url| key(&url));
        for operation in resource.operations.iter().filter(|operation| operation.available) {
            let Some(url) = self.resolve(&operation.href) else { continue };
            let rel = self.tables.short_rel(&operation.rel).to_owned();
            let role = Role::Operation { rel, owner: resource.type_name.clone(), of: of.clone() };
            let reference = operation.href.clone();
            self.links.give(&url, Given { own: Vec::new(), role, reference, from: Some(from) });
            self.mislead(&operation.href, at);
        }
    }

    /// Remembers where a careless client ends with a relative reference.
    fn mislead(&mut self, reference: &str, at: &Url) {
        if Url::parse(reference).is_ok() {
            return;
        }
        let right = self.resolve(reference);
        let without_slash = self.base().map(|base| base.as_str().trim_end_matches('/').to_owned());
        let glued = without_slash.and_then(|base| Url::parse(&(base + reference)).ok());
        let from_root = at.join(&format!("/{}", reference.trim_start_matches('/'))).ok();
        let entry = self.entry.as_ref().and_then(|entry| entry.join(reference).ok());
        let wrong = [at.join(reference).ok(), entry, from_root, glued].into_iter().flatten();
        let wrong: Vec<Url> = wrong.filter(|url| Some(url) != right.as_ref()).collect();
        self.links.mislead(reference, wrong);
    }

    fn show(&mut self, exchange: &Exchange, at: &Url, reading: Reading, format: Format) {
        let place = Place::of(at);
        let reads = matches!(exchange.request.method.as_str(), "GET" | "PUT");
        let foreign = foreign(&reading, self.tables);
        let Reading { mut resource, .. } = reading;
        let items = std::mem::take(&mut resource.items);
        for item in items {
            let foreign = names_unknown(&item, self.tables);
            if let Some(url) = item.id().and_then(|id| self.resolve(id)) {
                let shown = Shown { resource: item, foreign, format, exchange: exchange.n };
                self.shown.insert(key(&url), shown);
            }
        }
        if place.values("$select").next().is_some() {
            return;
        }
        let own = resource.id().and_then(|id| self.resolve(id)).map(|url| key(&url));
        let keys: BTreeSet<String> = own.into_iter().chain(reads.then(|| place.key())).collect();
        for key in keys {
            let shown =
                Shown { resource: resource.clone(), foreign: foreign.clone(), format, exchange: exchange.n };
            self.shown.insert(key, shown);
        }
    }
}

impl Way<'_> {
    /// As what the URL was given, and by which replies.
    pub(super) fn sources(&self) -> Vec<(Role, Option<ExchangeId>)> {
        self.given().into_iter().map(|given| (given.role.clone(), given.from)).collect()
    }
}

/// What names the resource at a URL.
pub(super) fn key(url: &Url) -> String {
    Place::of(url).key()
}

fn link(reference: &str, from: ExchangeId) -> Given {
    Given { own: Vec::new(), role: Role::Link, reference: reference.to_owned(), from: Some(from) }
}

/// Attributes that no table knows: of the edition's own namespace, or of another.
fn foreign(reading: &Reading, tables: &Tables) -> BTreeSet<String> {
    let noted = reading.notes.iter().filter(|note| note.kind == NoteKind::Unknown);
    let mut all = names_unknown(&reading.resource, tables);
    all.extend(noted.filter(|note| note.subject.matches('.').count() == 1).map(|note| note.got.clone()));
    all.retain(|name| reading.resource.attributes.contains_key(name));
    all
}

/// Names of attributes that no table knows.
pub(super) fn names_unknown(resource: &Resource, tables: &Tables) -> BTreeSet<String> {
    let name = resource.type_name.as_deref().unwrap_or("");
    let declared = tables.types.get(name).map(|it| &it.attributes);
    let declared =
        declared.or_else(|| tables.collections.contains_key(name).then_some(&tables.common_collection));
    let Some(declared) = declared else { return BTreeSet::new() };
    resource
        .attributes
        .keys()
        .filter(|name| *name != "href" && !declared.contains_key(*name))
        .cloned()
        .collect()
}

/// Every reference of a resource but those of its operations and items.
pub(super) fn references_of(resource: &Resource, all: &mut Vec<String>) {
    for (name, value) in &resource.attributes {
        match value {
            Value::Text(uri) if matches!(name.as_str(), "id" | "href") => all.push(uri.clone()),
            value => hrefs(value, all),
        }
    }
}

fn hrefs(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::Record(record) => {
            for (name, value) in record {
                match value {
                    Value::Text(uri) if matches!(name.as_str(), "href" | "id") => all.push(uri.clone()),
                    value => hrefs(value, all),
                }
            }
        }
        Value::List(items) => items.iter().for_each(|item| hrefs(item, all)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}
