//! What must not be in a record: credentials in headers, and what the cards call secret in bodies.
//!
//! Owns taking it out. A body that cannot be understood and may hold something secret is left out whole.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, SET_COOKIE};
use http::{HeaderName, HeaderValue};
use serde_json::Value;

use crate::world::{Kind, Setter};

/// What stands in the place of a secret.
pub(super) const REDACTED: &str = "[redacted]";

/// The names of what is never shown.
static SECRETS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let held = Kind::ALL.into_iter().flat_map(|kind| kind.card().attributes.iter());
    let secret = held.filter(|held| held.setter == Setter::Secret);
    secret.map(|held| held.name.to_lowercase()).chain(["password".to_owned()]).collect()
});

/// The value of a header.
pub(super) fn header(name: &HeaderName, value: &HeaderValue) -> String {
    if [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, SET_COOKIE].contains(name) {
        return REDACTED.to_owned();
    }
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// A body.
pub(super) fn body(text: &str, media_type: &str) -> String {
    let lower = text.to_lowercase();
    if !SECRETS.iter().any(|name| lower.contains(name.as_str())) {
        return text.to_owned();
    }
    if media_type.contains("json") || text.trim_start().starts_with('{') {
        return json(text);
    }
    if media_type.contains("xml") || text.trim_start().starts_with('<') {
        return xml(text);
    }
    withheld()
}

fn withheld() -> String {
    format!("{REDACTED}: a body that may hold a secret, and cannot be read")
}

fn is_secret(name: &str) -> bool {
    SECRETS.contains(&name.to_lowercase())
}

fn json(text: &str) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return withheld() };
    if redact(&mut value) { value.to_string() } else { text.to_owned() }
}

/// Takes out everything that is secret; whether there was anything.
fn redact(value: &mut Value) -> bool {
    let mut any = false;
    match value {
        Value::Object(entries) => {
            for (name, value) in entries.iter_mut() {
                if is_secret(name) && !value.is_null() {
                    *value = REDACTED.into();
                    any = true;
                } else {
                    any |= redact(value);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                any |= redact(item);
            }
        }
        _ => {}
    }
    any
}

/// The contents of elements and the values of attributes of these names, and of the properties whose keys they are. Only what
/// is well-formed as far as that matters is shown.
fn xml(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        shown.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(end) = rest.find('>') else { return withheld() };
        let tag = &rest[..=end];
        let name = tag[1..].trim_end_matches(['>', '/']).split_whitespace().next().unwrap_or_default();
        let local = name.rsplit(':').next().unwrap_or_default();
        if tag.starts_with("<!") && is_mentioned(tag) || has_secret_attribute(tag) {
            return withheld();
        }
        shown.push_str(tag);
        rest = &rest[end + 1..];
        let opens = !tag.starts_with("</") && !tag.starts_with("<?") && !tag.ends_with("/>");
        if opens && (is_secret(local) || is_secret_property(tag, local)) {
            let Some(close) = rest.find(&format!("</{name}")) else { return withheld() };
            shown.push_str(REDACTED);
            rest = &rest[close..];
        }
    }
    shown.push_str(rest);
    shown
}

fn is_mentioned(tag: &str) -> bool {
    let lower = tag.to_lowercase();
    SECRETS.iter().any(|name| lower.contains(name.as_str()))
}

/// `<property key="password">`.
fn is_secret_property(tag: &str, local: &str) -> bool {
    local == "property" && is_mentioned(tag)
}

/// `<user password="...">`.
fn has_secret_attribute(tag: &str) -> bool {
    let lower = tag.to_lowercase();
    SECRETS.iter().any(|name| {
        lower
            .match_indices(name.as_str())
            .any(|(at, _)| lower[at + name.len()..].trim_start().starts_with('='))
    })
}
