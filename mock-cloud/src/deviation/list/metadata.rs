//! Clause 5.11: ResourceMetadata, and capabilities that are advertised and not there.

use cimi::{Attributes, Value};

use super::super::way::{ANY, Act, Edit, V, add, always, get, operation, show};
use super::super::{Deviation, json};
use super::{by_value, part_by_value};

const METADATA: &[&str] = &["ResourceMetadata"];

/// Gives a capability another value than it has.
fn claim(attributes: &mut Attributes, capability: &str, value: impl Into<Value>) {
    let value = value.into();
    each(attributes, "capabilities", |fields| {
        if fields.text("name") == Some(capability) {
            fields.set("value", value.clone());
        }
    });
}

/// The structures of an array of the metadata.
fn each(attributes: &mut Attributes, array: &str, change: impl Fn(&mut Attributes)) {
    if let Some(Value::Array(items)) = attributes.get_mut(array) {
        for item in items {
            if let Value::Structure(fields) = item {
                change(fields);
            }
        }
    }
}

/// Something that a capability promises is refused.
macro_rules! refused {
    ($id:literal, $ty:literal, $part:literal) => {
        $crate::deviation::Deviation {
            name: concat!($part, "-of-", $ty, "-by-value-refused"),
            summary: concat!($part, " of a new ", $ty, " is refused by value, though this is advertised"),
            breaks: &[$id],
            ways: &[add(&[$ty]).asks(by_value).then(Act::Refuse(400))],
        }
    };
}

/// A new resource is in another state than `DefaultInitialState` says; a state of `InitialStates` is refused.
macro_rules! initial {
    ($ty:literal, $template:literal, $default:literal, $states:literal, $on:literal) => {
        &[
            $crate::deviation::Deviation {
                name: concat!($ty, "-default-initial-state-ignored"),
                summary: concat!(
                    "a new ",
                    $ty,
                    " whose template asks for no state does not begin in DefaultInitialState"
                ),
                breaks: &[$default],
                ways: &[add(&[$ty])
                    .asks(|asked| by_value(asked) && !super::template_has(asked, "initialState"))
                    .then(Act::Ask(Edit::Inside($template, &Edit::Set("initialState", V::Text($on)))))],
            },
            $crate::deviation::Deviation {
                name: concat!($ty, "-initial-state-refused"),
                summary: concat!("a state of InitialStates is refused for a new ", $ty),
                breaks: &[$states],
                ways: &[add(&[$ty]).asks(|asked| asked.text().contains($on)).then(Act::Refuse(400))],
            },
        ]
    };
}

pub(super) static AREAS: &[&[Deviation]] =
    &[CAPABILITIES, NETWORK, INTERFACE, SERVICE, ENDPOINT, SEGMENT, LIST];

static CAPABILITIES: &[Deviation] = &[
    refused!("5.11.1/network-template-by-value", "Network", "networkTemplate"),
    refused!("5.11.1/interface-template-by-value", "NetworkInterface", "networkInterfaceTemplate"),
    refused!("5.11.1/network-service-template-by-value", "NetworkService", "networkServiceTemplate"),
    refused!("5.11.1/endpoint-template-by-value", "ProtocolEndpoint", "protocolEndpointTemplate"),
    refused!("5.11.1/segment-template-by-value", "ProtocolSegment", "protocolSegmentTemplate"),
    refused!("5.11.1/meter-template-by-value", "Meter", "meterTemplate"),
];

static NETWORK: &[Deviation] = initial!(
    "Network",
    "networkTemplate",
    "5.11.1/network-default-initial-state",
    "5.11.1/network-initial-states",
    "STARTED"
);

static INTERFACE: &[Deviation] = initial!(
    "NetworkInterface",
    "networkInterfaceTemplate",
    "5.11.1/interface-default-initial-state",
    "5.11.1/interface-initial-states",
    "ENABLED"
);

static SERVICE: &[Deviation] = initial!(
    "NetworkService",
    "networkServiceTemplate",
    "5.11.1/network-service-default-initial-state",
    "5.11.1/network-service-initial-states",
    "STARTED"
);

static ENDPOINT: &[Deviation] = initial!(
    "ProtocolEndpoint",
    "protocolEndpointTemplate",
    "5.11.1/endpoint-default-initial-state",
    "5.11.1/endpoint-initial-states",
    "ENABLED"
);

static SEGMENT: &[Deviation] = initial!(
    "ProtocolSegment",
    "protocolSegmentTemplate",
    "5.11.1/segment-default-initial-state",
    "5.11.1/segment-initial-states",
    "STARTED"
);

