//! XML as tags and text: quick-xml's events without what does not matter, namespaces resolved.
//!
//! Owns well-formedness beyond what quick-xml checks: no DTD, known entities only, one root. Knows no attribute of CIMI.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::XmlVersion;
use quick_xml::escape::EscapeError;
use quick_xml::events::attributes::{AttrError, Attribute};
use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use quick_xml::{Error, Reader};

/// The namespace of the attributes that bind namespaces.
pub(super) const BINDING: &str = "http://www.w3.org/2000/xmlns/";

/// A stream of tags and text.
pub(super) struct Tokens<'i> {
    text: &'i str,
    reader: Reader<&'i [u8]>,
    names: NamespaceResolver,
    /// The depths of the open elements that bind namespaces.
    binding: Vec<u16>,
    /// How many elements are open.
    pub(super) depth: u16,
    /// Where the last token began, in bytes.
    pub(super) at: usize,
}

/// One token.
pub(super) enum Token<'i> {
    /// The start of an element; an empty element is a start and an end.
    Start(Tag<'i>),
    /// The end of the element that was begun last.
    End,
    /// A piece of character data, references resolved. One text may come in several pieces.
    Text(Cow<'i, str>),
    /// The end of the input.
    Eof,
}

/// The start of an element.
pub(super) struct Tag<'i> {
    start: BytesStart<'i>,
    local: Range<usize>,
    /// Where it began, in bytes.
    pub(super) at: usize,
}

/// An attribute of a tag.
pub(super) struct TagAttribute<'t> {
    /// Its namespace; empty if it has none.
    pub(super) namespace: String,
    /// Its name as it stands there, prefix included.
    pub(super) written: &'t str,
    /// Its local name.
    pub(super) name: &'t str,
    /// Its value, references resolved.
    pub(super) value: Cow<'t, str>,
    /// Where it began, in bytes.
    pub(super) at: usize,
}

/// Why it is not XML, or not as CIMI may have it.
pub(super) struct Malformed {
    /// Where, in bytes.
    pub(super) at: usize,
    /// What is wrong.
    pub(super) message: String,
}

impl<'i> Tokens<'i> {
    /// The tokens of `text`.
    pub(super) fn new(text: &'i str) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.enable_all_checks(true);
        Self { text, reader, names: NamespaceResolver::default(), binding: Vec::new(), depth: 0, at: 0 }
    }

