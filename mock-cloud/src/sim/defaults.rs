//! What this cloud fills in where a consumer says nothing: a number or a URI has no empty value (DSP0263 5.5.15), so what
//! is not given is decided, and shown.
//!
//! Owns those values. A reset attribute (4.2.1.3.1) gets the same ones.

use cimi::model::meter::Aspect;

use super::settings::Capabilities;
use crate::world::{Field, Fields, Kind};

const MAPPED: &str = "http://schemas.dmtf.org/cimi/2/mapped";

/// Seconds between samples.
const SAMPLE_INTERVAL: i64 = 60;

/// Fills in what a resource of a kind lacks.
pub(crate) fn complete(kind: Kind, fields: &mut Fields, capabilities: &Capabilities) {
    let state = || capabilities.word("Machine", "DefaultInitialState").map(Field::from);
    let defaults = match kind {
        Kind::MachineConfiguration => vec![
            ("cpu", Some(Field::Integer(1))),
            ("memory", Some(Field::Integer(1 << 20))),
            ("cpuArch", Some(Field::Word("x86_64"))),
            ("cpuSpeed", Some(Field::Integer(2400))),
        ],
        Kind::MachineTemplate => vec![("initialState", state())],
        Kind::VolumeConfiguration => {
            vec![("type", Some(Field::Word(MAPPED))), ("capacity", Some(Field::Integer(1_000_000)))]
        }
        Kind::NetworkConfiguration | Kind::Network => {
            vec![("networkType", Some(Field::Word("PRIVATE"))), ("mtu", Some(Field::Integer(1500)))]
        }
        Kind::ProtocolSegment | Kind::ProtocolSegmentTemplate => {
            vec![("noDefaultRouting", Some(Field::Boolean(false)))]
        }
        Kind::ProtocolEndpoint | Kind::ProtocolEndpointTemplate => {
            let given = fields.get("address").is_some();
            vec![("origin", Some(Field::Word(if given { "STATIC" } else { "DYNAMIC" })))]
        }
        Kind::NetworkInterface | Kind::NetworkInterfaceTemplate => {
            vec![("speed", Some(Field::Integer(1_000_000_000))), ("mtu", Some(Field::Integer(1500)))]
        }
        Kind::NetworkService | Kind::NetworkServiceTemplate => vec![("type", Some(Field::Word("Other")))],
        Kind::MachineNetworkInterface => {
            vec![("state", Some(Field::Word("Active"))), ("mtu", Some(Field::Integer(1500)))]
        }
        Kind::MeterConfiguration => {
            let aspect = fields.text("aspect").and_then(Aspect::by_uri);
            let interval = fields.integer("sampleInterval").unwrap_or(SAMPLE_INTERVAL);
            let is_interval = fields.text("timeScope") == Some("Interval");
            vec![
                ("units", aspect.map(units).map(Field::Word)),
                ("sampleInterval", Some(Field::Integer(interval))),
                ("timeScope", Some(Field::Word("Point"))),
                ("intervalDuration", Some(Field::from(format!("PT{interval}S"))).filter(|_| is_interval)),
                ("isContinuous", Some(Field::Boolean(true))),
            ]
        }
        Kind::EventLog | Kind::EventLogTemplate => vec![("persistence", Some(Field::Word("monthly")))],
        Kind::VolumeImage => vec![("bootable", Some(Field::Boolean(false)))],
        _ => return,
    };
    for (name, default) in defaults {
        if fields.get(name).is_none() {
            fields.set_some(name, default);
        }
    }
}

/// The unit of an aspect: what its samples are in.
const fn units(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Cpu => "percent",
        Aspect::Memory => "kibibyte",
        Aspect::Disk => "kilobyte",
        Aspect::Bandwidth | Aspect::InputBandwidth | Aspect::OutputBandwidth => "kilobits per second",
    }
}
