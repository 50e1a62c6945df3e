//! Elements that nobody declared, kept as they are (DSP0263 5.3).
//!
//! Owns reading them into [`Element`] and writing that again.

use std::collections::HashSet;

use super::output::Output;
use super::session::{Read, Session};
use super::tokens::{Tag, Token};
use super::{XML, is_name};
use crate::data::Invalid;
use crate::finding::Code;
use crate::foreign::{Element, Node};

impl<'i> Session<'_, 'i> {
    /// The whole of an element whose tag has been read.
    pub(super) fn foreign(&mut self, tag: &Tag<'i>) -> Read<Element> {
        let namespace = self.tokens.namespace(tag).map(str::to_owned);
        let namespace = self.sound(namespace)?;
        self.check_name(tag.name(), tag.at)?;
        let mut attributes = Vec::new();
        let mut seen = HashSet::new();
        for attribute in self.attributes(tag)? {
            self.check_name(attribute.name, attribute.at)?;
            if seen.insert((attribute.namespace.clone(), attribute.name)) {
                let value = attribute.value.into_owned();
                attributes.push((attribute.namespace, attribute.name.to_owned(), value));
            } else {
                self.duplicate(attribute.at);
            }
        }
        let mut element =
            Element { namespace, name: tag.name().to_owned(), attributes, children: Vec::new() };
        loop {
            match self.next()? {
                Token::Start(child) => {
                    let child = self.foreign(&child)?;
                    element.children.push(Node::Element(child));
                }
                Token::Text(text) => match element.children.last_mut() {
                    Some(Node::Text(before)) => before.push_str(&text),
                    _ => element.children.push(Node::Text(text.into_owned())),
                },
                Token::End | Token::Eof => return Ok(element),
            }
        }
    }

    fn check_name(&mut self, name: &str, at: usize) -> Read<()> {
        if is_name(name) {
            return Ok(());
        }
        self.stop(Code::Syntax, at, || format!("not XML: \"{}\" is no name", Invalid::shown(name)))
    }
}

impl Output {
    /// An element with all that is in it; `around` is the namespace that names without a prefix have there, if known.
    pub(super) fn foreign(&mut self, element: &Element, around: Option<&str>) {
        let Element { namespace, name, attributes, children } = element;
        self.begin(name);
        if around != Some(namespace) {
            self.attribute("xmlns", namespace);
        }
        for (at, (namespace, name, value)) in attributes.iter().enumerate() {
            match namespace.as_str() {
                "" => self.attribute(name, value),
                XML => self.attribute(&format!("xml:{name}"), value),
                _ => {
                    self.attribute(&format!("xmlns:a{at}"), namespace);
                    self.attribute(&format!("a{at}:{name}"), value);
                }
            }
        }
        let inside = self.open();
        for child in children {
            match child {
                Node::Element(child) => self.foreign(child, Some(namespace)),
                Node::Text(text) => self.text(text),
            }
        }
        self.close(&inside, name);
    }
}
