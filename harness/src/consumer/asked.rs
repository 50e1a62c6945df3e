//! A request as the checks of clients see it.

use url::Url;

use super::given::Way;
use super::known::Known;
use super::place::Place;
use super::request;
use crate::check::Violation;
use crate::event::{At, Body, Exchange, Format};
use crate::meaning::{Extent, Reading, Tree, read};
use crate::tree::TreeError;

/// A request.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    /// The exchange that it began.
    pub(super) exchange: &'a Exchange,
    /// Where it went.
    pub(super) place: Place,
    /// How that comes from what the client was given.
    pub(super) way: Way<'a>,
    /// The format that its Content-Type says.
    pub(super) said: Option<Format>,
    /// Its body as a tree; none where there is none, or none of text.
    pub(super) tree: Option<Result<Tree, TreeError>>,
    /// What its body means.
    pub(super) reading: Option<Reading>,
    /// The types that it may be of; none where the client was offered nothing there.
    pub(super) expected: Vec<String>,
}

impl<'a> Asked<'a> {
    /// Reads the request of an exchange; none whose URL is none.
    pub(super) fn new(exchange: &'a Exchange, known: &'a Known<'_>) -> Option<Self> {
        let place = Place::of(&Url::parse(&exchange.request.url).ok()?);
        let way = known.links.explain(&place);
        let method = exchange.request.method.as_str();
        let offered = way.operations().find(|(rel, ..)| method_of(rel) == method);
        let expected = offered.map_or_else(Vec::new, |(rel, owner, _)| {
            request::expected(method, rel, owner.unwrap_or(""), known.tables)
        });
        let text = match &exchange.request.body {
            Some(Body::Text(text)) if !text.trim().is_empty() => Some(text),
            _ => None,
        };
        let tree = text.map(|text| Tree::read(text));
        let hint = expected.first().map(String::as_str);
        let reading = tree
            .as_ref()
            .and_then(|tree| Some(read(tree.as_ref().ok()?, known.tables, hint, Extent::Selected)));
        let said = header(exchange, "Content-Type").and_then(format_of);
        Some(Self { exchange, place, way, said, tree, reading, expected })
    }

    /// The method.
    pub(super) fn method(&self) -> &'a str {
        self.exchange.request.method.as_str()
    }

    /// A header.
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        header(self.exchange, name)
    }

    /// Whether it reads alone.
    pub(super) fn reads(&self) -> bool {
        matches!(self.method(), "GET" | "HEAD" | "OPTIONS")
    }

    /// Whether it has a body.
    pub(super) fn has_body(&self) -> bool {
        self.exchange.request.body.is_some()
    }

    /// Whether it replaces a resource as a whole.
    pub(super) fn is_full_update(&self) -> bool {
        self.method() == "PUT" && self.place.values("$select").next().is_none()
    }

    /// The operation that it asks for, of those that were offered at its URL: its rel, and the key of what offered it.
    pub(super) fn operation(&self) -> Option<(&'a str, &'a str)> {
        let mut offered = self.way.operations();
        offered.find(|(rel, ..)| method_of(rel) == self.method()).map(|(rel, _, of)| (rel, of))
    }

    /// A violation of this request; `what` tells it from others of the same requirement.
    pub(super) fn violation(
        &self,
        requirement: &'static str,
        what: &str,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> Violation {
        Violation::new(requirement, format!("{} {what}", self.method()), At::Exchange, expected, got)
    }

    /// What was asked for, in a word: the type, or the operation.
    pub(super) fn what(&self) -> &str {
        self.expected.first().map_or("other", String::as_str)
    }
}

/// The method by which an operation is asked for (DSP0263 4.2.1).
pub(super) fn method_of(rel: &str) -> &'static str {
    match rel {
        "edit" => "PUT",
        "delete" => "DELETE",
        _ => "POST",
    }
}

/// The format of a media type, parameters aside.
pub(super) fn format_of(media_type: &str) -> Option<Format> {
    let essence = media_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    Format::ALL.into_iter().find(|format| format.media_type() == essence)
}

fn header<'e>(exchange: &'e Exchange, name: &str) -> Option<&'e str> {
    let headers = exchange.request.headers.iter();
    headers.into_iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}
