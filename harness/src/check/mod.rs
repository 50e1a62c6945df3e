//! Built-in checks: pure functions from an exchange to what is wrong with it, each under the requirement it breaks.
//!
//! They are held against every exchange of a run or a recording. Owns the pairing of departures with requirements.
//! Knows nothing of cases, of sockets or of how findings are counted and shown.

use indexmap::IndexSet;

use crate::event::{At, Edition, Exchange, Format, Level};
use crate::links::Links;
use crate::meaning::{Extent, Reading, Tree, read};
use crate::spec::Tables;
use crate::tree::TreeError;

mod body;
mod collections;
mod components;
mod further;
mod http;
mod metadata;
mod notes;
mod order;
mod uris;

pub(crate) use http::is_etag;

/// What is known of an endpoint beside the exchange at hand.
#[derive(Debug, Clone)]
pub struct Context<'c> {
    /// The tables of its edition.
    pub tables: &'c Tables,
    /// What has been learnt from its links.
    pub links: &'c Links,
}

/// Something wrong in one exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The requirement that it breaks.
    pub requirement: &'static str,
    /// A milder level than the requirement's own.
    pub level: Option<Level>,
    /// What it is about, without what differs from one exchange to the next: the same violation of one subject is
    /// reported once.
    pub subject: String,
    /// Where.
    pub at: At,
    /// What was expected.
    pub expected: String,
    /// What was there.
    pub got: String,
    /// The smallest edit of the reply after which it would hold, where that can be said.
    pub edit: Option<String>,
    /// What usually mends it.
    pub hint: Option<String>,
}

/// An exchange as the checks see it.
#[derive(Debug)]
pub struct Seen<'e> {
    /// The exchange.
    pub exchange: &'e Exchange,
    /// The body as a tree; none where there is no body, or none of text.
    pub tree: Option<Result<Tree, TreeError>>,
    /// What the body means; none where it is no tree.
    pub reading: Option<Reading>,
}

/// A built-in check: its name in the register, and what it does.
type Check = (&'static str, fn(&Seen<'_>, &Context<'_>) -> Vec<Violation>);

/// Every built-in check that looks at one exchange.
const CHECKS: &[Check] = &[
    ("media-type", http::media_type),
    ("status-code", http::status_code),
    ("resource-uri", http::request_type),
    ("job-header", http::job_header),
    ("location-on-create", http::location_on_create),
    ("etag-syntax", http::etag_syntax),
    ("allow-header", http::allow_header),
    ("www-authenticate", http::www_authenticate),
    ("spec-version", http::spec_version),
    ("error-body-job", body::error_body_job),
    ("job-outcome", body::job_outcome),
    ("well-formed", body::well_formed),
    ("representation", notes::of_reading),
    ("resource-uri", collections::of_entry_point),
    ("attribute-type", order::of_elements),
    ("uri-form", uris::followed),
    ("uri-form", uris::uri_form),
    ("metadata-shape", metadata::shape),
    ("one-component", components::one_source),
    ("attribute-type", components::one_style),
];

/// Names of checks that are parts of `representation`, as the register calls them.
pub const PARTS: &[&str] = &[
    "required-attributes",
    "attribute-type",
    "allowed-values",
    "date-time",
    "empty-array",
    "empty-string",
    "collection-shape",
    "collection-count",
    "operations-shape",
    "xml-namespace",
    "unknown-attribute",
    "json-xml-equal",
];

/// The names of all built-in checks, as the register may use them: each once, however many functions make a check.
pub fn names() -> impl Iterator<Item = &'static str> {
    let all: IndexSet<&str> = CHECKS.iter().map(|(name, _)| *name).chain(PARTS.iter().copied()).collect();
    all.into_iter()
}

/// Holds an exchange against every built-in check; one about exported data against none.
pub fn all(seen: &Seen<'_>, context: &Context<'_>) -> Vec<Violation> {
    if context.links.data.contains(&bare(&seen.exchange.request.url)) {
        return Vec::new();
    }
    CHECKS.iter().flat_map(|(_, check)| check(seen, context)).collect()
}

impl<'e> Seen<'e> {
    /// Reads what an exchange brought.
    pub fn new(exchange: &'e Exchange, context: &Context<'_>) -> Self {
        let text = exchange
            .response
            .as_ref()
            .and_then(crate::event::Response::text)
            .filter(|t| !t.trim().is_empty());
        let tree = text.map(Tree::read);
        let reading = match &tree {
            Some(Ok(tree)) if is_structured(tree) => {
                let is_error = exchange.response.as_ref().is_some_and(|r| r.status >= 400);
                let hint = if is_error { None } else { hint(exchange, context) };
                Some(read(tree, context.tables, hint.as_deref(), extent(exchange)))
            }
            _ => None,
        };
        Self { exchange, tree, reading }
    }

    /// The status; 0 where nothing came back.
    pub fn status(&self) -> u16 {
        self.exchange.response.as_ref().map_or(0, |r| r.status)
    }

