//! A record as filters and orders see it, without the representation that it would be built into.
//!
//! Owns nothing: where an attribute comes from, `pushdown` says, and a test holds the two together.

use std::borrow::Cow;
use std::cell::OnceCell;

use cimi::Attributes;
use cimi::query::{Lookup, Simple};

use super::North;
use super::pushdown::{Source, Sources};
use crate::inventory::Record;
use crate::sync::link_of;

/// A resource, as a face shows it.
pub(super) struct Shown<'a> {
    north: &'a North,
    sources: &'a Sources,
    record: &'a Record,
    /// What it is in other words than the record's; built when somebody asks.
    words: OnceCell<Attributes>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(north: &'a North, sources: &'a Sources, record: &'a Record) -> Self {
        Self { north, sources, record, words: OnceCell::new() }
    }

    fn words(&self) -> &Attributes {
        self.words.get_or_init(|| {
            let resource = self.north.app.inventory().resource(self.record.id);
            resource.map(|it| self.north.representation(&it).document.attributes).unwrap_or_default()
        })
    }
}

impl Lookup for Shown<'_> {
    fn simple(&self, name: &str) -> Option<Simple<'_>> {
        let text = |text: &str| (!text.is_empty()).then(|| Simple::Text(Cow::Owned(text.to_owned())));
        let source = self.sources.get(name).copied().unwrap_or(Source::Words);
        match source {
            Source::Nothing => None,
            Source::Id => text(&self.north.uri(&link_of(self.record.kind, self.record.id))),
            Source::Account => text(self.record.account.as_deref()?),
            Source::Provider | Source::Location | Source::Country => {
                let place = self.north.app.whereabouts(self.record.account.as_deref()?)?;
                text(source.of(&place)?)
            }
            Source::Record(name, _) => self.record.simple(name),
            Source::ProviderId | Source::Words => self.words().simple(name),
        }
    }

    fn property(&self, key: &str) -> Option<Cow<'_, str>> {
        self.record.property(key)
    }
}
