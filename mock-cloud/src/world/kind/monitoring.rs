//! Jobs, meters and logs (DSP0263 5.17).

use super::card::{cloud, consumer, creator};
use super::{Card, Home, Kind};

/// The cards of this family.
pub(super) const CARDS: &[Card] = &[
    Card::new(
        Kind::Job,
        "Job",
        Home::Cloud("jobs"),
        &[
            cloud("targetResource"),
            cloud("affectedResources"),
            cloud("action"),
            cloud("returnCode"),
            cloud("progress"),
            cloud("statusMessage"),
            cloud("timeOfStatusChange"),
            cloud("parentJob"),
            cloud("nestedJobs"),
        ],
    )
    .of_cloud(),
    Card::new(
        Kind::Meter,
        "Meter",
        Home::Cloud("meters"),
        &[
            creator("targetResource"),
            cloud("aspect"),
            cloud("units"),
            cloud("sampleInterval"),
            cloud("timeScope"),
            cloud("intervalDuration"),
            cloud("isContinuous"),
            cloud("minValue"),
            cloud("maxValue"),
            consumer("stopTime"),
            consumer("expiresTime"),
        ],
    )
    .also(&[
        (Kind::System, "meters"),
        (Kind::Machine, "meters"),
        (Kind::Volume, "meters"),
        (Kind::Network, "meters"),
        (Kind::NetworkPort, "meters"),
        (Kind::ProtocolSegment, "meters"),
        (Kind::ProtocolEndpoint, "meters"),
        (Kind::NetworkInterface, "meters"),
        (Kind::NetworkService, "meters"),
    ]),
    Card::new(
        Kind::Sample,
        "Sample",
        Home::Inside(Kind::Meter, "samples"),
        &[cloud("timestamp"), cloud("value")],
    )
    .of_cloud(),
    Card::new(
        Kind::MeterTemplate,
        "MeterTemplate",
        Home::Cloud("meterTemplates"),
        &[consumer("targetResource"), consumer("meterConfig")],
    ),
    Card::new(
        Kind::MeterConfiguration,
        "MeterConfiguration",
        Home::Cloud("meterConfigs"),
        &[
            // In 1.x, `associatedTo`: references to the types.
            consumer("associatedResources"),
            consumer("aspect"),
            consumer("units"),
            consumer("sampleInterval"),
            consumer("timeScope"),
            consumer("intervalDuration"),
            consumer("isContinuous"),
        ],
    )
    .of_administrators(),
    Card::new(
        Kind::EventLog,
        "EventLog",
        Home::Cloud("eventLogs"),
        &[creator("targetResource"), consumer("persistence"), cloud("summary")],
    ),
    Card::new(
        Kind::EventLogTemplate,
        "EventLogTemplate",
        Home::Cloud("eventLogTemplates"),
        &[consumer("targetResource"), consumer("persistence")],
    ),
    Card::new(
        Kind::Event,
        "Event",
        Home::Inside(Kind::EventLog, "events"),
        &[
            cloud("timestamp"),
            cloud("type"),
            cloud("content"),
            cloud("outcome"),
            cloud("severity"),
            consumer("contact"),
        ],
    )
    .of_cloud(),
];
