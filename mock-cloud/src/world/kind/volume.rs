//! Volume and what it is made of (DSP0263 5.15).

use super::card::{cloud, consumer, creator};
use super::{Card, Home, Kind};

/// The cards of this family.
pub(super) const CARDS: &[Card] = &[
    Card::new(
        Kind::Volume,
        "Volume",
        Home::Cloud("volumes"),
        &[cloud("type"), consumer("capacity"), cloud("bootable"), cloud("eventLog")],
    ),
    Card::link(
        Kind::VolumeVolumeImage,
        "VolumeVolumeImage",
        Home::Inside(Kind::Volume, "images"),
        Kind::VolumeImage,
        &[cloud("volumeImage")],
    ),
    Card::new(
        Kind::VolumeTemplate,
        "VolumeTemplate",
        Home::Cloud("volumeTemplates"),
        &[
            consumer("volumeConfig"),
            consumer("volumeImage"),
            consumer("meterTemplates"),
            consumer("eventLogTemplate"),
            consumer("genResourceMetadata"),
        ],
    ),
    Card::new(
        Kind::VolumeConfiguration,
        "VolumeConfiguration",
        Home::Cloud("volumeConfigs"),
        &[consumer("type"), consumer("format"), consumer("capacity")],
    )
    .of_administrators(),
    Card::new(
        Kind::VolumeImage,
        "VolumeImage",
        Home::Cloud("volumeImages"),
        &[creator("imageLocation"), consumer("bootable")],
    ),
];
