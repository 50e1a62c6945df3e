//! `CloudEntryPoint` (DSP0263 5.12): the catalogue of everything else.

use super::attribute::{Attribute, Type, attr};
use super::resource::ResourceType;

/// A collection of the catalogue. Which ones there are is the provider's choice; table 8 says that consumers may write them.
const fn catalogue(name: &'static str, ty: &'static str) -> Attribute {
    attr(name, Type::Collection(ty)).optional()
}

/// The types of this family.
pub(super) static TYPES: &[ResourceType] = &[ResourceType::resource(
    "CloudEntryPoint",
    "5.12",
    &[
        attr("baseURI", Type::Uri).required().immutable(),
        catalogue("resourceMetadata", "ResourceMetadataCollection"),
        catalogue("systems", "SystemCollection"),
        catalogue("systemTemplates", "SystemTemplateCollection"),
        catalogue("machines", "MachineCollection"),
        catalogue("machineTemplates", "MachineTemplateCollection"),
        catalogue("machineConfigs", "MachineConfigurationCollection"),
        catalogue("machineImages", "MachineImageCollection"),
        catalogue("credentials", "CredentialCollection"),
        catalogue("credentialTemplates", "CredentialTemplateCollection"),
        catalogue("volumes", "VolumeCollection"),
        catalogue("volumeTemplates", "VolumeTemplateCollection"),
        catalogue("volumeConfigs", "VolumeConfigurationCollection"),
        catalogue("volumeImages", "VolumeImageCollection"),
        catalogue("networks", "NetworkCollection"),
        catalogue("networkTemplates", "NetworkTemplateCollection"),
        catalogue("networkConfigs", "NetworkConfigurationCollection").v1(),
        catalogue("networkPorts", "NetworkPortCollection").v1(),
        catalogue("networkPortTemplates", "NetworkPortTemplateCollection").v1(),
        catalogue("networkPortConfigs", "NetworkPortConfigurationCollection").v1(),
        catalogue("addresses", "AddressCollection").v1(),
        catalogue("addressTemplates", "AddressTemplateCollection").v1(),
        catalogue("forwardingGroups", "ForwardingGroupCollection").v1(),
        catalogue("forwardingGroupTemplates", "ForwardingGroupTemplateCollection").v1(),
        catalogue("segments", "ProtocolSegmentCollection").v2(),
        catalogue("segmentTemplates", "ProtocolSegmentTemplateCollection").v2(),
        catalogue("endpoints", "ProtocolEndpointCollection").v2(),
        catalogue("endpointTemplates", "ProtocolEndpointTemplateCollection").v2(),
        catalogue("interfaces", "NetworkInterfaceCollection").v2(),
        catalogue("interfaceTemplates", "NetworkInterfaceTemplateCollection").v2(),
        catalogue("networkServices", "NetworkServiceCollection").v2(),
        catalogue("networkServiceTemplates", "NetworkServiceTemplateCollection").v2(),
        catalogue("jobs", "JobCollection"),
        catalogue("meters", "MeterCollection"),
        catalogue("meterTemplates", "MeterTemplateCollection"),
        catalogue("meterConfigs", "MeterConfigurationCollection"),
        catalogue("eventLogs", "EventLogCollection"),
        catalogue("eventLogTemplates", "EventLogTemplateCollection"),
    ],
)];
