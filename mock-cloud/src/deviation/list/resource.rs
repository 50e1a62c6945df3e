//! Clauses 5.7, 5.10: what all resources have, and what deletion does to others.

use cimi::{Attributes, Value};

use super::super::Deviation;
use super::super::way::{ANY, Act, Edit, Of, Seen, V, always, delete, operation, show};
use super::{gone, wants_xml};

const MACHINE: &[&str] = &["Machine"];

pub(super) static LIST: &[Deviation] = &[
    deviation!(
        "common-attributes-missing",
        "MachineConfigurations do not show their description",
        ["5.7.1/common-attributes"],
        [show(&["MachineConfiguration"], Edit::Drop("description"))],
    ),
    deviation!(
        "id-per-format",
        "the id of a Machine is another one in XML",
        ["5.7.1/id-constant", "4.1.4/same-meaning", "5.7.1/id-get"],
        [ANY.asks(wants_xml).then(Act::Show(Of::Types(MACHINE), Edit::Text("id", |id| format!("{id}?xml"))))],
    ),
    deviation!(
        "created-moves",
        "created is the instant of the last update",
        ["5.7.1/created-constant"],
        [always(Act::Show(
            Of::Resources,
            Edit::With(|attributes| {
                if let Some(updated) = attributes.get("updated").cloned() {
                    attributes.set("created", updated);
                }
            })
        ))],
    ),
    deviation!(
        "updated-stays",
        "updated does not move with an update",
        ["5.7.1/updated-meaning"],
        [always(Act::Freeze(Of::Resources, "updated"))],
    ),
    deviation!(
        "updated-by-operations",
        "updated is later after an operation that merely changes the state",
        ["5.7.1/updated-not-by-operation"],
        [
            operation(MACHINE, "start")
                .then(Act::Mark(Edit::Change("updated", V::Text("2099-01-01T00:00:00Z")))),
            operation(MACHINE, "stop")
                .then(Act::Mark(Edit::Change("updated", V::Text("2099-01-01T00:00:00Z")))),
        ],
    ),
    deviation!(
        "properties-as-structures",
        "the value of a property is a structure",
        ["5.7.1/property-shape", "5.4/json-object"],
        [always(Act::Json(|value| super::super::json::key(value, "properties", &|properties| {
            for value in properties.as_object_mut().into_iter().flat_map(|map| map.values_mut()) {
                *value = serde_json::json!({ "value": value.take() });
            }
        })))],
    ),
    deviation!(
        "resource-metadata-elsewhere",
        "resourceMetadata of a resource refers to something else",
        ["5.7.1/resource-metadata-ref"],
        [show(
            MACHINE,
            Edit::Point("resourceMetadata", |uri| {
                uri.split_once("/resourceMetadata")
                    .map_or_else(|| uri.to_owned(), |(base, _)| format!("{base}/machines"))
            })
        )],
    ),
    deviation!(
        "dangling-references",
        "references to what is deleted stay",
        ["5.10.1/reference-cleared"],
        [
            always(Act::Sticky(Of::Types(&["MachineTemplate"]), "machineImage")),
            always(Act::Sticky(Of::Types(&["MachineTemplate"]), "machineConfig")),
            always(Act::Sticky(Of::Types(&["VolumeTemplate"]), "volumeImage")),
            always(Act::Sticky(Of::Types(&["MachineImage"]), "relatedImage")),
        ],
    ),
    deviation!(
        "children-survive",
        "the Disks of a Machine that is deleted can still be read",
        ["5.10.2/children-deleted", "5.14.1.1/disks-are-components"],
        [delete(MACHINE).then(Act::Ghost(Seen::Inside("disks")))],
    ),
    deviation!(
        "parent-of-another",
        "the parent of a resource is the cloud entry point",
        ["5.10.2/parent-of-items"],
        [always(Act::Show(
            Of::All,
            Edit::Point("parent", |uri| {
                uri.split_once("/cimi/").map_or_else(|| gone(uri), |(base, _)| format!("{base}/cimi/"))
            })
        ))],
    ),
    deviation!(
        "associates-deleted",
        "what a template refers to is deleted with it",
        ["5.10.2/associates-survive"],
        [delete(&["MachineTemplate"]).then(Act::DeleteReferred("machineImage"))],
    ),
    deviation!(
        "volumes-deleted-with-machine",
        "the Volumes connected to a Machine are deleted with it",
        ["5.14.1.1/volumes-are-associates", "5.10.2/associates-survive"],
        [delete(MACHINE).then(Act::DeleteMembers("volumes"))],
    ),
    deviation!(
        "job-listed-as-deleted",
        "what was deleted is still among the affected resources of the Job",
        ["5.17.1/deleted-not-listed"],
        [always(Act::Freeze(Of::Types(&["Job"]), "affectedResources"))],
    ),
    deviation!(
        "description-as-map",
        "the description of a Volume is an object",
        ["5.5.5/string-json", "5.5.5/string-xml"],
        [show(
            &["Volume"],
            Edit::With(|attributes| {
                if let Some(text) = attributes.remove("description") {
                    let inner: Attributes = Attributes::new().with("text", text);
                    attributes.set("description", Value::Structure(inner));
                }
            })
        )],
    ),
];
