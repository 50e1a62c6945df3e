//! One JSON value: serde's events to a value, steered by what is declared.
//!
//! Owns the dispatch over kinds of JSON values; objects are read by [`super::object`].

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use super::object::Object;
use super::path::Path;
use super::session::Session;
use super::text::Text;
use crate::codec::scalar;
use crate::model::{Schema, Type, registry};
use crate::value::Value;

/// The name that `serde_json` gives to the text of a number that is no integer of 64 bits, when it keeps all digits.
const NUMBER: &str = "$serde_json::private::Number";

/// What is expected at a place.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// The root object of a declared type.
    Root(&'static Schema),
    /// A member of a collection.
    Member(&'static Schema),
    /// A value of a declared type.
    Of(Type),
    /// Anything.
    Unknown,
}

impl Shape {
    fn ty(&self) -> Type {
        match self {
            // What is no object where the document should be is refused as a whole.
            Self::Of(Type::ValueScope) | Self::Unknown | Self::Root(_) => Type::Any,
            Self::Of(ty) => *ty,
            // Only asked for what is no object.
            Self::Member(schema) => Type::Ref(schema.name()),
        }
    }
}

/// Reads one value.
pub(super) struct ValueSeed<'s, 'c, 'p> {
    pub(super) session: &'s mut Session<'c>,
    pub(super) shape: Shape,
    pub(super) path: &'p Path<'p>,
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_, '_, '_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_, '_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(scalar::expectation(&self.shape.ty()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(match self.shape.ty() {
            Type::Boolean | Type::Any => Value::Boolean(truth),
            ty => self.session.mismatch(&ty, self.path, Value::Boolean(truth)),
        })
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(match self.shape.ty() {
            Type::Integer | Type::Any => Value::Integer(number),
            ty => self.session.mismatch(&ty, self.path, Value::Integer(number)),
        })
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => Ok(self.session.number(&self.shape.ty(), self.path, &number.to_string())),
        }
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Value, E> {
        self.string(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.string(Cow::Borrowed(text))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        self.string(Cow::Owned(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let Self { session, shape, path } = self;
        session.enter(path)?;
        let item = match shape.ty() {
            Type::Array(item) => Shape::Of(item.ty),
            Type::Members(name) => {
                registry(session.context.edition).get(name).map_or(Shape::Unknown, Shape::Member)
            }
            Type::Any => Shape::Unknown,
            ty => {
                // What it is can be said before it is read; it is kept as it is.
                session.mismatch(&ty, path, Value::Array(Vec::new()));
                Shape::Unknown
            }
        };
        let mut items = Vec::new();
        loop {
            let place = path.index(items.len());
            let seed = ValueSeed { session: &mut *session, shape: item, path: &place };
            let Some(value) = seq.next_element_seed(seed)? else { break };
            let limit = session.context.limits.items;
            if items.len() == limit {
                return Err(session.stop(path, || format!("expected at most {limit} items")));
            }
            items.push(value);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let Self { session, shape, path } = self;
        let first = map.next_key_seed(Text)?;
        if let Some(Cow::Borrowed(key)) = first
            && key == NUMBER
            && !session.input.as_ptr_range().contains(&key.as_ptr())
        {
            // Not a key of the document, whose text would be within the input: serde_json's way to hand over a number.
            let text = map.next_value_seed(Text)?;
            return Ok(session.number(&shape.ty(), path, &text));
        }
        session.enter(path)?;
        let object = Object { session, path, map, first };
        object.read(shape)
    }
}

impl ValueSeed<'_, '_, '_> {
    fn string<E: Error>(self, text: Cow<'_, str>) -> Result<Value, E> {
        let Self { session, shape, path } = self;
        session.check_text(&text, path)?;
        Ok(session.text(&shape.ty(), path, text))
    }
}
