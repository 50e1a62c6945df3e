//! The form of URIs in bodies (DSP0263 5.5.10, 4.1.6).

use crate::event::{At, BodyAt};
use crate::meaning::{Resource, Value};

use super::{Context, Seen, Violation};

/// Relative references, and the query parameters of the provider's own.
pub(super) fn uri_form(seen: &Seen<'_>, _: &Context<'_>) -> Vec<Violation> {
    let Some(reading) = seen.reading.as_ref().filter(|_| seen.is_success()) else { return Vec::new() };
    let mut uris = Vec::new();
    collect(&reading.resource, "", &mut uris);
    let kind = reading.resource.type_name.as_deref().unwrap_or("resource");
    let mut all = Vec::new();
    let at = |path: &str| At::Body(BodyAt { path: path.to_owned(), line: 1, column: 1 });
    let absolute = |uri: &str| url::Url::parse(uri).is_ok();
    if let Some((path, uri)) = uris.iter().find(|(_, uri)| uri.starts_with('/')) {
        let violation =
            Violation::new("5.5.10/relative-form", kind, at(path), "no slash at the beginning", uri.clone());
        all.push(
            violation.with_hint("relative URIs are resolved against baseURI by putting one after the other"),
        );
    }
    let base = reading.resource.text("baseURI");
    let relative = uris.iter().find(|(path, uri)| path != "/baseURI" && !uri.is_empty() && !absolute(uri));
    match (kind, base, relative) {
        ("CloudEntryPoint", Some(base), Some(_)) if !base.ends_with('/') => {
            all.push(Violation::new(
                "5.5.10/relative-form",
                "CloudEntryPoint.baseURI",
                at("/baseURI"),
                "a slash at the end",
                base,
            ));
        }
        ("CloudEntryPoint", None, Some((path, uri))) => {
            let expected = "an absolute URI, or a baseURI to resolve it against";
            all.push(Violation::new(
                "5.5.10/relative-to-base",
                "CloudEntryPoint.baseURI",
                at(path),
                expected,
                uri.clone(),
            ));
        }
        _ => {}
    }
    if let Some((path, uri)) =
        uris.iter().find(|(_, uri)| uri.split_once('?').is_some_and(|(_, query)| dollar(query)))
    {
        all.push(Violation::new(
            "4.1.6/own-parameters-no-dollar",
            kind,
            at(path),
            "no parameter that begins with `$`",
            uri.clone(),
        ));
    }
    all
}

/// DSP0263 5.5.10: what a relative URI without any path leads to, resolved against baseURI, is there.
pub(super) fn followed(seen: &Seen<'_>, context: &Context<'_>) -> Vec<Violation> {
    let url = super::bare(&seen.exchange.request.url);
    let relative = context.links.relative.get(&url);
    let (Some((holder, uri)), 404, "GET") = (relative, seen.status(), seen.exchange.request.method.as_str())
    else {
        return Vec::new();
    };
    let expected = format!("what {uri:?} of a {holder} refers to, resolved against baseURI");
    let subject = format!("{holder} {uri}");
    let hint = "a relative URI begins at baseURI, not at the resource that it stands in";
    vec![Violation::new("5.5.10/relative-to-base", subject, At::Status, expected, "404").with_hint(hint)]
}

fn dollar(query: &str) -> bool {
    query.split('&').any(|pair| pair.starts_with('$') || pair.to_ascii_lowercase().starts_with("%24"))
}

/// Every reference of a resource, its items and its operations, with its path.
fn collect(resource: &Resource, path: &str, uris: &mut Vec<(String, String)>) {
    for (name, value) in &resource.attributes {
        let path = format!("{path}/{name}");
        match value {
            Value::Text(uri) if matches!(name.as_str(), "id" | "baseURI") => uris.push((path, uri.clone())),
            value => hrefs(value, &path, uris),
        }
    }
    for (index, operation) in resource.operations.iter().enumerate() {
        uris.push((format!("{path}/operations/{index}/href"), operation.href.clone()));
    }
    for (index, item) in resource.items.iter().enumerate() {
        collect(item, &format!("{path}/item/{index}"), uris);
    }
}

fn hrefs(value: &Value, path: &str, uris: &mut Vec<(String, String)>) {
    match value {
        Value::Record(record) => {
            for (name, value) in record {
                match value {
                    Value::Text(uri) if name == "href" => uris.push((format!("{path}/href"), uri.clone())),
                    value => hrefs(value, &format!("{path}/{name}"), uris),
                }
            }
        }
        Value::List(items) => {
            for (i, item) in items.iter().enumerate() {
                hrefs(item, &format!("{path}/{i}"), uris);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}