    /// Whether the request was answered with success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status())
    }

    /// A header of the response.
    pub fn header(&self, name: &str) -> Option<&'e str> {
        self.exchange.response.as_ref().and_then(|r| r.header(name))
    }

    /// A header of the request.
    pub fn request_header(&self, name: &str) -> Option<&'e str> {
        header(&self.exchange.request.headers, name)
    }

    /// The body as text, if there is any.
    pub fn body(&self) -> Option<&'e str> {
        self.exchange.response.as_ref().and_then(crate::event::Response::text).filter(|t| !t.is_empty())
    }

    /// The format of the body by its form.
    pub fn format(&self) -> Option<Format> {
        self.tree.as_ref()?.as_ref().ok().map(Tree::format)
    }

    /// What a violation of the whole exchange is about: the method and the type at the URL.
    fn subject(&self, context: &Context<'_>) -> String {
        let linked = context.links.types.get(&bare(&self.exchange.request.url)).cloned();
        let kind = hint(self.exchange, context).or(linked);
        let kind = kind.or_else(|| self.reading.as_ref()?.resource.type_name.clone());
        format!("{} {}", self.exchange.request.method, kind.as_deref().unwrap_or("other"))
    }
}

/// JSON that is no object and no array says nothing as a resource.
fn is_structured(tree: &Tree) -> bool {
    match tree {
        Tree::Json(json) => matches!(json.value, crate::tree::json::JsonValue::Object(_)),
        Tree::Xml(_) => true,
    }
}

/// How much a reply is meant to show.
fn extent(exchange: &Exchange) -> Extent {
    // A Job that tells of an error is held to `error-body-job` instead.
    let accepted = exchange.response.as_ref().is_some_and(|r| r.status == 202 || r.status >= 400);
    let selected = exchange.request.url.split_once('?').is_some_and(|(_, query)| query.contains("select="));
    let created = exchange.request.method == "POST";
    match (selected, accepted || created) {
        (true, _) => Extent::Selected,
        (false, true) => Extent::Part,
        (false, false) => Extent::Full,
    }
}

/// The type that links say the reply has. What a POST to a Collection makes is an item of it.
fn hint(exchange: &Exchange, context: &Context<'_>) -> Option<String> {
    let known = context.links.types.get(&bare(&exchange.request.url))?;
    match exchange.request.method.as_str() {
        "GET" | "PUT" => Some(known.clone()),
        "POST" => context.tables.collections.get(known).map(|c| c.of.clone()),
        _ => None,
    }
}

/// A URL as it names its resource: without fragment, and without the parameters of CIMI (DSP0263 4.1.6), which real servers
/// take without their `$`, too. Parameters of the provider's own may be all that tells one resource from another (4.1.3).
pub fn bare(url: &str) -> String {
    const CIMI: [&str; 7] = ["filter", "first", "last", "select", "expand", "format", "orderby"];
    let url = url.split('#').next().unwrap_or(url);
    let Some((path, query)) = url.split_once('?') else { return url.to_owned() };
    let is_own = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or("");
        !name.is_empty() && !name.starts_with(['$', '%']) && !CIMI.contains(&name)
    };
    let own: Vec<&str> = query.split('&').filter(is_own).collect();
    if own.is_empty() { path.to_owned() } else { format!("{path}?{}", own.join("&")) }
}

fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
}

impl crate::event::Response {
    /// A header by name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// The body, if it is text.
    pub fn text(&self) -> Option<&str> {
        match &self.body {
            Some(crate::event::Body::Text(text)) => Some(text),
            _ => None,
        }
    }
}

impl Violation {
    pub(crate) fn new(
        requirement: &'static str,
        subject: impl Into<String>,
        at: At,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> Self {
        let (expected, got) = (expected.into(), got.into());
        // A header that is missing is mended by adding it; what is to stand there, `expected` says.
        let edit = matches!(&at, At::Header(_)).then(|| crate::edit::add_something(&at));
        let edit = edit.filter(|_| got == "nothing");
        Self { requirement, level: None, subject: subject.into(), at, expected, got, edit, hint: None }
    }

    fn with_edit(self, edit: String) -> Self {
        Self { edit: Some(edit), ..self }
    }

    pub(crate) fn warning(self) -> Self {
        Self { level: Some(Level::Should), ..self }
    }

    pub(crate) fn with_hint(self, hint: &str) -> Self {
        Self { hint: Some(hint.to_owned()), ..self }
    }
}

/// One of two requirements, by edition.
fn by_edition(context: &Context<'_>, v1: &'static str, v2: &'static str) -> &'static str {
    match context.tables.edition {
        Edition::V1 => v1,
        Edition::V2 => v2,
    }
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn a_resource_is_named_by_its_url_without_the_parameters_of_cimi() {
        for (url, name) in [
            ("http://c/m", "http://c/m"),
            ("http://c/m?$select=name&$first=1#x", "http://c/m"),
            ("http://c/m?%24select=name&format=xml", "http://c/m"),
            ("http://c/m?id=1&$select=name&cell=2", "http://c/m?id=1&cell=2"),
        ] {
            assert_eq!(bare(url), name);
        }
    }
}
