//! The dress in XML.

use std::fmt::Write as _;

use quick_xml::escape::escape;

use super::address::Addresses;
use super::dress::{CLIMATE, MARK, NAMESPACE, STATE};
use crate::tree::xml::{Attribute, Element, Name};

/// The prefix of CIMI's names.
const PREFIX: &str = "c";

pub(super) fn put_on(body: &str, addresses: &Addresses) -> Option<String> {
    let mut root = Element::read(body).ok()?;
    let namespace = root.name.namespace.clone()?;
    // A description of a resource (an OVF package, say) that is none of CIMI's stays as it is.
    if !namespace.starts_with("http://schemas.dmtf.org/cimi/") {
        return None;
    }
    dress(&mut root, addresses);
    let is_collection = root.name.local == "Collection";
    root.children.push(own(MARK.0, MARK.1, Vec::new(), &root));
    if !is_collection {
        let fields = CLIMATE.1.iter().map(|(name, value)| own(name, value, Vec::new(), &root)).collect();
        root.children.push(own(CLIMATE.0, "", fields, &root));
    }
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    put(&root, &Scope { namespace: &namespace, prefix: PREFIX }, 0, &mut text);
    text.push('\n');
    Some(text)
}

fn dress(element: &mut Element, addresses: &Addresses) {
    let rel =
        (element.name.local == "operation").then(|| element.attribute("rel").map(str::to_owned)).flatten();
    for attribute in &mut element.attributes {
        let rel = rel.as_deref().filter(|_| attribute.name.local == "href");
        if let Some(reference) = addresses.reference(&attribute.value, rel) {
            attribute.value = reference;
        }
    }
    // Attributes have no order, and clients must not count on one.
    element.attributes.reverse();
    if element.name.local == "baseURI" && addresses.is_base(element.trimmed()) {
        element.text = addresses.base();
    } else if let Some(reference) = addresses.reference(element.trimmed(), None) {
        element.text = reference;
    }
    let is_backup =
        element.name.local == "Volume" && element.named("name").any(|name| name.trimmed() == STATE.0);
    for child in &mut element.children {
        if is_backup && child.name.local == "state" && child.trimmed() == STATE.1 {
            STATE.2.clone_into(&mut child.text);
        }
        dress(child, addresses);
    }
}

/// An element of the stage's own; its place in the text is nobody's.
fn own(local: &str, text: &str, children: Vec<Element>, root: &Element) -> Element {
    Element {
        at: root.at,
        name: Name { namespace: Some(NAMESPACE.to_owned()), local: local.to_owned() },
        attributes: Vec::new(),
        children,
        text: text.to_owned(),
    }
}

pub(super) fn take_off(body: &str, addresses: &Addresses) -> Option<String> {
    let mut root = Element::read(body).ok()?;
    undress(&mut root, addresses);
    let namespace = root.name.namespace.clone().unwrap_or_default();
    let mut text = String::new();
    put(&root, &Scope { namespace: &namespace, prefix: "" }, 0, &mut text);
    Some(text)
}

fn undress(element: &mut Element, addresses: &Addresses) {
    for attribute in &mut element.attributes {
        if let Some(behind) = addresses.dereference(&attribute.value) {
            attribute.value = behind;
        }
    }
    if let Some(behind) = addresses.dereference(element.trimmed()).filter(|_| !element.trimmed().is_empty()) {
        element.text = behind;
    }
    if element.name.local == "state" && element.trimmed() == STATE.2 {
        STATE.1.clone_into(&mut element.text);
    }
    element.children.retain(|child| child.name.namespace.as_deref() != Some(NAMESPACE));
    element.children.iter_mut().for_each(|child| undress(child, addresses));
}

/// The namespace that has no declaration of its own further in, and its prefix; none if that is empty.
struct Scope<'s> {
    namespace: &'s str,
    prefix: &'s str,
}

/// Writes an element. With a prefix it is for clients, who have to bear comments and white space.
fn put(element: &Element, scope: &Scope<'_>, depth: usize, text: &mut String) {
    let is_inside = element.name.namespace.as_deref().unwrap_or_default() == scope.namespace;
    let prefix =
        if is_inside && !scope.prefix.is_empty() { format!("{}:", scope.prefix) } else { String::new() };
    let name = format!("{prefix}{}", element.name.local);
    let is_dressed = !scope.prefix.is_empty();
    let inner = Scope { namespace: element.name.namespace.as_deref().unwrap_or_default(), prefix: "" };
    let declared = match (depth, is_dressed) {
        (0, true) => format!(" xmlns:{}=\"{}\"", scope.prefix, escape(scope.namespace)),
        (0, false) => format!(" xmlns=\"{}\"", escape(scope.namespace)),
        _ if !is_inside => format!(" xmlns=\"{}\"", escape(inner.namespace)),
        _ => String::new(),
    };
    let _ = write!(text, "<{name}{declared}");
    attributes(&element.attributes, text);
    if element.children.is_empty() {
        let _ = write!(text, ">{}</{name}>", escape(element.text.as_str()));
        return;
    }
    text.push('>');
    if depth == 0 && is_dressed {
        text.push_str("\n  <!-- shown by a stage: see docs/judging-clients.md -->");
    }
    for child in &element.children {
        if is_dressed {
            text.push('\n');
            text.push_str(&"  ".repeat(depth + 1));
        }
        put(child, if is_inside { scope } else { &inner }, depth + 1, text);
    }
    if is_dressed {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    }
    let _ = write!(text, "</{name}>");
}

fn attributes(all: &[Attribute], text: &mut String) {
    for (at, Attribute { name, value }) in all.iter().enumerate() {
        let value =
            value.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\n', "&#10;");
        let name = match &name.namespace {
            None => name.local.clone(),
            Some(namespace) if namespace == "http://www.w3.org/XML/1998/namespace" => {
                format!("xml:{}", name.local)
            }
            Some(namespace) => {
                format!("xmlns:a{at}=\"{}\" a{at}:{}", escape(namespace.as_str()), name.local)
            }
        };
        let _ = write!(text, " {name}=\"{value}\"");
    }
}
