//! Finds out what an endpoint offers, by links alone (DSP0263 4.1): the entry point, its collections, a sample of each
//! kind, capabilities. What it finds are the facts that cases speak of.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt as _;
use thiserror::Error;
use url::Url;

use crate::case::{Advertised, Auth, Comparison, Method, Need, NeedKind, Role};
use crate::check::{Context, Seen, Violation};
use crate::event::{At, BodyAt, Edition, Exchange, ExchangeId, Format};
use crate::http::{Client, Outgoing, Purpose};
use crate::links::{Links, described};
use crate::meaning::{Resource, Tree, Value, differences, find};
use crate::spec::{Kind, Tables};
use crate::suite::{Suite, fact_of};

/// Requests that discovery has under way at once.
const AT_ONCE: usize = 8;

/// What was found out about an endpoint.
#[derive(Debug, Clone)]
pub struct Discovery {
    /// The entry point's URL.
    pub cep: Url,
    /// The edition that it is judged by.
    pub edition: Edition,
    /// Collections, by their attribute in the entry point, and samples, by the fact of their type.
    pub facts: BTreeMap<String, Fact>,
    /// Advertised capabilities: `Resource/Name` and value.
    pub capabilities: BTreeMap<String, String>,
    /// What links say.
    pub links: Links,
    /// What the metadata says, by the type that it is about.
    pub metadata: BTreeMap<String, Resource>,
    /// The exchange that read the entry point.
    pub cep_exchange: ExchangeId,
    /// The exchange that read the metadata, if there is any.
    pub metadata_exchange: Option<ExchangeId>,
    /// Whether requests without credentials are refused; none where there are no credentials.
    pub refuses_nobody: Option<(bool, ExchangeId)>,
    /// Where JSON and XML do not mean the same, each with its exchange.
    pub unequal: Vec<(ExchangeId, Violation)>,
    /// Entry points of further users.
    pub users: BTreeMap<Role, Url>,
}

/// Something that cases can speak of.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Its URL.
    pub url: String,
    /// What it read as.
    pub resource: Option<Resource>,
    /// The exchange that read it.
    pub exchange: Option<ExchangeId>,
    /// Its headers.
    pub headers: Vec<(String, String)>,
}

/// Why an endpoint cannot be judged at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DiscoveryError {
    /// Nothing answers.
    #[error("{url}: no answer: {reason}")]
    Unreachable {
        /// The entry point.
        url: String,
        /// What the client said.
        reason: String,
    },
    /// The credentials are refused.
    #[error("{url}: the credentials are refused with {status}")]
    Unauthorised {
        /// The entry point.
        url: String,
        /// 401 or 403.
        status: u16,
    },
    /// What answers is no entry point.
    #[error("{url}: no Cloud Entry Point: {reason}")]
    NotAnEntryPoint {
        /// The URL.
        url: String,
        /// What is wrong.
        reason: String,
    },
}

/// Discovers an endpoint.
///
/// # Errors
/// When its entry point cannot be read.
pub async fn discover(client: &Client, suite: &Suite) -> Result<Discovery, DiscoveryError> {
    let cep = client.endpoint().cep.clone();
    let exchange = get(client, &cep, Format::Json).await;
    let edition = entry_point(client, &exchange)?;
    let tables = suite.tables(edition);
    let resource = read(&exchange, &Links::default(), tables, "CloudEntryPoint");
    let Some(resource) = resource.filter(|r| !r.attributes.is_empty()) else {
        return Err(DiscoveryError::NotAnEntryPoint {
            url: cep.to_string(),
            reason: "the reply cannot be read".to_owned(),
        });
    };
    let mut discovery = Discovery {
        edition,
        facts: BTreeMap::new(),
        capabilities: BTreeMap::new(),
        links: Links::default(),
        metadata: BTreeMap::new(),
        cep_exchange: exchange.n,
        metadata_exchange: None,
        refuses_nobody: nobody(client, &cep).await,
        unequal: Vec::new(),
        users: client.endpoint().users.iter().map(|(role, user)| (*role, user.cep.clone())).collect(),
        cep,
    };
    base(client, &mut discovery, &resource, tables).await;
    let url = discovery.cep.to_string();
    discovery.links.learn(&url, &resource, tables);
    compare(client, &mut discovery, tables, vec![(exchange, resource.clone())]).await;
    discovery.facts.insert(
        "cloudEntryPoint".to_owned(),
        Fact {
            url,
            resource: Some(resource.clone()),
            exchange: Some(discovery.cep_exchange),
            headers: Vec::new(),
        },
    );
    let collections =
        references(&resource, "CloudEntryPoint", &discovery.links, discovery.cep.as_str(), tables);
    collect(client, &mut discovery, tables, collections).await;
    metadata(client, &mut discovery, tables).await;
    Ok(discovery)
}

