//! Every URL that a client was given, and how a URL that it asks for comes from them.

use std::collections::BTreeMap;

use url::Url;

use super::place::Place;
use crate::event::ExchangeId;

/// A URL that a client was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    /// Parameters of the provider's own.
    pub(super) own: Vec<(String, String)>,
    /// As what it was given.
    pub(super) role: Role,
    /// As it stood.
    pub(super) reference: String,
    /// The exchange whose reply had it last; none for the entry point.
    pub(super) from: Option<ExchangeId>,
}

/// As what a URL was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// The entry point, which whoever starts the client names.
    Entry,
    /// A link: an `id`, an `href`, a header.
    Link,
    /// The `href` of an operation.
    Operation {
        /// Its rel, short.
        rel: String,
        /// The type of the resource that offers it.
        owner: Option<String>,
        /// The key of that resource.
        of: String,
    },
}

/// How a URL comes from what was given.
#[derive(Debug)]
pub(super) enum Way<'k> {
    /// It was given, in these roles; CIMI's parameters may have been added.
    Given(Vec<&'k Given>),
    /// It was given, and parameters were added that CIMI does not define.
    Extended(&'k Given),
    /// It was given with parameters that are missing now (DSP0263 4.1.6).
    Dropped(&'k Given),
    /// It is a relative reference resolved against something else than baseURI (5.5.10).
    Misresolved(&'k str),
    /// It was not given.
    Guessed,
}

/// Everything that a client was given.
#[derive(Debug, Default)]
pub(super) struct Links {
    by_path: BTreeMap<String, Vec<Given>>,
    /// Where relative references do not lead, though a careless client goes there.
    wrong: BTreeMap<String, String>,
}

/// At most so many URLs are remembered of one client; a run of that many is no test any more.
const MOST: usize = 200_000;

impl Links {
    /// Takes a URL that was given.
    pub(super) fn give(&mut self, url: &Url, given: Given) {
        let place = Place::of(url);
        if self.by_path.len() >= MOST && !self.by_path.contains_key(&place.path) {
            return;
        }
        let all = self.by_path.entry(place.path).or_default();
        let given = Given { own: place.own, ..given };
        match all.iter().position(|known| known.own == given.own && known.role == given.role) {
            Some(at) => all[at] = given,
            None if all.len() < MOST => all.push(given),
            None => {}
        }
    }

    /// Takes the URLs that a relative reference does not stand for.
    pub(super) fn mislead(&mut self, reference: &str, wrong: impl IntoIterator<Item = Url>) {
        if self.wrong.len() < MOST {
            let paths = wrong.into_iter().map(|url| Place::of(&url).path);
            self.wrong.extend(paths.map(|path| (path, reference.to_owned())));
        }
    }

    /// How a place comes from what was given.
    pub(super) fn explain(&self, place: &Place) -> Way<'_> {
        let there = self.by_path.get(&place.path).map_or(&[][..], Vec::as_slice);
        let has_all = |given: &&Given| given.own.iter().all(|pair| place.own.contains(pair));
        let fitting: Vec<&Given> = there.iter().filter(has_all).collect();
        if let Some(closest) = fitting.iter().max_by_key(|given| given.own.len()) {
            let added = place.own.len() > closest.own.len();
            return if added { Way::Extended(closest) } else { Way::Given(fitting) };
        }
        let is_less = |given: &&Given| place.own.iter().all(|pair| given.own.contains(pair));
        if let Some(given) = there.iter().find(is_less) {
            return Way::Dropped(given);
        }
        self.wrong.get(&place.path).map_or(Way::Guessed, |reference| Way::Misresolved(reference))
    }
}

impl<'k> Way<'k> {
    /// What was given, if it was, whatever was added.
    pub(super) fn given(&self) -> Vec<&'k Given> {
        match self {
            Self::Given(all) => all.clone(),
            Self::Extended(given) => vec![given],
            Self::Dropped(_) | Self::Misresolved(_) | Self::Guessed => Vec::new(),
        }
    }

    /// The operations that were offered there: rel, type of the owner, key of the owner.
    pub(super) fn operations(&self) -> impl Iterator<Item = (&'k str, Option<&'k str>, &'k str)> {
        self.given().into_iter().filter_map(|given| match &given.role {
            Role::Operation { rel, owner, of } => Some((rel.as_str(), owner.as_deref(), of.as_str())),
            Role::Entry | Role::Link => None,
        })
    }
}
