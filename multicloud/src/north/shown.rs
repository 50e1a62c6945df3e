//! A record as filters and orders see it, without the representation that it would be built into.
//!
//! Owns nothing: what an attribute is, `document` says, and a test holds the two together.

use std::borrow::Cow;
use std::cell::OnceCell;

use cimi::query::{Lookup, Simple};
use cimi::{Attributes, Edition};

use super::North;
use super::document::PLACED;
use crate::record::Resource;
use crate::sync::link_of;

/// A resource, as a face shows it.
pub(super) struct Shown<'a> {
    north: &'a North,
    resource: &'a Resource,
    /// What it is in the words of CIMI 1.x, which differ; built when somebody asks.
    translated: OnceCell<Attributes>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(north: &'a North, resource: &'a Resource) -> Self {
        Self { north, resource, translated: OnceCell::new() }
    }

    /// Its attributes where those of the record are not the ones that are shown.
    fn translated(&self) -> Option<&Attributes> {
        let build = || self.north.representation(self.resource).document.attributes;
        (self.north.edition == Edition::V1).then(|| self.translated.get_or_init(build))
    }
}

impl Lookup for Shown<'_> {
    fn simple(&self, name: &str) -> Option<Simple<'_>> {
        if let Some(attributes) = self.translated() {
            return attributes.simple(name);
        }
        if name == "id" {
            let uri = self.north.uri(&link_of(self.resource.kind, self.resource.id));
            return Some(Simple::Text(Cow::Owned(uri)));
        }
        if PLACED.contains(&name)
            && let Some(value) = self.north.placed(self.resource).get(name)
        {
            return Simple::of(value).map(Simple::into_owned);
        }
        let schema = self.north.schema(self.resource.kind.type_name());
        schema.attribute(name).and_then(|_| self.resource.attributes.simple(name))
    }

    fn property(&self, key: &str) -> Option<Cow<'_, str>> {
        self.translated().unwrap_or(&self.resource.attributes).property(key)
    }
}
