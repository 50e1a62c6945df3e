//! The values that attributes may have in this cloud (DSP0263 5.5.14, `vscope` of table 6).
//!
//! Owns the ranges, which metadata shows and creation and update obey.

use super::Sim;
use super::denial::Denial;
use crate::world::{Fields, Kind};
use cimi::Map;

/// The numbers that an attribute of a kind may have.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The kind.
    pub kind: Kind,
    /// The attribute.
    pub attribute: &'static str,
    /// The least value.
    pub minimum: i64,
    /// The greatest value.
    pub maximum: i64,
    /// The unit (table 4); empty for a plain number.
    pub units: &'static str,
}

const fn scope(
    kind: Kind,
    attribute: &'static str,
    minimum: i64,
    maximum: i64,
    units: &'static str,
) -> Scope {
    Scope { kind, attribute, minimum, maximum, units }
}

/// All of them.
pub static SCOPES: &[Scope] = &[
    scope(Kind::Machine, "cpu", 1, 128, ""),
    scope(Kind::Machine, "memory", 1, 1 << 32, "kibibyte"),
    scope(Kind::MachineConfiguration, "cpu", 1, 128, ""),
    scope(Kind::MachineConfiguration, "memory", 1, 1 << 32, "kibibyte"),
    scope(Kind::MachineConfiguration, "cpuSpeed", 1, 100_000, "megahertz"),
    scope(Kind::Network, "mtu", 68, 65_536, "byte"),
    scope(Kind::NetworkConfiguration, "mtu", 68, 65_536, "byte"),
    scope(Kind::MachineNetworkInterface, "mtu", 68, 65_536, "byte"),
    scope(Kind::NetworkInterface, "speed", 1, 400_000_000_000, "bit per second"),
    scope(Kind::NetworkInterface, "mtu", 68, 65_536, "byte"),
    scope(Kind::NetworkInterfaceTemplate, "speed", 1, 400_000_000_000, "bit per second"),
    scope(Kind::NetworkInterfaceTemplate, "mtu", 68, 65_536, "byte"),
    scope(Kind::Volume, "capacity", 1, 1_000_000_000_000, "kilobyte"),
    scope(Kind::VolumeConfiguration, "capacity", 1, 1_000_000_000_000, "kilobyte"),
    scope(Kind::MeterConfiguration, "sampleInterval", 1, 31_536_000, "second"),
];

impl Scope {
    /// Those of a kind.
    pub fn of(kind: Kind) -> impl Iterator<Item = &'static Self> {
        SCOPES.iter().filter(move |scope| scope.kind == kind)
    }

    /// Holds the attributes of a resource against those of its kind.
    ///
    /// # Errors
    /// What was given and what is possible.
    pub fn check(kind: Kind, fields: &Fields) -> Result<(), Denial> {
        for scope in Self::of(kind) {
            let Some(number) = fields.integer(scope.attribute) else { continue };
            if !(scope.minimum..=scope.maximum).contains(&number) {
                let Self { attribute, minimum, maximum, units, .. } = scope;
                let name = kind.name();
                return Err(Denial::bad(
                    format!(
                        "{attribute} of {name} is {number}; this cloud has {minimum} to {maximum} {units}"
                    )
                    .trim_end()
                    .to_owned()
                        + ".",
                ));
            }
        }
        Ok(())
    }
}

impl Sim {
    /// Holds properties against capability MaxPropertyItems.
    ///
    /// # Errors
    /// How many there are and may be.
    pub(super) fn check_properties(&self, properties: Option<&Map>) -> Result<(), Denial> {
        let most = self.settings.capabilities.number("CloudEntryPoint", "MaxPropertyItems");
        let given = properties.map_or(0, Map::len);
        match most.and_then(|most| usize::try_from(most).ok()) {
            Some(most) if given > most => {
                Err(Denial::bad(format!("properties has {given} entries; this cloud keeps up to {most}.")))
            }
            _ => Ok(()),
        }
    }
}
