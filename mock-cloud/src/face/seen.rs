//! What filters and sort keys see of a member of a collection, without its representation.
//!
//! Owns the short ways to what is asked for most. They lead where `render` leads, which a test holds.

use std::borrow::Cow;

use cimi::query::{Lookup, Simple};

use super::atlas;
use super::render::{Shown, View};

/// A member of a collection, as the collection shows it to a caller.
pub(super) struct Seen<'v> {
    pub(super) view: &'v View<'v>,
    pub(super) shown: Shown<'v>,
}

impl Lookup for Seen<'_> {
    fn simple(&self, name: &str) -> Option<Simple<'_>> {
        let record = self.shown.record;
        let alone = self.shown.accessories.is_none();
        match name {
            "name" if alone => text(record.label.name.as_deref()),
            "description" if alone => text(record.label.description.as_deref()),
            "state" if alone && record.id.kind().held(name).is_none() => text(record.state),
            _ => {
                let attribute = self.shown.schema.attribute(name)?;
                let path = if name == "id" { atlas::path_of(record) } else { String::new() };
                let value = self.view.value_of(&self.shown, &path, attribute)?;
                Simple::of(&value).map(Simple::into_owned)
            }
        }
    }

    fn property(&self, key: &str) -> Option<Cow<'_, str>> {
        let properties = self.shown.record.label.properties.as_deref()?;
        properties.get(key).map(|value| Cow::Borrowed(value.as_str()))
    }
}

fn text(text: Option<&str>) -> Option<Simple<'_>> {
    text.filter(|text| !text.is_empty()).map(|text| Simple::Text(Cow::Borrowed(text)))
}

#[cfg(test)]
mod tests;
