//! Attributes as bytes: a tenth of what they take as values, and single ones are found without reading the others.
//!
//! Owns the form, which never leaves the memory of this process: names are places in a table that the model makes.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Display;
use std::str::FromStr;
use std::sync::LazyLock;

use cimi::foreign::{Element, Node};
use cimi::model::{Attribute, Type, registry};
use cimi::query::{Lookup, Simple};
use cimi::{Attributes, Edition, Map, Name, Reference, Value};

#[cfg(test)]
mod tests;

/// Why reading cannot fail.
const OURS: &str = "what is read was written here";

/// The names that declarations know, and where each is.
static NAMES: LazyLock<(Vec<&'static str>, HashMap<&'static str, usize>)> = LazyLock::new(|| {
    let declared = Edition::ALL.into_iter().flat_map(|edition| registry(edition).iter());
    let mut names = BTreeSet::new();
    declared.for_each(|schema| schema.attributes().iter().for_each(|it| gather(&mut names, it)));
    let names: Vec<_> = names.into_iter().collect();
    let places = names.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    (names, places)
});

/// What follows.
#[derive(Clone, Copy)]
enum Tag {
    Null,
    False,
    True,
    Integer,
    Decimal,
    String,
    DateTime,
    Duration,
    Bytes,
    Map,
    Ref,
    ByValue,
    Structure,
    Array,
    Foreign,
}

impl Tag {
    const ALL: [Self; 15] = [
        Self::Null,
        Self::False,
        Self::True,
        Self::Integer,
        Self::Decimal,
        Self::String,
        Self::DateTime,
        Self::Duration,
        Self::Bytes,
        Self::Map,
        Self::Ref,
        Self::ByValue,
        Self::Structure,
        Self::Array,
        Self::Foreign,
    ];
}

/// Attributes to bytes, behind what is there already.
pub(super) fn write(to: &mut Vec<u8>, attributes: &Attributes) {
    write_number(to, attributes.len() as u64);
    for (name, value) in attributes.iter() {
        if let Some(at) = NAMES.1.get(name) {
            write_number(to, *at as u64 + 1);
        } else {
            write_number(to, 0);
            write_text(to, name);
        }
        write_value(to, value);
    }
}

/// Bytes, to be read.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl<'a> Bytes<'a> {
    /// A number.
    pub(super) fn number(&mut self) -> u64 {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte();
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        number
    }

    /// All attributes.
    pub(super) fn attributes(&mut self) -> Attributes {
        let count = self.length();
        let mut attributes = Attributes::with_capacity(count);
        for _ in 0..count {
            let name = match self.length() {
                0 => Name::from(self.text().to_owned()),
                at => Name::new(NAMES.0[at - 1]),
            };
            let value = self.value();
            attributes.push(name, value);
        }
        attributes
    }

    /// The value of an attribute, as filters look at it.
    pub(super) fn simple_of(self, name: &str) -> Option<Simple<'a>> {
        self.find(name)?.as_simple()
    }

    /// The value of a property.
    pub(super) fn property_of(self, key: &str) -> Option<Cow<'a, str>> {
        let mut entries = self.find("properties")?;
        if !matches!(entries.tag(), Tag::Map) {
            return None;
        }
        let mut entries = (0..entries.length()).map(|_| (entries.text(), entries.text()));
        entries.find(|(known, _)| *known == key).map(|(_, value)| Cow::Borrowed(value))
    }

    /// Goes to the value of an attribute, if there is one.
    fn find(mut self, name: &str) -> Option<Self> {
        let known = NAMES.1.get(name).map_or(0, |at| at + 1);
        for _ in 0..self.length() {
            let found = match self.length() {
                0 => self.text() == name,
                at => at == known,
            };
            if found {
                return Some(self);
            }
            self.skip();
        }
        None
    }

    fn value(&mut self) -> Value {
        match self.tag() {
            Tag::Null => Value::Null,
            Tag::False => Value::Boolean(false),
            Tag::True => Value::Boolean(true),
            Tag::Integer => Value::Integer(self.integer()),
            Tag::Decimal => Value::Decimal(self.parsed()),
            Tag::String => Value::String(self.text().to_owned()),
            Tag::DateTime => Value::DateTime(self.parsed()),
            Tag::Duration => Value::Duration(self.parsed()),
            Tag::Bytes => Value::Bytes(self.bytes().to_vec()),
            Tag::Map => {
                let entries = (0..self.length()).map(|_| (self.text().to_owned(), self.text().to_owned()));
                Value::Map(entries.collect::<Map>())
            }
            Tag::Ref => {
                let href = Some(self.text().to_owned());
                Value::Ref(Reference { href, attributes: self.attributes() })
            }
            Tag::ByValue => Value::Ref(Reference::by_value(self.attributes())),
            Tag::Structure => Value::Structure(self.attributes()),
            Tag::Array => Value::Array((0..self.length()).map(|_| self.value()).collect()),
            Tag::Foreign => Value::Foreign(self.element()),
        }
    }

    fn as_simple(mut self) -> Option<Simple<'a>> {
        Some(match self.tag() {
            Tag::False => Simple::Boolean(false),
            Tag::True => Simple::Boolean(true),
            Tag::Integer => Simple::Integer(self.integer()),
            Tag::Decimal => Simple::Decimal(Cow::Owned(self.parsed())),
            Tag::DateTime => Simple::DateTime(Cow::Owned(self.parsed())),
            Tag::Duration => Simple::Duration(Cow::Owned(self.parsed())),
            Tag::String => match self.text() {
                "" => return None,
                text => Simple::Text(Cow::Borrowed(text)),
            },
            _ => return None,
        })
    }

    fn skip(&mut self) {
        match self.tag() {
            Tag::Null | Tag::False | Tag::True => {}
            Tag::Integer => {
                self.number();
            }
            Tag::Decimal | Tag::String | Tag::DateTime | Tag::Duration | Tag::Bytes => {
                self.bytes();
            }
            Tag::Map => {
                for _ in 0..2 * self.length() {
                    self.bytes();
                }
            }
            Tag::Ref => {
                self.bytes();
                self.skip_attributes();
            }
            Tag::ByValue | Tag::Structure => self.skip_attributes(),
            Tag::Array => (0..self.length()).for_each(|_| self.skip()),
            Tag::Foreign => drop(self.element()),
        }
    }

    fn skip_attributes(&mut self) {
        for _ in 0..self.length() {
            if self.length() == 0 {
                self.bytes();
            }
            self.skip();
        }
    }

    fn element(&mut self) -> Element {
        let (namespace, name) = (self.text().to_owned(), self.text().to_owned());
        let attributes = (0..self.length())
            .map(|_| (self.text().to_owned(), self.text().to_owned(), self.text().to_owned()))
            .collect();
        let children = (0..self.length()).map(|_| match self.byte() {
            0 => Node::Text(self.text().to_owned()),
            _ => Node::Element(self.element()),
        });
        let children = children.collect();
        Element { namespace, name, attributes, children }
    }

    fn integer(&mut self) -> i64 {
        let number = self.number();
        (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
    }

    fn parsed<T: FromStr>(&mut self) -> T {
        self.text().parse().ok().expect(OURS)
    }

    fn text(&mut self) -> &'a str {
        std::str::from_utf8(self.bytes()).expect(OURS)
    }

    fn bytes(&mut self) -> &'a [u8] {
        let length = self.length();
        let (bytes, rest) = self.0.split_at_checked(length).expect(OURS);
        self.0 = rest;
        bytes
    }

    fn length(&mut self) -> usize {
        usize::try_from(self.number()).expect(OURS)
    }

    fn tag(&mut self) -> Tag {
        Tag::ALL[usize::from(self.byte())]
    }

    fn byte(&mut self) -> u8 {
        let (byte, rest) = self.0.split_first().expect(OURS);
        self.0 = rest;
        *byte
    }
}

