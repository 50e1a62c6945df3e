//! `ResourceMetadata` (DSP0263 5.11): what this cloud does of each type, said from the same tables that it obeys.
//!
//! Owns the documents; they are made once. What a type is comes from the model, what is done of it from the cards, the
//! capabilities and the scopes.

use cimi::extension::Extensions;
use cimi::model::{Attribute, Schema, capability, is_common, metadata};
use cimi::{Attributes, Document, Edition, Value};

use super::atlas::{Atlas, METADATA};
use super::words;
use crate::sim::Capabilities;
use crate::sim::scope::Scope;
use crate::world::{Kind, Setter};

/// The metadata of every type that the cloud has, in the order of the kinds. A type about which the edition has nothing to
/// say beyond the text is left out (table 8).
pub(super) fn documents(atlas: &Atlas, base: &str, capabilities: &Capabilities) -> Vec<Document> {
    let says = |document: &Document| {
        ["attributes", "vscope", "capabilities", "actions"]
            .iter()
            .any(|name| document.attributes.contains(name))
    };
    atlas.described().map(|schema| document(atlas, base, capabilities, schema)).filter(says).collect()
}

fn document(atlas: &Atlas, base: &str, capabilities: &Capabilities, schema: &'static Schema) -> Document {
    let kind = atlas.kind_of(schema);
    let declared: Vec<_> = capabilities
        .iter()
        .filter(|(ty, _, _)| *ty == schema.name())
        .filter_map(|(ty, name, value)| Some((capability::find(ty, name)?, value.clone())))
        .filter(|(capability, _)| capability.span.contains(atlas.edition()))
        .collect();
    let id = format!("{base}{METADATA}/{}", schema.name());
    let mut document = metadata::describe(schema, &id, &declared, &Extensions::NONE);
    let Some(kind) = kind else { return document };
    if let Some(Value::Array(items)) = document.attributes.get_mut("attributes") {
        items.retain_mut(|item| match item {
            Value::Structure(fields) => describe(atlas, kind, schema, fields),
            _ => true,
        });
    }
    if atlas.edition() == Edition::V2 {
        if document.schema.attribute("parent").is_some() {
            document.attributes.set("parent", cimi::Reference::to(format!("{base}{METADATA}")));
        }
        if let Some(scopes) = scopes(kind) {
            document.attributes.set("vscope", vec![Value::Structure(scopes)]);
        }
    }
    document
}

/// Corrects the constraints of an attribute to what this cloud does; false if it does not have the attribute.
fn describe(atlas: &Atlas, kind: Kind, schema: &Schema, fields: &mut Attributes) -> bool {
    let Some(attribute) = fields.text("name").and_then(|name| schema.attribute(name)).copied() else {
        return true;
    };
    let Some(access) = access(atlas, kind, &attribute) else { return false };
    let (mutable, writable) = match access {
        Setter::Consumer | Setter::Secret => (true, true),
        Setter::Creator => (false, false),
        Setter::Cloud => (attribute.constraints.mutable(), false),
    };
    for (name, truth) in [
        ("providerMandatory", access != Setter::Secret),
        ("consumerMandatory", attribute.constraints.consumer_mandatory()),
        ("mutable", mutable),
        ("consumerWritable", writable),
    ] {
        if fields.contains(name) {
            fields.set(name, truth);
        }
    }
    true
}

/// Who sets an attribute here; none if the cloud does not have it.
fn access(atlas: &Atlas, kind: Kind, attribute: &Attribute) -> Option<Setter> {
    match attribute.name {
        "name" | "description" | "properties" => Some(Setter::Consumer),
        "state" if kind.held("state").is_none() => kind.states().map(|_| Setter::Cloud),
        "parent" if kind.is_component() => Some(Setter::Consumer),
        "baseURI" | "resourceMetadata" => Some(Setter::Cloud),
        name if is_common(name) => Some(Setter::Cloud),
        name => {
            let owner = crate::world::Id::new(kind, 1)?;
            if atlas.group(owner, name).is_some() {
                return Some(Setter::Cloud);
            }
            kind.held(words::of_world(kind, name)).map(|held| held.setter)
        }
    }
}

/// The values that attributes of a kind may have; none if they may have all that their types allow.
fn scopes(kind: Kind) -> Option<Attributes> {
    let mut scopes = Attributes::new();
    for scope in Scope::of(kind) {
        let mut range = Attributes::new().with("minimum", scope.minimum).with("maximum", scope.maximum);
        if !scope.units.is_empty() {
            range.set("units", scope.units);
        }
        scopes.set(scope.attribute, Value::Structure(range));
    }
    if scopes.is_empty() { None } else { Some(scopes) }
}