    /// The next token. Comments and processing instructions are passed over.
    pub(super) fn next(&mut self) -> Result<Token<'i>, Malformed> {
        loop {
            self.at = self.offset();
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let at = usize::try_from(self.reader.error_position()).unwrap_or(self.at);
                    return Err(Malformed { at, message: error.to_string() });
                }
            };
            match event {
                Event::Start(start) | Event::Empty(start) => return self.start(start).map(Token::Start),
                Event::End(_) => {
                    if self.binding.last() == Some(&self.depth) {
                        self.binding.pop();
                        self.names.pop();
                    }
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Token::End);
                }
                Event::Text(text) => {
                    let text = text.xml10_content();
                    if text.contains(']') && text.contains("]]>") {
                        return self.malformed("\"]]>\" may not stand in text");
                    }
                    return Ok(Token::Text(text));
                }
                Event::CData(text) => return Ok(Token::Text(text.xml10_content())),
                Event::GeneralRef(reference) => return self.reference(&reference).map(Token::Text),
                Event::Comment(_) | Event::PI(_) => {}
                Event::Decl(declaration) => self.declaration(&declaration)?,
                Event::DocType(_) => return self.malformed("a message carries no DTD"),
                Event::Eof if self.depth > 0 => {
                    let open = self.depth;
                    return self.malformed(format!("the input ends with {open} elements still open"));
                }
                Event::Eof => return Ok(Token::Eof),
            }
        }
    }

    fn offset(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn malformed<T>(&self, message: impl Into<String>) -> Result<T, Malformed> {
        Err(Malformed { at: self.at, message: message.into() })
    }

    fn start(&mut self, start: BytesStart<'i>) -> Result<Tag<'i>, Malformed> {
        self.depth = self.depth.saturating_add(1);
        // To bind reads all attributes, and most elements bind nothing.
        let attributes = start.attributes_raw();
        if attributes.contains('x') && attributes.contains("xmlns") {
            if let Err(error) = self.names.push(&start) {
                return self.malformed(error.to_string());
            }
            self.binding.push(self.depth);
        }
        let name = start.name();
        let whole = name.as_ref().len();
        let local = whole - name.local_name().as_ref().len()..whole;
        Ok(Tag { start, local, at: self.at })
    }

    fn reference(&self, name: &quick_xml::events::BytesRef<'i>) -> Result<Cow<'i, str>, Malformed> {
        match name.resolve_char_ref() {
            Ok(Some(c)) if crate::codec::scalar::is_xml(c) => return Ok(Cow::Owned(c.to_string())),
            Ok(Some(c)) => {
                return self.malformed(format!("U+{:04X} is no character of XML 1.0", u32::from(c)));
            }
            Ok(None) => {}
            Err(error) => return self.malformed(error.to_string()),
        }
        match quick_xml::escape::resolve_xml_entity(name) {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => self.malformed(undefined(name)),
        }
    }

    fn declaration(&self, declaration: &BytesDecl<'i>) -> Result<(), Malformed> {
        if self.at != 0 {
            return self.malformed("an XML declaration stands at the very beginning or nowhere");
        }
        match declaration.version() {
            Ok(version) if version.starts_with("1.") => {}
            Ok(version) => {
                let version = crate::data::Invalid::shown(&version);
                return self.malformed(format!("expected XML 1.0, found version \"{version}\""));
            }
            Err(error) => return self.malformed(error.to_string()),
        }
        match declaration.encoding() {
            None => Ok(()),
            Some(Ok(name)) if ["utf-8", "us-ascii"].iter().any(|ok| name.eq_ignore_ascii_case(ok)) => Ok(()),
            Some(Ok(name)) => {
                let name = crate::data::Invalid::shown(&name);
                self.malformed(format!("expected the encoding UTF-8, found \"{name}\""))
            }
            Some(Err(error)) => self.malformed(error.to_string()),
        }
    }

    /// The namespace of an element that is open; empty if it has none.
    pub(super) fn namespace(&self, tag: &Tag<'i>) -> Result<&str, Malformed> {
        match self.names.resolve_element(tag.start.name()).0 {
            ResolveResult::Bound(namespace) => Ok(namespace.into_inner()),
            ResolveResult::Unbound => Ok(""),
            ResolveResult::Unknown(prefix) => Err(unbound(tag.at, &prefix)),
        }
    }

    /// The namespace that a prefix stands for here.
    pub(super) fn prefix(&self, prefix: &str) -> Option<&str> {
        let name = format!("{prefix}:x");
        match self.names.resolve_element(quick_xml::name::QName(&name)).0 {
            ResolveResult::Bound(namespace) => Some(namespace.into_inner()),
            _ => None,
        }
    }

    /// An attribute of a tag, its name and value looked into.
    pub(super) fn attribute<'t>(
        &self,
        tag: &'t Tag<'i>,
        attribute: Result<Attribute<'t>, AttrError>,
    ) -> Result<TagAttribute<'t>, Malformed> {
        let attribute = match attribute {
            Ok(attribute) => attribute,
            Err(AttrError::Duplicated(at, _)) => {
                let rest = tag.start.get(at..).unwrap_or_default();
                let name = rest.split(|c: char| c == '=' || c.is_ascii_whitespace()).next();
                // Its offset does not count the `<`.
                return Err(Malformed::twice(tag.at + 1 + at, name.unwrap_or_default()));
            }
            Err(error) => return Err(Malformed { at: tag.at, message: error.to_string() }),
        };
        let key = attribute.key;
        let name = key.local_name().into_inner();
        let at = self.offset_of(key.as_ref()).unwrap_or(tag.at);
        if attribute.value.contains('<') {
            return Err(Malformed { at, message: "\"<\" may not stand in the value of an attribute".into() });
        }
        let value = match attribute.normalized_value(XmlVersion::Implicit1_0) {
            Ok(value) => value,
            Err(Error::Escape(EscapeError::UnrecognizedEntity(_, name))) => {
                return Err(Malformed { at, message: undefined(&name) });
            }
            Err(error) => return Err(Malformed { at, message: error.to_string() }),
        };
        // The input as a whole has been looked through; a reference may bring in anything.
        if let Cow::Owned(text) = &value
            && let Some(c) = crate::codec::scalar::not_xml(text)
        {
            let message = format!("U+{:04X} is no character of XML 1.0", u32::from(c));
            return Err(Malformed { at, message });
        }
        let namespace = if key.as_namespace_binding().is_some() {
            BINDING.to_owned()
        } else if key.prefix().is_some() {
            match self.names.resolve_attribute(key).0 {
                ResolveResult::Bound(namespace) => namespace.into_inner().to_owned(),
                ResolveResult::Unbound => String::new(),
                ResolveResult::Unknown(prefix) => return Err(unbound(at, &prefix)),
            }
        } else {
            String::new()
        };
        Ok(TagAttribute { namespace, written: key.into_inner(), name, value, at })
    }

    /// Where a part of the input begins.
    fn offset_of(&self, part: &str) -> Option<usize> {
        let offset = (part.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
        (offset < self.text.len()).then_some(offset)
    }
}

impl Tag<'_> {
    /// Its local name.
    pub(super) fn name(&self) -> &str {
        &self.start.name().into_inner()[self.local.clone()]
    }

    /// Its attributes, as they stand there. Of a tag that is not long quick-xml says if one is there twice.
    pub(super) fn attributes(&self) -> impl Iterator<Item = Result<Attribute<'_>, AttrError>> {
        let mut attributes = self.start.attributes();
        attributes.with_checks(!self.is_long());
        attributes
    }

    /// Whether it may have so many attributes that comparing each with each is no good idea.
    pub(super) fn is_long(&self) -> bool {
        self.start.attributes_raw().len() > 512
    }

    /// Whether it has none, not even one that binds a namespace.
    pub(super) fn is_bare(&self) -> bool {
        self.start.attributes_raw().trim_ascii().is_empty()
    }
}

impl Malformed {
    /// An attribute that is there twice.
    pub(super) fn twice(at: usize, name: &str) -> Self {
        let name = crate::data::Invalid::shown(name);
        Self { at, message: format!("the attribute \"{name}\" is there twice") }
    }
}

fn undefined(entity: &str) -> String {
    let entity = crate::data::Invalid::shown(entity);
    format!("the entity \"{entity}\" is not defined: a message carries no DTD")
}

fn unbound(at: usize, prefix: &str) -> Malformed {
    let prefix = crate::data::Invalid::shown(prefix);
    Malformed { at, message: format!("the prefix \"{prefix}\" stands for no namespace") }
}