/// The edition of what answered, if it can be an entry point at all.
fn entry_point(client: &Client, exchange: &Exchange) -> Result<Edition, DiscoveryError> {
    let url = client.endpoint().cep.to_string();
    let Some(response) = &exchange.response else {
        let reason = exchange.failure.clone().unwrap_or_default();
        return Err(DiscoveryError::Unreachable { url, reason });
    };
    match response.status {
        200 => {}
        status @ (401 | 403) => return Err(DiscoveryError::Unauthorised { url, status }),
        status => return Err(DiscoveryError::NotAnEntryPoint { url, reason: format!("status {status}") }),
    }
    let tree = response.text().map(Tree::read).and_then(Result::ok);
    let Some(tree) = tree else {
        return Err(DiscoveryError::NotAnEntryPoint {
            url,
            reason: "the body is neither JSON nor XML".to_owned(),
        });
    };
    let found = match tree.namespace_hint() {
        Some(hint) if hint.contains("/cimi/1") => Some(Edition::V1),
        Some(hint) if hint.contains("/cimi/2") => Some(Edition::V2),
        _ => None,
    };
    Ok(client.endpoint().edition.or(found).unwrap_or(Edition::V2))
}

async fn get(client: &Client, url: &Url, format: Format) -> Arc<Exchange> {
    get_for(client, url, format, Purpose::default()).await
}

async fn get_for(client: &Client, url: &Url, format: Format, purpose: Purpose<'_>) -> Arc<Exchange> {
    let outgoing = Outgoing {
        method: Method::Get,
        url: url.clone(),
        headers: Vec::new(),
        format,
        body: None,
        auth: Auth::Endpoint,
    };
    client.send(&outgoing, purpose).await
}

/// What a reply means, if it is a success that can be read.
fn read(exchange: &Exchange, links: &Links, tables: &Tables, hint: &str) -> Option<Resource> {
    let types = BTreeMap::from([(crate::check::bare(&exchange.request.url), hint.to_owned())]);
    let links = Links { types, base: links.base.clone(), ..Links::default() };
    let context = Context { tables, links: &links };
    let seen = Seen::new(exchange, &context);
    seen.is_success().then_some(())?;
    seen.reading.map(|r| r.resource)
}

/// Whether requests without credentials are refused.
async fn nobody(client: &Client, cep: &Url) -> Option<(bool, ExchangeId)> {
    if !client.endpoint().credentials.is_some() {
        return None;
    }
    let outgoing = Outgoing {
        method: Method::Get,
        url: cep.clone(),
        headers: Vec::new(),
        format: Format::Json,
        body: None,
        auth: Auth::Nobody,
    };
    let exchange = client.send(&outgoing, Purpose::default()).await;
    let status = exchange.response.as_ref().map_or(0, |r| r.status);
    Some((matches!(status, 401 | 403), exchange.n))
}

/// Finds what relative references resolve against: baseURI, or where that leads nowhere the entry point's own place.
async fn base(client: &Client, discovery: &mut Discovery, resource: &Resource, tables: &Tables) {
    let stated = resource.text("baseURI").and_then(|b| Url::parse(&b).ok());
    let folder = Url::parse(&format!("{}/", discovery.cep)).ok();
    let candidates: Vec<Url> = stated.into_iter().chain([discovery.cep.clone()]).chain(folder).collect();
    let first = references(resource, "CloudEntryPoint", &Links::default(), discovery.cep.as_str(), tables);
    let all_absolute =
        resource.attributes.values().filter_map(Value::href).all(|href| Url::parse(href).is_ok());
    if all_absolute || first.is_empty() {
        discovery.links.base = candidates.into_iter().next();
        return;
    }
    let Some(href) = resource.attributes.values().find_map(Value::href) else { return };
    for candidate in candidates {
        let Ok(url) = candidate.join(href) else { continue };
        let exchange = get(client, &url, Format::Json).await;
        if exchange.response.as_ref().is_some_and(|r| r.status < 300) {
            discovery.links.base = Some(candidate);
            return;
        }
    }
}

