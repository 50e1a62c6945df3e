//! What one exchange says only together with those before it.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Seen, Violation, bare};
use crate::event::At;
use crate::links::Links;

use super::story::Story;

/// Walks through the exchanges of an endpoint in their order.
#[derive(Debug)]
pub(super) struct Sequence<'l> {
    links: &'l Links,
    deleted: BTreeSet<String>,
    posted: BTreeSet<String>,
    created: BTreeMap<String, String>,
    story: Story,
}

impl<'l> Sequence<'l> {
    /// Starts before the first exchange.
    pub(super) fn new(links: &'l Links) -> Self {
        Self {
            links,
            deleted: BTreeSet::new(),
            posted: BTreeSet::new(),
            created: BTreeMap::new(),
            story: Story::default(),
        }
    }

    /// Takes the next exchange.
    pub(super) fn next(&mut self, seen: &Seen<'_>) -> Vec<Violation> {
        let url = bare(&seen.exchange.request.url);
        let kind = self.links.types.get(&url).map_or("other", String::as_str);
        let method = seen.exchange.request.method.as_str();
        let status = seen.status();
        let mut all = Vec::new();
        let mut add = |requirement, at, expected: &str, got: String| {
            all.push(Violation::new(requirement, format!("{method} {kind}"), at, expected, got));
        };
        if method == "GET" && seen.is_success() && self.deleted.contains(&url) {
            add(
                "4.2.1.4/delete",
                At::Status,
                "404 or 410: the resource was deleted before",
                status.to_string(),
            );
        }
        let exists = self.links.types.contains_key(&url) && !self.deleted.contains(&url);
        if matches!(method, "PUT" | "PATCH") && status == 404 && exists {
            let expected = "405, or 501: the resource exists and does not take the method";
            add("http/method-not-allowed", At::Status, expected, status.to_string());
        }
        if method == "DELETE" && status >= 500 && status != 503 && self.deleted.contains(&url) {
            add(
                "http/not-found",
                At::Status,
                "404 or 410: the resource was deleted before",
                status.to_string(),
            );
        }
        if method == "POST" && status == 501 && self.posted.contains(&url) {
            add(
                "http/status-line-class",
                At::Status,
                "4xx: the same method was taken here before",
                status.to_string(),
            );
        }
        all.extend(self.story.next(seen, self.links, kind));
        all.extend(self.not_accessible(seen, &url, kind));
        if let Some((before, now)) = self.created_moved(seen, &url, method) {
            let expected = format!("{before}, as it was before");
            let subject = format!("{method} {kind}");
            all.push(Violation::new("5.7.1/created-constant", subject, At::Exchange, expected, now));
        }
        if seen.is_success() {
            match method {
                "DELETE" if status != 202 => drop(self.deleted.insert(url)),
                "POST" => drop(self.posted.insert(url)),
                _ => {}
            }
        }
        all
    }

    /// An operation that was offered, and cannot be asked for.
    fn not_accessible(&self, seen: &Seen<'_>, url: &str, kind: &str) -> Option<Violation> {
        let rel = self.links.operations.get(url)?;
        let is_lost = !matches!(rel.as_str(), "add" | "edit" | "delete")
            && seen.exchange.request.method == "POST"
            && matches!(seen.status(), 404 | 405)
            && !self.deleted.contains(url);
        let violation = || {
            let expected = format!("that `{rel}`, which was offered here, can be asked for");
            let got = seen.status().to_string();
            Violation::new("4.2/operations-accessible", format!("POST {kind}"), At::Status, expected, got)
        };
        is_lost.then(violation)
    }

    /// The value of `created` that a resource had, and another that it has now.
    fn created_moved(&mut self, seen: &Seen<'_>, url: &str, method: &str) -> Option<(String, String)> {
        let now = seen
            .reading
            .as_ref()
            .filter(|_| method == "GET" && seen.is_success())?
            .resource
            .text("created")?;
        let before = self.created.entry(url.to_owned()).or_insert_with(|| now.clone()).clone();
        (crate::meaning::instant(&before) != crate::meaning::instant(&now)).then_some((before, now))
    }
}
