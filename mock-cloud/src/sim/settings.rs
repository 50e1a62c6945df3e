//! What this cloud can and how long it takes: the knobs of a simulation.
//!
//! Owns capabilities (DSP0263 table 7) and durations, with their defaults. Metadata shows the same values that the
//! simulation obeys.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::world::Kind;

/// All knobs.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What it can.
    pub capabilities: Capabilities,
    /// How long it takes.
    pub timing: Timing,
}

/// Capabilities by resource type and name.
#[derive(Clone, Debug)]
pub struct Capabilities(BTreeMap<(&'static str, &'static str), Capability>);

/// The value of a capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Whether.
    Flag(bool),
    /// How many.
    Number(i64),
    /// Which.
    Word(String),
    /// Which of several.
    Words(Vec<String>),
}

const DEFAULTS: &[(&str, &str, Initial)] = &[
    ("CloudEntryPoint", "ExpandParameter", Initial::Flag(true)),
    ("CloudEntryPoint", "FilterParameter", Initial::Flag(true)),
    ("CloudEntryPoint", "FirstParameter", Initial::Flag(true)),
    ("CloudEntryPoint", "SelectParameter", Initial::Flag(true)),
    ("CloudEntryPoint", "FormatParameter", Initial::Flag(true)),
    ("CloudEntryPoint", "OrderByParameter", Initial::Flag(true)),
    ("CloudEntryPoint", "QueryPathNotation", Initial::Flag(true)),
    ("CloudEntryPoint", "MaxPropertyItems", Initial::Number(256)),
    ("CloudEntryPoint", "ValueScopes", Initial::Flag(true)),
    ("Machine", "DefaultInitialState", Initial::Word("STOPPED")),
    ("Machine", "InitialStates", Initial::Words(&["STARTED", "STOPPED", "PAUSED", "SUSPENDED"])),
    ("Machine", "MachineConfigByValue", Initial::Flag(true)),
    ("Machine", "MachineCredentialByValue", Initial::Flag(true)),
    ("Machine", "MachineImageByValue", Initial::Flag(true)),
    ("Machine", "MachineVolumeTemplatesByValue", Initial::Flag(true)),
    ("Machine", "MachineTemplateByValue", Initial::Flag(true)),
    ("Machine", "MachineStopForce", Initial::Flag(true)),
    ("Machine", "MachineStopForceDefault", Initial::Flag(false)),
    ("Machine", "RestoreFromImage", Initial::Flag(true)),
    ("Machine", "UserData", Initial::Word("metadata")),
    ("Credential", "CredentialTemplateByValue", Initial::Flag(true)),
    ("Volume", "SharedVolumeSupport", Initial::Flag(false)),
    ("Volume", "VolumeConfigByValue", Initial::Flag(true)),
    ("Volume", "VolumeImageByValue", Initial::Flag(true)),
    ("Volume", "VolumeSnapshot", Initial::Flag(true)),
    ("Volume", "VolumeTemplateByValue", Initial::Flag(true)),
    ("Job", "JobRetention", Initial::Number(60)),
];

/// A [`Capability`] in a table.
enum Initial {
    Flag(bool),
    Number(i64),
    Word(&'static str),
    Words(&'static [&'static str]),
}

impl Default for Capabilities {
    fn default() -> Self {
        let value = |initial: &Initial| match initial {
            Initial::Flag(flag) => Capability::Flag(*flag),
            Initial::Number(number) => Capability::Number(*number),
            Initial::Word(word) => Capability::Word((*word).to_owned()),
            Initial::Words(words) => Capability::Words(words.iter().map(|&word| word.to_owned()).collect()),
        };
        Self(DEFAULTS.iter().map(|(ty, name, initial)| ((*ty, *name), value(initial))).collect())
    }
}

impl Capabilities {
    /// Those of a resource type, by name.
    pub fn of(&self, ty: &str) -> impl Iterator<Item = (&'static str, &Capability)> {
        self.0.iter().filter(move |((of, _), _)| *of == ty).map(|((_, name), value)| (*name, value))
    }

    /// One of them.
    pub fn get(&self, ty: &str, name: &str) -> Option<&Capability> {
        self.of(ty).find(|(of, _)| *of == name).map(|(_, value)| value)
    }

    /// Sets one of those that the simulation knows.
    ///
    /// # Errors
    /// What was expected instead, if it knows none of this name, or none with such a value.
    pub fn set(&mut self, ty: &str, name: &str, value: Capability) -> Result<(), String> {
        let Some((_, present)) = self.0.iter_mut().find(|((t, n), _)| *t == ty && *n == name) else {
            let known: Vec<_> = self.of(ty).map(|(name, _)| name).collect();
            return Err(match known.as_slice() {
                [] => "one of the resource types that have capabilities here".to_owned(),
                known => format!("one of the capabilities that {ty} has here: {}", known.join(", ")),
            });
        };
        if std::mem::discriminant(present) != std::mem::discriminant(&value) {
            return Err(match present {
                Capability::Flag(_) => "true or false",
                Capability::Number(_) => "a whole number",
                Capability::Word(_) => "a string",
                Capability::Words(_) => "an array of strings",
            }
            .to_owned());
        }
        *present = value;
        Ok(())
    }

    /// Whether a boolean one is true. Absent is false (5.11.1).
    pub fn has(&self, ty: &str, name: &str) -> bool {
        self.get(ty, name) == Some(&Capability::Flag(true))
    }

    /// A numeric one.
    pub fn number(&self, ty: &str, name: &str) -> Option<i64> {
        match self.get(ty, name)? {
            Capability::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// One that is a word.
    pub fn word(&self, ty: &str, name: &str) -> Option<&str> {
        match self.get(ty, name)? {
            Capability::Word(word) => Some(word),
            _ => None,
        }
    }

    /// One that is a list of words.
    pub fn words(&self, ty: &str, name: &str) -> &[String] {
        match self.get(ty, name) {
            Some(Capability::Words(words)) => words,
            _ => &[],
        }
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
    (Kind::Volume, "create", 100),
    (Kind::Volume, "snapshot", 100),
    (Kind::Volume, "restore", 100),
    (Kind::Volume, "delete", 60),
    (Kind::VolumeImage, "create", 100),
    (Kind::VolumeImage, "delete", 40),
];

impl Default for Timing {
    fn default() -> Self {
        let by_operation =
            TIMES.iter().map(|(kind, operation, ms)| ((*kind, *operation), Duration::from_millis(*ms))).collect();
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