/// A link to follow: the attribute that has it, the URL, and the type that it leads to.
type Link = (String, String, String);

/// The Collections that a resource refers to.
fn references(resource: &Resource, name: &str, links: &Links, from: &str, tables: &Tables) -> Vec<Link> {
    let Some(declared) = tables.types.get(name) else { return Vec::new() };
    let link = |(attribute, value): (&String, &Value)| {
        let Kind::Collection { via, .. } = &declared.attributes.get(attribute)?.kind else { return None };
        Some((attribute.clone(), links.resolve(value.href()?, from)?, via.clone()))
    };
    resource.attributes.iter().filter_map(link).collect()
}

/// Reads the collections of the entry point, a sample of each, and the collections of each sample.
async fn collect(client: &Client, discovery: &mut Discovery, tables: &Tables, links: Vec<Link>) {
    let collections = follow(client, discovery, tables, links).await;
    let mut samples = Vec::new();
    for (attribute, fact) in collections {
        samples.extend(sample(&fact, discovery, tables));
        discovery.facts.insert(attribute, fact);
    }
    let samples = follow(client, discovery, tables, samples).await;
    let mut inner = Vec::new();
    for (name, fact) in samples {
        if let Some(resource) = &fact.resource {
            let type_name = resource.type_name.clone().unwrap_or_default();
            inner.extend(references(resource, &type_name, &discovery.links, &fact.url, tables));
        }
        discovery.facts.entry(name).or_insert(fact);
    }
    // The collections of a sample are facts only through their samples: `disk`, `networkInterface`.
    let inner = follow(client, discovery, tables, inner).await;
    let samples: Vec<Link> = inner.iter().filter_map(|(_, fact)| sample(fact, discovery, tables)).collect();
    let samples = samples.into_iter().filter(|(name, ..)| !discovery.facts.contains_key(name)).collect();
    for (name, fact) in follow(client, discovery, tables, samples).await {
        discovery.facts.entry(name).or_insert(fact);
    }
}

/// The first item of a collection, as a link under the fact of its type.
fn sample(fact: &Fact, discovery: &Discovery, tables: &Tables) -> Option<Link> {
    let resource = fact.resource.as_ref()?;
    let declared = tables.collections.get(resource.type_name.as_deref()?)?;
    let of = tables.types.get(&declared.of)?.base.clone().unwrap_or_else(|| declared.of.clone());
    let item = resource.items.first()?;
    let id = item.identity()?;
    Some((fact_of(&declared.of), discovery.links.resolve(&id, &fact.url)?, of))
}

/// Reads each link, in both formats, and learns from what comes.
async fn follow(
    client: &Client,
    discovery: &mut Discovery,
    tables: &Tables,
    links: Vec<Link>,
) -> Vec<(String, Fact)> {
    let known = discovery.links.clone();
    let one = |(name, url, type_name): Link| {
        let known = &known;
        async move {
            let parsed = Url::parse(&url).ok()?;
            let exchange = get(client, &parsed, Format::Json).await;
            let resource = read(&exchange, known, tables, &type_name);
            Some((name, url, exchange, resource))
        }
    };
    let read: Vec<_> = futures::stream::iter(links.into_iter().map(one)).buffered(AT_ONCE).collect().await;
    let mut facts = Vec::new();
    let mut pairs = Vec::new();
    for (name, url, exchange, resource) in read.into_iter().flatten() {
        let Some(response) = exchange.response.as_ref().filter(|r| (200..300).contains(&r.status)) else {
            continue;
        };
        if let Some(resource) = &resource {
            discovery.links.learn(&url, resource, tables);
            pairs.push((exchange.clone(), resource.clone()));
        }
        let headers = response.headers.clone();
        facts.push((name, Fact { url, resource, exchange: Some(exchange.n), headers }));
    }
    compare(client, discovery, tables, pairs).await;
    facts
}

