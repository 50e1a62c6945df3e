//! What is inside an element: attributes of resources, references and structures, items of arrays and maps.
//!
//! Owns how elements are matched with declarations, wrapped or flat (DSP0263 5.5.7, 5.5.11, 5.5.12).

use std::borrow::Cow;

use super::UNDECLARED;
use super::session::{Read, Session};
use super::tags::{Place, Tagged};
use super::tokens::{Tag, Token};
use crate::codec::fields::{Fields, Form, Found, Part, Source};
use crate::codec::scalar;
use crate::data::Invalid;
use crate::finding::Code;
use crate::model::{Attribute, Layout, Schema, Structure, Type, registry};
use crate::value::{Attributes, Map, Name, Reference, Value};

/// Text that stands between child elements.
pub(super) struct Between<'i> {
    /// All of it; empty if it is blank.
    pub(super) text: Cow<'i, str>,
    /// Where it begins, in bytes.
    pub(super) at: usize,
}

impl<'c, 'i> Session<'c, 'i> {
    /// Reads the child elements of an element as attributes, up to its end. Gives the text that stands between them.
    pub(super) fn children(
        &mut self,
        tag: &Tag<'i>,
        fields: Fields<'c>,
        attributes: &mut Attributes,
    ) -> Read<Between<'i>> {
        let mut cursor = 0;
        let mut count = 0;
        let mut between = Between { text: Cow::Borrowed(""), at: tag.at };
        loop {
            match self.next()? {
                Token::Start(child) => {
                    count += 1;
                    let limit = self.context.limits.attributes.max(self.context.limits.items);
                    if count > limit {
                        return self
                            .stop(Code::Limit, child.at, || format!("expected at most {limit} elements"));
                    }
                    self.child(&child, fields, &mut cursor, attributes)?;
                }
                Token::Text(piece) if scalar::trim(&piece).is_empty() && between.text.is_empty() => {}
                Token::Text(piece) => {
                    if between.text.is_empty() {
                        between.at = self.tokens.at;
                    }
                    self.append(&mut between.text, piece, tag.at)?;
                }
                Token::End | Token::Eof => return Ok(between),
            }
        }
    }

    fn child(
        &mut self,
        child: &Tag<'i>,
        fields: Fields<'c>,
        cursor: &mut usize,
        attributes: &mut Attributes,
    ) -> Read<()> {
        if self.is_home(child)? {
            return match fields.element(child.name(), cursor) {
                Some((found, form)) => self.declared(child, fields, found, form, attributes),
                None => self.undeclared(child, fields, attributes),
            };
        }
        let namespace =
            self.tokens.namespace(child).map(|namespace| fields.extension(namespace, child.name()));
        match self.sound(namespace)? {
            Some(found) => {
                let Source::Extension(namespace) = found.source else { return self.skip() };
                let outer = std::mem::replace(&mut self.home, Cow::Owned(namespace.to_owned()));
                let form = Form { part: Part::Whole, is_usual: true };
                let read = self.declared(child, fields, found, form, attributes);
                self.home = outer;
                read
            }
            None => self.undeclared(child, fields, attributes),
        }
    }

    fn declared(
        &mut self,
        child: &Tag<'i>,
        fields: Fields<'c>,
        found: Found<'c>,
        form: Form,
        attributes: &mut Attributes,
    ) -> Read<()> {
        let attribute = found.attribute;
        if found.source == Source::Dialect {
            self.unknown(&fields, child.name(), child.at);
        } else if !form.is_usual {
            self.report(Code::Style, child.at, || match form.part {
                Part::Item => format!("expected <{}> in a wrapper <{}>", child.name(), attribute.name),
                Part::Whole => format!("expected the items of {} without a wrapper", attribute.name),
            });
        }
        let name = Name::new(attribute.name);
        match form.part {
            Part::Whole => {
                let value = self.whole(child, fields, attribute)?;
                self.check_value(attribute, &value, child.at);
                self.keep(attributes, name, value, child.at);
                Ok(())
            }
            Part::Item => match attribute.ty {
                Type::Map(_) => self.flat_entry(child, name, attributes),
                ty => {
                    let item = self.item(child, &ty)?;
                    self.add(attributes, name, item, child.at)
                }
            },
        }
    }

    /// The value of an attribute from the element that is named after it.
    fn whole(&mut self, tag: &Tag<'i>, fields: Fields<'c>, attribute: &'c Attribute) -> Read<Value> {
        match attribute.ty {
            Type::Any => self.natural(tag),
            Type::ValueScope => self.value_scope(),
            Type::Ref(name) | Type::Collection(name) => self.reference(tag, name),
            Type::Structure(structure) => self.structure(tag, structure),
            Type::Map(entry) => self.map(tag, entry),
            ty @ (Type::Array(_) | Type::Members(_)) => {
                let element = fields.item_element(&ty).unwrap_or(attribute.name);
                self.array(tag, &ty, element)
            }
            ty => {
                self.no_attributes(tag)?;
                let text = self.text(tag)?;
                // Blanks are a string, but nothing else can be made of them.
                let is_empty =
                    text.is_empty() || (!matches!(ty, Type::String) && scalar::trim(&text).is_empty());
                // An empty `id` is one (4.2.2).
                Ok(match is_empty {
                    true if attribute.name == "id" => Value::String(String::new()),
                    true => Value::Null,
                    false => self.scalar(&ty, &text, tag.at),
                })
            }
        }
    }

    /// One item of an array or one member of a collection.
    fn item(&mut self, tag: &Tag<'i>, ty: &Type) -> Read<Value> {
        match ty {
            Type::Members(name) => match registry(self.context.edition).get(name) {
                Some(schema) => self.member(tag, schema),
                None => self.foreign(tag).map(Value::Foreign),
            },
            Type::Array(item) => match item.ty {
                Type::Ref(name) | Type::Collection(name) => self.reference(tag, name),
                Type::Structure(structure) => self.structure(tag, structure),
                Type::ValueScope => self.value_scope(),
                ty if scalar::is_atomic(&ty) => {
                    self.no_attributes(tag)?;
                    let text = self.text(tag)?;
                    Ok(self.scalar(&ty, &text, tag.at))
                }
                _ => self.natural(tag),
            },
            _ => self.natural(tag),
        }
    }

    fn member(&mut self, tag: &Tag<'i>, schema: &'static Schema) -> Read<Value> {
        let fields = Fields::of_schema(schema, self.context.extensions);
        let mut attributes = Attributes::with_capacity(16);
        self.tag_attributes(tag, fields, Place::Member(&schema.uri), &mut attributes)?;
        let between = self.children(tag, fields, &mut attributes)?;
        self.stray(&between.text, between.at);
        Ok(Value::Structure(attributes))
    }

    /// A reference to a resource of a type, empty if that may be any; `Null` if there is nothing in it.
    fn reference(&mut self, tag: &Tag<'i>, name: &str) -> Read<Value> {
        let edition = self.context.edition;
        let mut attributes = Attributes::new();
        let Tagged { fields, href } = match registry(edition).get(name) {
            Some(schema) => {
                let fields = Fields::of_schema(schema, self.context.extensions);
                self.tag_attributes(tag, fields, Place::Resource(&schema.uri), &mut attributes)?
            }
            None => self.tag_attributes(tag, Fields::unknown(edition), Place::Open, &mut attributes)?,
        };
        let between = self.children(tag, fields, &mut attributes)?;
        let bare = scalar::trim(&between.text);
        if href.is_none() && attributes.is_empty() {
            if bare.is_empty() {
                return Ok(Value::Null);
            }
            // 5.5.12 itself prints `parent` so.
            self.report(Code::Style, tag.at, || {
                format!("expected <{} href=.../>, found a bare URI", tag.name())
            });
            return Ok(Value::Ref(Reference::to(bare)));
        }
        self.stray(&between.text, between.at);
        Ok(Value::Ref(Reference { href, attributes }))
    }

    fn structure(&mut self, tag: &Tag<'i>, structure: &'static Structure) -> Read<Value> {
        let fields = Fields::of_structure(structure, self.context.edition);
        let mut attributes = Attributes::with_capacity(structure.fields.len().min(3));
        self.tag_attributes(tag, fields, Place::Structure, &mut attributes)?;
        if fields.has_content() {
            let value = self.content(tag)?;
            if value != Value::Null {
                self.keep(&mut attributes, Name::new("value"), value, tag.at);
            }
            return Ok(Value::Structure(attributes));
        }
        let between = self.children(tag, fields, &mut attributes)?;
        let text = scalar::trim(&between.text);
        if fields.layout() == Layout::Content && !text.is_empty() {
            // Real servers of 1.x write it as 2.0 does, against the schema.
            self.keep(&mut attributes, Name::new("value"), scalar::guess(text), tag.at);
        } else {
            self.stray(text, between.at);
        }
        Ok(if attributes.is_empty() { Value::Null } else { Value::Structure(attributes) })
    }

    fn array(&mut self, tag: &Tag<'i>, ty: &Type, element: &str) -> Read<Value> {
        let mut items = Vec::new();
        self.no_attributes(tag)?;
        loop {
            match self.next()? {
                Token::Start(child) if child.name() == element && self.is_home(&child)? => {
                    self.check_count(items.len(), child.at)?;
                    items.push(self.item(&child, ty)?);
                }
                Token::Start(child) => self.misplaced(&child, element)?,
                Token::Text(text) => self.stray(&text, self.tokens.at),
                Token::End | Token::Eof => {
                    return Ok(Value::Array(items));
                }
            }
        }
    }

    fn map(&mut self, tag: &Tag<'i>, entry: &str) -> Read<Value> {
        let mut map = Map::new();
        self.no_attributes(tag)?;
        loop {
            match self.next()? {
                Token::Start(child) if child.name() == entry && self.is_home(&child)? => {
                    self.check_count(map.len(), child.at)?;
                    if let Some((key, text)) = self.entry(&child)? {
                        self.insert(&mut map, key, text, child.at);
                    }
                }
                Token::Start(child) => self.misplaced(&child, entry)?,
                Token::Text(text) => self.stray(&text, self.tokens.at),
                Token::End | Token::Eof => return Ok(Value::Map(map)),
            }
        }
    }

    /// Neither a wrapper nor a text has XML attributes: `<disks href=.../>` is a reference where an array should be.
    fn no_attributes(&mut self, tag: &Tag<'i>) -> Read<()> {
        for attribute in self.attributes(tag)? {
            if attribute.namespace.is_empty() {
                let name = Invalid::shown(attribute.name);
                self.report(Code::UnknownAttribute, attribute.at, || {
                    format!("expected <{}> without attributes, found \"{name}\"", tag.name())
                });
            }
        }
        Ok(())
    }

    /// An entry of a map that has no wrapper. One without key and text erases the map.
    fn flat_entry(&mut self, tag: &Tag<'i>, name: Name, attributes: &mut Attributes) -> Read<()> {
        let is_bare = tag.is_bare();
        let entry = if is_bare { None } else { self.entry(tag)? };
        if is_bare {
            let text = self.text(tag)?;
            if text.is_empty() {
                self.keep(attributes, name, Value::Null, tag.at);
            } else {
                self.report(Code::Missing, tag.at, || format!("expected <{} key=...>", tag.name()));
            }
            return Ok(());
        }
        let Some((key, text)) = entry else { return Ok(()) };
        if !matches!(attributes.get(name.as_str()), Some(Value::Map(_))) {
            attributes.set(name.clone(), Map::new());
        }
        // Taken out while it is added to, so that remarks can be made.
        if let Some(Value::Map(map)) = attributes.get_mut(name.as_str()) {
            self.check_count(map.len(), tag.at)?;
            self.insert(map, key, text, tag.at);
        }
        Ok(())
    }

    fn entry(&mut self, tag: &Tag<'i>) -> Read<Option<(String, String)>> {
        let mut key = None;
        for attribute in self.attributes(tag)? {
            match attribute.name {
                "key" if attribute.namespace.is_empty() => key = Some(attribute.value.into_owned()),
                name if attribute.namespace.is_empty() => {
                    let shown = Invalid::shown(name);
                    self.report(Code::UnknownAttribute, attribute.at, || {
                        format!("expected the attribute key alone, found \"{shown}\"")
                    });
                }
                _ => {}
            }
        }
        let text = self.text(tag)?.into_owned();
        if key.is_none() {
            self.report(Code::Missing, tag.at, || format!("expected <{} key=...>", tag.name()));
        }
        Ok(key.map(|key| (key, text)))
    }

    fn insert(&mut self, map: &mut Map, key: String, text: String, at: usize) {
        match map.entry(key) {
            indexmap::map::Entry::Occupied(_) => self.duplicate(at),
            indexmap::map::Entry::Vacant(place) => {
                place.insert(text);
            }
        }
    }

    /// Adds an item to an array that has no wrapper. An empty item, if it is alone, erases the array.
    fn add(&mut self, attributes: &mut Attributes, name: Name, item: Value, at: usize) -> Read<()> {
        // No item is an empty string either (5.5.5): alone, an empty element erases the array.
        let is_empty = item == Value::Null
            || item.is_empty()
            || matches!(&item, Value::Structure(fields) if fields.is_empty());
        match attributes.get_mut(name.as_str()) {
            Some(Value::Array(items)) => {
                let count = items.len();
                items.push(item);
                self.check_count(count, at)
            }
            None if is_empty => {
                self.keep(attributes, name, Value::Null, at);
                Ok(())
            }
            None | Some(Value::Null) => {
                attributes.set(name, vec![item]);
                Ok(())
            }
            Some(_) => {
                self.duplicate(at);
                Ok(())
            }
        }
    }

    fn check_count(&mut self, count: usize, at: usize) -> Read<()> {
        let limit = self.context.limits.items;
        if count >= limit {
            return self.stop(Code::Limit, at, || format!("expected at most {limit} items"));
        }
        Ok(())
    }

    fn misplaced(&mut self, child: &Tag<'i>, expected: &str) -> Read<()> {
        self.report(Code::UnknownAttribute, child.at, || {
            format!("expected <{expected}>, found <{}>", Invalid::shown(child.name()))
        });
        self.skip()
    }

    /// An element that nobody declared: kept as it is, or, if it came from JSON, as what it was there.
    fn undeclared(&mut self, tag: &Tag<'i>, fields: Fields<'c>, attributes: &mut Attributes) -> Read<()> {
        self.unknown(&fields, tag.name(), tag.at);
        let namespace = self.tokens.namespace(tag).map(|namespace| namespace == UNDECLARED);
        let name = tag.name().to_owned();
        if self.sound(namespace)? {
            let outer = std::mem::replace(&mut self.home, Cow::Borrowed(UNDECLARED));
            let key = self.natural_key(tag)?;
            let value = self.natural(tag);
            self.home = outer;
            self.keep_exact(attributes, key.unwrap_or(name), value?, tag.at);
            return Ok(());
        }
        let element = self.foreign(tag)?;
        // A declared name stays the declaration's: `{namespace}name` is the other one's.
        let name = match fields.find(&name, &mut 0) {
            Some(_) => format!("{{{}}}{name}", element.namespace),
            None => name,
        };
        match attributes.get_mut(&name) {
            None => {
                attributes.set(name, element);
            }
            Some(Value::Array(items)) => items.push(Value::Foreign(element)),
            Some(first @ Value::Foreign(_)) => {
                let first_element = std::mem::replace(first, Value::Null);
                *first = Value::Array(vec![first_element, Value::Foreign(element)]);
            }
            Some(_) => self.duplicate(tag.at),
        }
        Ok(())
    }

    /// Keeps a value that is marked in the XML as what it is: nothing erases.
    fn keep_exact(&mut self, attributes: &mut Attributes, name: String, value: Value, at: usize) {
        if attributes.contains(&name) {
            self.duplicate(at);
        } else {
            attributes.set(name, value);
        }
    }
}
