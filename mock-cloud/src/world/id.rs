//! Identities of resources inside the cloud.
//!
//! Owns the packing of kind and number. Knows no URI: the face gives an identity its address.

use std::fmt;
use std::num::NonZeroU64;

use super::kind::Kind;

const KIND_SHIFT: u32 = 56;
const NUMBER_MASK: u64 = (1 << KIND_SHIFT) - 1;

/// A resource: its kind in the upper byte, its number from 1 within the kind in the rest.
///
/// Eight bytes, also within an `Option`: a world of a million machines holds several million of these.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(NonZeroU64);

impl Id {
    /// The Cloud Entry Point.
    pub const CLOUD: Self = match NonZeroU64::new((Kind::CloudEntryPoint as u64) << KIND_SHIFT | 1) {
        Some(packed) => Self(packed),
        None => panic!("1 is not 0"),
    };

    /// The first identity of a kind, whether or not there is such a resource: where a search begins.
    pub(super) fn first(kind: Kind) -> Self {
        Self(NonZeroU64::MIN.saturating_add(u64::from(kind as u8) << KIND_SHIFT))
    }

    /// The identity of the resource with this number. Nothing has number 0, nor one of 2^56 or more.
    pub fn new(kind: Kind, number: u64) -> Option<Self> {
        if number == 0 || number > NUMBER_MASK {
            return None;
        }
        NonZeroU64::new(u64::from(kind as u8) << KIND_SHIFT | number).map(Self)
    }

    /// Its kind.
    pub fn kind(self) -> Kind {
        Kind::ALL[usize::from((self.0.get() >> KIND_SHIFT) as u8)]
    }

    /// Its number within its kind.
    pub fn number(self) -> u64 {
        self.0.get() & NUMBER_MASK
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.kind().name(), self.number())
    }
}
