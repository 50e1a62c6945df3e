//! What links say: which URL is of which type, and what relative references resolve against.
//!
//! Navigation is tolerant: a representation that does not name its type is known by the link that led to it. Owns
//! nothing else; judging what a representation lacks is for `check`.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use crate::check::bare;
use crate::event::{Body, Exchange};
use crate::meaning::{Resource, Value};
use crate::spec::{Kind, StructureStyle, Tables};

/// What has been learnt from the representations of an endpoint.
#[derive(Debug, Clone, Default)]
pub struct Links {
    /// Type name by URL (without query).
    pub types: BTreeMap<String, String>,
    /// What the attributes of the entry point say of the Collections that they lead to: by URL, attribute and type.
    pub entry: BTreeMap<String, BTreeMap<String, String>>,
    /// Relative references of one word: by the URL that they lead to, the type of the resource that has them, and the word.
    pub relative: BTreeMap<String, (String, String)>,
    /// How the scalars of structures stand in XML, by the structure's name: as they were seen first.
    pub styles: BTreeMap<String, StructureStyle>,
    /// What relative references resolve against.
    pub base: Option<Url>,
    /// Attributes of its own that the endpoint advertises in its metadata, `Type.attribute`.
    pub advertised: BTreeSet<String>,
    /// Attributes that its metadata says it need not send (DSP0263 5.3), `Type.attribute`.
    pub optional: BTreeSet<String>,
    /// Attributes that its metadata says it sends, `Type.attribute`.
    pub mandatory: BTreeSet<String>,
    /// Whether it shows ResourceMetadata.
    pub has_metadata: bool,
    /// Whether it offers Jobs.
    pub has_jobs: bool,
    /// Operations that were shown: the URL, and its rel.
    pub operations: BTreeMap<String, String>,
    /// Where exported data is, which is no resource and is not judged as one (DSP0263 5.13.1.2).
    pub data: BTreeSet<String>,
}

impl Links {
    /// A reference as an absolute URL, against the base or else the place it was read from.
    pub fn resolve(&self, reference: &str, from: &str) -> Option<String> {
        if is_normal(reference) {
            return Some(reference.to_owned());
        }
        if let Ok(absolute) = Url::parse(reference) {
            return Some(absolute.to_string());
        }
        let base = self.base.clone().or_else(|| Url::parse(from).ok())?;
        base.join(reference).ok().map(|url| url.to_string())
    }

    /// Learns from the representation read at `url`.
    pub fn learn(&mut self, url: &str, resource: &Resource, tables: &Tables) {
        let Some(name) = resource.type_name.as_deref() else { return };
        if name == "Job" && resource.id().is_none_or(str::is_empty) {
            return;
        }
        self.know(url, name);
        for (structure, styles) in &resource.styles {
            if let Some(first) = styles.first() {
                self.styles.entry(structure.clone()).or_insert(*first);
            }
        }
        if let Some(id) = resource.id().and_then(|id| self.resolve(id, url)) {
            self.know(&id, name);
        }
        match name {
            "CloudEntryPoint" => self.has_jobs |= resource.attributes.contains_key("jobs"),
            "ResourceMetadata" => self.metadata(resource, tables),
            _ => {}
        }
        if let Some(collection) = tables.collections.get(name) {
            let of = tables
                .types
                .get(&collection.of)
                .and_then(|t| t.base.clone())
                .unwrap_or_else(|| collection.of.clone());
            for item in &resource.items {
                let itself = item.identity();
                if let Some(item_url) = itself.and_then(|id| self.resolve(&id, url)) {
                    self.know(&item_url, &of);
                    self.learn(&item_url, item, tables);
                }
            }
        }
        for operation in resource.operations.iter().filter(|operation| operation.available) {
            if let Some(href) = self.resolve(&operation.href, url) {
                self.operations.insert(bare(&href), tables.short_rel(&operation.rel).to_owned());
            }
        }
        self.references(url, name, resource, tables);
    }

    /// Forgets what is at and below a URL.
    pub fn forget(&mut self, url: &str) {
        forget(&mut self.types, url);
        forget(&mut self.operations, url);
        self.data.remove(url);
    }

    /// Learns from an exchange where exported data is.
    pub fn learn_data(&mut self, exchange: &Exchange) {
        let sent = match &exchange.request.body {
            Some(Body::Text(text)) if exchange.request.method == "POST" => text.as_str(),
            _ => return,
        };
        let reply = exchange.response.as_ref().filter(|reply| (200..300).contains(&reply.status));
        let location = reply.and_then(|reply| reply.header("Location"));
        if let Some(location) = location.filter(|_| sent.contains("/action/export"))
            && let Some(url) = self.resolve(location, &exchange.request.url)
        {
            self.data.insert(bare(&url));
        }
    }

    fn know(&mut self, url: &str, name: &str) {
        self.types.entry(bare(url)).or_insert_with(|| name.to_owned());
    }

