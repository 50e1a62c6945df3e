//! Whole documents, from the declarations.

use proptest::prelude::*;

use super::values::{date_time, duration, map, natural, text, undeclared_name, uri, value_scope};
use crate::document::Document;
use crate::edition::Edition;
use crate::foreign::{Element, Node};
use crate::model::{Attribute, Form, Schema, Structure, Type, Values, registry};
use crate::value::{Attributes, Name, Reference, Value};

/// What the documents may have beside what is declared.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Attributes that nobody declared.
    pub unknown: Unknown,
    /// Attributes erased in the templates of creations (DSP0263 4.2.1.1).
    pub erasure: bool,
    /// References expanded in place (4.1.6.4): how deep.
    pub expansion: usize,
}

/// Attributes that nobody declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// None.
    None,
    /// As JSON has them.
    Json,
    /// As XML has them.
    Xml,
}

impl Options {
    /// What is declared, references expanded once.
    pub const DECLARED: Self = Self { unknown: Unknown::None, erasure: false, expansion: 1 };
}

/// A document of any type of any edition.
pub fn any_document(options: Options) -> impl Strategy<Value = Document> {
    let schemas: Vec<&'static Schema> =
        Edition::ALL.into_iter().flat_map(|edition| registry(edition).iter()).collect();
    prop::sample::select(schemas).prop_flat_map(move |schema| document(schema, options))
}

/// A document of a type: some of its attributes, in any order.
pub fn document(schema: &'static Schema, options: Options) -> impl Strategy<Value = Document> {
    let declared = resource(schema, options, options.expansion);
    let unknown = prop::collection::vec(unknown(options.unknown), 0..3);
    let erased = any::<prop::sample::Index>();
    (declared, unknown, erased).prop_map(move |(mut attributes, unknown, erased)| {
        attributes.extend(unknown.into_iter().flatten());
        if options.erasure {
            erase(schema, &mut attributes, erased);
        }
        Document::with(schema, attributes)
    })
}

fn unknown(kind: Unknown) -> BoxedStrategy<Option<(Name, Value)>> {
    match kind {
        Unknown::None => Just(None).boxed(),
        Unknown::Json => {
            (undeclared_name(), natural()).prop_map(|(name, value)| Some((name.into(), value))).boxed()
        }
        Unknown::Xml => {
            element().prop_map(|element| Some((element.name.clone().into(), Value::Foreign(element)))).boxed()
        }
    }
}

fn element() -> impl Strategy<Value = Element> {
    let namespace = || prop::sample::select(vec!["", "urn:a", "http://example.com/b?c=d"]);
    let attribute =
        (namespace(), "[a-z]{1,4}", text()).prop_map(|(ns, name, value)| (ns.to_owned(), name, value));
    let attributes = prop::collection::vec(attribute, 0..3).prop_map(|mut attributes| {
        let mut seen = std::collections::HashSet::new();
        attributes.retain(|(ns, name, _)| name != "xmlns" && seen.insert((ns.clone(), name.clone())));
        attributes
    });
    // At the top it is in a namespace: in V1 it must be.
    let leaf =
        (prop::sample::select(vec!["urn:a", "urn:b"]), "x[a-z]{1,4}", attributes, prop::option::of(text()));
    leaf.prop_map(|(namespace, name, attributes, text)| Element {
        namespace: namespace.to_owned(),
        name,
        attributes,
        children: text.into_iter().map(Node::Text).collect(),
    })
    .prop_recursive(2, 4, 2, |inner| {
        (inner.clone(), prop::collection::vec(inner, 1..3)).prop_map(|(mut element, children)| {
            element.children.extend(children.into_iter().map(Node::Element));
            element
        })
    })
}

fn erase(schema: &Schema, attributes: &mut Attributes, which: prop::sample::Index) {
    let Some((name, template)) = schema.template() else { return };
    if let Some(Value::Ref(reference)) = attributes.get_mut(name) {
        let erased = which.get(template.attributes());
        reference.attributes.set(erased.name, Value::Null);
    }
}

/// Attributes of a resource; never none at all.
fn resource(schema: &'static Schema, options: Options, depth: usize) -> BoxedStrategy<Attributes> {
    let edition = schema.edition;
    let is_collection = schema.is_collection();
    let declared: Vec<_> = schema
        .attributes()
        .iter()
        .map(|attribute| {
            // The schema of 1.x wants these two wherever a collection has anything inside.
            let needed = is_collection && matches!(attribute.name, "id" | "count");
            let always = needed || attribute.constraints.consumer_mandatory();
            let value = value(attribute, edition, options, depth);
            let chance = if depth == options.expansion { 0.5 } else { 0.15 };
            let present = if always { Just(true).boxed() } else { prop::bool::weighted(chance).boxed() };
            (Just(attribute.name), present, value)
                .prop_map(|(name, present, value)| present.then_some((Name::new(name), value)))
        })
        .collect();
    let first = schema.attributes()[0];
    let fallback = value(&first, edition, options, 0);
    (declared, fallback)
        .prop_map(move |(declared, fallback)| {
            let mut attributes: Attributes = declared.into_iter().flatten().collect();
            if attributes.is_empty() {
                attributes.set(first.name, fallback);
            }
            if schema.ty.form == Form::Action {
                // The parameters of one operation; here, one.
                only_one(&mut attributes, |name, _| !matches!(name, "action" | "properties"));
            }
            attributes
        })
        .boxed()
}

