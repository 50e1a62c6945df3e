//! What this cloud can and how long it takes: the knobs of a simulation.
//!
//! Owns capabilities (DSP0263 table 7) and durations, with their defaults. Metadata shows the same values that the
//! simulation obeys.

use std::collections::BTreeMap;
use std::time::Duration;

use cimi::Value;
use cimi::model::capability;

use crate::world::Kind;

/// All knobs.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What it can.
    pub capabilities: Capabilities,
    /// How long it takes.
    pub timing: Timing,
}

/// Capabilities by resource type and name. Those that are not here are absent (5.11.1).
#[derive(Clone, Debug)]
pub struct Capabilities(BTreeMap<(&'static str, &'static str), Value>);

const FLAGS: &[(&str, &str, bool)] = &[
    ("CloudEntryPoint", "ExpandParameter", true),
    ("CloudEntryPoint", "FilterParameter", true),
    ("CloudEntryPoint", "FirstParameter", true),
    ("CloudEntryPoint", "SelectParameter", true),
    ("CloudEntryPoint", "FormatParameter", true),
    ("CloudEntryPoint", "OrderByParameter", true),
    ("CloudEntryPoint", "QueryPathNotation", true),
    ("CloudEntryPoint", "ValueScopes", true),
    ("System", "SystemComponentTemplateByValue", true),
    ("Machine", "MachineConfigByValue", true),
    ("Machine", "MachineCredentialByValue", true),
    ("Machine", "MachineImageByValue", true),
    ("Machine", "MachineVolumeTemplatesByValue", true),
    ("Machine", "MachineTemplateByValue", true),
    ("Machine", "MachineStopForce", true),
    ("Machine", "MachineStopForceDefault", false),
    ("Machine", "RestoreFromImage", true),
    ("Credential", "CredentialTemplateByValue", true),
    ("Network", "NetworkTemplateByValue", true),
    ("NetworkInterface", "NetworkInterfaceTemplateByValue", true),
    ("NetworkService", "NetworkServiceTemplateByValue", true),
    ("ProtocolEndpoint", "ProtocolEndpointTemplateByValue", true),
    ("ProtocolSegment", "ProtocolSegmentTemplateByValue", true),
    ("Meter", "MeterConfigByValue", true),
    ("Meter", "MeterTemplateByValue", true),
    ("EventLog", "Linked", true),
    ("Volume", "SharedVolumeSupport", false),
    ("Volume", "VolumeConfigByValue", true),
    ("Volume", "VolumeImageByValue", true),
    ("Volume", "VolumeSnapshot", true),
    ("Volume", "VolumeTemplateByValue", true),
];

const NUMBERS: &[(&str, &str, i64)] =
    &[("CloudEntryPoint", "MaxPropertyItems", 256), ("Job", "JobRetention", 60)];

const WORDS: &[(&str, &str, &[&str])] = &[
    ("Machine", "DefaultInitialState", &["STOPPED"]),
    ("Machine", "InitialStates", &["STARTED", "STOPPED", "PAUSED", "SUSPENDED"]),
    ("Machine", "UserData", &["metadata"]),
    ("Network", "DefaultInitialState", &["STOPPED"]),
    ("Network", "InitialStates", &["STARTED", "STOPPED"]),
    ("NetworkInterface", "DefaultInitialState", &["DISABLED"]),
    ("NetworkInterface", "InitialStates", &["ENABLED", "DISABLED"]),
    ("NetworkService", "DefaultInitialState", &["STOPPED"]),
    ("NetworkService", "InitialStates", &["STARTED", "STOPPED"]),
    ("ProtocolEndpoint", "DefaultInitialState", &["DISABLED"]),
    ("ProtocolEndpoint", "InitialStates", &["ENABLED", "DISABLED"]),
    ("ProtocolSegment", "DefaultInitialState", &["STOPPED"]),
    ("ProtocolSegment", "InitialStates", &["STARTED", "STOPPED"]),
];

impl Default for Capabilities {
    fn default() -> Self {
        let flags = FLAGS.iter().map(|(ty, name, flag)| ((*ty, *name), Value::from(*flag)));
        let numbers = NUMBERS.iter().map(|(ty, name, number)| ((*ty, *name), Value::from(*number)));
        let words = WORDS.iter().map(|(ty, name, words)| ((*ty, *name), capability::list(words)));
        Self(flags.chain(numbers).chain(words).collect())
    }
}

