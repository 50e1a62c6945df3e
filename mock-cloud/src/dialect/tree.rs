//! A painted document, before it is JSON or XML.
//!
//! Owns the shape that both writers share.

use serde_json::Value;

use super::picture::Place;

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Null,
    Text(String),
    /// A number or a truth.
    Plain(Value),
    Map(Vec<(String, String)>),
    Group(Group),
    List(Vec<Tree>),
}

/// A structure.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) parts: Vec<Part>,
    /// The order in JSON, where it is not that of the parts.
    pub(super) json: &'static [&'static str],
}

/// An attribute of a structure.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) element: &'static str,
    pub(super) place: Place,
    pub(super) tree: Tree,
}

impl Group {
    /// A reference.
    pub(super) fn link(href: String) -> Self {
        let part = Part { name: "href", element: "href", place: Place::Attribute, tree: Tree::Text(href) };
        Self { parts: vec![part], json: &[] }
    }

    /// The text of an attribute, where it is one.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.parts.iter().find(|part| part.name == name).and_then(|part| match &part.tree {
            Tree::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Leaves only the attributes of these names.
    pub(super) fn keep(&mut self, names: &[&str]) {
        self.parts.retain(|part| names.contains(&part.name));
    }
}