fn value(attribute: &Attribute, edition: Edition, options: Options, depth: usize) -> BoxedStrategy<Value> {
    match (attribute.values, attribute.ty) {
        (Values::Closed(allowed), Type::String | Type::Uri) => {
            prop::sample::select(allowed).prop_map(Value::from).boxed()
        }
        (Values::Open(known), Type::String) => {
            prop_oneof![prop::sample::select(known).prop_map(Value::from), text().prop_map(Value::from)]
                .boxed()
        }
        (Values::Range(from, to), _) => (from..=to).prop_map(Value::Integer).boxed(),
        // The schema of 1.x has at most one.
        (_, Type::Array(item)) if edition == Edition::V1 && item.element == "attribute" => {
            typed(item.ty, edition, options, depth).prop_map(|item| Value::Array(vec![item])).boxed()
        }
        (_, ty) => typed(ty, edition, options, depth),
    }
}

fn typed(ty: Type, edition: Edition, options: Options, depth: usize) -> BoxedStrategy<Value> {
    match ty {
        Type::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        Type::Integer => prop_oneof![Just(0), Just(i64::MIN), Just(i64::MAX), any::<i64>()]
            .prop_map(Value::Integer)
            .boxed(),
        Type::String => text().prop_map(Value::String).boxed(),
        Type::Uri => uri().prop_map(Value::String).boxed(),
        Type::DateTime => {
            date_time().prop_map(|text| Value::DateTime(text.parse().expect("this is a dateTime"))).boxed()
        }
        Type::Duration => {
            duration().prop_map(|text| Value::Duration(text.parse().expect("this is a duration"))).boxed()
        }
        Type::Bytes => prop::collection::vec(any::<u8>(), 1..6).prop_map(Value::Bytes).boxed(),
        Type::Any => natural().boxed(),
        Type::ValueScope => value_scope().boxed(),
        Type::Map(_) => map().prop_map(Value::Map).boxed(),
        Type::Ref(name) | Type::Collection(name) => reference(name, edition, options, depth),
        Type::Structure(structure) => {
            fields(structure, edition, options, depth).prop_map(Value::Structure).boxed()
        }
        Type::Array(item) => prop::collection::vec(typed(item.ty, edition, options, depth), 1..4)
            .prop_map(Value::Array)
            .boxed(),
        Type::Members(name) => match registry(edition).get(name) {
            Some(schema) => prop::collection::vec(resource(schema, options, 0), 1..3)
                .prop_map(|members| Value::Array(members.into_iter().map(Value::Structure).collect()))
                .boxed(),
            None => natural().prop_map(|value| Value::Array(vec![value])).boxed(),
        },
    }
}

fn reference(name: &'static str, edition: Edition, options: Options, depth: usize) -> BoxedStrategy<Value> {
    let plain = uri().prop_map(|href| Value::Ref(Reference::to(href)));
    let target = registry(edition).get(name).filter(|_| depth > 0);
    let Some(schema) = target else { return plain.boxed() };
    // A collection by value has no meaning; a template has.
    let by_value = !matches!(schema.ty.form, Form::Collection { .. });
    let expanded = (uri(), any::<bool>(), resource(schema, options, depth - 1)).prop_map(
        move |(href, has_href, attributes)| {
            let href = (has_href || !by_value).then_some(href);
            Value::Ref(Reference { href, attributes })
        },
    );
    prop_oneof![2 => plain, 1 => expanded].boxed()
}

fn fields(
    structure: &'static Structure,
    edition: Edition,
    options: Options,
    depth: usize,
) -> impl Strategy<Value = Attributes> {
    let here: Vec<&'static Attribute> =
        structure.fields.iter().filter(|field| field.is_in(edition)).collect();
    let first = here[0].name;
    // It describes one component by one template (5.13.3).
    let one_reference = structure.name == "componentDescriptor";
    let fields: Vec<_> = here
        .into_iter()
        .map(|field| {
            let is_template = one_reference && matches!(field.ty, Type::Ref(_));
            let always = field.constraints.consumer_mandatory() || field.name == first || is_template;
            let present = if always { Just(true).boxed() } else { any::<bool>().boxed() };
            (present, value(field, edition, options, depth))
                .prop_map(|(present, value)| present.then_some((Name::new(field.name), value)))
        })
        .collect();
    (fields, any::<prop::sample::Index>()).prop_map(move |(fields, which)| {
        let mut fields: Vec<(Name, Value)> = fields.into_iter().flatten().collect();
        let templates: Vec<Name> = fields
            .iter()
            .filter(|(_, value)| value.as_ref().is_some())
            .map(|(name, _)| name.clone())
            .collect();
        if one_reference && !templates.is_empty() {
            let chosen = which.get(&templates);
            fields.retain(|(name, value)| value.as_ref().is_none() || name == chosen);
        }
        fields.into_iter().collect()
    })
}

/// Keeps the first attribute of those that `exclude` each other.
fn only_one(attributes: &mut Attributes, exclude: impl Fn(&str, &Value) -> bool) {
    let mut is_first = true;
    attributes.retain(|name, value| !exclude(name, value) || std::mem::take(&mut is_first));
}