static LIST: &[Deviation] = &[
    deviation!(
        "metadata-not-found",
        "the metadata cannot be found from the cloud entry point",
        ["5.11/discoverable", "7.1/minimal-resources"],
        [show(&["CloudEntryPoint"], Edit::Drop("resourceMetadata"))],
    ),
    deviation!(
        "metadata-without-name",
        "a ResourceMetadata has no name",
        ["5.11/contents", "5.3/provider-mandatory"],
        [show(METADATA, Edit::Drop("name"))],
    ),
    deviation!(
        "metadata-without-type-uri",
        "a ResourceMetadata does not say of which type it is",
        ["5.11/type-uri", "5.11/contents"],
        [show(METADATA, Edit::Drop("typeURI"))],
    ),
    deviation!(
        "metadata-without-constraints",
        "attributes in the metadata do not say whether they are mutable",
        ["5.11/attribute-fields"],
        [show(
            METADATA,
            Edit::With(|attributes| each(attributes, "attributes", |fields| {
                fields.remove("mutable");
            }))
        )],
    ),
    deviation!(
        "metadata-namespace-of-known",
        "the metadata gives a namespace for an attribute that is no extension",
        ["5.11/namespace-of-extensions"],
        [show(
            METADATA,
            Edit::With(|attributes| each(attributes, "attributes", |fields| {
                if fields.text("name") == Some("description") {
                    fields.set("namespace", "http://www.example.com/cloud");
                }
            }))
        )],
    ),
    deviation!(
        "metadata-type-of-known",
        "the metadata gives a type for an attribute that is no extension",
        ["5.11/type-of-extensions"],
        [show(
            METADATA,
            Edit::With(|attributes| each(attributes, "attributes", |fields| {
                if fields.text("name") == Some("description") {
                    fields.set("type", "string");
                }
            }))
        )],
    ),
    deviation!(
        "metadata-mandatory-not-shown",
        "an attribute that the metadata calls mandatory is not there",
        ["5.11/mandatory-kept", "5.3/provider-mandatory", "5.15.7/attributes"],
        [show(&["VolumeImage"], Edit::Drop("bootable"))],
    ),
    deviation!(
        "vscope-not-enforced",
        "a value outside of its scope is accepted",
        ["5.11/vscope-enforced", "5.11.1/value-scopes-supported"],
        [ANY.method(&["POST", "PUT"])
            .at(&["Machine", "Volume", "Disk", "MachineConfiguration", "VolumeConfiguration"])
            .asks(super::out_of_scope)
            .status(400, 499)
            .then(Act::Forgive)],
    ),
    deviation!(
        "capability-without-uri",
        "a capability has no uri",
        ["5.11/capability-fields"],
        [show(
            METADATA,
            Edit::With(|attributes| each(attributes, "capabilities", |fields| {
                fields.remove("uri");
            }))
        )],
    ),
    deviation!(
        "actions-incomplete",
        "the metadata of Machines does not list stop, which they show",
        ["5.11/actions-superset"],
        [show(
            METADATA,
            Edit::With(|attributes| {
                if let Some(Value::Array(items)) = attributes.get_mut("actions") {
                    items.retain(|item| {
                        item.as_attributes().and_then(|fields| fields.text("name")) != Some("stop")
                    });
                }
            })
        )
        .needing(&[("Machine", "stop")]),],
    ),
    deviation!(
        "action-without-method",
        "an action in the metadata has no method",
        ["5.11/action-fields"],
        [show(
            METADATA,
            Edit::With(|attributes| each(attributes, "actions", |fields| {
                fields.remove("method");
            }))
        )],
    ),
    deviation!(
        "metadata-actions-as-map",
        "the actions in the metadata are a map from name to action",
        ["5.11/serialised", "5.5.11/array-json-wrapper"],
        [get(METADATA).then(Act::Json(|value| json::key(value, "actions", &|actions| {
            let named = actions
                .as_array()
                .into_iter()
                .flatten()
                .map(|action| (action["name"].as_str().unwrap_or_default().to_owned(), action.clone()));
            *actions = serde_json::Value::Object(named.collect());
        })))],
    ),
    deviation!(
        "capability-twice",
        "a capability is there twice",
        ["5.11.1/capability-names-unique"],
        [show(
            METADATA,
            Edit::With(|attributes| {
                if let Some(Value::Array(items)) = attributes.get_mut("capabilities")
                    && let Some(first) = items.first().cloned()
                {
                    items.push(first);
                }
            })
        )],
    ),
    deviation!(
        "capability-of-another-uri",
        "the URI of a capability is without its resource",
        ["5.11.1/capability-uri"],
        [show(
            METADATA,
            Edit::With(|attributes| each(attributes, "capabilities", |fields| {
                let short = fields.text("uri").and_then(|uri| {
                    let (base, rest) = uri.split_once("/capability/")?;
                    Some(format!("{base}/capability/{}", rest.rsplit('/').next()?))
                });
                fields.set_some("uri", short);
            }))
        )],
    ),
    deviation!(
        "general-capability-elsewhere",
        "a capability of the provider as a whole stands in the metadata of Machines",
        ["5.11.1/general-capabilities"],
        [show(
            METADATA,
            Edit::With(|attributes| {
                if attributes.text("name") == Some("Machine")
                    && let Some(uri) = attributes.text("typeURI").and_then(|uri| uri.strip_suffix("/Machine"))
                {
                    let capability = Attributes::new()
                        .with("name", "SelectParameter")
                        .with("uri", format!("{uri}/capability/CloudEntryPoint/SelectParameter"))
                        .with("value", true);
                    if let Some(Value::Array(items)) = attributes.get_mut("capabilities") {
                        items.push(Value::Structure(capability));
                    }
                }
            })
        )],
    ),
    deviation!(
        "properties-limited",
        "fewer properties can be stored than MaxPropertyItems says",
        ["5.11.1/max-property-items"],
        [ANY.method(&["POST", "PUT"])
            .asks(|asked| asked
                .document()
                .is_some_and(|sent| { sent.attributes.map("properties").is_some_and(|map| map.len() > 4) }))
            .then(Act::Refuse(400))],
    ),
    deviation!(
        "component-template-by-value-refused",
        "a SystemTemplate with component templates by value is refused, though this is advertised",
        ["5.11.1/component-template-by-value"],
        [add(&["SystemTemplate", "System"]).asks(super::component_by_value).then(Act::Refuse(400)),],
    ),
    deviation!(
        "meter-config-by-value-refused",
        "a MeterConfiguration by value is refused, though this is advertised",
        ["5.11.1/meter-config-by-value"],
        [add(&["Meter"]).asks(|asked| part_by_value(asked, "meterConfig")).then(Act::Refuse(400))],
    ),
    deviation!(
        "template-by-value-denied",
        "parts of a MachineTemplate are said to be taken by value, and the template is not",
        ["5.11.1/machine-by-value-implies-template"],
        [show(METADATA, Edit::With(|attributes| claim(attributes, "MachineTemplateByValue", false)))],
    ),
    deviation!(
        "volume-template-by-value-denied",
        "parts of a VolumeTemplate are said to be taken by value, and the template is not",
        ["5.11.1/volume-by-value-implies-template"],
        [show(METADATA, Edit::With(|attributes| claim(attributes, "VolumeTemplateByValue", false)))],
    ),
    deviation!(
        "force-not-understood",
        "stop and restart with force are refused, though this is advertised",
        ["5.11.1/machine-stop-force", "5.14.1.2/stop-force", "5.14.1.2/restart-force"],
        [
            operation(&["Machine"], "stop").asks(super::forces).then(Act::Refuse(400)),
            operation(&["Machine"], "restart").asks(super::forces).then(Act::Refuse(400)),
        ],
    ),
    deviation!(
        "user-data-by-an-unknown-method",
        "UserData names a method that there is not",
        ["5.11.1/user-data"],
        [show(
            METADATA,
            Edit::With(|attributes| {
                if attributes.text("name") == Some("Machine")
                    && let Some(uri) = attributes.text("typeURI").and_then(|uri| uri.strip_suffix("/Machine"))
                {
                    let capability = Attributes::new()
                        .with("name", "UserData")
                        .with("uri", format!("{uri}/capability/Machine/UserData"))
                        .with("value", "telepathy");
                    if let Some(Value::Array(items)) = attributes.get_mut("capabilities") {
                        items.retain(|item| {
                            item.as_attributes().and_then(|fields| fields.text("name")) != Some("UserData")
                        });
                        items.push(Value::Structure(capability));
                    }
                }
            })
        )],
    ),
    deviation!(
        "shared-volumes-refused",
        "it is advertised that one Volume can be connected to several Machines, and it cannot",
        ["5.11.1/shared-volumes"],
        [show(METADATA, Edit::With(|attributes| claim(attributes, "SharedVolumeSupport", true)))],
    ),
    deviation!(
        "volume-snapshot-refused",
        "a VolumeImage cannot be made by referring to a Volume, though this is advertised",
        ["5.11.1/volume-snapshot", "5.15.8.1/snapshot-of-volume"],
        [add(&["VolumeImage"]).asks(|asked| asked.text().contains("/volumes/")).then(Act::Refuse(400))],
    ),
    deviation!(
        "initial-states-not-advertised",
        "InitialStates of Machines lacks a state that a template asks for",
        ["5.14.3/initial-states-advertised"],
        [show(METADATA, Edit::With(|attributes| super::without_state(attributes, "Machine", "STARTED")))],
    ),
    deviation!(
        "job-gone-at-once",
        "a Job is gone as soon as it has ended",
        ["5.11.1/job-retention"],
        [get(&["Job"])
            .part(super::super::way::Part::Resource)
            .then(Act::Denied(410, |body| body.contains("SUCCESS")))],
    ),
    deviation!(
        "v1-metadata-required-in-words",
        "an attribute in the metadata of 1.x says required in words",
        ["5.11/attribute-required", "DSP8009/metadata-required"],
        [always(Act::Reply(|reply| reply.edit(cimi::Edition::V1, |schema, attributes| {
            super::super::document::visit(schema, attributes, &mut |schema, attributes| {
                if schema.name() != "ResourceMetadata" || schema.attribute("vscope").is_some() {
                    return false;
                }
                let item = Attributes::new().with("required", "perhaps");
                attributes.set("attributes", vec![Value::Structure(item)]);
                true
            })
        })))],
    ),
];
