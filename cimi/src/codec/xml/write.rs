//! A document to XML.
//!
//! Owns the order of elements (that of declaration, DSP8009) and their forms, wrapped or flat. Leaves out what is empty
//! (DSP0263 5.5.15). What nobody declared is echoed as it was read.

use super::output::Output;
use super::{UNDECLARED, is_name};
use crate::codec::fields::{Fields, Found, Source, is_flat, is_omitted};
use crate::codec::scalar;
use crate::document::Document;
use crate::edition::Edition;
use crate::extension::Extensions;
use crate::model::{Form, Item, Structure, Type};
use crate::value::{Attributes, Map, Reference, Value};

/// Writes a document as XML.
pub fn write(document: &Document, extensions: &Extensions) -> Vec<u8> {
    let schema = document.schema;
    let edition = schema.edition;
    let erases = matches!(schema.ty.form, Form::Create { .. });
    let mut writer = Writer { out: Output::new(), edition, extensions, erases, home: edition.namespace() };
    let foreign = document.foreign_type.as_deref().and_then(|uri| uri.rsplit_once('/'));
    if let Some((namespace, local)) = foreign.filter(|(_, local)| is_name(local)) {
        let name = format!("t:{local}");
        writer.out.begin(&name);
        writer.out.attribute("xmlns:t", namespace);
        writer.root(document, &name);
    } else {
        let name = if document.foreign_type.is_some() { "Resource" } else { schema.root() };
        writer.out.begin(name);
        writer.root(document, name);
    }
    writer.out.finish()
}

struct Writer<'a> {
    out: Output,
    edition: Edition,
    extensions: &'a Extensions,
    /// Whether an empty element is written for `Null` (4.2.1.1).
    erases: bool,
    /// The namespace that names without a prefix are in: CIMI's, or that of the extension around.
    home: &'a str,
}

impl<'a> Writer<'a> {
    fn root(&mut self, document: &Document, name: &str) {
        self.out.attribute("xmlns", self.edition.namespace());
        if document.schema.is_collection() {
            self.out.attribute("resourceURI", document.type_uri());
        }
        let inside = self.out.open();
        self.children(&document.attributes, Fields::of_schema(document.schema, self.extensions));
        self.out.close(&inside, name);
    }

    /// The attributes that are elements, in the order of declaration, behind them what is not declared.
    fn children(&mut self, attributes: &Attributes, fields: Fields<'a>) {
        let mut cursor = 0;
        let mut last = 0;
        let mut is_sorted = true;
        let mut order = Vec::with_capacity(attributes.len());
        for (name, value) in attributes.iter() {
            if is_omitted(name, value, self.erases) {
                continue;
            }
            let found = fields.find(name, &mut cursor);
            let place = found.map_or(usize::MAX, |found| found.place);
            is_sorted &= place >= last;
            last = place;
            order.push((place, name, value, found));
        }
        if !is_sorted {
            order.sort_by_key(|(place, ..)| *place);
        }
        for (_, name, value, found) in order {
            match found {
                Some(found) => self.declared(value, found, fields),
                None => self.undeclared(name, value),
            }
        }
    }

    fn declared(&mut self, value: &Value, found: Found<'a>, fields: Fields<'a>) {
        let (name, ty) = (found.attribute.name, &found.attribute.ty);
        let flat = is_flat(self.edition, ty);
        match (fields.item_element(ty), value) {
            (Some(item), Value::Array(items)) if flat => self.items(item, items, ty, fields),
            (Some(item), Value::Map(map)) if flat => self.entries(item, map),
            (Some(item), Value::Null) if flat => self.out.simple(item, ""),
            _ => {
                let outer = self.home;
                self.out.begin(name);
                if let Source::Extension(namespace) = found.source {
                    self.out.attribute("xmlns", namespace);
                    self.home = namespace;
                }
                match (fields.item_element(ty), value) {
                    (Some(item), Value::Array(items)) => {
                        let inside = self.out.open();
                        self.items(item, items, ty, fields);
                        self.out.close(&inside, name);
                    }
                    (Some(item), Value::Map(map)) => {
                        let inside = self.out.open();
                        self.entries(item, map);
                        self.out.close(&inside, name);
                    }
                    _ => self.rest(name, value, ty),
                }
                self.home = outer;
            }
        }
    }

