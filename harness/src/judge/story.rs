//! What was read before, held against what comes later: listings with filters, expansions, what was asked to be made.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Seen, Violation, bare};
use crate::event::{At, Body, BodyAt, Format};
use crate::links::Links;
use crate::meaning::{Resource, Value};
use crate::tree::json::{Json, JsonValue};

use super::filtered::Filters;

/// Scalars of a configuration by value, and the requirement that what is made has them.
const ASKED: [(&str, &str, &str, &str); 3] = [
    ("machineTemplate", "machineConfig", "cpu", "5.14.2.1/from-configuration"),
    ("machineTemplate", "machineConfig", "memory", "5.14.2.1/from-configuration"),
    ("volumeTemplate", "volumeConfig", "capacity", "5.15.2.1/from-configuration"),
];

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// The members of Collections as they were listed last without a query.
    listings: BTreeMap<(String, Format), Vec<Resource>>,
    /// Collections that a filter has left something out of.
    filtered: BTreeSet<String>,
}

impl Story {
    /// Takes the next exchange, with a resource of this kind at its URL.
    pub(super) fn next(&mut self, seen: &Seen<'_>, links: &Links, kind: &str) -> Vec<Violation> {
        let method = seen.exchange.request.method.as_str();
        let mut all = Vec::new();
        if method == "GET" && seen.status() == 200 {
            all.extend(unchanged(seen, kind));
        }
        let (Some(reading), true) = (&seen.reading, seen.is_success()) else { return all };
        if method == "POST" {
            all.extend(made_otherwise(seen, &reading.resource));
        } else if method == "GET" {
            all.extend(self.listed(seen, &reading.resource, kind));
            all.extend(self.expanded(seen, &reading.resource, links));
        }
        all
    }

    /// Remembers a listing, or holds it against the one without its filters.
    fn listed(&mut self, seen: &Seen<'_>, resource: &Resource, kind: &str) -> Option<Violation> {
        let url = &seen.exchange.request.url;
        let key = (bare(url), seen.format()?);
        if !resource.is_collection {
            return None;
        }
        if !url.contains('?') {
            self.listings.insert(key, resource.items.clone());
            return None;
        }
        let members = self.listings.get(&key)?;
        let filters = Filters::of(url)?;
        let (expected, got) = (filters.leave(members)?, ids(&resource.items));
        let everything = got == ids(members);
        if expected == got {
            if !everything {
                self.filtered.insert(key.0);
            }
            return None;
        }
        // What is not supported changes nothing (4.1.6).
        if everything && !self.filtered.contains(&key.0) {
            return None;
        }
        let (requirement, with) = filters.at_stake();
        let at = At::Body(BodyAt { path: String::new(), line: 1, column: 1 });
        let named = |ids: &BTreeSet<String>| {
            let ids: Vec<&str> = ids.iter().map(|id| id.rsplit('/').next().unwrap_or(id)).collect();
            if ids.is_empty() { "no member".to_owned() } else { ids.join(", ") }
        };
        let subject = format!("{kind} by {with}");
        Some(Violation::new(requirement, subject, at, named(&expected), named(&got)))
    }

    /// Collections within a representation, held against what they were when they were read.
    fn expanded(&self, seen: &Seen<'_>, resource: &Resource, links: &Links) -> Vec<Violation> {
        let url = &seen.exchange.request.url;
        let Some(format) = seen.format().filter(|_| url.contains("expand=")) else { return Vec::new() };
        let kind = resource.type_name.as_deref().unwrap_or("resource");
        let one = |(name, value): (&String, &Value)| {
            let (Value::Record(record), href) = (value, value.href()?) else { return None };
            let members = record.values().find_map(|value| match value {
                Value::List(members) => Some(members),
                _ => None,
            })?;
            let listed = self.listings.get(&(bare(&links.resolve(href, url)?), format))?;
            let id = |member: &Value| match member {
                Value::Record(member) => member.get("id").and_then(Value::as_text),
                _ => None,
            };
            let (shown, listed) = (members.iter().filter_map(id).collect(), ids(listed));
            if shown == listed {
                return None;
            }
            let named = |ids: BTreeSet<String>| ids.into_iter().collect::<Vec<_>>().join(", ");
            let at = At::Body(BodyAt { path: format!("/{name}"), line: 1, column: 1 });
            let expected = format!("{}, as read by itself", named(listed));
            Some(Violation::new("4.1.6.4/expand", format!("{kind}.{name}"), at, expected, named(shown)))
        };
        resource.attributes.iter().filter_map(one).collect()
    }
}

fn ids(members: &[Resource]) -> BTreeSet<String> {
    members.iter().filter_map(Resource::identity).collect()
}

/// RFC 7232 3.2: what has not changed is not sent again to who has it. A tag without its quotes is told of by itself.
fn unchanged(seen: &Seen<'_>, kind: &str) -> Option<Violation> {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    let (had, has) = (opaque(seen.request_header("If-None-Match")?), opaque(seen.header("ETag")?));
    let violation = || {
        let expected = format!("304: the tag is {had} still");
        Violation::new(
            "http/if-none-match",
            format!("GET {kind}"),
            At::Status,
            expected,
            seen.status().to_string(),
        )
    };
    (had == has).then(violation)
}

/// Something was made of a configuration by value, and is not what that says.
fn made_otherwise(seen: &Seen<'_>, made: &Resource) -> Vec<Violation> {
    let Some(Body::Text(text)) = &seen.exchange.request.body else { return Vec::new() };
    let Ok(asked) = Json::read(text) else { return Vec::new() };
    let kind = made.type_name.as_deref().unwrap_or("resource");
    let one = |(template, config, name, requirement): (&str, &str, &str, &'static str)| {
        let config = asked.get(template)?.get(config).filter(|config| config.get("href").is_none())?;
        let JsonValue::Number(wanted) = &config.get(name)?.value else { return None };
        let got = made.text(name).filter(|got| got != wanted)?;
        let at = At::Body(BodyAt { path: format!("/{name}"), line: 1, column: 1 });
        let expected = format!("{wanted}, as the configuration says that was given");
        Some(Violation::new(requirement, format!("{kind}.{name}"), at, expected, got))
    };
    ASKED.into_iter().filter_map(one).collect()
}
