//! Replies with one thing wrong: what a right cloud answered, changed at one attribute.

use harness::spec::{Aspect, Attribute, Kind, Scalar};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Value, json};

/// What is made of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// It is not there.
    Gone,
    /// It has another value, in JSON.
    Becomes(Value),
}

/// What breaks just this aspect of an attribute; nothing where no value can.
pub(crate) fn change(aspect: Aspect, attribute: &Attribute) -> Option<Change> {
    let text = Some(Change::Becomes(json!("not-in-the-table")));
    match aspect {
        Aspect::Mandatory => Some(Change::Gone),
        Aspect::Values => text,
        Aspect::Range => {
            let beyond = attribute.min.map(|min| min - 1).or_else(|| attribute.max.map(|max| max + 1));
            beyond.map(|number| Change::Becomes(json!(number)))
        }
        Aspect::Type => match &attribute.kind {
            Kind::Scalar(Scalar::String | Scalar::Uri | Scalar::Bytes) => Some(Change::Becomes(json!(17))),
            Kind::Any | Kind::ValueScope => None,
            _ if attribute.also.is_empty() => text,
            _ => Some(Change::Becomes(json!([17]))),
        },
        Aspect::Operation | Aspect::Transition | Aspect::Capability => None,
    }
}

/// A JSON body changed at a path: an attribute, or a field of its structure (of the first item of its array). Beside other
/// fields or alone: where one thing may stand of many, one of these breaks something else as well.
pub(crate) fn in_json(body: &str, path: &[String], attribute: &Attribute, change: &Change) -> Vec<String> {
    let changed = |is_alone| one_in_json(body, path, attribute, change, is_alone);
    [false, true].into_iter().filter_map(changed).collect()
}

fn one_in_json(
    body: &str,
    path: &[String],
    attribute: &Attribute,
    change: &Change,
    is_alone: bool,
) -> Option<String> {
    let mut root: Value = serde_json::from_str(body).ok()?;
    let object = root.as_object_mut()?;
    match path {
        [name] if !is_alone => put(object, name, change),
        [name, field] => {
            let empty = || match attribute.kind {
                Kind::Array { .. } => Value::Array(vec![Value::Object(Map::new())]),
                _ => Value::Object(Map::new()),
            };
            if is_alone || !object.contains_key(name) {
                object.insert(name.clone(), empty());
            }
            let holder = match object.get_mut(name)? {
                Value::Array(items) => items.first_mut()?,
                other => other,
            };
            put(holder.as_object_mut()?, field, change);
        }
        _ => return None,
    }
    Some(root.to_string())
}

fn put(object: &mut Map<String, Value>, name: &str, change: &Change) {
    match change {
        Change::Gone => drop(object.shift_remove(name)),
        Change::Becomes(value) => drop(object.insert(name.to_owned(), value.clone())),
    }
}

/// An XML body changed at an attribute. Fields of structures are left to JSON.
pub(crate) fn in_xml(body: &str, path: &[String], attribute: &Attribute, change: &Change) -> Option<String> {
    let [name] = path else { return None };
    let (children, end) = children(body)?;
    let wrong = match (change, &attribute.kind) {
        (Change::Gone, _) => String::new(),
        // Any text is a string, and most are URIs.
        (Change::Becomes(Value::Number(_)), Kind::Scalar(Scalar::String | Scalar::Uri | Scalar::Bytes)) => {
            format!("<{name}><wrong/></{name}>")
        }
        (Change::Becomes(value), _) => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("<{name}>{text}</{name}>")
        }
    };
    let mut out = body.to_owned();
    match children.iter().filter(|(child, ..)| child == name).collect::<Vec<_>>().as_slice() {
        [] => out.insert_str(end, &wrong),
        all => {
            for (_, from, to) in all.iter().rev() {
                out.replace_range(*from..*to, "");
            }
            out.insert_str(all[0].1, &wrong);
        }
    }
    Some(out)
}

/// An element in the text: its name, where it begins and where it ends.
type Span = (String, usize, usize);

/// The elements directly in the root, and where the root's end tag begins.
fn children(body: &str) -> Option<(Vec<Span>, usize)> {
    let mut reader = Reader::from_str(body);
    let (mut all, mut depth, mut open) = (Vec::new(), 0, (String::new(), 0));
    loop {
        let from = usize::try_from(reader.buffer_position()).ok()?;
        let event = reader.read_event().ok()?;
        let to = usize::try_from(reader.buffer_position()).ok()?;
        match event {
            Event::Start(start) => {
                if depth == 1 {
                    open = (start.local_name().as_ref().to_owned(), from);
                }
                depth += 1;
            }
            Event::Empty(start) if depth == 1 => {
                all.push((start.local_name().as_ref().to_owned(), from, to));
            }
            Event::End(_) => {
                depth -= 1;
                match depth {
                    0 => return Some((all, from)),
                    1 => all.push((open.0.clone(), open.1, to)),
                    _ => {}
                }
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}
