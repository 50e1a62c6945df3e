//! What each type has, by its table: one departure for each.

use cimi::Value;

use super::super::Deviation;
use super::super::way::{Edit, V, show};

pub(super) static LIST: &[Deviation] = &[
    deviation!(
        "machine-template-asks-for-an-unknown-state",
        "initialState of a MachineTemplate is a state that there is not",
        ["5.14.3/attributes"],
        [show(&["MachineTemplate"], Edit::Change("initialState", V::Text("RUNNING")))],
    ),
    deviation!(
        "configuration-without-memory",
        "a MachineConfiguration does not tell its memory",
        ["5.14.5/attributes", "5.3/provider-mandatory", "7.1/machine-attributes"],
        [show(&["MachineConfiguration"], Edit::Drop("memory"))],
    ),
    deviation!(
        "configuration-disks-without-capacity",
        "the disks of a MachineConfiguration have no capacity",
        ["5.14.5/disks", "5.14.5/attributes"],
        [show(&["MachineConfiguration"], Edit::Items("disks", &Edit::Rename("capacity", "size")))],
    ),
    deviation!(
        "image-without-location",
        "a MachineImage does not tell its imageLocation",
        ["5.14.7/attributes", "7.1/machine-attributes", "5.3/provider-mandatory"],
        [show(&["MachineImage"], Edit::Drop("imageLocation"))],
    ),
    deviation!(
        "credential-user-as-number",
        "userName of a Credential is a number",
        ["5.14.9/attributes", "5.5.5/string-json"],
        [show(&["Credential"], Edit::Change("userName", V::Int(7)))],
    ),
    deviation!(
        "credential-shows-password",
        "a Credential shows its password",
        ["5.14.9/secrets-not-shown"],
        [show(&["Credential"], Edit::Set("password", V::Text("secret")))],
    ),
    deviation!(
        "credential-template-user-as-number",
        "userName of a CredentialTemplate is a number",
        ["5.14.11/attributes", "5.5.5/string-json"],
        [show(&["CredentialTemplate"], Edit::Change("userName", V::Int(7)))],
    ),
    deviation!(
        "volume-without-type",
        "a Volume does not say of which type it is",
        ["5.15.1/attributes", "5.3/provider-mandatory", "5.11/mandatory-kept"],
        [show(&["Volume"], Edit::Drop("type"))],
    ),
    deviation!(
        "volume-template-config-as-text",
        "volumeConfig of a VolumeTemplate is a text",
        ["5.15.3/attributes", "5.5.6/ref-json", "5.5.6/ref-xml"],
        [show(&["VolumeTemplate"], Edit::Change("volumeConfig", V::Text("standard")))],
    ),
    deviation!(
        "volume-configuration-capacity-in-words",
        "the capacity of a VolumeConfiguration is in words",
        ["5.15.5/attributes", "5.5.4/integer-json", "5.5.4/integer-xml"],
        [show(&["VolumeConfiguration"], Edit::Change("capacity", V::Text("20 GB")))],
    ),
    deviation!(
        "volume-image-never-bootable",
        "a VolumeImage from which Machines can boot does not say so",
        ["5.15.7/attributes", "5.3/provider-mandatory", "5.11/mandatory-kept"],
        [show(&["VolumeImage"], Edit::Drop("bootable"))],
    ),
    deviation!(
        "system-without-volumes",
        "a System does not lead to its Volumes",
        ["5.13.1/attributes", "5.3/provider-mandatory"],
        [show(&["System"], Edit::Drop("volumes"))],
    ),
    deviation!(
        "system-template-components-as-text",
        "componentDescriptors of a SystemTemplate are texts",
        ["5.13.4/attributes", "5.5.8/structure-consistent", "4.1.4/same-meaning"],
        [show(&["SystemTemplate"], Edit::Change("componentDescriptors", V::Texts(&["web", "data"])))],
    ),
    deviation!(
        "system-template-two-in-one",
        "a component descriptor has a template and a resource",
        ["5.13.4/descriptor-one-component"],
        [show(
            &["SystemTemplate"],
            Edit::Items(
                "componentDescriptors",
                &Edit::With(|fields| {
                    for name in ["machineTemplate", "volumeTemplate"] {
                        if !fields.contains(name) {
                            fields.set(name, cimi::Reference::to("http://cloud.invalid/templates/1"));
                        }
                    }
                })
            )
        )],
    ),
    deviation!(
        "import-image-as-number",
        "importImage of a SystemTemplate is a number",
        ["5.13.4/import-image", "5.5.10/uri-json"],
        [show(&["SystemTemplate"], Edit::Set("importImage", V::Int(7)))],
    ),
    deviation!(
        "network-without-state",
        "a Network does not say in which state it is",
        ["5.16.1/attributes", "5.3/provider-mandatory"],
        [show(&["Network"], Edit::Drop("state"))],
    ),
    deviation!(
        "network-links-as-text",
        "the Collections of a Network are texts",
        ["5.16.1/serialised", "5.16.1/attributes", "5.5.6/ref-json", "5.5.6/ref-xml"],
        [show(
            &["Network"],
            Edit::With(|attributes| {
                for name in ["segments", "networkPorts"] {
                    if attributes.contains(name) {
                        attributes.set(name, "none");
                    }
                }
            })
        )],
    ),
    deviation!(
        "network-template-without-initial-state",
        "a NetworkTemplate does not say which state it asks for",
        ["5.16.3/attributes", "5.3/provider-mandatory"],
        [show(&["NetworkTemplate"], Edit::Drop("initialState"))],
    ),
    deviation!(
        "segment-of-an-unknown-protocol",
        "the protocol of a ProtocolSegment is IPv5",
        ["5.16.5/attributes"],
        [show(&["ProtocolSegment"], Edit::Change("protocol", V::Text("IPv5")))],
    ),
    deviation!(
        "segment-parameters-as-text",
        "the parameters of a ProtocolSegment are a text",
        ["5.16.5.1/parameters", "5.4/json-object", "5.4/xml-root", "4.1.4/same-meaning"],
        [show(&["ProtocolSegment"], Edit::Change("parameters", V::Text("netmask=255.255.255.0")))],
    ),
    deviation!(
        "segment-template-of-an-unknown-protocol",
        "the protocol of a ProtocolSegmentTemplate is IPv5",
        ["5.16.7/attributes"],
        [show(&["ProtocolSegmentTemplate"], Edit::Change("protocol", V::Text("IPv5")))],
    ),
    deviation!(
        "endpoint-of-an-unknown-origin",
        "the origin of a ProtocolEndpoint is GUESSED",
        ["5.16.9/attributes"],
        [show(&["ProtocolEndpoint"], Edit::Change("origin", V::Text("GUESSED")))],
    ),
    deviation!(
        "endpoint-of-another-protocol",
        "the protocol of a ProtocolEndpoint is not that of its segment",
        ["5.16.9/protocol-of-segment"],
        [show(
            &["ProtocolEndpoint"],
            Edit::With(|attributes| {
                let other = if attributes.text("protocol") == Some("IPv4") { "IPv6" } else { "IPv4" };
                if attributes.contains("protocol") {
                    attributes.set("protocol", other);
                }
            })
        )
        .needing(&[("ProtocolEndpoint", "protocol")]),],
    ),
    deviation!(
        "endpoint-template-of-an-unknown-origin",
        "the origin of a ProtocolEndpointTemplate is GUESSED",
        ["5.16.11/attributes"],
        [show(&["ProtocolEndpointTemplate"], Edit::Change("origin", V::Text("GUESSED")))],
    ),
    deviation!(
        "endpoint-template-dynamic-with-address",
        "a template whose origin is DYNAMIC gives an address",
        ["5.16.11/dynamic-without-address"],
        [show(&["ProtocolEndpointTemplate"], Edit::Set("address", V::Text("192.0.2.1")))],
    ),
    deviation!(
        "interface-mtu-in-words",
        "mtu of a NetworkInterface is in words",
        ["5.16.13/attributes", "5.5.4/integer-json", "5.5.4/integer-xml"],
        [show(&["NetworkInterface"], Edit::Change("mtu", V::Text("a lot")))],
    ),
    deviation!(
        "interface-template-mtu-in-words",
        "mtu of a NetworkInterfaceTemplate is in words",
        ["5.16.15/attributes", "5.5.4/integer-json", "5.5.4/integer-xml"],
        [show(&["NetworkInterfaceTemplate"], Edit::Change("mtu", V::Text("a lot")))],
    ),
    deviation!(
        "service-of-an-unknown-type",
        "the type of a NetworkService is Magic",
        ["5.16.17/attributes"],
        [show(&["NetworkService"], Edit::Change("type", V::Text("Magic")))],
    ),
    deviation!(
        "service-template-of-an-unknown-type",
        "the type of a NetworkServiceTemplate is Magic",
        ["5.16.19/attributes"],
        [show(&["NetworkServiceTemplate"], Edit::Change("type", V::Text("Magic")))],
    ),
    deviation!(
        "meter-of-an-unknown-scope",
        "timeScope of a Meter is Often",
        ["5.17.3/attributes"],
        [show(&["Meter"], Edit::Change("timeScope", V::Text("Often")))],
    ),
    deviation!(
        "sample-without-timestamp",
        "a Sample does not say when it was taken",
        ["5.17.3.1.1/attributes", "5.3/provider-mandatory", "5.11/mandatory-kept"],
        [
            show(&["Sample"], Edit::Drop("timestamp")).needing(&[("Meter", "samples")]),
            show(&["Sample"], Edit::Drop("sample")).needing(&[("Meter", "samples")]),
        ],
    ),
    deviation!(
        "meter-template-config-as-text",
        "meterConfig of a MeterTemplate is a text",
        ["5.17.5/attributes", "5.5.6/ref-json", "5.5.6/ref-xml"],
        [show(&["MeterTemplate"], Edit::Change("meterConfig", V::Text("cpu")))],
    ),
    deviation!(
        "meter-configuration-interval-in-words",
        "sampleInterval of a MeterConfiguration is in words",
        ["5.17.7/attributes", "5.5.4/integer-json", "5.5.4/integer-xml"],
        [show(&["MeterConfiguration"], Edit::Change("sampleInterval", V::Text("often")))],
    ),
    deviation!(
        "aspect-bare",
        "the aspect of a MeterConfiguration is a bare name",
        ["5.17.7/aspect-uri"],
        [show(
            &["MeterConfiguration", "Meter"],
            Edit::Text("aspect", |uri| { uri.rsplit('/').next().unwrap_or_default().to_owned() })
        )],
    ),
    deviation!(
        "event-log-without-target",
        "an EventLog does not say of which resource it is",
        ["5.17.8/attributes", "5.3/provider-mandatory"],
        [show(&["EventLog"], Edit::Drop("targetResource"))],
    ),
    deviation!(
        "event-log-template-persistence-as-number",
        "persistence of an EventLogTemplate is a number",
        ["5.17.11/attributes", "5.5.5/string-json"],
        [show(&["EventLogTemplate"], Edit::Change("persistence", V::Int(7)))],
    ),
    deviation!(
        "event-of-an-unknown-severity",
        "the severity of an Event is terrible",
        ["5.17.13/attributes"],
        [show(&["Event"], Edit::Set("severity", V::Text("terrible")))],
    ),
    deviation!(
        "event-type-bare",
        "the type of an Event is a bare name",
        ["5.17.13/type-uri"],
        [show(&["Event"], Edit::Text("type", |uri| uri.rsplit('/').next().unwrap_or_default().to_owned()))],
    ),
    deviation!(
        "event-content-as-text",
        "the content of an Event is a text",
        ["5.17.13/content-monitoring", "5.17.13/type-uri"],
        [show(&["Event"], Edit::Change("content", V::Text("something was measured")))],
    ),
    deviation!(
        "machine-template-user-data-plain",
        "userData of a MachineTemplate is not Base64",
        ["5.14.3/user-data-base64"],
        [show(&["MachineTemplate"], Edit::Set("userData", V::Text("#! not Base64, at all")))],
    ),
    deviation!(
        "image-with-related",
        "an image of type IMAGE has a relatedImage",
        ["5.14.7/image-without-related"],
        [show(
            &["MachineImage"],
            Edit::With(|attributes| {
                if let (Some("IMAGE"), Some(id)) = (attributes.text("type"), attributes.text("id")) {
                    let related = Value::Ref(cimi::Reference::to(id));
                    attributes.set("relatedImage", related);
                }
            })
        )],
    ),
    deviation!(
        "service-type-bare",
        "serviceType of a SystemService is a bare name",
        ["5.13.3/service-type"],
        [show(
            &["SystemService"],
            Edit::Text("serviceType", |uri| {
                uri.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
            })
        )],
    ),
];
