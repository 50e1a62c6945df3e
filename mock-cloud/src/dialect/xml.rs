//! XML requests, read as what they would be in JSON.
//!
//! Owns the reading. It is as tolerant as the servers that dialects are of: any root, any order, with or without namespace.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::{Map, Value};

/// Deeper than any request.
const DEPTH: usize = 32;

/// Attributes whose text is a number.
const NUMBERS: &[&str] = &["cpu", "memory", "capacity", "cpuSpeed", "quantity", "mtu"];
/// Attributes whose text is a truth.
const TRUTHS: &[&str] = &["bootable", "force"];
/// Elements that are items of an array, and the array.
const ARRAYS: &[(&str, &str)] = &[
    ("disk", "disks"),
    ("networkInterface", "networkInterfaces"),
    ("componentDescriptor", "componentDescriptors"),
    ("volumeTemplate", "volumeTemplates"),
];

/// Reads a document; none if it is not well-formed.
pub(super) fn read(bytes: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                let create = name(&start).ends_with("Create");
                return content(&mut reader, &start, create, 0);
            }
            Event::Empty(_) => return Some(Value::Object(Map::new())),
            Event::Eof | Event::DocType(_) => return None,
            _ => {}
        }
    }
}

/// What is inside of an element that has begun.
fn content(reader: &mut Reader<&[u8]>, start: &BytesStart<'_>, create: bool, depth: usize) -> Option<Value> {
    if depth > DEPTH {
        return None;
    }
    let (mut object, mut text) = (attributes(start)?, String::new());
    loop {
        match reader.read_event().ok()? {
            Event::Start(child) => {
                let value = content(reader, &child, false, depth + 1)?;
                add(&mut object, &child, value, create)?;
            }
            Event::Empty(child) => {
                let value = Value::Object(attributes(&child)?);
                add(&mut object, &child, value, create)?;
            }
            Event::Text(part) => text.push_str(&part),
            Event::CData(part) => text.push_str(&part),
            Event::GeneralRef(entity) => text.push(resolved(&entity)?),
            Event::End(_) => break,
            Event::Eof => return None,
            _ => {}
        }
    }
    let key = object.remove("key");
    if let Some(key) = key {
        return Some(Value::Object(Map::from_iter([
            ("key".to_owned(), key),
            ("text".to_owned(), text.into()),
        ])));
    }
    Some(if object.is_empty() { scalar(&name(start), text.trim()) } else { Value::Object(object) })
}

fn add(object: &mut Map<String, Value>, child: &BytesStart<'_>, value: Value, create: bool) -> Option<()> {
    let name = name(child);
    if name == "property" {
        let properties = object.entry("properties").or_insert_with(|| Value::Object(Map::new()));
        let key = value.get("key")?.as_str()?.to_owned();
        properties.as_object_mut()?.insert(key, value.get("text")?.clone());
        return Some(());
    }
    // A request to create has a template; a template has arrays of them.
    match ARRAYS.iter().find(|(item, _)| *item == name).filter(|_| !create) {
        Some((_, array)) => {
            let items = object.entry(*array).or_insert_with(|| Value::Array(Vec::new()));
            items.as_array_mut()?.push(value);
        }
        None => {
            object.insert(name, value);
        }
    }
    Some(())
}

fn attributes(start: &BytesStart<'_>) -> Option<Map<String, Value>> {
    let mut object = Map::new();
    for attribute in start.attributes() {
        let attribute = attribute.ok()?;
        let name = attribute.key.as_ref();
        if name != "xmlns" && !name.contains(':') && name != "resourceURI" {
            let text = quick_xml::escape::unescape(&attribute.value).ok()?;
            object.insert(name.to_owned(), Value::String(text.into_owned()));
        }
    }
    Some(object)
}

fn scalar(name: &str, text: &str) -> Value {
    if NUMBERS.contains(&name)
        && let Ok(number) = text.parse::<i64>()
    {
        return number.into();
    }
    match text {
        "true" | "false" if TRUTHS.contains(&name) => (text == "true").into(),
        _ => text.into(),
    }
}

fn name(start: &BytesStart<'_>) -> String {
    start.local_name().as_ref().to_owned()
}

/// The character of an entity: the five of XML, and numbers.
fn resolved(entity: &str) -> Option<char> {
    let text = quick_xml::escape::unescape(&format!("&{entity};")).ok()?.into_owned();
    text.chars().next()
}
