//! Creation (DSP0263 4.2.1.1): templates by reference and by value, overriding and erasure.
//!
//! Owns turning what a `...Create` says into what a provider builds from: which references are resolved, and that they
//! are of the type declared. How attributes merge is `crate::template`'s.

use super::exchange::Exchange;
use super::expand::Reading;
use super::provider::Provider;
use super::refusal::Refusal;
use crate::document::Document;
use crate::model::{Attribute, Form, Schema, Type, registry};
use crate::template;
use crate::value::{Attributes, Reference, Value};

/// The document with its template resolved: the template, and every reference in it that carries overriding attributes,
/// becomes the attributes of its target with these over them, `href` kept. Other references stay as they are. Nothing
/// is left to be erased: no `Null`.
///
/// # Errors
/// `BadRequest` if what is referred to is not there, not readable by this caller, or of another type than declared.
pub(super) async fn prepared<P: Provider>(
    exchange: &Exchange<'_, P>,
    mut document: Document,
) -> Result<Document, Refusal> {
    if !matches!(document.schema.ty.form, Form::Create { .. }) {
        return Ok(document);
    }
    let schema = document.schema;
    let template = schema.template().map(|(name, _)| name);
    let mut found = Found { edition: exchange.provider().edition(), template, pending: Vec::new() };
    found.within(&mut document.attributes, schema.attributes());
    found.template = None;
    let mut reading = Reading::new(exchange);
    while let Some(Pending { name, schema, reference }) = found.pending.pop() {
        if let Some(href) = &reference.href {
            let base = target(&mut reading, name, schema, href).await?;
            let overrides = std::mem::take(&mut reference.attributes);
            reference.attributes = template::merge(base, &overrides);
        }
        found.within(&mut reference.attributes, schema.map_or(&[], Schema::attributes));
    }
    Ok(document)
}

/// The attributes of what a reference points to.
async fn target<'r, P: Provider>(
    reading: &'r mut Reading<'_, '_, P>,
    name: &str,
    schema: Option<&Schema>,
    href: &str,
) -> Result<&'r Attributes, Refusal> {
    let shown = || href.chars().take(256).collect::<String>();
    let Some(target) = reading.get(href).await? else {
        return Err(Refusal::bad_request(format!(
            "{name} refers to `{}`, where there is nothing to be read.",
            shown()
        )));
    };
    let found = target.document.schema;
    if let Some(expected) = schema.filter(|expected| *expected != found) {
        return Err(Refusal::bad_request(format!(
            "{name} refers to `{}`, which is a {}. Expected a {}.",
            shown(),
            found.name(),
            expected.name()
        )));
    }
    Ok(&target.document.attributes)
}

/// A reference to be resolved, with the type that its declaration wants.
struct Pending<'d> {
    name: &'d str,
    schema: Option<&'static Schema>,
    reference: &'d mut Reference,
}

/// References to be resolved, found so far.
struct Found<'d> {
    edition: crate::Edition,
    /// The attribute that is resolved even where nothing is overridden.
    template: Option<&'static str>,
    pending: Vec<Pending<'d>>,
}

impl<'d> Found<'d> {
    /// Looks through attributes declared like this, and drops what is erased.
    fn within(&mut self, attributes: &'d mut Attributes, declared: &[Attribute]) {
        attributes.retain(|_, value| !matches!(value, Value::Null));
        for (name, value) in attributes.iter_mut() {
            let ty = declared.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.ty);
            self.value(name, value, ty);
        }
    }

    fn value(&mut self, name: &'d str, value: &'d mut Value, ty: Option<Type>) {
        match value {
            Value::Ref(reference) => self.reference(name, reference, ty),
            Value::Structure(attributes) => {
                let declared = if let Some(Type::Structure(structure)) = ty { structure.fields } else { &[] };
                self.within(attributes, declared);
            }
            Value::Array(items) => {
                let ty = if let Some(Type::Array(item)) = ty { Some(item.ty) } else { None };
                for item in items {
                    self.value(name, item, ty);
                }
            }
            _ => {}
        }
    }

    fn reference(&mut self, name: &'d str, reference: &'d mut Reference, ty: Option<Type>) {
        let overrides = !reference.attributes.is_empty();
        // Components of a System refer to each other by name; there is nothing to be read yet.
        let is_component = reference.href.as_deref().is_some_and(|href| href.starts_with('#'));
        if is_component || !(overrides || self.template == Some(name)) {
            return;
        }
        let schema = match ty {
            Some(Type::Ref(to)) => registry(self.edition).get(to),
            _ => None,
        };
        self.pending.push(Pending { name, schema, reference });
    }
}
