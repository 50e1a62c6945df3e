//! Clause 5.5.12: Collections, in general and of each kind.

use serde_json::json;

use super::super::way::{ANY, Act, Edit, Of, Part, Seen, V, add, always, delete, operation, show};
use super::super::{Deviation, json, xml};

/// A Collection that says that it is of another kind.
macro_rules! kind {
    ($kind:literal, $id:literal) => {
        $crate::deviation::Deviation {
            name: concat!($kind, "-collection-of-another-type"),
            summary: concat!("the Collection of ", $kind, "s says that it is one of Things"),
            breaks: &[$id, "5.12/collections-typed", "4.1.4/resource-uri-matches-root"],
            ways: &[
                always(Act::Json(|value| {
                    json::retyped(value, concat!($kind, "Collection"), "ThingCollection")
                }))
                .needing(&[($kind, "")]),
                always(Act::Xml(|text| {
                    text.replace(concat!("/", $kind, "Collection\""), "/ThingCollection\"")
                }))
                .needing(&[($kind, "")]),
            ],
        }
    };
}

pub(super) static KINDS: &[Deviation] = &[
    kind!("ResourceMetadata", "5.11.2/collection"),
    kind!("System", "5.13.2/collection"),
    kind!("SystemTemplate", "5.13.5/collection"),
    kind!("Machine", "5.14.2/collection"),
    kind!("MachineTemplate", "5.14.4/collection"),
    kind!("MachineConfiguration", "5.14.6/collection"),
    kind!("MachineImage", "5.14.8/collection"),
    kind!("Credential", "5.14.10/collection"),
    kind!("CredentialTemplate", "5.14.12/collection"),
    kind!("Volume", "5.15.2/collection"),
    kind!("VolumeTemplate", "5.15.4/collection"),
    kind!("VolumeConfiguration", "5.15.6/collection"),
    kind!("VolumeImage", "5.15.8/collection"),
    kind!("Network", "5.16.2/collection"),
    kind!("NetworkTemplate", "5.16.4/collection"),
    kind!("ProtocolSegment", "5.16.6/collection"),
    kind!("ProtocolSegmentTemplate", "5.16.8/collection"),
    kind!("ProtocolEndpoint", "5.16.10/collection"),
    kind!("ProtocolEndpointTemplate", "5.16.12/collection"),
    kind!("NetworkInterface", "5.16.14/collection"),
    kind!("NetworkInterfaceTemplate", "5.16.16/collection"),
    kind!("NetworkService", "5.16.18/serialised"),
    kind!("NetworkServiceTemplate", "5.16.20/collection"),
    kind!("Job", "5.17.2/collection"),
    kind!("Meter", "5.17.4/collection"),
    kind!("MeterTemplate", "5.17.6/collection"),
    kind!("MeterConfiguration", "5.17.9/collection"),
    kind!("EventLog", "5.17.10/collection"),
    kind!("EventLogTemplate", "5.17.12/collection"),
];

const ALL: Of = Of::Collections;
const LINKS: &[&str] = &["locatedVolume"];

