//! XML 1.0 with namespaces as it stood: elements, attributes in order, text, places. No DTD and no external entity.

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;
use quick_xml::{Error, XmlVersion};

use super::{MAX_DEPTH, MAX_NODES, Position, TreeError};

/// An element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Where its tag starts.
    pub at: Position,
    /// Its name.
    pub name: Name,
    /// Its attributes in order, declarations of namespaces left out.
    pub attributes: Vec<Attribute>,
    /// Its elements, in order.
    pub children: Vec<Element>,
    /// Its own text: all character data directly in it, put together.
    pub text: String,
}

/// A name and the namespace it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The namespace; none for unprefixed attributes, and for elements outside all.
    pub namespace: Option<String>,
    /// The local part.
    pub local: String,
}

/// An attribute of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: Name,
    /// Its value.
    pub value: String,
}

impl Element {
    /// Reads one document and hands its root over.
    ///
    /// # Errors
    /// Where the text stops being well-formed, holds a DTD, or passes a limit.
    pub fn read(text: &str) -> Result<Self, TreeError> {
        Builder::new(text).read()
    }

    /// The value of an attribute outside all namespaces.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|a| a.name.namespace.is_none() && a.name.local == name);
        found.map(|a| a.value.as_str())
    }

    /// The elements of a local name.
    pub fn named<'e>(&'e self, local: &'e str) -> impl Iterator<Item = &'e Self> {
        self.children.iter().filter(move |child| child.name.local == local)
    }

    /// The text without the blanks around it.
    pub fn trimmed(&self) -> &str {
        self.text.trim_matches([' ', '\t', '\n', '\r'])
    }
}

struct Builder<'t> {
    text: &'t str,
    reader: NsReader<&'t [u8]>,
    open: Vec<Element>,
    root: Option<Element>,
    nodes: usize,
    /// The place of `offset`, moved along as reading goes on.
    place: Position,
    offset: usize,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        let reader = NsReader::from_str(text);
        Self { text, reader, open: Vec::new(), root: None, nodes: 0, place: Position::START, offset: 0 }
    }

    /// The place of a byte that is not before the last one asked for.
    fn position(&mut self, offset: usize) -> Position {
        let end = offset.clamp(self.offset, self.text.len());
        for byte in &self.text.as_bytes()[self.offset..end] {
            self.place = self.place.after(*byte);
        }
        self.offset = end;
        self.place
    }

    fn here(&mut self) -> Position {
        let offset = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
        self.position(offset)
    }

    fn read(mut self) -> Result<Element, TreeError> {
        loop {
            let at = self.here();
            match self.reader.read_event() {
                Ok(Event::Start(start)) => {
                    let element = self.element(&start, at)?;
                    self.open.push(element);
                    if self.open.len() > MAX_DEPTH {
                        return Err(TreeError::new(at, format!("more than {MAX_DEPTH} levels")));
                    }
                }
                Ok(Event::Empty(start)) => {
                    let element = self.element(&start, at)?;
                    self.close(element, at)?;
                }
                Ok(Event::End(_)) => {
                    let element =
                        self.open.pop().ok_or_else(|| TreeError::new(at, "an end tag without its start"))?;
                    self.close(element, at)?;
                }
                Ok(Event::Text(text)) => self.characters(&text.xml_content(XmlVersion::Explicit1_0), at)?,
                Ok(Event::CData(text)) => self.characters(&text.xml_content(XmlVersion::Explicit1_0), at)?,
                Ok(Event::GeneralRef(reference)) => {
                    let text = entity(&reference, at)?;
                    self.characters(&text, at)?;
                }
                Ok(Event::DocType(_)) => {
                    return Err(TreeError::new(at, "a document type declaration, which is refused"));
                }
                Ok(Event::Comment(_) | Event::PI(_) | Event::Decl(_)) => {}
                Ok(Event::Eof) => break,
                Err(error) => return Err(self.syntax(&error)),
            }
        }
        let end = self.position(self.text.len());
        if let Some(open) = self.open.pop() {
            return Err(TreeError::new(
                end,
                format!("the end of the text, with <{}> of {} still open", open.name.local, open.at),
            ));
        }
        self.root.ok_or_else(|| TreeError::new(end, "expected an element, found none"))
    }

    fn syntax(&mut self, error: &Error) -> TreeError {
        let offset = usize::try_from(self.reader.error_position()).unwrap_or(usize::MAX);
        let at = self.position(offset);
        TreeError::new(at, error.to_string())
    }

    fn element(&mut self, start: &BytesStart<'_>, at: Position) -> Result<Element, TreeError> {
        self.nodes += 1;
        let name = name(self.reader.resolver().resolve_element(start.name()), at)?;
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|e| TreeError::new(at, format!("in the start tag: {e}")))?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            self.nodes += 1;
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map_err(|e| TreeError::new(at, format!("in an attribute: {e}")))?;
            let name = self::name(self.reader.resolver().resolve_attribute(attribute.key), at)?;
            attributes.push(Attribute { name, value: value.into_owned() });
        }
        if self.nodes > MAX_NODES {
            return Err(TreeError::new(at, format!("more than {MAX_NODES} elements and attributes")));
        }
        Ok(Element { at, name, attributes, children: Vec::new(), text: String::new() })
    }

    fn close(&mut self, element: Element, at: Position) -> Result<(), TreeError> {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None if self.root.is_none() => self.root = Some(element),
            None => return Err(TreeError::new(at, "a second root element")),
        }
        Ok(())
    }

    fn characters(&mut self, text: &str, at: Position) -> Result<(), TreeError> {
        match self.open.last_mut() {
            Some(parent) => parent.text.push_str(text),
            None if text.trim_start_matches('\u{feff}').trim().is_empty() => {}
            None => return Err(TreeError::new(at, "text outside the root element")),
        }
        Ok(())
    }
}

fn name(
    (namespace, local): (ResolveResult<'_>, quick_xml::name::LocalName<'_>),
    at: Position,
) -> Result<Name, TreeError> {
    let namespace = match namespace {
        ResolveResult::Bound(namespace) => Some(namespace.as_ref().to_owned()),
        ResolveResult::Unbound => None,
        ResolveResult::Unknown(prefix) => {
            return Err(TreeError::new(
                at,
                format!("the prefix `{}` is bound to no namespace", String::from_utf8_lossy(prefix.as_ref())),
            ));
        }
    };
    Ok(Name { namespace, local: local.as_ref().to_owned() })
}

/// The text of a reference: a character, or one of the five that XML itself defines.
fn entity(reference: &BytesRef<'_>, at: Position) -> Result<String, TreeError> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Ok(character.to_string());
    }
    let name: &str = reference.as_ref();
    let text = match name {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "apos" => "'",
        "quot" => "\"",
        _ => return Err(TreeError::new(at, format!("the entity `&{name};` is not defined"))),
    };
    Ok(text.to_owned())
}
