//! Values in XML: simple ones, arrays, maps, structures and references, out of elements and XML attributes.
//!
//! Owns what the elements of one attribute mean. Knows nothing of roots and Collections.

use indexmap::IndexMap;

use crate::spec::{Attribute, Attributes, Kind, Scalar, Structure, StructureStyle};
use crate::tree::xml::Element;

use super::super::scalar::{instant, is_lexical};
use super::super::{NoteKind, Value, scalar_outside, shorten};
use super::{Here, Reader};

impl Reader<'_> {
    pub(super) fn attribute(
        &mut self,
        same: &[&Element],
        attribute: &Attribute,
        clause: &str,
        here: &Here,
    ) -> Value {
        let many = matches!(attribute.kind, Kind::Array { .. } | Kind::Map { .. });
        if let (Some(second), false) = (same.get(1), many) {
            self.note(NoteKind::Repeated, second, here, "each attribute once", second.name.local.clone());
        }
        let node = same[0];
        let by_ref =
            attribute.also.iter().any(|k| matches!(k, Kind::Ref { .. })) && node.attribute("href").is_some();
        let value = match &attribute.kind {
            Kind::Scalar(_) if by_ref => generic(node),
            Kind::Array { of, item } => self.array(same, of, item, clause, here),
            Kind::Map { item } => self.map(same, item, here),
            kind => self.value(node, kind, clause, here),
        };
        if let Some((expected, got)) = scalar_outside(attribute, &value) {
            self.note(NoteKind::Value(clause.to_owned()), node, here, expected, got);
        }
        value
    }

    fn value(&mut self, node: &Element, kind: &Kind, clause: &str, here: &Here) -> Value {
        match kind {
            Kind::Scalar(scalar) => self.scalar(node, *scalar, here),
            Kind::Any | Kind::ValueScope => generic(node),
            Kind::Map { item } => self.map(&[node], item, here),
            Kind::Array { of, item } => self.array(&[node], of, item, clause, here),
            Kind::Ref { to, by_value } => self.reference(node, to, *by_value, here),
            Kind::Collection { via, .. } => self.reference(node, via, false, here),
            Kind::Structure(name) => self.structure(node, name, clause, here),
        }
    }

    fn scalar(&mut self, node: &Element, scalar: Scalar, here: &Here) -> Value {
        if !node.children.is_empty() {
            self.note(
                NoteKind::Scalar(scalar),
                node,
                here,
                scalar.name(),
                format!("elements in <{}>", node.name.local),
            );
            return generic(node);
        }
        let text = if scalar == Scalar::String { node.text.as_str() } else { node.trimmed() };
        if scalar == Scalar::String && text.is_empty() {
            self.note(
                NoteKind::EmptyString,
                node,
                here,
                "no element at all when it is empty",
                "an empty element",
            );
            return Value::Null;
        }
        self.lexical(node, scalar, text, here)
    }

    /// A single value out of text, whether it stood in an element or in an XML attribute.
    fn lexical(&mut self, node: &Element, scalar: Scalar, text: &str, here: &Here) -> Value {
        let fits = is_lexical(scalar, text);
        if !fits {
            self.note(
                NoteKind::Scalar(scalar),
                node,
                here,
                format!("a form of xs:{}", xs_name(scalar)),
                shorten(&format!("{text:?}")),
            );
        } else if scalar == Scalar::Integer && text.parse::<i64>().is_err() {
            self.note(NoteKind::Long, node, here, "an integer of 64 bits", shorten(text));
        }
        match scalar {
            Scalar::Boolean if fits => Value::Bool(text == "true"),
            Scalar::Integer if fits => Value::Number(text.to_owned()),
            Scalar::DateTime if instant(text).is_some_and(|(_, zone)| !zone) => {
                self.note(NoteKind::NoZone, node, here, "a zone", shorten(text));
                Value::Text(text.to_owned())
            }
            _ => Value::Text(text.to_owned()),
        }
    }

    fn map(&mut self, same: &[&Element], item: &str, here: &Here) -> Value {
        let wrapper = same.len() == 1 && same[0].name.local != item;
        let pairs: Vec<&Element> = if wrapper { same[0].named(item).collect() } else { same.to_vec() };
        if wrapper && pairs.is_empty() {
            self.note(
                NoteKind::EmptyMap,
                same[0],
                here,
                "no element at all when it is empty",
                "an empty element",
            );
        }
        let mut all = IndexMap::new();
        for pair in pairs {
            let Some(key) = pair.attribute("key") else {
                self.note(NoteKind::Map, pair, here, "`key`", format!("<{}> without it", pair.name.local));
                continue;
            };
            if all.insert(key.to_owned(), Value::Text(pair.text.clone())).is_some() {
                self.note(NoteKind::RepeatedKey, pair, here, "each key once", key);
            }
        }
        Value::Record(all)
    }

    fn array(&mut self, same: &[&Element], of: &Kind, item: &str, clause: &str, here: &Here) -> Value {
        let is_named_so = same.iter().all(|element| element.name.local == item);
        let is_ref = matches!(of, Kind::Ref { .. });
        let is_flat = is_ref && same.iter().all(|element| element.attribute("href").is_some());
        if let (false, true, Some(first)) = (is_named_so, is_flat, same.first()) {
            self.note(NoteKind::RefItem, first, here, format!("<{item}>"), format!("<{}>", first.name.local));
            return Value::List(same.iter().map(|element| self.value(element, of, clause, here)).collect());
        }
        let wrapper = same.len() == 1 && !is_named_so;
        if wrapper && !self.tables.array_wrapper && !same[0].children.is_empty() {
            let got = format!("<{}> around them", same[0].name.local);
            self.note(NoteKind::Array, same[0], here, format!("<{item}> directly in the resource"), got);
        }
        let items: Vec<&Element> = if wrapper { same[0].children.iter().collect() } else { same.to_vec() };
        if wrapper && items.is_empty() {
            self.note(
                NoteKind::EmptyArray,
                same[0],
                here,
                "no element at all when there is no item",
                "an empty element",
            );
        }
        if let Some(stray) = items.iter().find(|i| i.name.local != item) {
            self.note(NoteKind::Array, stray, here, format!("<{item}>"), format!("<{}>", stray.name.local));
        }
        let each =
            items.iter().enumerate().map(|(i, element)| self.value(element, of, clause, &here.item(item, i)));
        Value::List(each.collect())
    }

    fn structure(&mut self, node: &Element, name: &str, clause: &str, here: &Here) -> Value {
        let tables = self.tables;
        let Some(structure) = tables.structures.get(name) else { return generic(node) };
        self.styled(node, name, structure);
        let children: Vec<&Element> = node.children.iter().collect();
        let mut all = IndexMap::new();
        for attribute in &node.attributes {
            let local = attribute.name.local.as_str();
            let value = match structure.fields.get(local).map(|f| &f.kind) {
                Some(Kind::Scalar(scalar)) => {
                    self.lexical(node, *scalar, &attribute.value, &here.child(local))
                }
                _ => Value::Text(attribute.value.clone()),
            };
            all.insert(local.to_owned(), value);
        }
        all.extend(self.children(&children, &structure.fields, clause, false, here));
        if let (Some(text), false) = (&structure.text, node.trimmed().is_empty()) {
            all.insert(text.clone(), Value::Text(node.trimmed().to_owned()));
        }
        Value::Record(all)
    }

    /// Takes down how the scalars of a structure stand, but for those that have to stand so.
    fn styled(&mut self, node: &Element, name: &str, structure: &Structure) {
        let is_free = |local: &str| {
            let is_scalar = structure.fields.get(local).is_some_and(|it| matches!(it.kind, Kind::Scalar(_)));
            is_scalar && !structure.xml_attributes.iter().any(|fixed| fixed == local)
        };
        let as_attribute = node.attributes.iter().any(|it| is_free(&it.name.local));
        let as_element = node.children.iter().any(|it| is_free(&it.name.local));
        let styles = self.styles.entry(name.to_owned()).or_default();
        styles.extend(as_attribute.then_some(StructureStyle::Attributes));
        styles.extend(as_element.then_some(StructureStyle::Elements));
    }

    fn reference(&mut self, node: &Element, to: &str, by_value: bool, here: &Here) -> Value {
        let href = node.attribute("href");
        // Jobs that report an error are put in place, and lead nowhere (4.2.2).
        let is_inlined_job = to == "Job" && node.named("state").next().is_some();
        let is_text = node.children.is_empty() && !node.trimmed().is_empty();
        let elsewhere = node.children.is_empty() && !node.attributes.is_empty();
        if href.is_none() && elsewhere && !is_inlined_job {
            self.note(
                NoteKind::RefWithoutHref,
                node,
                here,
                "the attribute `href`",
                format!("<{}> with {}", node.name.local, node.attributes[0].name.local),
            );
        } else if href.is_none() && (!by_value || is_text) && !is_inlined_job {
            self.note(
                NoteKind::Ref,
                node,
                here,
                "the attribute `href`",
                format!("<{}> without it", node.name.local),
            );
        }
        let tables = self.tables;
        let mut all = IndexMap::new();
        if let Some(href) = href {
            all.insert("href".to_owned(), Value::Text(href.to_owned()));
        }
        if !node.children.is_empty() {
            let empty = Attributes::new();
            let declared = tables.types.get(to);
            let of_collection = tables.collections.get(to).map(|_| &tables.common_collection);
            let attributes = declared.map(|t| &t.attributes).or(of_collection).unwrap_or(&empty);
            let inner = Here {
                path: here.path.clone(),
                subject: if declared.is_some() { to.to_owned() } else { here.subject.clone() },
            };
            let children: Vec<&Element> = node.children.iter().collect();
            let clause = declared.map_or("", |t| t.clause.as_str());
            all.extend(self.children(&children, attributes, clause, false, &inner));
        }
        if all.is_empty() {
            return generic(node);
        }
        Value::Record(all)
    }
}

fn xs_name(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Uri => "anyURI",
        Scalar::Bytes => "hexBinary",
        other => other.name(),
    }
}

pub(super) fn generic_all(same: &[&Element]) -> Value {
    match same {
        [one] => generic(one),
        many => Value::List(many.iter().map(|e| generic(e)).collect()),
    }
}

/// A value as its own shape says: text, or a record of attributes and elements.
pub(super) fn generic(node: &Element) -> Value {
    if node.children.is_empty() && node.attributes.is_empty() {
        return if node.trimmed().is_empty() { Value::Null } else { Value::Text(node.trimmed().to_owned()) };
    }
    let mut all: IndexMap<String, Value> =
        node.attributes.iter().map(|a| (a.name.local.clone(), Value::Text(a.value.clone()))).collect();
    for child in &node.children {
        if !all.contains_key(&child.name.local) {
            let same: Vec<&Element> = node.named(&child.name.local).collect();
            all.insert(child.name.local.clone(), generic_all(&same));
        }
    }
    if !node.trimmed().is_empty() {
        all.insert("value".to_owned(), Value::Text(node.trimmed().to_owned()));
    }
    Value::Record(all)
}