/// Reads what was read in JSON in XML as well, and notes where the two do not mean the same (DSP0263 4.1.4). What
/// differs between two readings of JSON is volatile, and left out.
async fn compare(
    client: &Client,
    discovery: &mut Discovery,
    tables: &Tables,
    pairs: Vec<(Arc<Exchange>, Resource)>,
) {
    let links = discovery.links.clone();
    let one = |(first, json): (Arc<Exchange>, Resource)| {
        let links = &links;
        async move {
            let url = Url::parse(&first.request.url).ok()?;
            let hint = json.type_name.clone()?;
            let exchange = get(client, &url, Format::Xml).await;
            if !exchange.was() {
                return None;
            }
            let status = exchange.response.as_ref().map_or(0, |r| r.status);
            let Some(xml) = read(&exchange, links, tables, &hint) else {
                let at = if status < 300 { At::Exchange } else { At::Status };
                let got = format!("status {status}");
                let violation =
                    Violation::new("4.1.4/both-formats", hint, at, "a representation in XML", got);
                return Some(vec![(exchange.n, violation)]);
            };
            let base = links.base.as_ref();
            let found = differences(&json, &xml, base, &[]);
            if found.is_empty() {
                return None;
            }
            let second = get(client, &url, Format::Json).await;
            let again = read(&second, links, tables, &hint);
            let volatile: Vec<String> = again
                .map(|again| differences(&json, &again, base, &[]))
                .unwrap_or_default()
                .into_iter()
                .map(|d| d.path)
                .collect();
            let steady = found.into_iter().filter(|d| !volatile.contains(&d.path));
            let violation = |d: crate::meaning::Difference| {
                let at =
                    At::Body(BodyAt { path: format!("/{}", d.path.replace('.', "/")), line: 1, column: 1 });
                let subject = format!("{hint}.{}", without_indices(&d.path));
                let expected = format!("{}, as in JSON", d.left);
                let requirement =
                    if d.path == "@type" { "4.1.4/resource-uri-matches-root" } else { "4.1.4/same-meaning" };
                (exchange.n, Violation::new(requirement, subject, at, expected, d.right))
            };
            Some(steady.map(violation).collect())
        }
    };
    let found: Vec<Option<Vec<_>>> =
        futures::stream::iter(pairs.into_iter().map(one)).buffered(AT_ONCE).collect().await;
    discovery.unequal.extend(found.into_iter().flatten().flatten());
}

fn without_indices(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for letter in path.chars() {
        match letter {
            '[' => inside = true,
            ']' => inside = false,
            other if !inside => out.push(other),
            _ => {}
        }
    }
    out
}

/// Reads the entries of the metadata for the capabilities that they advertise (DSP0263 5.11.1).
async fn metadata(client: &Client, discovery: &mut Discovery, tables: &Tables) {
    let Some(fact) = discovery.facts.get("resourceMetadata") else { return };
    discovery.metadata_exchange = fact.exchange;
    let items: Vec<Link> = fact
        .resource
        .iter()
        .flat_map(|r| &r.items)
        .filter_map(|item| {
            let id = item.identity()?;
            Some((id.clone(), discovery.links.resolve(&id, &fact.url)?, "ResourceMetadata".to_owned()))
        })
        .collect();
    for (_, fact) in follow(client, discovery, tables, items).await {
        let Some(entry) = fact.resource else { continue };
        if let Some(Value::List(capabilities)) = entry.attributes.get("capabilities") {
            discovery.capabilities.extend(capabilities.iter().filter_map(capability));
        }
        if let Some(name) = described(&entry, tables) {
            discovery.metadata.insert(name, entry);
        }
    }
}

