//! Following a path of the case language into a resource.

use indexmap::IndexMap;

use crate::case::{Index, Path, Segment};
use crate::spec::{Kind, Tables};

use super::{Resource, Value};

/// The value at a path, if there is one. `@ids`, `@members`, `@items`, `@type`, `@attributes`, `@operations` speak of the resource as
/// a whole; `item` of the items of a Collection.
pub fn find(resource: &Resource, path: &Path, tables: &Tables) -> Option<Value> {
    let (first, rest) = path.0.split_first()?;
    let Segment::Name(name) = first else { return None };
    let start = match name.as_str() {
        "@type" => resource.type_name.clone().map(Value::Text)?,
        "@ids" => {
            Value::List(resource.items.iter().filter_map(Resource::identity).map(Value::Text).collect())
        }
        "@members" => {
            let members =
                resource.items.iter().filter_map(|item| member(item, tables).or_else(|| item.identity()));
            Value::List(members.map(Value::Text).collect())
        }
        "@items" => Value::List(resource.items.iter().map(as_value).collect()),
        "@resource" => as_value(resource),
        "item" if resource.is_collection => return item(resource, rest, tables),
        "@attributes" => Value::List(shown(resource)),
        "@operations" => {
            let rels = resource.operations.iter().map(|op| tables.short_rel(&op.rel).to_owned());
            Value::List(rels.map(Value::Text).collect())
        }
        "@operation" => return operation(resource, rest, tables),
        _ => resource.attributes.get(name)?.clone(),
    };
    follow(start, rest)
}

/// `item[0].name`: into the item as a resource, so that its own `@...` work too.
fn item(resource: &Resource, rest: &[Segment], tables: &Tables) -> Option<Value> {
    let Some((Segment::At(index), inner)) = rest.split_first() else {
        return follow(Value::List(resource.items.iter().map(as_value).collect()), rest);
    };
    let item = resource.items.get(position(*index, resource.items.len())?)?;
    if inner.is_empty() { Some(as_value(item)) } else { find(item, &Path(inner.to_vec()), tables) }
}

fn operation(resource: &Resource, rest: &[Segment], tables: &Tables) -> Option<Value> {
    match rest {
        [Segment::Name(rel)] => resource.operation(rel, tables).map(|op| Value::Text(op.href.clone())),
        _ => None,
    }
}

/// What an item that only associates (1.x: `SystemMachine`) refers to: by the attribute whose type its own name ends in.
fn member(item: &Resource, tables: &Tables) -> Option<String> {
    let name = item.type_name.as_deref()?;
    let declared = &tables.types.get(name)?.attributes;
    let (attribute, _) = declared.iter().find(|(_, attribute)| match &attribute.kind {
        Kind::Ref { to, .. } => to != name && name.ends_with(to.as_str()),
        _ => false,
    })?;
    item.attributes.get(attribute)?.href().map(str::to_owned)
}

/// The names of the attributes present; `operations` counts, what every representation carries anyway does not.
fn shown(resource: &Resource) -> Vec<Value> {
    let mut names: Vec<String> = resource.attributes.keys().filter(|n| *n != "href").cloned().collect();
    if !resource.operations.is_empty() {
        names.push("operations".to_owned());
    }
    names.into_iter().map(Value::Text).collect()
}

fn as_value(item: &Resource) -> Value {
    Value::Record(item.attributes.clone())
}

fn follow(mut value: Value, path: &[Segment]) -> Option<Value> {
    for segment in path {
        value = match (segment, value) {
            (Segment::Name(name), Value::Record(record)) => take(record, name)?,
            // A name on a list is that of each of its members.
            (Segment::Name(name), Value::List(items)) => {
                let each = items.into_iter().filter_map(|item| match item {
                    Value::Record(record) => take(record, name),
                    _ => None,
                });
                Value::List(each.collect())
            }
            (Segment::At(index), Value::List(items)) => {
                let at = position(*index, items.len())?;
                items.into_iter().nth(at)?
            }
            (Segment::Slice(from, to), Value::List(items)) => {
                let from = end(*from, 0, items.len());
                let to = end(*to, items.len(), items.len());
                Value::List(items.into_iter().skip(from).take(to.saturating_sub(from)).collect())
            }
            _ => return None,
        };
    }
    Some(value)
}

fn take(mut record: IndexMap<String, Value>, name: &str) -> Option<Value> {
    record.shift_remove(name)
}

fn position(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let at = if index < 0 { length + index } else { index };
    usize::try_from(at).ok().filter(|_| at < length)
}

fn end(index: Index, open: usize, length: usize) -> usize {
    match index {
        Index::Open => open,
        Index::At(at) if at < 0 => length.saturating_sub(usize::try_from(-at).unwrap_or(usize::MAX)),
        Index::At(at) => usize::try_from(at).unwrap_or(usize::MAX).min(length),
    }
}
