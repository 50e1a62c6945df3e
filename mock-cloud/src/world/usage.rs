//! What resources take of a cloud: machines, cores, memory, volumes, storage, addresses.
//!
//! Owns what counts as what. What may be taken is `sim`'s.

use std::fmt;

use super::field::Fields;
use super::kind::Kind;

/// A thing that there is only so much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Measure {
    /// Machines, whatever their state.
    Machines,
    /// Their cores.
    Cpu,
    /// Their memory, in kibibytes.
    Memory,
    /// Volumes.
    Volumes,
    /// The capacity of Volumes and of the Disks of Machines, in kilobytes.
    Storage,
    /// Addresses: of 1.x those, of 2.0 the endpoints of protocols (5.16.9), which have them.
    Addresses,
}

/// How much of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage([u64; Measure::ALL.len()]);

impl Measure {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Machines, Self::Cpu, Self::Memory, Self::Volumes, Self::Storage, Self::Addresses];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Machines => "machines",
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Volumes => "volumes",
            Self::Storage => "storage",
            Self::Addresses => "addresses",
        }
    }

    /// What it is counted in, where that is not itself.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Memory => " kibibytes",
            Self::Storage => " kilobytes",
            _ => "",
        }
    }

    /// The one of this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.name() == name)
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Usage {
    /// Nothing.
    pub const NONE: Self = Self([0; Measure::ALL.len()]);

    /// What a resource of a kind with these attributes takes.
    pub fn of(kind: Kind, fields: &Fields) -> Self {
        let number = |name: &str| fields.integer(name).and_then(|it| u64::try_from(it).ok()).unwrap_or(0);
        match kind {
            Kind::Machine => Self::NONE
                .with(Measure::Machines, 1)
                .with(Measure::Cpu, number("cpu"))
                .with(Measure::Memory, number("memory")),
            Kind::Disk => Self::NONE.with(Measure::Storage, number("capacity")),
            Kind::Volume => Self::NONE.with(Measure::Volumes, 1).with(Measure::Storage, number("capacity")),
            Kind::Address | Kind::ProtocolEndpoint => Self::NONE.with(Measure::Addresses, 1),
            _ => Self::NONE,
        }
    }

    /// How much of one.
    pub const fn get(&self, measure: Measure) -> u64 {
        self.0[measure as usize]
    }

    /// With so much of one.
    #[must_use]
    pub const fn with(mut self, measure: Measure, amount: u64) -> Self {
        self.0[measure as usize] = amount;
        self
    }

    /// Both together.
    #[must_use]
    pub fn plus(mut self, other: Self) -> Self {
        for (amount, more) in self.0.iter_mut().zip(other.0) {
            *amount = amount.saturating_add(more);
        }
        self
    }

    /// What of this is not in the other.
    #[must_use]
    pub fn beyond(mut self, other: Self) -> Self {
        for (amount, less) in self.0.iter_mut().zip(other.0) {
            *amount = amount.saturating_sub(less);
        }
        self
    }
}