/// A capability and its value: without one it is true (table 6).
fn capability(capability: &Value) -> Option<(String, String)> {
    let Value::Record(record) = capability else { return None };
    let uri = record.get("uri").and_then(Value::as_text)?;
    let (_, name) = uri.split_once("/capability/")?;
    let value =
        record.get("value").map_or_else(|| "true".to_owned(), |v| v.as_text().unwrap_or_else(|| v.show()));
    Some((name.to_owned(), value.trim().to_owned()))
}

/// What a case needs and an endpoint has not: why, and the exchange that proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// The reason, a sentence.
    pub reason: String,
    /// The exchange.
    pub exchange: Option<ExchangeId>,
}

impl Discovery {
    /// What of `needs` the endpoint lacks first.
    pub fn lacks(&self, needs: &[Need], tables: &Tables) -> Option<Lack> {
        needs.iter().find_map(|need| self.lack(&need.kind, &need.text, tables))
    }

    fn lack(&self, need: &NeedKind, text: &str, tables: &Tables) -> Option<Lack> {
        let lack = |reason: String, exchange| Some(Lack { reason, exchange });
        let fact = |name: &str| self.facts.get(name);
        let missing = |name: &str| {
            let exchange = self.reader_of(name, tables);
            lack(format!("the endpoint shows no `{name}`"), exchange)
        };
        match need {
            NeedKind::Lacks(kind) => self.has(kind, text.trim_start_matches("no "), tables),
            NeedKind::Fact(name) if fact(name).is_none() => missing(name),
            NeedKind::Fact(_) => None,
            NeedKind::Count { fact: name, comparison, number } => {
                let Some(fact) = fact(name) else { return missing(name) };
                let count = fact.resource.as_ref().map_or(0, |r| r.items.len() as u64);
                let fits = match comparison {
                    Comparison::AtLeast => count >= *number,
                    Comparison::Exactly => count == *number,
                };
                if fits {
                    None
                } else {
                    lack(format!("`{name}` has {count} items, not {text}"), fact.exchange)
                }
            }
            NeedKind::Capability { name, value } => self.capability(name, value),
            NeedKind::Amount { capability, at_least } => self.amount(capability, *at_least),
            NeedKind::Query(name) => {
                let Some(fact) = fact(name) else { return missing(name) };
                let has_query = Url::parse(&fact.url).is_ok_and(|url| url.query().is_some());
                if has_query {
                    None
                } else {
                    lack(format!("the URI of `{name}` has no query"), fact.exchange)
                }
            }
            NeedKind::Operation { fact: name, rel } => {
                let Some(fact) = fact(name) else { return missing(name) };
                let offered = fact.resource.as_ref().is_some_and(|r| r.operation(rel, tables).is_some());
                if offered { None } else { lack(format!("`{name}` does not offer {rel}"), fact.exchange) }
            }
            NeedKind::Attribute { fact: name, path } => {
                let Some(fact) = fact(name) else { return missing(name) };
                let there = fact.resource.as_ref().and_then(|r| find(r, path, tables)).is_some();
                if there { None } else { lack(format!("`{name}` has no {path}"), fact.exchange) }
            }
            NeedKind::Header { fact: name, name: header } => {
                let Some(fact) = fact(name) else { return missing(name) };
                let there = fact.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(header));
                if there { None } else { lack(format!("reading `{name}` gives no {header}"), fact.exchange) }
            }
            NeedKind::User(role) if self.users.contains_key(role) => None,
            NeedKind::User(role) => {
                lack(format!("the run has no user `{}`", role.name()), Some(self.cep_exchange))
            }
            NeedKind::Auth => self.openness(),
        }
    }

    /// Why a case about credentials says nothing here.
    fn openness(&self) -> Option<Lack> {
        let (reason, exchange) = match self.refuses_nobody {
            Some((true, _)) => return None,
            Some((false, exchange)) => ("requests without credentials are not refused", Some(exchange)),
            None => ("the run has no credentials", Some(self.cep_exchange)),
        };
        Some(Lack { reason: reason.to_owned(), exchange })
    }

    fn capability(&self, name: &str, wanted: &Advertised) -> Option<Lack> {
        let reason = match (self.capabilities.get(name), wanted) {
            (None, Advertised::NoOther(_)) => return None,
            (None, _) => format!("the capability {name} is not advertised"),
            (Some(has), Advertised::True) if has == "false" => {
                format!("the capability {name} is advertised as false")
            }
            (Some(has), Advertised::As(wanted) | Advertised::NoOther(wanted))
                if !has.split([',', ' ']).any(|v| v == wanted) =>
            {
                format!("the capability {name} is advertised as {has}, not {wanted}")
            }
            _ => return None,
        };
        Some(Lack { reason, exchange: self.metadata_exchange.or(Some(self.cep_exchange)) })
    }

    fn amount(&self, name: &str, at_least: u64) -> Option<Lack> {
        let reason = match self.capabilities.get(name) {
            None => format!("the capability {name} is not advertised"),
            Some(has) if has.parse().is_ok_and(|has: u64| has >= at_least) => return None,
            Some(has) => format!("the capability {name} is advertised as {has}, less than {at_least}"),
        };
        Some(Lack { reason, exchange: self.metadata_exchange.or(Some(self.cep_exchange)) })
    }

    /// What is there where something is to be lacking.
    fn has(&self, kind: &NeedKind, text: &str, tables: &Tables) -> Option<Lack> {
        let there = Lack {
            reason: format!("the endpoint has {text}, there is nothing to probe"),
            exchange: self.shower_of(kind),
        };
        self.lack(kind, text, tables).is_none().then_some(there)
    }

    /// The exchange that shows what is asked for.
    fn shower_of(&self, kind: &NeedKind) -> Option<ExchangeId> {
        let shown = match kind {
            NeedKind::Capability { .. } | NeedKind::Amount { .. } => self.metadata_exchange,
            NeedKind::Fact(fact)
            | NeedKind::Query(fact)
            | NeedKind::Count { fact, .. }
            | NeedKind::Operation { fact, .. }
            | NeedKind::Attribute { fact, .. }
            | NeedKind::Header { fact, .. } => self.facts.get(fact).and_then(|fact| fact.exchange),
            NeedKind::Lacks(kind) => self.shower_of(kind),
            NeedKind::User(_) => None,
            NeedKind::Auth => self.refuses_nobody.map(|(_, exchange)| exchange),
        };
        shown.or(Some(self.cep_exchange))
    }

    /// The exchange that would have shown a fact: the collection of that type, or the entry point.
    fn reader_of(&self, name: &str, tables: &Tables) -> Option<ExchangeId> {
        let holds = |fact: &Fact| {
            let type_name = fact.resource.as_ref()?.type_name.as_deref()?;
            let of = &tables.collections.get(type_name)?.of;
            (fact_of(of) == name).then_some(fact.exchange?)
        };
        self.facts.values().find_map(holds).or(Some(self.cep_exchange))
    }
}

