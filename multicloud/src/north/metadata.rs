//! ResourceMetadata (DSP0263 5.11): what the manager does, type by type.

use cimi::model::{Capability, capability, metadata, schema};
use cimi::server::{Representation, Version};
use cimi::{Document, Edition, Value};

use super::North;
use crate::kind::Kind;

/// Capabilities by resource and name.
const CAPABILITIES: &[(&str, &str)] = &[
    ("CloudEntryPoint", "ExpandParameter"),
    ("CloudEntryPoint", "FilterParameter"),
    ("CloudEntryPoint", "FirstParameter"),
    ("CloudEntryPoint", "SelectParameter"),
    ("CloudEntryPoint", "FormatParameter"),
    ("CloudEntryPoint", "OrderByParameter"),
    ("CloudEntryPoint", "QueryPathNotation"),
    ("Machine", "MachineConfigByValue"),
    ("Machine", "MachineTemplateByValue"),
    ("Volume", "VolumeConfigByValue"),
    ("Volume", "VolumeTemplateByValue"),
];

impl North {
    pub(super) fn metadata(&self) -> Vec<Document> {
        names().filter_map(|name| self.metadatum(name)).map(|metadatum| metadatum.document).collect()
    }

    pub(super) fn metadatum(&self, name: &str) -> Option<Representation> {
        let name = names().find(|known| *known == name)?;
        let id = self.uri(&format!("resourceMetadata/{name}"));
        let capabilities: Vec<(&Capability, Value)> = CAPABILITIES
            .iter()
            .filter(|(resource, _)| *resource == name)
            .filter_map(|(resource, name)| capability::find(resource, name))
            .filter(|capability| capability.span.contains(self.edition))
            .map(|capability| (capability, Value::Boolean(true)))
            .collect();
        let mut document =
            metadata::describe(schema(self.edition, name), &id, &capabilities, &self.extensions);
        if self.edition == Edition::V2 {
            keep_offered(&mut document, name);
        }
        Some(Representation { document, version: Version(format!("{:x}", self.started)) })
    }
}

/// Of the operations that the type has, those that the manager passes on.
fn keep_offered(document: &mut Document, name: &str) {
    let kept: Vec<Value> = document
        .attributes
        .items("actions")
        .iter()
        .filter(|action| {
            let operation = action.as_attributes().and_then(|fields| fields.text("name"));
            operation.is_some_and(|operation| super::document::passes_on(name, operation))
        })
        .cloned()
        .collect();
    if kept.is_empty() {
        document.attributes.remove("actions");
    } else {
        document.attributes.set("actions", kept);
    }
}

fn names() -> impl Iterator<Item = &'static str> {
    ["CloudEntryPoint"].into_iter().chain(Kind::ALL.map(Kind::type_name)).chain(["Job"])
}
