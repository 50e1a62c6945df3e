//! XML that no declaration describes, kept so that a PUT can echo what it did not understand (DSP0263 5.3, 4.2.1.3).
//!
//! Owns the tree only; reading and writing it is the XML codec's.

/// An element with everything in it but comments and processing instructions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its namespace; empty if it has none.
    pub namespace: String,
    /// Its local name.
    pub name: String,
    /// Its attributes in order: namespace (empty if none), local name, value.
    pub attributes: Vec<(String, String, String)>,
    /// Its children in order.
    pub children: Vec<Node>,
}

/// A child of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Character data, references resolved.
    Text(String),
}

impl Element {
    /// All character data directly inside.
    pub fn text(&self) -> String {
        self.children
            .iter()
            .filter_map(|child| match child {
                Node::Text(text) => Some(text.as_str()),
                Node::Element(_) => None,
            })
            .collect()
    }
}
