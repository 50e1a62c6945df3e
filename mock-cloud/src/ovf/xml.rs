//! XML as a tree, from bytes and to bytes.
//!
//! Owns well-formedness, namespaces and the limits on the input: no DTD, hence no entities but XML's own. Knows no element
//! of OVF.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use quick_xml::{Reader, XmlVersion};

use super::error::{OvfError, shown};
use super::limits;

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Its namespace; empty if it has none.
    pub(super) namespace: String,
    /// Its local name.
    pub(super) name: String,
    /// Its attributes, without those that bind namespaces.
    pub(super) attributes: Vec<Attribute>,
    /// The elements in it.
    pub(super) children: Vec<Self>,
    /// The text in it, all pieces together.
    pub(super) text: String,
    /// Where it begins, in bytes.
    pub(super) at: usize,
}

/// An attribute.
#[derive(Debug)]
pub(super) struct Attribute {
    /// Its namespace; empty if it has none.
    pub(super) namespace: String,
    /// Its local name.
    pub(super) name: String,
    /// Its value.
    pub(super) value: String,
}

impl Element {
    /// The elements of a name in it that are of its own namespace: others may have the same names.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name && child.namespace == self.namespace)
    }

    /// The first of them.
    pub(super) fn first(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name && child.namespace == self.namespace)
    }

    /// The text of the first of them; none if it is blank.
    pub(super) fn text_of(&self, name: &str) -> Option<String> {
        self.first(name).and_then(Self::words)
    }

    /// The text in it, without the white space around it; none if it is blank.
    pub(super) fn words(&self) -> Option<String> {
        let text = self.text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// An attribute in the element's own namespace, or in none: tools write either.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let of = |namespace: &str| self.attribute_of(namespace, name);
        of(&self.namespace).or_else(|| of(""))
    }

    /// An attribute of a namespace.
    pub(super) fn attribute_of(&self, namespace: &str, name: &str) -> Option<&str> {
        let is_it = |attribute: &&Attribute| attribute.name == name && attribute.namespace == namespace;
        self.attributes.iter().find(is_it).map(|attribute| attribute.value.as_str())
    }
}

/// Reads a document.
pub(super) fn read(bytes: &[u8]) -> Result<(&str, Element), OvfError> {
    if bytes.len() > limits::DESCRIPTOR_BYTES {
        return Err(OvfError::new(format!(
            "The OVF descriptor has {} bytes; up to {} are read.",
            bytes.len(),
            limits::DESCRIPTOR_BYTES
        )));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
        OvfError::at(&before, before.len(), "found bytes that are not UTF-8; expected XML in UTF-8")
    })?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    Ok((text, Tree::new(text).read()?))
}

/// A tree that grows.
struct Tree<'i> {
    text: &'i str,
    reader: Reader<&'i [u8]>,
    names: NamespaceResolver,
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
    at: usize,
}

impl<'i> Tree<'i> {
    fn new(text: &'i str) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.enable_all_checks(true);
        let names = NamespaceResolver::default();
        Self { text, reader, names, open: Vec::new(), root: None, elements: 0, at: 0 }
    }

    fn read(mut self) -> Result<Element, OvfError> {
        loop {
            self.at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
            let event = self.reader.read_event().map_err(|error| {
                let at = usize::try_from(self.reader.error_position()).unwrap_or(self.at);
                OvfError::at(self.text, at, format!("this is no XML: {error}"))
            })?;
            match event {
                Event::Start(start) | Event::Empty(start) => self.start(&start)?,
                Event::End(_) => self.end(),
                Event::Text(text) => self.chars(&text.xml10_content())?,
                Event::CData(text) => self.chars(&text.xml10_content())?,
                Event::GeneralRef(reference) => {
                    let text = match reference.resolve_char_ref() {
                        Ok(Some(c)) if is_xml(c) => Cow::Owned(c.to_string()),
                        Ok(None) => match quick_xml::escape::resolve_xml_entity(&reference) {
                            Some(text) => Cow::Borrowed(text),
                            None => return self.undefined(&reference),
                        },
                        _ => return self.undefined(&reference),
                    };
                    self.chars(&text)?;
                }
                Event::Comment(_) | Event::PI(_) => {}
                Event::Decl(declaration) => {
                    let encoding = declaration.encoding().and_then(Result::ok);
                    if let Some(encoding) = encoding
                        && !["utf-8", "utf8", "us-ascii"].iter().any(|ok| encoding.eq_ignore_ascii_case(ok))
                    {
                        let encoding = shown(&encoding);
                        return self.wrong(format!("found the encoding {encoding}; expected UTF-8"));
                    }
                }
                Event::DocType(_) => {
                    return self
                        .wrong("found a DTD; a descriptor has none, and its entities are not expanded");
                }
                Event::Eof => return self.finish(),
            }
        }
    }