pub(super) static LIST: &[Deviation] = &[
    deviation!(
        "deleted-stays-listed",
        "what is deleted is still in the Collections that listed it",
        ["5.5.12/deleted-item-leaves-collections", "5.5.12.4/delete-removes", "5.5.12/delete-or-remove"],
        [ANY.method(&["DELETE"]).part(Part::Resource).then(Act::Ghost(Seen::InCollections))],
    ),
    deviation!(
        "collection-without-id",
        "Collections have no id",
        ["5.5.12/collection-id", "5.7.1/common-attributes"],
        [always(Act::Show(ALL, Edit::Drop("id")))],
    ),
    deviation!(
        "xml-collection-root",
        "a Collection in XML is an element Items",
        ["5.5.12/collection-xml-root", "DSP8009/collection-root"],
        [always(Act::Xml(|text| xml::renamed(text, "Collection", "Items")))],
    ),
    deviation!(
        "missing-count",
        "collections have no count",
        ["5.5.12/collection-count", "DSP8009/collection-root", "DSP8009/json-collections"],
        [always(Act::Show(ALL, Edit::Drop("count")))],
    ),
    deviation!(
        "count-too-small",
        "count is one less than there are members",
        ["5.5.12/count-not-less", "5.5.12/collection-count"],
        [always(Act::Show(
            ALL,
            Edit::With(|attributes| {
                if let Some(count) = attributes.integer("count").filter(|count| *count > 0) {
                    attributes.set("count", count - 1);
                }
            })
        ))],
    ),
    deviation!(
        "add-creates-nothing",
        "what is added is not there",
        ["5.5.12.1/add-creates", "5.5.12/add-or-insert", "4.2.1.1/create-by-post", "4.2.1.1/location"],
        [add(&["MachineConfiguration", "Credential", "MachineTemplate"])
            .status(200, 299)
            .then(Act::DeleteMade)],
    ),
    deviation!(
        "delete-keeps-resource",
        "delete of a Disk takes it out of the Collection only",
        ["5.5.12/delete-or-remove"],
        [delete(&["Disk"]).then(Act::Ghost(Seen::Itself))],
    ),
    deviation!(
        "collection-members-elsewhere",
        "the members of a Collection are one level deeper",
        ["5.5.12/collection-shape"],
        [
            always(Act::Json(|value| {
                if json::is_collection(value)
                    && let Some(object) = value.as_object_mut()
                    && let Some(name) = json::grouping(object)
                {
                    let members = object[&name].take();
                    object[&name] = json!({ "items": members });
                }
            })),
            always(Act::Xml(|text| text
                .replace("<locatedVolumes>", "<list><locatedVolumes>")
                .replace("</locatedVolumes>", "</locatedVolumes></list>"))),
        ],
    ),
    deviation!(
        "grouping-of-another-name",
        "the members of a Collection are called items",
        ["5.5.12/grouping-name", "DSP8009/json-collections"],
        [always(Act::Json(|value| {
            if json::is_collection(value)
                && let Some(object) = value.as_object_mut()
                && let Some(name) = json::grouping(object)
            {
                let members = object.shift_remove(&name).unwrap_or_default();
                object.insert("items".to_owned(), members);
            }
        }))],
    ),
    deviation!(
        "member-of-another-type",
        "members of a Collection of Machines say that they are Servers",
        ["5.5.12/member-resource-uri"],
        [always(Act::Json(|value| if json::is_collection(value) {
            json::retyped(value, "Machine", "Server");
        })),],
    ),
    deviation!(
        "member-without-id",
        "members of a Collection have no id",
        ["5.5.12/member-id", "5.5.12/member-common-attributes", "4.1/id-self-pointer"],
        [always(Act::Show(Of::Types(&["MachineCollection"]), Edit::Items("machines", &Edit::Drop("id"))))],
    ),
    deviation!(
        "member-without-common-attributes",
        "members of a Collection do not show created and updated",
        ["5.5.12/member-common-attributes"],
        [
            always(Act::Show(
                Of::Types(&["VolumeCollection"]),
                Edit::Items("volumes", &Edit::Drop("created"))
            )),
            always(Act::Show(
                Of::Types(&["VolumeCollection"]),
                Edit::Items("volumes", &Edit::Drop("updated"))
            )),
        ],
    ),
    deviation!(
        "empty-list-shown",
        "a collection without members has an empty list",
        ["5.5.12/empty-list-omitted", "5.5.11/empty-array-omitted"],
        [always(Act::Json(json::empty_list))],
    ),
    deviation!(
        "add-of-representation-refused",
        "a resource cannot be added by its representation",
        ["5.5.12.1/add-body"],
        [add(&["MachineConfiguration", "MachineTemplate", "Credential"]).then(Act::Refuse(400))],
    ),
    deviation!(
        "no-location",
        "a creation does not say where the new resource is",
        ["5.5.12.1/add-location", "4.2.1.1/location"],
        [ANY.method(&["POST"]).part(Part::Collection).then(Act::NoHeader("location"))],
    ),
    deviation!(
        "insert-does-nothing",
        "insert is answered with success and makes nothing a member",
        ["5.5.12.2/insert", "5.5.12/add-or-insert"],
        [operation(LINKS, "insert").then(Act::Swallow)],
    ),
    deviation!(
        "insert-forgets-accessories",
        "insert passes over the accessory attributes",
        ["5.5.12.2/insert-body"],
        [operation(LINKS, "insert").then(Act::Ask(Edit::Drop("initialLocation")))],
    ),
    deviation!(
        "remove-does-nothing",
        "remove is answered with success and takes no member out",
        ["5.5.12.3/remove", "5.5.12/delete-or-remove"],
        [operation(LINKS, "remove").then(Act::Swallow)],
    ),
    deviation!(
        "remove-refused",
        "remove does not understand the reference of the member",
        ["5.5.12.3/remove-body"],
        [operation(LINKS, "remove").then(Act::Refuse(400))],
    ),
    deviation!(
        "count-in-words",
        "count of a Collection is in words",
        ["5.5.12/collection-count", "5.5.4/integer-json", "5.5.4/integer-xml"],
        [show(&["CredentialCollection"], Edit::Change("count", V::Text("some")))],
    ),
];
