//! Nonces in what is made, and finding it by them: whatever lost its reply on the way can be found again.

use indexmap::IndexMap;
use url::Url;

use crate::event::{MARK, Made};
use crate::meaning::{Body, Resource, Value};
use crate::spec::{Kind, ResourceType, Tables};

use super::stage::Stage;
use super::teardown::{UNKNOWN, ask};

/// Members of one collection that are read one by one because the collection does not show their names.
const MOST_READ: usize = 1_000;

/// Puts the nonce into the properties of what a body makes, where that has properties and a collection of its own in the
/// entry point; unless the case has put it there itself.
pub(super) fn mark(body: &mut Body, tables: &Tables, nonce: &str) {
    let Some(Value::Text(name)) = body.fields.get("type") else { return };
    let entry = tables.types.get("CloudEntryPoint").into_iter().flat_map(|entry| entry.attributes.values());
    let listed = entry.filter_map(|attribute| match &attribute.kind {
        Kind::Collection { via, .. } => Some(&tables.collections.get(via)?.of),
        _ => None,
    });
    let has_properties = |t: &ResourceType| t.attributes.contains_key("properties");
    let is_listed =
        tables.types.get(name).is_some_and(has_properties) && listed.into_iter().any(|of| of == name);
    if !is_listed && !tables.creations.contains_key(name) {
        return;
    }
    let properties =
        body.fields.entry("properties".to_owned()).or_insert_with(|| Value::Record(IndexMap::new()));
    if let Value::Record(record) = properties
        && !record.values().filter_map(Value::as_text).any(|text| text.contains(nonce))
    {
        record.insert(MARK.to_owned(), Value::Text(nonce.to_owned()));
    }
}

/// Something to look for: its nonce, and the case on whose behalf it is looked for.
pub(super) type Wanted<'w> = (&'w str, &'w str);

/// Whose nonce stands in a name, a description or a property.
fn wanted<'w>(resource: &Resource, nonces: &[Wanted<'w>]) -> Option<Wanted<'w>> {
    nonces.iter().find(|(nonce, _)| is_marked(resource, nonce)).copied()
}

fn is_marked(resource: &Resource, nonce: &str) -> bool {
    let has = |text: String| text.contains(nonce);
    let properties = match resource.attributes.get("properties") {
        Some(Value::Record(record)) => record.values().filter_map(Value::as_text).any(has),
        _ => false,
    };
    properties || ["name", "description"].into_iter().filter_map(|name| resource.text(name)).any(has)
}

/// What the collections of the endpoint have with one of the nonces on it.
pub(super) async fn find(stage: Stage<'_>, nonces: &[Wanted<'_>]) -> Vec<Made> {
    let mut found: Vec<Made> = Vec::new();
    let Some((_, first)) = nonces.first() else { return found };
    for fact in stage.discovery.facts.values() {
        let Some(name) =
            fact.resource.as_ref().filter(|r| r.is_collection).and_then(|r| r.type_name.as_ref())
        else {
            continue;
        };
        let kind = stage.tables.collections.get(name).map_or(UNKNOWN, |collection| &collection.of);
        let Ok(url) = Url::parse(&fact.url) else { continue };
        let Some(listing) = ask(stage, &url, first).await.resource else { continue };
        let mut read = 0;
        for item in &listing.items {
            let Some(id) = item.identity() else { continue };
            let Some(url) = stage.discovery.links.resolve(&id, &fact.url) else { continue };
            let shows = item.attributes.contains_key("name") || item.attributes.contains_key("properties");
            let marked = match Url::parse(&url) {
                Ok(itself) if !shows && read < MOST_READ => {
                    read += 1;
                    ask(stage, &itself, first).await.resource.and_then(|r| wanted(&r, nonces))
                }
                _ => wanted(item, nonces),
            };
            if let Some((_, case)) = marked
                && !found.iter().any(|made| made.url == url)
            {
                found.push(Made {
                    endpoint: stage.client.endpoint().name.clone(),
                    case: case.to_owned(),
                    step: "found by its nonce".to_owned(),
                    kind: kind.to_owned(),
                    url,
                });
            }
        }
    }
    found
}
