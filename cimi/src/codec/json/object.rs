//! One JSON object: the attributes of a resource, reference or structure, or the entries of a map.
//!
//! Owns how names of attributes are matched with declarations. Values are read by [`super::value`].

use std::borrow::Cow;

use indexmap::map::Entry;

use serde::de::MapAccess;

use super::path::Path;
use super::session::Session;
use super::text::Text;
use super::value::{Shape, ValueSeed};
use crate::codec::Context;
use crate::codec::fields::{Fields, Source};
use crate::data::Invalid;
use crate::finding::Code;
use crate::model::{Type, registry};
use crate::value::{Attributes, Map, Name, Reference, Value};

/// An object of which the first key has been read.
pub(super) struct Object<'s, 'c, 'p, 'de, A> {
    pub(super) session: &'s mut Session<'c>,
    pub(super) path: &'p Path<'p>,
    pub(super) map: A,
    pub(super) first: Option<Cow<'de, str>>,
}

/// What an object is.
#[derive(Clone, Copy)]
enum Place<'u> {
    /// The document: its type has been looked up.
    Root,
    /// A member of a collection; the URI of its type.
    Member(&'u str),
    /// What a reference of a declared type points to; the URI of the type.
    Resource(&'u str),
    /// Something of which the type may be said by itself.
    Open,
    /// A structure: has no type.
    Structure,
}

impl<'de, 'c, A: MapAccess<'de>> Object<'_, 'c, '_, 'de, A> {
    /// Reads it as what is expected.
    pub(super) fn read(self, shape: Shape) -> Result<Value, A::Error> {
        let Context { edition, extensions, .. } = *self.session.context;
        match shape {
            Shape::Root(schema) => {
                self.plain(Fields::of_schema(schema, extensions), Place::Root).map(Value::Structure)
            }
            Shape::Member(schema) => self
                .plain(Fields::of_schema(schema, extensions), Place::Member(&schema.uri))
                .map(Value::Structure),
            Shape::Of(Type::Structure(structure)) => {
                self.plain(Fields::of_structure(structure, edition), Place::Structure).map(Value::Structure)
            }
            Shape::Of(Type::Ref(name) | Type::Collection(name)) => self.target(name),
            Shape::Of(Type::Map(_)) => self.entries().map(Value::Map),
            Shape::Of(Type::Any | Type::ValueScope) | Shape::Unknown => self.anything(),
            Shape::Of(ty) => {
                self.session.mismatch(&ty, self.path, Value::Structure(Attributes::new()));
                self.anything()
            }
        }
    }

    /// A reference to a resource of a type, empty if that may be any.
    fn target(self, name: &str) -> Result<Value, A::Error> {
        let Context { edition, extensions, .. } = *self.session.context;
        let reference = match registry(edition).get(name) {
            Some(schema) => {
                self.fields(Fields::of_schema(schema, extensions), Place::Resource(&schema.uri))?
            }
            None => self.fields(Fields::unknown(edition), Place::Open)?,
        };
        Ok(Value::Ref(reference))
    }

    /// An object of which nothing is declared: a reference if it has an href (5.5.6), else a structure.
    fn anything(self) -> Result<Value, A::Error> {
        let edition = self.session.context.edition;
        Ok(match self.fields(Fields::unknown(edition), Place::Open)? {
            Reference { href: None, attributes } => Value::Structure(attributes),
            reference => Value::Ref(reference),
        })
    }

    /// An object that is no reference.
    fn plain(self, fields: Fields<'c>, place: Place<'_>) -> Result<Attributes, A::Error> {
        self.fields(fields, place).map(|reference| reference.attributes)
    }

    fn fields(mut self, mut fields: Fields<'c>, place: Place<'_>) -> Result<Reference, A::Error> {
        let mut href = None;
        let mut attributes = match place {
            // Room for a whole resource at once, and none for a reference without more.
            Place::Root | Place::Member(_) => Attributes::with_capacity(16),
            Place::Structure => Attributes::with_capacity(3),
            Place::Resource(_) | Place::Open => Attributes::new(),
        };
        let mut cursor = 0;
        let mut count = 0;
        while let Some(key) = self.next_key()? {
            let path = self.path.key(&key);
            count += 1;
            self.session.check_name(&key, count, &path)?;
            match (key.as_ref(), place) {
                ("href", Place::Resource(_) | Place::Open) => {
                    let value = self.value(Shape::Of(Type::Uri), &path)?;
                    match self.session.settle(value, &path) {
                        Some(Value::String(_)) if href.is_some() => self.session.duplicate(&path),
                        Some(Value::String(text)) => href = Some(text),
                        Some(value) => {
                            self.session.keep_first(&mut attributes, Name::new("href"), value, &path);
                        }
                        None => {}
                    }
                }
                ("resourceURI", Place::Root | Place::Member(_) | Place::Resource(_) | Place::Open) => {
                    let uri = self.value(Shape::Of(Type::Uri), &path)?;
                    self.resource_uri(uri, place, &mut fields, &mut attributes, &path);
                }
                (key, _) => self.attribute(key, fields, &mut cursor, &mut attributes, &path)?,
            }
        }
        Ok(Reference { href, attributes })
    }

    fn attribute(
        &mut self,
        key: &str,
        fields: Fields<'c>,
        cursor: &mut usize,
        attributes: &mut Attributes,
        path: &Path<'_>,
    ) -> Result<(), A::Error> {
        let found = fields.find(key, cursor);
        if found.is_none_or(|found| found.source == Source::Dialect) {
            self.session.unknown(&fields, key, path);
        }
        let shape = found.map_or(Shape::Unknown, |found| Shape::Of(found.attribute.ty));
        let value = self.value(shape, path)?;
        self.session.check_value(found, &value, path);
        if let Some(value) = self.session.settle(value, path) {
            let name = match found {
                Some(found) => Name::new(found.attribute.name),
                None => Name::from(key.to_owned()),
            };
            self.session.keep_first(attributes, name, value, path);
        }
        Ok(())
    }

    /// A `resourceURI`: of the type that is declared, or, where any may stand, the type to read the rest by.
    fn resource_uri(
        &mut self,
        uri: Value,
        place: Place<'_>,
        fields: &mut Fields<'c>,
        attributes: &mut Attributes,
        path: &Path<'_>,
    ) {
        let Value::String(uri) = uri else { return };
        let Context { edition, extensions, .. } = *self.session.context;
        match place {
            Place::Root => return,
            Place::Member(declared) | Place::Resource(declared) if declared == uri => return,
            Place::Member(declared) | Place::Resource(declared) => {
                self.session.report(Code::WrongValue, path, || {
                    format!("expected \"{declared}\", found \"{}\"", Invalid::shown(&uri))
                });
            }
            Place::Open | Place::Structure => {
                if let Some(schema) = registry(edition).by_uri(&uri) {
                    *fields = Fields::of_schema(schema, extensions);
                }
            }
        }
        attributes.set("resourceURI", uri);
    }

    /// The entries of a map (5.5.7).
    fn entries(mut self) -> Result<Map, A::Error> {
        let mut entries = Map::new();
        while let Some(key) = self.next_key()? {
            let path = self.path.key(&key);
            self.session.check_text(&key, &path)?;
            let value = self.value(Shape::Of(Type::String), &path)?;
            let limit = self.session.context.limits.items;
            if entries.len() == limit {
                return Err(self.session.stop(self.path, || format!("expected at most {limit} entries")));
            }
            match value {
                Value::String(text) => match entries.entry(key.clone().into_owned()) {
                    Entry::Occupied(_) => self.session.duplicate(&path),
                    Entry::Vacant(place) => {
                        place.insert(text);
                    }
                },
                Value::Null => {
                    self.session.mismatch(&Type::String, &path, Value::Null);
                }
                // It has been reported; a map holds nothing but strings.
                _ => {}
            }
        }
        Ok(entries)
    }

    fn value(&mut self, shape: Shape, path: &Path<'_>) -> Result<Value, A::Error> {
        self.map.next_value_seed(ValueSeed { session: &mut *self.session, shape, path })
    }

    fn next_key(&mut self) -> Result<Option<Cow<'de, str>>, A::Error> {
        match self.first.take() {
            Some(key) => Ok(Some(key)),
            None => self.map.next_key_seed(Text),
        }
    }
}
