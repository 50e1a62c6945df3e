//! XML to a document: the way in.
//!
//! Owns the choice of the type, and what may stand around the root element.

use std::borrow::Cow;

use super::session::{Notes, Read, Session};
use super::tags::Place;
use super::tokens::{Tag, Token, Tokens};
use crate::codec::fields::Fields;
use crate::codec::root::Root;
use crate::codec::{Context, Decoded, Reader, scalar};
use crate::data::Invalid;
use crate::document::Document;
use crate::edition::Edition;
use crate::finding::Code;
use crate::model::registry;
use crate::value::Attributes;

/// The root element of every collection (5.5.12).
const COLLECTION: &str = "Collection";

/// Reads a document from XML.
pub fn read(bytes: &[u8], context: &Context<'_>) -> Decoded {
    let mut notes = Notes::new(context);
    let Some(text) = check(bytes, context, &mut notes) else {
        return Decoded { document: None, findings: notes.finish(bytes) };
    };
    let home = Cow::Borrowed(context.edition.namespace());
    let mut session = Session { context, tokens: Tokens::new(text), notes, home };
    let document = session.document().ok();
    Decoded { document, findings: session.notes.finish(text.as_bytes()) }
}

/// The input as text, if it is text that XML can be.
fn check<'i>(bytes: &'i [u8], context: &Context<'_>, notes: &mut Notes) -> Option<&'i str> {
    let limit = context.limits.document_bytes;
    if bytes.len() > limit {
        notes.report(Code::Limit, 0, || format!("expected at most {limit} bytes, found {}", bytes.len()));
        return None;
    }
    if bytes.starts_with(b"\xFE\xFF") || bytes.starts_with(b"\xFF\xFE") {
        notes.report(Code::Syntax, 0, || "not XML: expected the encoding UTF-8, found UTF-16".into());
        return None;
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            notes.report(Code::Syntax, error.valid_up_to(), || "not XML: this is not UTF-8".into());
            return None;
        }
    };
    if let Some(c) = scalar::not_xml(text) {
        let at = text.find(c).unwrap_or(0);
        notes.report(Code::Syntax, at, || {
            format!("not XML: U+{:04X} is no character of XML 1.0", u32::from(c))
        });
        return None;
    }
    Some(text)
}

impl<'i> Session<'_, 'i> {
    fn document(&mut self) -> Read<Document> {
        let tag = self.first_tag()?;
        let root = self.root(&tag)?;
        if let Some(wrong) = root.wrong {
            self.report(Code::WrongResource, tag.at, || wrong);
        }
        let fields = Fields::of_schema(root.schema, self.context.extensions);
        let mut attributes = Attributes::with_capacity(16);
        self.tag_attributes(&tag, fields, Place::Root, &mut attributes)?;
        let between = self.children(&tag, fields, &mut attributes)?;
        self.stray(&between.text, between.at);
        self.nothing_more()?;
        Ok(Document { schema: root.schema, foreign_type: root.foreign, attributes })
    }

    fn first_tag(&mut self) -> Read<Tag<'i>> {
        loop {
            match self.next()? {
                Token::Start(tag) => return Ok(tag),
                Token::Text(text) if scalar::trim(&text).is_empty() => {}
                Token::Text(_) | Token::End => {
                    let at = self.tokens.at;
                    return self.stop(Code::Syntax, at, || "not XML: expected an element, found text".into());
                }
                Token::Eof => {
                    let at = self.tokens.at;
                    return self
                        .stop(Code::Syntax, at, || "not XML: expected an element, found the end".into());
                }
            }
        }
    }

    fn nothing_more(&mut self) -> Read<()> {
        loop {
            match self.next()? {
                Token::Eof => return Ok(()),
                Token::Text(text) if scalar::trim(&text).is_empty() => {}
                _ => {
                    let at = self.tokens.at;
                    return self.stop(Code::Syntax, at, || {
                        "not XML: expected the end behind the root element, found more".into()
                    });
                }
            }
        }
    }

    /// The type of the document: by its element (5.4), for a collection by its `resourceURI` (5.5.12).
    fn root(&mut self, tag: &Tag<'i>) -> Read<Root> {
        let context = self.context;
        let namespace = self.tokens.namespace(tag).map(str::to_owned);
        let namespace = self.sound(namespace)?;
        let edition = context.edition.namespace();
        if namespace.is_empty() {
            // The text itself prints a PUT so (4.2.1.3.1).
            self.report(Code::Style, tag.at, || format!("expected xmlns=\"{edition}\", found no namespace"));
            self.home = Cow::Borrowed("");
        }
        if Edition::of_namespace(&namespace).is_some() {
            // That it is the other edition's is said once, of the root.
            self.home = Cow::Owned(namespace.clone());
        }
        let space = if namespace.is_empty() { edition } else { namespace.as_str() };
        let says =
            self.attributes(tag)?.into_iter().find(|a| a.namespace.is_empty() && a.name == "resourceURI");
        let says = says.map(|attribute| (scalar::trim(&attribute.value).to_owned(), attribute.at));
        if tag.name() == COLLECTION && space == edition {
            return self.collection(tag, says.map(|(uri, _)| uri));
        }
        let uri = format!("{space}/{}", tag.name());
        if let Some((says, at)) = says
            && says != uri
        {
            self.report(Code::WrongValue, at, || {
                format!("expected \"{uri}\", found \"{}\"", Invalid::shown(&says))
            });
        }
        let root = Root::of_uri(&uri, context);
        if root.foreign.is_none() && root.schema.is_collection() {
            self.report(Code::Style, tag.at, || format!("expected <{COLLECTION}>, found <{}>", tag.name()));
        }
        Ok(root)
    }

    fn collection(&mut self, tag: &Tag<'i>, uri: Option<String>) -> Read<Root> {
        if let Some(uri) = uri {
            return Ok(Root::of_uri(&uri, self.context));
        }
        let expected = self.context.expected.iter().find(|schema| schema.is_collection());
        match expected.and_then(|schema| registry(self.context.edition).get(schema.name())) {
            Some(schema) => {
                if self.context.reader == Reader::Consumer {
                    self.report(Code::Missing, tag.at, || {
                        format!("expected resourceURI=\"{}\", found none", schema.uri)
                    });
                }
                Ok(Root { schema, foreign: None, wrong: None })
            }
            None => self.stop(Code::WrongResource, tag.at, || {
                "expected a resourceURI that says of what type the members are (DSP0263 4.1.4)".into()
            }),
        }
    }
}
