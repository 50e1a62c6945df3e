//! What a case can speak of while it runs: facts, earlier steps, the words of the run. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;
use url::Url;

use crate::case::{Neutral, Part, Path, Reference, Role, Segment, SetOperation, Template};
use crate::discovery::Discovery;
use crate::event::{Exchange, Format};
use crate::meaning::{Body, Resource, Value, find};
use crate::spec::Tables;

/// What a step brought.
#[derive(Debug, Clone)]
pub struct Done {
    /// The exchange.
    pub exchange: Arc<Exchange>,
    /// What it means, where it could be read.
    pub resource: Option<Resource>,
}

/// Everything that a case can speak of.
#[derive(Debug)]
pub struct Env<'e> {
    /// What discovery found.
    pub discovery: &'e Discovery,
    /// The tables of the edition.
    pub tables: &'e Tables,
    /// The format of the run.
    pub format: Format,
    /// A word of its own.
    pub nonce: String,
    /// Steps so far, by name.
    pub steps: BTreeMap<String, Done>,
}

/// A reference that stands for nothing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// The reference, as written.
    pub reference: String,
    /// The exchange that should have brought it.
    pub exchange: Option<crate::event::ExchangeId>,
}

impl Done {
    /// The status; 0 where nothing came back.
    pub fn status(&self) -> u16 {
        self.exchange.response.as_ref().map_or(0, |r| r.status)
    }

    /// A response header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.exchange.response.as_ref().and_then(|r| r.header(name))
    }
}

