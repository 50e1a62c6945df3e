//! Painted documents as text.
//!
//! Owns the two writers. What stands where was decided by the picture.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::picture::Place;
use super::tree::{Group, Part, Tree};

const NAMESPACE: &str = "http://schemas.dmtf.org/cimi/1";

/// As JSON.
pub(super) fn json(group: &Group) -> Value {
    let mut parts: Vec<&Part> = group.parts.iter().filter(|part| part.place != Place::Xml).collect();
    let rank = |part: &&Part| group.json.iter().position(|name| *name == part.name);
    // The sort is stable: what has no rank stays at the end, in order.
    parts.sort_by_key(|part| rank(part).unwrap_or(group.json.len()));
    Value::Object(parts.into_iter().map(|part| (part.name.to_owned(), value(&part.tree))).collect())
}

fn value(tree: &Tree) -> Value {
    match tree {
        Tree::Null => Value::Null,
        Tree::Text(text) => Value::String(text.clone()),
        Tree::Plain(value) => value.clone(),
        Tree::Map(map) => {
            let pairs = map.iter().map(|(key, text)| (key.clone(), Value::String(text.clone())));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        Tree::Group(group) => json(group),
        Tree::List(items) => Value::Array(items.iter().map(value).collect()),
    }
}

/// As XML.
pub(super) fn xml(root: &str, group: &Group, declaration: bool) -> String {
    let mut out = String::new();
    if declaration {
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    }
    element(&mut out, root, group, Some(NAMESPACE), 0);
    out
}

fn element(out: &mut String, name: &str, group: &Group, namespace: Option<&str>, depth: usize) {
    indent(out, depth);
    out.push('<');
    out.push_str(name);
    if let Some(namespace) = namespace {
        attribute(out, "xmlns", namespace);
    }
    let shown = || group.parts.iter().filter(|part| !matches!(part.tree, Tree::Null));
    for part in shown().filter(|part| part.place == Place::Attribute) {
        attribute(out, part.element, &scalar(&part.tree));
    }
    if let Some(content) = shown().find(|part| part.place == Place::Content) {
        out.push('>');
        out.push_str(&escape(&scalar(&content.tree)));
        close(out, name);
        return;
    }
    let inside = || shown().filter(|part| matches!(part.place, Place::Element | Place::Xml));
    if inside().next().is_none() {
        out.push_str(" />\n");
        return;
    }
    out.push_str(">\n");
    for part in inside() {
        child(out, part.element, &part.tree, depth + 1);
    }
    indent(out, depth);
    close(out, name);
}

fn child(out: &mut String, name: &str, tree: &Tree, depth: usize) {
    match tree {
        Tree::Null => {}
        Tree::Text(_) | Tree::Plain(_) => {
            indent(out, depth);
            let _ = write!(out, "<{name}>{}", escape(&scalar(tree)));
            close(out, name);
        }
        Tree::Map(map) => {
            for (key, text) in map {
                indent(out, depth);
                let _ = write!(out, "<{name}");
                attribute(out, "key", key);
                let _ = write!(out, ">{}", escape(text));
                close(out, name);
            }
        }
        Tree::Group(group) => element(out, name, group, None, depth),
        Tree::List(items) => items.iter().for_each(|item| child(out, name, item, depth)),
    }
}

fn scalar(tree: &Tree) -> String {
    match tree {
        Tree::Text(text) | Tree::Plain(Value::String(text)) => text.clone(),
        Tree::Plain(value) => value.to_string(),
        _ => String::new(),
    }
}

fn attribute(out: &mut String, name: &str, text: &str) {
    let _ = write!(out, " {name}=\"{}\"", escape(text));
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

fn close(out: &mut String, name: &str) {
    let _ = writeln!(out, "</{name}>");
}

/// Text as XML can hold it, in elements and in attributes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