    /// The rest of an element whose tag is open, from its XML attributes to its end.
    fn rest(&mut self, name: &str, value: &Value, ty: &Type) {
        match (ty, value) {
            (_, Value::Null) => {
                let inside = self.out.open();
                self.out.close(&inside, name);
            }
            (Type::Structure(structure), Value::Structure(fields)) => self.structure(name, fields, structure),
            (Type::Ref(target) | Type::Collection(target), Value::Ref(reference)) => {
                self.reference(name, reference, target);
            }
            (Type::Ref(target) | Type::Collection(target), Value::Structure(attributes)) => {
                self.resource(name, None, attributes, Fields::of_type(target, self.edition, self.extensions));
            }
            (Type::ValueScope, Value::Structure(scopes)) => {
                let inside = self.out.open();
                self.out.value_scope(scopes);
                self.out.close(&inside, name);
            }
            (ty, value) => match scalar::to_text(value) {
                Some(text) if scalar::is_atomic(ty) => {
                    let inside = self.out.open();
                    self.out.text(&text);
                    self.out.close(&inside, name);
                }
                _ => self.out.natural_content(name, value),
            },
        }
    }

    fn items(&mut self, element: &str, items: &[Value], ty: &Type, fields: Fields<'a>) {
        for item in items {
            match (ty, item) {
                (_, Value::Foreign(foreign)) => self.out.foreign(foreign, None),
                (Type::Members(member), _) => {
                    let Some(attributes) = item.as_attributes() else { continue };
                    let href = item.as_ref().and_then(|reference| reference.href.as_deref());
                    self.out.begin(element);
                    let fields = Fields::of_type(member, self.edition, self.extensions);
                    self.resource(element, href, attributes, fields);
                }
                (Type::Array(Item { ty, .. }), _) => {
                    self.out.begin(element);
                    self.rest(element, item, ty);
                }
                _ => debug_assert!(fields.item_element(ty).is_none(), "only arrays have items"),
            }
        }
    }

    fn entries(&mut self, element: &str, map: &Map) {
        for (key, text) in map {
            self.out.begin(element);
            self.out.attribute("key", key);
            let inside = self.out.open();
            self.out.text(text);
            self.out.close(&inside, element);
        }
    }

    fn reference(&mut self, name: &str, reference: &Reference, target: &str) {
        let Reference { href, attributes } = reference;
        let fields = match attributes.text("resourceURI").and_then(Edition::split) {
            // A reference that may point to anything says to what it does.
            Some((_, own)) if target.is_empty() => Fields::of_type(own, self.edition, self.extensions),
            _ => Fields::of_type(target, self.edition, self.extensions),
        };
        self.resource(name, href.as_deref(), attributes, fields);
    }

    fn resource(&mut self, name: &str, href: Option<&str>, attributes: &Attributes, fields: Fields<'a>) {
        if let Some(href) = href {
            self.out.attribute("href", href);
        }
        let own = attributes.text("resourceURI");
        if let Some(uri) = own {
            self.out.attribute("resourceURI", uri);
        }
        let inside = self.out.open();
        if own.is_some() {
            let mut rest = attributes.clone();
            rest.remove("resourceURI");
            self.children(&rest, fields);
        } else {
            self.children(attributes, fields);
        }
        self.out.close(&inside, name);
    }

    fn structure(&mut self, name: &str, attributes: &Attributes, structure: &'static Structure) {
        let fields = Fields::of_structure(structure, self.edition);
        let layout = structure.layout;
        let mut cursor = 0;
        let mut inner = Attributes::new();
        for (name, value) in attributes.iter() {
            let found = fields.find(name, &mut cursor);
            let is_attribute = found.is_some_and(|found| {
                scalar::is_atomic(&found.attribute.ty) && layout.is_xml_attribute(found.attribute.name)
            });
            match scalar::to_text(value) {
                Some(text) if is_attribute => {
                    if !text.is_empty() {
                        self.out.attribute(name, &text);
                    }
                }
                // An XML attribute that is not there is erased.
                None if is_attribute && *value == Value::Null => {}
                _ => {
                    inner.set(name.to_owned(), value.clone());
                }
            }
        }
        if fields.has_content() {
            if let Some(value) = inner.get("value") {
                self.out.natural_content(name, value);
            } else {
                let inside = self.out.open();
                self.out.close(&inside, name);
            }
            return;
        }
        let inside = self.out.open();
        self.children(&inner, fields);
        self.out.close(&inside, name);
    }

    fn undeclared(&mut self, name: &str, value: &Value) {
        match value {
            Value::Foreign(element) => self.out.foreign(element, Some(self.home)),
            Value::Array(items) if items.iter().all(|item| matches!(item, Value::Foreign(_))) => {
                for item in items {
                    self.undeclared(name, item);
                }
            }
            value => self.out.natural(name, Some(UNDECLARED), value),
        }
    }
}
