//! What known servers do differently from the text, as data.
//!
//! Owns the list and its detection. A quirk is a field here and is looked at in one place; nothing else asks for names.

use crate::document::Document;
use crate::edition::Edition;

/// A way of speaking CIMI.
#[derive(Debug)]
pub struct Dialect {
    /// Its name.
    pub name: &'static str,
    /// Other prefixes that its `rel` values have before an operation's bare name.
    pub rel_prefixes: &'static [&'static str],
    /// The `Content-Type` of requests; some servers choke on a charset, some want one.
    pub charset: bool,
    /// The version that is named to a server of 1.x (`CIMI-Specification-Version`); some know only one.
    pub version: &'static str,
    /// Whether `$first` and `$last` do anything; a listing falls back to one request where they do not.
    pub pages: bool,
}

/// The text itself, from which the others differ in what they name.
pub static STANDARD: Dialect = TEXT;

const TEXT: Dialect =
    Dialect { name: "standard", rel_prefixes: &[], charset: false, version: "1.0.1", pages: true };

/// Apache Deltacloud's CIMI face.
pub static DELTACLOUD: Dialect = Dialect { name: "deltacloud", pages: false, ..TEXT };

/// StratusLab's CIMI server: `rel` with a capital Action.
pub static STRATUSLAB: Dialect = Dialect {
    name: "stratuslab",
    rel_prefixes: &["http://schemas.dmtf.org/cimi/1/Action/"],
    pages: false,
    ..TEXT
};

/// The OpenStack add-on: Machine actions are posted to the Machine itself, which its hrefs say.
pub static OSADDON: Dialect = Dialect { name: "osaddon", pages: false, ..TEXT };

/// OW2 Sirocco: it knows the version 1.0 and no other. It counts what it shows, so that a page of it looks like all.
pub static SIROCCO: Dialect = Dialect { name: "sirocco", version: "1.0", pages: false, ..TEXT };

/// All of them.
pub static ALL: &[&Dialect] = &[&STANDARD, &DELTACLOUD, &SIROCCO, &STRATUSLAB, &OSADDON];

impl Dialect {
    /// The dialect of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().copied().find(|dialect| dialect.name == name)
    }

    /// The dialect that an entry point and the headers it came with give away.
    pub fn detect<'a>(entry_point: &Document, header: impl Fn(&str) -> Option<&'a str>) -> &'static Self {
        if entry_point.edition() != Edition::V1 {
            return &STANDARD;
        }
        let attributes = &entry_point.attributes;
        if attributes.contains("driver") && attributes.contains("provider") {
            return &DELTACLOUD;
        }
        if attributes.contains("acl") {
            return &STRATUSLAB;
        }
        let version = header("cimi-specification-version");
        if version == Some("1.0") {
            return &SIROCCO;
        }
        if version == Some("1.0.0") && header("server").is_some_and(|server| server.contains("WSGIServer")) {
            return &OSADDON;
        }
        &STANDARD
    }

    /// Whether `rel` names the operation.
    pub fn names(&self, edition: Edition, rel: &str, operation: &str) -> bool {
        rel == operation
            || rel == edition.action_uri(operation)
            || self.rel_prefixes.iter().any(|prefix| rel.strip_prefix(prefix) == Some(operation))
    }
}
