//! `ResourceMetadata` (DSP0263 5.11): what the manager does, type by type.

use std::collections::BTreeMap;

use cimi::model::capability::{self, Capability};
use cimi::model::{Schema, is_common, metadata};
use cimi::server::{Representation, Version};
use cimi::{Edition, Reference, Value};

use super::{North, document};
use crate::connector::{Nature, Parts};
use crate::kind::Kind;

/// What the face itself can, whatever the clouds.
const OWN: &[&str] = &[
    "ExpandParameter",
    "FilterParameter",
    "FirstParameter",
    "SelectParameter",
    "FormatParameter",
    "OrderByParameter",
    "QueryPathNotation",
];

/// What an entry says of its type (table 8).
const SAYS: [&str; 4] = ["attributes", "vscope", "capabilities", "actions"];

/// Capabilities with their values, by resource type and name.
type Capabilities = BTreeMap<(&'static str, &'static str), Value>;

impl North {
    pub(super) fn metadata(&self) -> Vec<Representation> {
        names(self.edition).filter_map(|name| self.metadatum(name)).collect()
    }

    pub(super) fn metadatum(&self, name: &str) -> Option<Representation> {
        let name = names(self.edition).find(|known| *known == name)?;
        let schema = self.schema(name);
        let id = self.uri(&format!("resourceMetadata/{name}"));
        let stated: Vec<(&Capability, Value)> = self
            .capabilities()
            .into_iter()
            .filter(|((resource, _), _)| *resource == name)
            .filter_map(|((resource, name), value)| Some((capability::find(resource, name)?, value)))
            .filter(|(capability, _)| capability.span.contains(self.edition))
            .collect();
        let mut document = metadata::describe(schema, &id, &stated, &self.extensions);
        retain(&mut document.attributes, "attributes", |item| {
            let declared = name_of(item).and_then(|name| schema.attribute(name));
            declared.is_none_or(|it| is_common(it.name) || document::serves(schema, it.ty))
        });
        retain(&mut document.attributes, "actions", |item| {
            name_of(item).is_some_and(|operation| self.passes_on(schema, operation))
        });
        // An entry that has nothing to say is none (5.12).
        SAYS.iter().find(|name| document.attributes.contains(name))?;
        if self.edition == Edition::V2 {
            document.attributes.set("parent", Reference::to(self.uri("resourceMetadata")));
        }
        let shown = format!("{:?}", document.attributes);
        Some(Representation { version: Version(document::fingerprint([shown.as_bytes()])), document })
    }

    /// Whether the manager ever offers an operation: on what clouds have, it passes on all of them; what makes images needs
    /// a cloud that takes them.
    fn passes_on(&self, schema: &Schema, operation: &str) -> bool {
        let kind = Kind::of_type(schema.name());
        let makes = kind.and_then(|kind| document::makes(kind, operation));
        document::is_passed_on(schema, operation) && makes.is_none_or(|image| self.creatable(image))
    }

    /// Its own, and those that hold whichever cloud it chooses.
    fn capabilities(&self) -> Capabilities {
        let clouds: Vec<_> = self.app.accounts().iter().filter_map(|account| account.discovery()).collect();
        let mut common = Capabilities::new();
        for kind in Kind::in_edition(self.edition) {
            // Those that do not have the kind are not chosen for it.
            let mut holders = clouds.iter().filter(|cloud| cloud.kinds.contains(&kind));
            let Some(first) = holders.next() else { continue };
            let stated = first.capabilities.iter().filter(|((resource, _), _)| *resource == kind.type_name());
            let stated: Capabilities = stated.map(|(key, value)| (*key, value.clone())).collect();
            common.extend(holders.fold(stated, |common, cloud| {
                let too = |(key, value)| Some((key, both(value, cloud.capabilities.get(&key)?)?));
                common.into_iter().filter_map(too).collect()
            }));
        }
        common.extend(OWN.iter().map(|name| (("CloudEntryPoint", *name), Value::Boolean(true))));
        let minutes = i64::try_from(self.job_retention.as_secs() / 60).unwrap_or(i64::MAX);
        common.insert(("EventLog", "Linked"), Value::Boolean(true));
        common.insert(("Job", "JobRetention"), Value::Integer(minutes));
        common
    }
}

/// What is true of two clouds, each of which says one of these.
fn both(left: Value, right: &Value) -> Option<Value> {
    match (&left, right) {
        (Value::Boolean(a), Value::Boolean(b)) => Some(Value::Boolean(*a && *b)),
        (Value::Integer(a), Value::Integer(b)) => Some(Value::Integer(*a.min(b))),
        _ if left == *right => Some(left),
        _ => {
            let right = capability::items(right);
            let common: Vec<&str> =
                capability::items(&left).into_iter().filter(|item| right.contains(item)).collect();
            (!common.is_empty()).then(|| capability::list(&common))
        }
    }
}

fn name_of(item: &Value) -> Option<&str> {
    item.as_attributes()?.text("name")
}

fn retain(attributes: &mut cimi::Attributes, name: &str, keep: impl Fn(&Value) -> bool) {
    let kept: Vec<Value> = attributes.items(name).iter().filter(|item| keep(item)).cloned().collect();
    if kept.is_empty() {
        attributes.remove(name);
    } else {
        attributes.set(name.to_owned(), kept);
    }
}

/// Whether there is metadata of a type.
pub(super) fn describes(edition: Edition, ty: &str) -> bool {
    names(edition).any(|name| name == ty)
}

fn names(edition: Edition) -> impl Iterator<Item = &'static str> {
    let parts = Parts::all().iter().filter_map(move |parts| match parts.nature(edition)? {
        Nature::Members(_) => None,
        Nature::Links(..) | Nature::Own => parts.member(edition).map(Schema::name),
    });
    ["CloudEntryPoint"]
        .into_iter()
        .chain(Kind::in_edition(edition).map(Kind::type_name))
        .chain(parts)
        .chain(["Job"])
}