    fn references(&mut self, url: &str, name: &str, resource: &Resource, tables: &Tables) {
        let Some(declared) = tables.types.get(name) else { return };
        for (label, value) in &resource.attributes {
            let Some(attribute) = declared.attributes.get(label) else { continue };
            let target = match &attribute.kind {
                Kind::Collection { via, .. } => via,
                Kind::Ref { to, .. } if to != "*" => to,
                Kind::Array { of, .. } => match of.as_ref() {
                    Kind::Ref { to, .. } if to != "*" => to,
                    _ => continue,
                },
                _ => continue,
            };
            let each: Vec<&Value> = match value {
                Value::List(items) => items.iter().collect(),
                one => vec![one],
            };
            for href in each.into_iter().filter_map(Value::href) {
                if let Some(url) = self.resolve(href, url) {
                    self.know(&url, target);
                    if name != "CloudEntryPoint" && !href.is_empty() && !href.contains(['/', ':']) {
                        self.relative.insert(bare(&url), (name.to_owned(), href.to_owned()));
                    }
                    if name == "CloudEntryPoint" && matches!(attribute.kind, Kind::Collection { .. }) {
                        self.entry.entry(bare(&url)).or_default().insert(label.clone(), target.clone());
                    }
                }
            }
        }
    }

    /// Learns which attributes of a type an entry of the metadata advertises.
    fn metadata(&mut self, resource: &Resource, tables: &Tables) {
        self.has_metadata = true;
        let Some(name) = described(resource, tables) else { return };
        if let Some(Value::List(attributes)) = resource.attributes.get("attributes") {
            for attribute in attributes {
                if let Value::Record(record) = attribute
                    && let Some(attribute) = record.get("name").and_then(Value::as_text)
                {
                    let attribute = format!("{name}.{attribute}");
                    match record.get("providerMandatory").and_then(Value::as_text).as_deref() {
                        Some("false") => drop(self.optional.insert(attribute.clone())),
                        Some("true") => drop(self.mandatory.insert(attribute.clone())),
                        _ => {}
                    }
                    self.advertised.insert(attribute);
                }
            }
        }
    }
}

/// Whether a reference is an absolute URL that no parser would write in another way. Most are, and a page has hundreds.
fn is_normal(reference: &str) -> bool {
    let Some(rest) = reference.strip_prefix("http://") else { return false };
    let Some((authority, path)) = rest.split_once('/') else { return false };
    let (host, port) = authority.split_once(':').unwrap_or((authority, "8080"));
    let is_letter = |c: u8| c.is_ascii_lowercase();
    // A host that ends in a digit may be an address, of which there are many spellings.
    let is_host = host == "127.0.0.1" || host.bytes().next_back().is_some_and(is_letter);
    let is_name = host.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'.');
    let is_port = port.len() == 4 || port.len() == 5;
    let is_port = is_port && !port.starts_with('0') && port.parse::<u16>().is_ok_and(|port| port > 999);
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'/' | b'.');
    // No segment begins with a dot: it could be one that a parser takes out.
    is_host && is_name && is_port && !path.starts_with('.') && !path.contains("/.") && path.bytes().all(plain)
}

/// The type that an entry of the metadata is about.
pub(crate) fn described(entry: &Resource, tables: &Tables) -> Option<String> {
    let uri = entry.text("typeURI").or_else(|| entry.text("typeUri"));
    let name = uri.and_then(|uri| tables.type_of_uri(&uri).map(|(name, _)| name.to_owned()));
    name.or_else(|| entry.text("name"))
}

/// Takes out what is at and below a URL.
fn forget<T>(of: &mut BTreeMap<String, T>, url: &str) {
    let url = url.trim_end_matches('/');
    let below = |other: &String| other[url.len()..].is_empty() || other[url.len()..].starts_with('/');
    let from_there = of.range(url.to_owned()..).map(|(other, _)| other);
    let gone: Vec<String> =
        from_there.take_while(|other| other.starts_with(url)).filter(|other| below(other)).cloned().collect();
    for url in gone {
        of.remove(&url);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_for_normal_is() {
        const PARTS: [&str; 17] = [
            "http://", "h", "1", ".", "..", "/", ":", "80", "8080", "08080", "99999", "A", "%41", "?",
            "xn--", "é", "-",
        ];
        for url in
            ["http://127.0.0.1:4321/cimi/machines/1", "http://cloud.example/a/b.c", "http://localhost:8080/"]
        {
            assert!(is_normal(url), "{url}");
        }
        let words = proptest::collection::vec(proptest::sample::select(&PARTS[..]), 0..7);
        proptest::proptest!(|(words in words)| {
            let url = format!("http://{}", words.concat());
            if is_normal(&url) {
                proptest::prop_assert_eq!(Url::parse(&url).map(|it| it.to_string()), Ok(url));
            }
        });
    }

    #[test]
    fn what_is_below_is_forgotten_and_nothing_else() {
        let urls = ["http://h/m/1", "http://h/m/1/disks", "http://h/m/1-a", "http://h/m/10", "http://h/m"];
        let mut links = Links::default();
        links.types.extend(urls.map(|url| (url.to_owned(), String::new())));
        links.forget("http://h/m/1/");
        let left: Vec<&str> = links.types.keys().map(String::as_str).collect();
        assert_eq!(left, ["http://h/m", "http://h/m/1-a", "http://h/m/10"]);
    }
}
