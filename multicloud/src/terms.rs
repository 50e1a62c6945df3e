//! The words of one edition in those of the other.
//!
//! The manager keeps everything in the terms of CIMI 2.0, and what only 1.x has in those of 1.x; connectors and the north
//! face translate at their edge. What differs is found in the two declarations of a type, not listed here.

use cimi::model::{Attribute, Item, Type, registry};
use cimi::{Attributes, Edition, Reference, Value};

#[cfg(test)]
mod tests;

/// Attributes of a resource type in another edition's words. Attributes that only one edition has stay as they are.
pub(crate) fn translated(ty: &str, attributes: Attributes, from: Edition, to: Edition) -> Attributes {
    if from == to {
        return attributes;
    }
    let declared = |edition: Edition| registry(edition).get(ty).map_or(&[][..], |schema| schema.attributes());
    let words = Words { from, to };
    let attributes = words.all(attributes, declared(from), declared(to));
    words.wrapped(words.unwrapped(attributes, declared(from), declared(to)), declared(from), declared(to))
}

/// The declaration of an attribute of a resource type in the manager's terms.
pub(crate) fn declaration(ty: &str, name: &str) -> Option<&'static Attribute> {
    let of = |edition| registry(edition).get(ty)?.attribute(name);
    of(Edition::V2).or_else(|| of(Edition::V1))
}

/// Whether an edition has an attribute of a resource type.
pub(crate) fn has(edition: Edition, ty: &str, name: &str) -> bool {
    registry(edition).get(ty).is_some_and(|schema| schema.attribute(name).is_some())
}

#[derive(Clone, Copy)]
struct Words {
    from: Edition,
    to: Edition,
}

impl Words {
    fn all(self, attributes: Attributes, from: &[Attribute], to: &[Attribute]) -> Attributes {
        attributes
            .into_iter()
            .map(|(name, value)| {
                let value = self.value(
                    value,
                    type_of(from, self.from, name.as_str()),
                    type_of(to, self.to, name.as_str()),
                );
                (name, value)
            })
            .collect()
    }

    /// A structure whose fields are attributes themselves in the other edition, as those (`sample` of a `Sample`).
    fn unwrapped(self, attributes: Attributes, from: &[Attribute], to: &[Attribute]) -> Attributes {
        let mut all = Attributes::with_capacity(attributes.len());
        for (name, value) in attributes {
            match (value, wrapper(from, self.from, name.as_str(), to, self.to)) {
                (Value::Structure(fields), Some(_)) => all.extend(fields),
                (value, _) => drop(all.set(name, value)),
            }
        }
        all
    }

    /// The way back.
    fn wrapped(self, mut attributes: Attributes, from: &[Attribute], to: &[Attribute]) -> Attributes {
        for outer in to {
            let Some(fields) = wrapper(to, self.to, outer.name, from, self.from) else { continue };
            let inner = |name: &str| fields.iter().any(|field| field.name == name);
            let (inside, outside): (Vec<_>, Vec<_>) =
                attributes.into_iter().partition(|(name, _)| inner(name.as_str()));
            attributes = outside.into_iter().collect();
            if !inside.is_empty() {
                attributes.set(outer.name, Value::Structure(inside.into_iter().collect()));
            }
        }
        attributes
    }

    fn value(self, value: Value, from: Option<Type>, to: Option<Type>) -> Value {
        match value {
            Value::String(text) if matches!((from, to), (Some(Type::Uri), _) | (_, Some(Type::Uri))) => {
                Value::String(self.renamed(text))
            }
            Value::Ref(reference) => Value::Ref(self.reference(reference, from.or(to))),
            Value::Structure(fields) => Value::Structure(self.all(fields, fields_of(from), fields_of(to))),
            Value::Array(items) => {
                let (from, to) = (item_of(from), item_of(to));
                Value::Array(items.into_iter().map(|item| self.item(item, from, to)).collect())
            }
            other => other,
        }
    }

