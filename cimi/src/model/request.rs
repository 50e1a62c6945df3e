//! The requests of DSP0263 4.2: `...Create` (4.2.1.1, 5.5.12.1), one for each type that is made from a template, and
//! `Action` (4.2.1.5) with the parameters of every operation.

use super::attribute::{Attribute, Type, attr};
use super::resource::ResourceType;

/// The template of a creation, by reference, by value, or by reference with attributes that override its own.
const fn template(name: &'static str, ty: &'static str) -> Attribute {
    attr(name, Type::Ref(ty)).required()
}

/// What `insert` and `remove` act on (5.5.12.2, 5.5.12.3): a reference named after the type of the item.
const fn item(name: &'static str, ty: &'static str) -> Attribute {
    attr(name, Type::Ref(ty)).optional().v2()
}

/// The types of this family.
pub(super) static TYPES: &[ResourceType] = &[
    ResourceType::create(
        "SystemCreate",
        "5.13.2.1",
        "System",
        &[template("systemTemplate", "SystemTemplate")],
    ),
    ResourceType::create(
        "MachineCreate",
        "5.14.2.1",
        "Machine",
        &[template("machineTemplate", "MachineTemplate")],
    ),
    ResourceType::create(
        "CredentialCreate",
        "5.14.10.1",
        "Credential",
        &[template("credentialTemplate", "CredentialTemplate")],
    ),
    // Added to the volumes of a Machine it says where, too.
    ResourceType::create(
        "VolumeCreate",
        "5.15.2.1",
        "Volume",
        &[
            template("volumeTemplate", "VolumeTemplate"),
            attr("initialLocation", Type::String).optional().v2(),
        ],
    ),
    ResourceType::create(
        "NetworkCreate",
        "5.16.2.1",
        "Network",
        &[template("networkTemplate", "NetworkTemplate")],
    ),
    ResourceType::create(
        "NetworkPortCreate",
        "DSP8009 NetworkPortCreate",
        "NetworkPort",
        &[template("networkPortTemplate", "NetworkPortTemplate")],
    )
    .v1(),
    ResourceType::create(
        "AddressCreate",
        "DSP8009 AddressCreate",
        "Address",
        &[template("addressTemplate", "AddressTemplate")],
    )
    .v1(),
    ResourceType::create(
        "ForwardingGroupCreate",
        "DSP8009 ForwardingGroupCreate",
        "ForwardingGroup",
        &[template("forwardingGroupTemplate", "ForwardingGroupTemplate")],
    )
    .v1(),
    ResourceType::create(
        "ProtocolSegmentCreate",
        "5.16.6.1",
        "ProtocolSegment",
        &[template("protocolSegmentTemplate", "ProtocolSegmentTemplate")],
    )
    .v2(),
    ResourceType::create(
        "ProtocolEndpointCreate",
        "5.16.10.1",
        "ProtocolEndpoint",
        &[template("protocolEndpointTemplate", "ProtocolEndpointTemplate")],
    )
    .v2(),
    ResourceType::create(
        "NetworkInterfaceCreate",
        "5.16.14.1",
        "NetworkInterface",
        &[template("networkInterfaceTemplate", "NetworkInterfaceTemplate")],
    )
    .v2(),
    ResourceType::create(
        "NetworkServiceCreate",
        "5.16.18.1",
        "NetworkService",
        &[template("networkServiceTemplate", "NetworkServiceTemplate")],
    )
    .v2(),
    ResourceType::create("MeterCreate", "5.17.4.1", "Meter", &[template("meterTemplate", "MeterTemplate")]),
    ResourceType::create(
        "EventLogCreate",
        "5.17.10",
        "EventLog",
        &[template("eventLogTemplate", "EventLogTemplate")],
    ),
    ResourceType::action(
        "Action",
        "4.2.1.5",
        &[
            attr("force", Type::Boolean).optional(),
            attr("image", Type::Ref("")).optional(),
            attr("source", Type::Uri).optional(),
            attr("format", Type::String).optional(),
            attr("destination", Type::Uri).optional(),
            attr("node", Type::Ref("Machine")).optional().v2(),
            attr("backup", Type::Ref("Machine")).optional().v2(),
            attr("initialLocation", Type::String).optional().v2(),
            attr("credentials", Type::Ref("Credential")).optional().v2(),
            attr("backupmachine", Type::Ref("Machine")).optional().v2(),
            item("resourceMetadata", "ResourceMetadata"),
            item("system", "System"),
            item("systemService", "SystemService"),
            item("systemTemplate", "SystemTemplate"),
            item("machine", "Machine"),
            item("disk", "Disk"),
            item("machineTemplate", "MachineTemplate"),
            item("machineConfiguration", "MachineConfiguration"),
            item("machineImage", "MachineImage"),
            item("credential", "Credential"),
            item("credentialTemplate", "CredentialTemplate"),
            item("volume", "Volume"),
            item("volumeTemplate", "VolumeTemplate"),
            item("volumeConfiguration", "VolumeConfiguration"),
            item("volumeImage", "VolumeImage"),
            item("network", "Network"),
            item("networkTemplate", "NetworkTemplate"),
            item("protocolSegment", "ProtocolSegment"),
            item("protocolSegmentTemplate", "ProtocolSegmentTemplate"),
            item("protocolEndpoint", "ProtocolEndpoint"),
            item("protocolEndpointTemplate", "ProtocolEndpointTemplate"),
            item("networkInterface", "NetworkInterface"),
            item("networkInterfaceTemplate", "NetworkInterfaceTemplate"),
            item("networkService", "NetworkService"),
            item("networkServiceTemplate", "NetworkServiceTemplate"),
            item("job", "Job"),
            item("meter", "Meter"),
            item("sample", "Sample"),
            item("meterTemplate", "MeterTemplate"),
            item("meterConfiguration", "MeterConfiguration"),
            item("eventLog", "EventLog"),
            item("eventLogTemplate", "EventLogTemplate"),
            item("event", "Event"),
        ],
    ),
];