impl Env<'_> {
    /// The text of a template.
    pub fn text(&self, template: &Template) -> Result<String, Unresolved> {
        let mut text = String::new();
        for part in &template.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Value(reference) => match self.reference(reference)? {
                    Value::Null => {}
                    value => text.push_str(&value.as_text().unwrap_or_else(|| value.show())),
                },
            }
        }
        Ok(text)
    }

    /// A neutral value with its references resolved.
    pub fn value(&self, neutral: &Neutral) -> Result<Value, Unresolved> {
        Ok(match neutral {
            Neutral::Text(template) => match template.lone_reference() {
                Some(reference) => self.reference(reference)?,
                None => Value::Text(self.text(template)?),
            },
            Neutral::Number(number) => Value::Number(number.clone()),
            Neutral::Boolean(boolean) => Value::Bool(*boolean),
            Neutral::List(items) => {
                let mut all = Vec::new();
                for item in items {
                    match (item, self.value(item)?) {
                        // `["edit", "${meta.actions.name}"]` is one list.
                        (Neutral::Text(_), Value::List(members)) => all.extend(members),
                        (_, value) => all.push(value),
                    }
                }
                Value::List(all)
            }
            Neutral::Record(record) => Value::Record(self.record(record)?),
            Neutral::Sets(operation, lists) => Value::List(self.sets(*operation, lists)?),
        })
    }

    fn sets(&self, operation: SetOperation, lists: &[Neutral]) -> Result<Vec<Value>, Unresolved> {
        let mut sets = Vec::new();
        for list in lists {
            sets.push(match self.value(list)? {
                Value::List(members) => members,
                other => vec![other],
            });
        }
        // Members are told apart by what they lead to: an id may be relative in one reply and absolute in the next.
        let key = |member: &Value| {
            let text = member.as_text().unwrap_or_else(|| member.show());
            self.resolve(&text, self.discovery.cep.as_str()).unwrap_or(text)
        };
        let Some((first, others)) = sets.split_first() else { return Ok(Vec::new()) };
        let keys: Vec<BTreeSet<String>> = others.iter().map(|set| set.iter().map(key).collect()).collect();
        let mut taken = BTreeSet::new();
        let all = match operation {
            SetOperation::Union => sets.iter().flatten().filter(|m| taken.insert(key(m))).collect(),
            SetOperation::Intersection => {
                first.iter().filter(|m| keys.iter().all(|set| set.contains(&key(m)))).collect::<Vec<_>>()
            }
            SetOperation::Difference => {
                first.iter().filter(|m| !keys.iter().any(|set| set.contains(&key(m)))).collect()
            }
        };
        Ok(all.into_iter().cloned().collect())
    }

    fn record(&self, record: &[(String, Neutral)]) -> Result<IndexMap<String, Value>, Unresolved> {
        record.iter().map(|(name, value)| Ok((name.clone(), self.value(value)?))).collect()
    }

    /// The fields of a body: `@like` starts from what a step returned, `@without` drops some of it.
    pub fn body(&self, neutral: &Neutral) -> Result<Body, Unresolved> {
        let Neutral::Record(record) = neutral else { return Ok(Body::default()) };
        let mut own = self.record(record)?;
        let like = own.shift_remove("@like").and_then(|v| v.as_text());
        let without = match own.shift_remove("@without") {
            Some(Value::List(names)) => names.iter().filter_map(Value::as_text).collect(),
            Some(name) => name.as_text().into_iter().collect(),
            None => Vec::new(),
        };
        let Some(like) = like else { return Ok(Body { fields: own, ..Body::default() }) };
        let unresolved =
            || Unresolved { reference: format!("@like = \"{like}\""), exchange: self.exchange_of(&like) };
        let resource = self.steps.get(&like).and_then(|d| d.resource.as_ref()).ok_or_else(unresolved)?;
        let mut fields = IndexMap::new();
        if let Some(name) = &resource.type_name {
            fields.insert("type".to_owned(), Value::Text(name.clone()));
        }
        for (name, value) in &resource.attributes {
            // An attribute called `type` must not be taken for the type of the document.
            let name = if name == "type" { "@type" } else { name };
            fields.insert(name.to_owned(), value.clone());
        }
        fields.retain(|name, _| !without.contains(name));
        fields.extend(own);
        Ok(Body { fields, namespaces: resource.namespaces.clone() })
    }

    fn exchange_of(&self, root: &str) -> Option<crate::event::ExchangeId> {
        let step = self.steps.get(root).map(|d| d.exchange.n);
        step.or_else(|| self.discovery.facts.get(root).and_then(|f| f.exchange))
    }

    fn reference(&self, reference: &Reference) -> Result<Value, Unresolved> {
        let found = if let Some(done) = self.steps.get(&reference.root) {
            self.of_step(done, &reference.path)
        } else if let ("filler", [Segment::At(length)]) =
            (reference.root.as_str(), reference.path.0.as_slice())
        {
            // The reader of cases bounds the length.
            usize::try_from(*length).ok().map(|length| Value::Text("x".repeat(length)))
        } else if let Some(word) = self.built_in(&reference.root) {
            reference.path.0.is_empty().then_some(word)
        } else {
            self.of_fact(&reference.root, &reference.path)
        };
        let unresolved = || Unresolved {
            reference: format!("${{{reference}}}"),
            exchange: self.exchange_of(&reference.root),
        };
        found.ok_or_else(unresolved)
    }

    fn built_in(&self, name: &str) -> Option<Value> {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        match name {
            "cep" => text(self.discovery.cep.as_str()),
            "other-cep" => text(self.discovery.users.get(&Role::Other)?.as_str()),
            "baseURI" => text(self.discovery.links.base.as_ref()?.as_str()),
            "nonce" => text(&self.nonce),
            "edition" => text(self.tables.edition.name()),
            "namespace" => text(&self.tables.namespace),
            "types" => text(&self.tables.type_base),
            "actions" => text(&self.tables.action_base),
            "format" => text(self.format.name()),
            "media-type" => text(self.format.media_type()),
            "null" => Some(Value::Null),
            _ => None,
        }
    }

    fn of_fact(&self, name: &str, path: &Path) -> Option<Value> {
        let fact = self.discovery.facts.get(name)?;
        match path.0.first() {
            None => Some(Value::Text(fact.url.clone())),
            Some(Segment::Name(first)) if first == "@url" => Some(Value::Text(fact.url.clone())),
            Some(Segment::Name(first)) if first == "@operation" => {
                let href = find(fact.resource.as_ref()?, path, self.tables)?.as_text()?;
                self.resolve(&href, &fact.url).map(Value::Text)
            }
            Some(_) => find(fact.resource.as_ref()?, path, self.tables),
        }
    }

    fn of_step(&self, done: &Done, path: &Path) -> Option<Value> {
        let url = done.exchange.request.url.as_str();
        let text = |text: Option<&str>| text.map(|t| Value::Text(t.to_owned()));
        let Some(Segment::Name(first)) = path.0.first() else {
            return path.0.is_empty().then(|| Value::Text(url.to_owned()));
        };
        match first.as_str() {
            "@status" => Some(Value::Number(done.status().to_string())),
            "@url" => text(Some(url)),
            "@location" => self.location(done).map(Value::Text),
            "@job" => done.header("CIMI-Job-URI").and_then(|uri| self.resolve(uri, url)).map(Value::Text),
            "@header" => match path.0.get(1) {
                Some(Segment::Name(name)) => text(done.header(name)),
                _ => None,
            },
            "@operation" => {
                let href = find(done.resource.as_ref()?, path, self.tables)?.as_text()?;
                self.resolve(&href, url).map(Value::Text)
            }
            _ => find(done.resource.as_ref()?, path, self.tables),
        }
    }

    /// Where a step's Location leads: resolved against the request, as HTTP has it, or else against baseURI.
    pub fn location(&self, done: &Done) -> Option<String> {
        let location = done.header("Location").filter(|l| !l.trim().is_empty())?;
        if Url::parse(location).is_ok() {
            return Some(location.to_owned());
        }
        // A relative Location of a server that has relative ids means what its ids mean.
        let from_root = location.starts_with('/');
        let request =
            || Url::parse(&done.exchange.request.url).ok()?.join(location).ok().map(|u| u.to_string());
        if from_root {
            request()
        } else {
            self.resolve(location, &done.exchange.request.url).or_else(request)
        }
    }

    /// A reference as an absolute URL.
    pub fn resolve(&self, reference: &str, from: &str) -> Option<String> {
        self.discovery.links.resolve(reference, from)
    }
}