    fn finish(self) -> Result<Element, OvfError> {
        if let Some(open) = self.open.last() {
            let message = format!("the input ends inside <{}>; it may have been cut off", shown(&open.name));
            return Err(OvfError::at(self.text, self.text.len(), message));
        }
        self.root.ok_or_else(|| {
            OvfError::at(self.text, self.text.len(), "found nothing; expected an element <Envelope>")
        })
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), OvfError> {
        self.elements += 1;
        if self.elements > limits::ELEMENTS {
            return self.wrong(format!("found more than {} elements", limits::ELEMENTS));
        }
        if self.open.len() >= limits::DEPTH {
            return self.wrong(format!("found more than {} elements inside each other", limits::DEPTH));
        }
        if self.root.is_some() {
            return self.wrong("found a second root element; expected the end");
        }
        self.names.push(start).or_else(|error| self.wrong(error.to_string()))?;
        let namespace = match self.names.resolve_element(start.name()).0 {
            ResolveResult::Bound(namespace) => namespace.into_inner().to_owned(),
            ResolveResult::Unbound => String::new(),
            ResolveResult::Unknown(prefix) => return self.unbound(&prefix),
        };
        let name = start.name().local_name().into_inner().to_owned();
        let attributes = self.attributes(start)?;
        let at = self.at;
        self.open.push(Element { namespace, name, attributes, at, ..Element::default() });
        Ok(())
    }

    fn attributes(&self, start: &BytesStart<'_>) -> Result<Vec<Attribute>, OvfError> {
        let mut attributes = Vec::new();
        for (number, attribute) in start.attributes().with_checks(false).enumerate() {
            if number >= limits::ATTRIBUTES {
                return self.wrong(format!("found more than {} attributes", limits::ATTRIBUTES));
            }
            let attribute = attribute.or_else(|error| self.wrong(error.to_string()))?;
            let key = attribute.key;
            if key.as_namespace_binding().is_some() {
                continue;
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .or_else(|error| self.wrong(format!("an attribute is wrong: {error}")))?;
            if value.len() > limits::TEXT_BYTES {
                return self.wrong(format!("found an attribute of more than {} bytes", limits::TEXT_BYTES));
            }
            let namespace = match (key.prefix(), self.names.resolve_attribute(key).0) {
                (None, _) | (_, ResolveResult::Unbound) => String::new(),
                (_, ResolveResult::Bound(namespace)) => namespace.into_inner().to_owned(),
                (_, ResolveResult::Unknown(prefix)) => return self.unbound(&prefix),
            };
            let name = key.local_name().into_inner().to_owned();
            if attributes.iter().any(|a: &Attribute| a.name == name && a.namespace == namespace) {
                return self.wrong(format!("the attribute {} is there twice", shown(&name)));
            }
            attributes.push(Attribute { namespace, name, value: value.into_owned() });
        }
        Ok(attributes)
    }

    fn end(&mut self) {
        self.names.pop();
        let Some(element) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn chars(&mut self, text: &str) -> Result<(), OvfError> {
        match self.open.last_mut() {
            Some(element) if element.text.len() + text.len() <= limits::TEXT_BYTES => {
                element.text.push_str(text);
                Ok(())
            }
            Some(_) => self.wrong(format!("found a text of more than {} bytes", limits::TEXT_BYTES)),
            None if text.trim().is_empty() => Ok(()),
            None => self.wrong(format!("found `{}`; expected an element <Envelope>", shown(text.trim()))),
        }
    }

    fn wrong<T>(&self, message: impl Into<String>) -> Result<T, OvfError> {
        Err(OvfError::at(self.text, self.at, message))
    }

    fn undefined<T>(&self, entity: &str) -> Result<T, OvfError> {
        self.wrong(format!("the entity &{}; is not defined: a descriptor has no DTD", shown(entity)))
    }

    fn unbound<T>(&self, prefix: &str) -> Result<T, OvfError> {
        self.wrong(format!("the prefix {} stands for no namespace", shown(prefix)))
    }
}

/// Whether XML 1.0 can carry a character.
const fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// A document that is written, indented for people.
#[derive(Debug)]
pub(super) struct Output {
    text: String,
    open: Vec<&'static str>,
}

impl Output {
    /// A document of which nothing but the declaration is written.
    pub(super) fn new() -> Self {
        Self { text: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(), open: Vec::new() }
    }

    /// An element with what `inside` writes into it.
    pub(super) fn element(
        &mut self,
        name: &'static str,
        attributes: &[(&str, Option<&str>)],
        inside: impl FnOnce(&mut Self),
    ) {
        self.tag(name, attributes);
        self.text.push('>');
        let before = self.text.len();
        self.text.push('\n');
        self.open.push(name);
        inside(self);
        self.open.pop();
        if self.text.len() == before + 1 {
            self.text.truncate(before - 1);
            self.text.push_str("/>\n");
            return;
        }
        self.indent();
        self.close(name);
    }

    /// An element with text only.
    pub(super) fn simple(&mut self, name: &'static str, attributes: &[(&str, Option<&str>)], text: &str) {
        self.tag(name, attributes);
        self.text.push('>');
        self.escaped(text);
        self.close(name);
    }

    /// An element with text only, if there is one.
    pub(super) fn optional(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.simple(name, &[], text);
        }
    }

    /// The bytes.
    pub(super) fn finish(self) -> Vec<u8> {
        self.text.into_bytes()
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, Option<&str>)]) {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        for (name, value) in attributes {
            let Some(value) = value else { continue };
            self.text.push(' ');
            self.text.push_str(name);
            self.text.push_str("=\"");
            self.escaped(value);
            self.text.push('"');
        }
    }

    fn close(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    fn indent(&mut self) {
        for _ in 0..self.open.len() {
            self.text.push_str("  ");
        }
    }

    /// Text with references for what would not come back as it is. What XML cannot carry becomes U+FFFD.
    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                '\t' => self.text.push_str("&#9;"),
                '\n' => self.text.push_str("&#10;"),
                '\r' => self.text.push_str("&#13;"),
                c if is_xml(c) => self.text.push(c),
                _ => self.text.push('\u{FFFD}'),
            }
        }
    }
}