    fn item(self, value: Value, from: Option<&'static Item>, to: Option<&'static Item>) -> Value {
        match (value, from, to) {
            (Value::Structure(fields), Some(from), Some(to)) => {
                if let Some(ty) = inner(from, self.from, to, self.to) {
                    return Value::Structure(self.nested(fields, to.element, ty));
                }
                if inner(to, self.to, from, self.from).is_some() {
                    return Value::Structure(self.flat(fields, from.element));
                }
                self.value(Value::Structure(fields), Some(from.ty), Some(to.ty))
            }
            (value, from, to) => self.value(value, from.map(|item| item.ty), to.map(|item| item.ty)),
        }
    }

    /// `{initialLocation, href, ...}` to `{initialLocation, volume: {href, ...}}`.
    fn nested(self, fields: Attributes, element: &'static str, ty: &str) -> Attributes {
        let mut outer = Attributes::new();
        let mut reference = Reference::default();
        for (name, value) in fields {
            match (name.as_str(), value) {
                ("href", Value::String(href)) => reference.href = Some(href),
                ("initialLocation", value) => drop(outer.set(name, value)),
                (_, value) => drop(reference.attributes.set(name, value)),
            }
        }
        reference.attributes = translated(ty, reference.attributes, self.from, self.to);
        outer.with(element, reference)
    }

    /// The way back.
    fn flat(self, fields: Attributes, element: &str) -> Attributes {
        let mut outer = Attributes::new();
        for (name, value) in fields {
            match value {
                Value::Ref(reference) if name.as_str() == element => {
                    let Reference { href, attributes } = self.reference(reference, None);
                    outer.set_some("href", href);
                    outer.extend(attributes);
                }
                // 1.x has no credential for a volume that is connected.
                Value::Ref(_) => {}
                value => drop(outer.set(name, value)),
            }
        }
        outer
    }

    fn reference(self, reference: Reference, ty: Option<Type>) -> Reference {
        let ty = if let Some(Type::Ref(to)) = ty { to } else { "" };
        let attributes = if reference.attributes.is_empty() {
            reference.attributes
        } else {
            translated(ty, reference.attributes, self.from, self.to)
        };
        Reference { href: reference.href, attributes }
    }

    /// URIs that an edition defines (types of volumes, resources, actions), in the other one's namespace.
    fn renamed(self, text: String) -> String {
        match text.strip_prefix(self.from.namespace()) {
            Some(rest) if rest.starts_with('/') => format!("{}{rest}", self.to.namespace()),
            _ => text,
        }
    }
}

/// The fields of a structure that only one edition has, if all of them are attributes themselves in the other one.
fn wrapper(
    of: &[Attribute],
    edition: Edition,
    name: &str,
    others: &[Attribute],
    other: Edition,
) -> Option<&'static [Attribute]> {
    let fields = fields_of(type_of(of, edition, name));
    let bare = |field: &Attribute| {
        type_of(others, other, field.name).is_some() && type_of(of, edition, field.name).is_none()
    };
    (!fields.is_empty() && type_of(others, other, name).is_none() && fields.iter().all(bare))
        .then_some(fields)
}

fn type_of(declared: &[Attribute], edition: Edition, name: &str) -> Option<Type> {
    let mut declared = declared.iter().filter(|attribute| attribute.is_in(edition));
    declared.find(|attribute| attribute.name == name).map(|attribute| attribute.ty)
}

fn fields_of(ty: Option<Type>) -> &'static [Attribute] {
    if let Some(Type::Structure(structure)) = ty { structure.fields } else { &[] }
}

fn item_of(ty: Option<Type>) -> Option<&'static Item> {
    if let Some(Type::Array(item)) = ty { Some(item) } else { None }
}

/// What the items of `nested` refer to in a field of their own, where those of `flat` are references themselves
/// (`volumes` and `volumeTemplates` of a `MachineTemplate`).
fn inner(
    flat: &'static Item,
    of_flat: Edition,
    nested: &'static Item,
    of_nested: Edition,
) -> Option<&'static str> {
    let (Type::Structure(flat), Type::Structure(structure)) = (flat.ty, nested.ty) else { return None };
    let is_flat = type_of(flat.fields, of_flat, "href").is_some();
    if !is_flat || type_of(structure.fields, of_nested, "href").is_some() {
        return None;
    }
    match type_of(structure.fields, of_nested, nested.element)? {
        Type::Ref(to) => Some(to),
        _ => None,
    }
}
