//! Edits of documents, the same for JSON and XML and for both editions.
//!
//! Owns the walk to every resource in a document, and what each edit does there. Knows no bytes.

use cimi::model::{Schema, Type, registry};
use cimi::{Attributes, Reference, Value};

use super::way::{Edit, Of, Sort, V};

/// Operations whose `rel` is their bare name (DSP0263 4.2).
const BARE: [&str; 5] = ["add", "delete", "edit", "insert", "remove"];

/// Goes to the resource and to every resource in it: members, and what is expanded. Says whether something was changed.
pub(super) fn visit(
    schema: &Schema,
    attributes: &mut Attributes,
    see: &mut impl FnMut(&Schema, &mut Attributes) -> bool,
) -> bool {
    let mut changed = see(schema, attributes);
    for (name, value) in attributes.iter_mut() {
        let Some(attribute) = schema.attribute(name) else { continue };
        changed |= descend(schema, &attribute.ty, value, see);
    }
    changed
}

fn descend(
    owner: &Schema,
    ty: &Type,
    value: &mut Value,
    see: &mut impl FnMut(&Schema, &mut Attributes) -> bool,
) -> bool {
    match (ty, value) {
        (Type::Array(item), Value::Array(items)) => {
            // All of them, not up to the first.
            items.iter_mut().filter_map(|value| descend(owner, &item.ty, value, see).then_some(())).count()
                > 0
        }
        (Type::Members(_), Value::Array(items)) => {
            let Some((_, member, _)) = owner.members() else { return false };
            let members = items.iter_mut().filter_map(inner);
            members.filter_map(|attributes| visit(member, attributes, see).then_some(())).count() > 0
        }
        (Type::Ref(name) | Type::Collection(name), Value::Ref(Reference { attributes, .. }))
            if !attributes.is_empty() =>
        {
            registry(owner.edition).get(name).is_some_and(|schema| visit(schema, attributes, see))
        }
        _ => false,
    }
}

fn inner(value: &mut Value) -> Option<&mut Attributes> {
    match value {
        Value::Structure(attributes) => Some(attributes),
        Value::Ref(reference) => Some(&mut reference.attributes),
        _ => None,
    }
}

impl Of {
    /// Whether a resource of this type is one.
    pub(super) fn is(self, schema: &Schema) -> bool {
        match self {
            Self::All => true,
            Self::Resources => !schema.is_collection(),
            Self::Collections => schema.is_collection(),
            Self::Types(types) => types.contains(&schema.name()),
        }
    }
}

/// Makes an edit; says whether something was changed.
pub(super) fn apply(edit: &Edit, schema: &Schema, attributes: &mut Attributes) -> bool {
    match *edit {
        Edit::Drop(name) => attributes.remove(name).is_some(),
        Edit::Set(name, value) => {
            attributes.set(name, value.to_value());
            true
        }
        Edit::Rename(from, to) => {
            let value = attributes.remove(from);
            let was_there = value.is_some();
            attributes.set_some(to, value);
            was_there
        }
        Edit::Known => {
            let before = attributes.len();
            attributes.retain(|name, _| schema.attribute(name).is_some());
            before != attributes.len()
        }
        Edit::With(change) => {
            change(attributes);
            true
        }
        Edit::NoOffer(name) => no_offer(&rel(schema, name), attributes),
        Edit::Inside(name, edit) => inside(name, edit, schema, attributes),
        Edit::Items(name, edit) => {
            let Some(Value::Array(items)) = attributes.get_mut(name) else { return false };
            let schema = schema.members().map_or(schema, |(_, member, _)| member);
            let items = items.iter_mut().filter_map(inner);
            items.filter_map(|item| apply(edit, schema, item).then_some(())).count() > 0
        }
        Edit::Change(name, _) | Edit::Swap(name, ..) | Edit::Point(name, _) | Edit::Text(name, _) => {
            attributes.get_mut(name).is_some_and(|old| revalue(edit, old))
        }
    }
}

/// Makes an edit of a value that is there.
fn revalue(edit: &Edit, old: &mut Value) -> bool {
    match (*edit, old) {
        (Edit::Change(_, value), old) => *old = value.to_value(),
        (Edit::Swap(_, from, to), Value::String(text)) if text == from => to.clone_into(text),
        (Edit::Text(_, change), Value::String(text)) => *text = change(text),
        (Edit::Point(_, change), Value::Ref(Reference { href: Some(href), .. })) => *href = change(href),
        _ => return false,
    }
    true
}

fn no_offer(rel: &str, attributes: &mut Attributes) -> bool {
    let Some(Value::Array(offers)) = attributes.get_mut("operations") else { return false };
    let before = offers.len();
    offers.retain(|offer| offer.as_attributes().is_none_or(|fields| fields.text("rel") != Some(rel)));
    before != offers.len()
}

/// A template's attributes where it is given by value; else those beside its href.
fn inside(name: &str, edit: &Edit, schema: &Schema, attributes: &mut Attributes) -> bool {
    let target = schema.attribute(name).map(|attribute| attribute.ty);
    let schema = match target {
        Some(Type::Ref(ty) | Type::Collection(ty)) => registry(schema.edition).get(ty).unwrap_or(schema),
        _ => schema,
    };
    match attributes.get_mut(name).and_then(inner) {
        Some(attributes) => apply(edit, schema, attributes),
        None => false,
    }
}

fn rel(schema: &Schema, name: &str) -> String {
    if BARE.contains(&name) { name.to_owned() } else { schema.edition.action_uri(name) }
}

impl V {
    fn to_value(self) -> Value {
        match self {
            Self::Text(text) => text.into(),
            Self::Int(number) => number.into(),
            Self::Texts(texts) => texts.iter().map(|text| Value::from(*text)).collect::<Vec<_>>().into(),
        }
    }
}

/// Sorts the members of a collection wrongly by an attribute, if it is of the kind; says whether.
pub(super) fn resort(sort: Sort, key: &str, members: &mut [Value]) -> bool {
    let (name, descends) = match key.split_once(':') {
        Some((name, direction)) => (name, direction == "desc"),
        None => (key, false),
    };
    let of = |member: &Value| sort.key(member.as_attributes()?.get(name)?);
    if members.iter().all(|member| of(member).is_none()) {
        return false;
    }
    members.sort_by_key(|member| of(member).unwrap_or_default());
    if descends {
        members.reverse();
    }
    true
}

impl Sort {
    /// What to sort by; none for values that are not concerned.
    fn key(self, value: &Value) -> Option<(i64, String)> {
        match (self, value) {
            (Self::IntegersAsText, Value::Integer(number)) => Some((0, number.to_string())),
            (Self::Booleans, Value::Boolean(truth)) => Some((i64::from(!truth), String::new())),
            (Self::Instants, Value::DateTime(instant)) => {
                let instant: jiff::Timestamp = instant.to_string().parse().ok()?;
                Some((-instant.as_millisecond(), String::new()))
            }
            (Self::DurationsAsText, Value::Duration(duration)) => Some((0, duration.to_string())),
            (Self::TextsWithoutCase, Value::String(text)) => Some((0, text.to_lowercase())),
            _ => None,
        }
    }
}
