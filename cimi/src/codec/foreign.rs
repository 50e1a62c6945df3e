//! XML that nobody declared, as it appears in JSON (DSP0263 5.3).
//!
//! Owns that mapping: an element becomes what a person would expect of it. It cannot be undone in full; XML to XML needs no
//! mapping, and what was JSON is marked in XML so that it comes back as it was (`xml::natural`).

use crate::codec::scalar;
use crate::foreign::{Element, Node};
use crate::value::{Attributes, Reference, Value};

/// The name under which text stands beside attributes or children.
const TEXT: &str = "content";

/// An element as a value: its text if it has nothing else, else an object of its attributes and children, the repeated ones as arrays.
pub(super) fn to_value(element: &Element) -> Value {
    let text = element.text();
    let has_children = element.children.iter().any(|child| matches!(child, Node::Element(_)));
    if element.attributes.is_empty() && !has_children {
        return Value::String(text);
    }
    let mut attributes = Attributes::new();
    let mut href = None;
    for (namespace, name, value) in &element.attributes {
        if namespace.is_empty() && name == "href" {
            href = Some(value.clone());
        } else {
            add(&mut attributes, name, Value::String(value.clone()));
        }
    }
    for child in &element.children {
        if let Node::Element(child) = child {
            add(&mut attributes, &child.name, to_value(child));
        }
    }
    if !scalar::trim(&text).is_empty() {
        add(&mut attributes, TEXT, Value::String(text));
    }
    match href {
        Some(_) => Value::Ref(Reference { href, attributes }),
        None => Value::Structure(attributes),
    }
}

fn add(attributes: &mut Attributes, name: &str, value: Value) {
    match attributes.get_mut(name) {
        None => {
            attributes.set(name.to_owned(), value);
        }
        Some(Value::Array(items)) => items.push(value),
        Some(single) => {
            let first = std::mem::replace(single, Value::Null);
            *single = Value::Array(vec![first, value]);
        }
    }
}
