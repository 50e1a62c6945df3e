//! What joins a System of 1.x to its components: one association type for each type of component (DSP8009).
//!
//! In 2.0 the collections of a System hold the components themselves.

use super::attribute::{Type, attr};
use super::resource::ResourceType;

/// The types of this family.
pub(super) static TYPES: &[ResourceType] = &[
    ResourceType::resource("SystemSystem", "DSP8009 SystemSystem", &[attr("system", Type::Ref("System"))])
        .v1(),
    ResourceType::collection(
        "SystemSystemCollection",
        "DSP8009 SystemSystem",
        "SystemSystem",
        "systemSystems",
        "SystemSystem",
    )
    .v1(),
    ResourceType::resource(
        "SystemMachine",
        "DSP8009 SystemMachine",
        &[attr("machine", Type::Ref("Machine"))],
    )
    .v1(),
    ResourceType::collection(
        "SystemMachineCollection",
        "DSP8009 SystemMachine",
        "SystemMachine",
        "systemMachines",
        "SystemMachine",
    )
    .v1(),
    ResourceType::resource(
        "SystemCredential",
        "DSP8009 SystemCredential",
        &[attr("credential", Type::Ref("Credential"))],
    )
    .v1(),
    ResourceType::collection(
        "SystemCredentialCollection",
        "DSP8009 SystemCredential",
        "SystemCredential",
        "systemCredentials",
        "SystemCredential",
    )
    .v1(),
    ResourceType::resource("SystemVolume", "DSP8009 SystemVolume", &[attr("volume", Type::Ref("Volume"))])
        .v1(),
    ResourceType::collection(
        "SystemVolumeCollection",
        "DSP8009 SystemVolume",
        "SystemVolume",
        "systemVolumes",
        "SystemVolume",
    )
    .v1(),
    ResourceType::resource(
        "SystemNetwork",
        "DSP8009 SystemNetwork",
        &[attr("network", Type::Ref("Network"))],
    )
    .v1(),
    ResourceType::collection(
        "SystemNetworkCollection",
        "DSP8009 SystemNetwork",
        "SystemNetwork",
        "systemNetworks",
        "SystemNetwork",
    )
    .v1(),
    ResourceType::resource(
        "SystemNetworkPort",
        "DSP8009 SystemNetworkPort",
        &[attr("networkPort", Type::Ref("NetworkPort"))],
    )
    .v1(),
    ResourceType::collection(
        "SystemNetworkPortCollection",
        "DSP8009 SystemNetworkPort",
        "SystemNetworkPort",
        "systemNetworkPorts",
        "SystemNetworkPort",
    )
    .v1(),
    ResourceType::resource(
        "SystemAddress",
        "DSP8009 SystemAddress",
        &[attr("address", Type::Ref("Address"))],
    )
    .v1(),
    ResourceType::collection(
        "SystemAddressCollection",
        "DSP8009 SystemAddress",
        "SystemAddress",
        "systemAddresses",
        "SystemAddress",
    )
    .v1(),
    ResourceType::resource(
        "SystemForwardingGroup",
        "DSP8009 SystemForwardingGroup",
        &[attr("forwardingGroup", Type::Ref("ForwardingGroup"))],
    )
    .v1(),
    ResourceType::collection(
        "SystemForwardingGroupCollection",
        "DSP8009 SystemForwardingGroup",
        "SystemForwardingGroup",
        "systemForwardingGroups",
        "SystemForwardingGroup",
    )
    .v1(),
];
