//! Machine and what it is made of (DSP0263 5.14).

use super::card::{cloud, consumer, creator, secret};
use super::{Card, Held, Home, Kind};

const CREDENTIAL: &[Held] =
    &[consumer("parameters"), consumer("userName"), secret("password"), consumer("key")];

/// The cards of this family.
pub(super) const CARDS: &[Card] = &[
    Card::new(
        Kind::Machine,
        "Machine",
        Home::Cloud("machines"),
        &[
            consumer("cpu"),
            consumer("memory"),
            cloud("cpuArch"),
            cloud("cpuSpeed"),
            cloud("latestSnapshot"),
            cloud("eventLog"),
        ],
    ),
    Card::new(
        Kind::Disk,
        "Disk",
        Home::Inside(Kind::Machine, "disks"),
        &[creator("capacity"), consumer("initialLocation")],
    ),
    Card::link(
        Kind::MachineVolume,
        "MachineVolume",
        Home::Inside(Kind::Machine, "volumes"),
        Kind::Volume,
        &[creator("volume"), consumer("initialLocation")],
    ),
    Card::link(
        Kind::MachineSnapshot,
        "MachineSnapshot",
        Home::Inside(Kind::Machine, "snapshots"),
        Kind::MachineImage,
        &[cloud("snapshot")],
    ),
    Card::new(
        Kind::MachineNetworkInterface,
        "MachineNetworkInterface",
        Home::Flat(Kind::Machine, "networkInterfaces", "machineNetworkInterfaces"),
        &[
            consumer("network"),
            consumer("networkPort"),
            // In 1.x the state of the link, not of a life.
            consumer("state"),
            cloud("macAddress"),
            consumer("mtu"),
        ],
    ),
    Card::link(
        Kind::MachineNetworkInterfaceAddress,
        "MachineNetworkInterfaceAddress",
        Home::Inside(Kind::MachineNetworkInterface, "addresses"),
        Kind::Address,
        &[creator("address")],
    ),
    Card::new(
        Kind::MachineTemplate,
        "MachineTemplate",
        Home::Cloud("machineTemplates"),
        &[
            consumer("initialState"),
            consumer("machineConfig"),
            consumer("machineImage"),
            consumer("credential"),
            consumer("volumes"),
            consumer("volumeTemplates"),
            consumer("networkInterfaces"),
            consumer("interfaceTemplates"),
            consumer("userData"),
            consumer("meterTemplates"),
            consumer("eventLogTemplate"),
            consumer("genResourceMetadata"),
        ],
    ),
    Card::new(
        Kind::MachineConfiguration,
        "MachineConfiguration",
        Home::Cloud("machineConfigs"),
        &[consumer("cpu"), consumer("memory"), consumer("disks"), consumer("cpuArch"), consumer("cpuSpeed")],
    )
    .of_administrators(),
    Card::new(
        Kind::MachineImage,
        "MachineImage",
        Home::Cloud("machineImages"),
        &[creator("type"), creator("imageLocation"), cloud("relatedImage")],
    ),
    Card::new(Kind::Credential, "Credential", Home::Cloud("credentials"), CREDENTIAL),
    Card::new(Kind::CredentialTemplate, "CredentialTemplate", Home::Cloud("credentialTemplates"), CREDENTIAL),
];