impl Capabilities {
    /// All of them, with their resource types.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'static str, &Value)> {
        self.0.iter().map(|((ty, name), value)| (*ty, *name, value))
    }

    /// Sets one of those that the simulation obeys.
    ///
    /// # Errors
    /// What was expected instead, if it obeys none of this name, or none with such a value.
    pub fn set(&mut self, ty: &str, name: &str, value: Value) -> Result<(), String> {
        let Some(((ty, name), present)) = self.0.iter_mut().find(|((t, n), _)| *t == ty && *n == name) else {
            let names: Vec<_> = self.0.keys().map(|(ty, name)| format!("{ty}.{name}")).collect();
            return Err(format!("one of {}", names.join(", ")));
        };
        match capability::find(ty, name) {
            Some(declared) if declared.admits(&value) => *present = value,
            Some(declared) => {
                return Err(match declared.kind {
                    capability::Kind::Boolean => "true or false".to_owned(),
                    capability::Kind::Integer(_) => "a whole number, not below 0".to_owned(),
                    capability::Kind::State => "the name of a stable state".to_owned(),
                    capability::Kind::States => "an array of names of stable states".to_owned(),
                    capability::Kind::OneOf(values) => format!("one of {}", values.join(", ")),
                });
            }
            None => return Err("a capability of table 7".to_owned()),
        }
        Ok(())
    }

    /// Whether a boolean one is true. Absent is false.
    pub fn has(&self, ty: &str, name: &str) -> bool {
        self.get(ty, name).and_then(Value::as_boolean).unwrap_or(false)
    }

    /// A numeric one.
    pub fn number(&self, ty: &str, name: &str) -> Option<i64> {
        self.get(ty, name)?.as_integer()
    }

    /// One that is a word.
    pub fn word(&self, ty: &str, name: &str) -> Option<&str> {
        self.get(ty, name)?.as_str()
    }

    /// One that lists words.
    pub fn words(&self, ty: &str, name: &str) -> Vec<&str> {
        self.get(ty, name).map(capability::items).unwrap_or_default()
    }

    fn get(&self, ty: &str, name: &str) -> Option<&Value> {
        self.0.iter().find(|((t, n), _)| *t == ty && *n == name).map(|(_, value)| value)
    }
}

/// How long operations take. One that takes no time is complete when its reply is sent (4.2.1.6).
#[derive(Clone, Debug)]
pub struct Timing {
    by_operation: BTreeMap<(Kind, &'static str), Duration>,
    speed: f64,
}

const TIMES: &[(Kind, &str, u64)] = &[
    (Kind::Machine, "create", 200),
    (Kind::Machine, "start", 100),
    (Kind::Machine, "stop", 100),
    (Kind::Machine, "force-stop", 40),
    (Kind::Machine, "pause", 60),
    (Kind::Machine, "suspend", 80),
    (Kind::Machine, "capture", 150),
    (Kind::Machine, "snapshot", 150),
    (Kind::Machine, "restore", 150),
    (Kind::Machine, "delete", 80),
    (Kind::MachineImage, "create", 100),
    (Kind::MachineImage, "delete", 40),
    (Kind::System, "delete", 20),
    (Kind::SystemService, "forceSync", 50),
    (Kind::SystemService, "swapBackup", 50),
    (Kind::Network, "create", 120),
    (Kind::Network, "start", 80),
    (Kind::Network, "stop", 80),
    (Kind::Network, "delete", 60),
    (Kind::NetworkInterface, "create", 40),
    (Kind::NetworkInterface, "delete", 30),
    (Kind::NetworkPort, "create", 60),
    (Kind::NetworkPort, "start", 40),
    (Kind::NetworkPort, "stop", 40),
    (Kind::NetworkPort, "delete", 40),
    (Kind::NetworkService, "create", 60),
    (Kind::NetworkService, "delete", 40),
    (Kind::ProtocolEndpoint, "create", 40),
    (Kind::ProtocolEndpoint, "delete", 30),
    (Kind::ProtocolSegment, "create", 60),
    (Kind::ProtocolSegment, "delete", 40),
    (Kind::Volume, "create", 100),
    (Kind::Volume, "snapshot", 100),
    (Kind::Volume, "restore", 100),
    (Kind::Volume, "delete", 60),
    (Kind::VolumeImage, "create", 100),
    (Kind::VolumeImage, "delete", 40),
    (Kind::Job, "stop", 20),
];

impl Default for Timing {
    fn default() -> Self {
        let by_operation = TIMES
            .iter()
            .map(|(kind, operation, ms)| ((*kind, *operation), Duration::from_millis(*ms)))
            .collect();
        Self { by_operation, speed: 1.0 }
    }
}

impl Timing {
    /// Everything at once: every operation is complete when its reply is sent.
    pub fn instant() -> Self {
        Self { by_operation: BTreeMap::new(), speed: 1.0 }
    }

    /// So many times as fast.
    #[must_use]
    pub fn times_as_fast(mut self, factor: f64) -> Self {
        self.speed *= factor.max(f64::MIN_POSITIVE);
        self
    }

    /// Sets the duration of one of the operations that take time.
    ///
    /// # Errors
    /// What was expected instead, if there is no such operation.
    pub fn set(&mut self, kind: &str, operation: &str, duration: Duration) -> Result<(), String> {
        let known = TIMES.iter().find(|(k, name, _)| k.name() == kind && *name == operation);
        let Some((kind, operation, _)) = known else {
            let names: Vec<_> = TIMES.iter().map(|(k, name, _)| format!("{}.{name}", k.name())).collect();
            return Err(format!("one of {}", names.join(", ")));
        };
        self.by_operation.insert((*kind, operation), duration);
        Ok(())
    }

    /// How long an operation takes.
    pub fn of(&self, kind: Kind, operation: &str) -> Duration {
        let found = self.by_operation.iter().find(|((k, name), _)| *k == kind && *name == operation);
        found.map_or(Duration::ZERO, |(_, duration)| duration.div_f64(self.speed))
    }
}