impl Discovery {
    /// How many items each collection of the entry point had.
    pub fn counted(&self) -> BTreeMap<String, u64> {
        let count = |(name, fact): (&String, &Fact)| {
            let resource = fact.resource.as_ref().filter(|r| r.is_collection)?;
            Some((name.clone(), resource.text("count")?.parse().ok()?))
        };
        self.facts.iter().filter_map(count).collect()
    }
}

/// How many items each collection of the entry point has now.
pub async fn counts(client: &Client, discovery: &Discovery, tables: &Tables) -> BTreeMap<String, u64> {
    let one = |(name, fact): (&String, &Fact)| {
        let (name, url) = (name.clone(), fact.url.clone());
        let type_name = fact.resource.as_ref().and_then(|r| r.type_name.clone()).unwrap_or_default();
        async move {
            let purpose = Purpose { step: Some("inventory"), ..Purpose::default() };
            let exchange = get_for(client, &Url::parse(&url).ok()?, Format::Json, purpose).await;
            let resource = read(&exchange, &discovery.links, tables, &type_name)?;
            Some((name, resource.text("count")?.parse().ok()?))
        }
    };
    let collections =
        discovery.facts.iter().filter(|(_, f)| f.resource.as_ref().is_some_and(|r| r.is_collection));
    let all: Vec<Option<(String, u64)>> =
        futures::stream::iter(collections.map(one)).buffered(AT_ONCE).collect().await;
    all.into_iter().flatten().collect()
}