impl Lookup for Bytes<'_> {
    fn simple(&self, name: &str) -> Option<Simple<'_>> {
        (*self).simple_of(name)
    }

    fn property(&self, key: &str) -> Option<Cow<'_, str>> {
        (*self).property_of(key)
    }
}

/// A number: seven bits a byte, the lowest first.
pub(super) fn write_number(to: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            return to.push(low);
        }
        to.push(low | 0x80);
    }
}

fn write_value(to: &mut Vec<u8>, value: &Value) {
    let mut tagged = |tag: Tag| to.push(tag as u8);
    match value {
        Value::Null => tagged(Tag::Null),
        Value::Boolean(false) => tagged(Tag::False),
        Value::Boolean(true) => tagged(Tag::True),
        Value::Integer(number) => {
            tagged(Tag::Integer);
            write_number(to, ((number << 1) ^ (number >> 63)).cast_unsigned());
        }
        Value::Decimal(number) => write_shown(to, Tag::Decimal, number),
        Value::String(text) => write_shown(to, Tag::String, text),
        Value::DateTime(time) => write_shown(to, Tag::DateTime, time),
        Value::Duration(duration) => write_shown(to, Tag::Duration, duration),
        Value::Bytes(bytes) => {
            tagged(Tag::Bytes);
            write_bytes(to, bytes);
        }
        Value::Map(map) => {
            tagged(Tag::Map);
            write_number(to, map.len() as u64);
            for (key, value) in map {
                write_text(to, key);
                write_text(to, value);
            }
        }
        Value::Ref(Reference { href, attributes }) => {
            tagged(if href.is_some() { Tag::Ref } else { Tag::ByValue });
            if let Some(href) = href {
                write_text(to, href);
            }
            write(to, attributes);
        }
        Value::Structure(fields) => {
            tagged(Tag::Structure);
            write(to, fields);
        }
        Value::Array(items) => {
            tagged(Tag::Array);
            write_number(to, items.len() as u64);
            for item in items {
                write_value(to, item);
            }
        }
        Value::Foreign(element) => {
            tagged(Tag::Foreign);
            write_element(to, element);
        }
    }
}

fn write_shown(to: &mut Vec<u8>, tag: Tag, value: &dyn Display) {
    to.push(tag as u8);
    write_text(to, &value.to_string());
}

fn write_element(to: &mut Vec<u8>, element: &Element) {
    write_text(to, &element.namespace);
    write_text(to, &element.name);
    write_number(to, element.attributes.len() as u64);
    for (namespace, name, value) in &element.attributes {
        for text in [namespace, name, value] {
            write_text(to, text);
        }
    }
    write_number(to, element.children.len() as u64);
    for child in &element.children {
        match child {
            Node::Text(text) => {
                to.push(0);
                write_text(to, text);
            }
            Node::Element(element) => {
                to.push(1);
                write_element(to, element);
            }
        }
    }
}

fn write_text(to: &mut Vec<u8>, text: &str) {
    write_bytes(to, text.as_bytes());
}

fn write_bytes(to: &mut Vec<u8>, bytes: &[u8]) {
    write_number(to, bytes.len() as u64);
    to.extend_from_slice(bytes);
}

fn gather(names: &mut BTreeSet<&'static str>, attribute: &Attribute) {
    names.insert(attribute.name);
    let mut ty = attribute.ty;
    while let Type::Array(item) = ty {
        ty = item.ty;
    }
    if let Type::Structure(structure) = ty {
        structure.fields.iter().for_each(|field| gather(names, field));
    }
}
