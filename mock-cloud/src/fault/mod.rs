//! Faults of a running cloud: its book of them, to be changed at any time, and the half of them that befalls messages.
//!
//! Owns the handle and the texts that faults are read from. What a fault can say is declared in the simulation, which carries out
//! the other half; the counters of both are there, so that a snapshot has them.
//!
//! ```
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! use mock_cloud::MockCloud;
//! use mock_cloud::fault::{Effect, Fault};
//! use mock_cloud::world::Kind;
//!
//! let full = Fault::new(Effect::Capacity).on_kind(Kind::Machine).on("create").times(3);
//! let cloud = MockCloud::builder().fault(full).start().await.unwrap();
//! let (faults, errors) = mock_cloud::fault::read_toml("faults.toml", r#"
//!     [[fault]]
//!     kind = "Machine"
//!     operation = "start"
//!     every = 2
//!     effect = { job-fails = { at = 40 } }
//! "#).map_or_else(|error| (Vec::new(), Some(error)), |faults| (faults, None));
//! assert!(errors.is_none());
//! cloud.faults().set(&faults).unwrap();
//! assert_eq!(cloud.faults().list()[0].hits, 0);
//! # });
//! ```

use std::sync::Arc;

mod body;
mod layer;
mod read;

pub use crate::sim::fate::{
    Change, Effect, Failure, Fault, FaultError, FaultId, Happening, Latency, Leaves, Listed, Moment, Normal,
    Percent, Refuse, Share, Span, Uniform, When,
};
pub use read::{ReadError, read_json, read_toml};

pub(crate) use read::read_among;

pub(crate) use layer::{Closed, Matter, Matters, Messages, layered, on_the_way};

use crate::cloud::Cloud;
use crate::sim::Sim;

/// Whether a cloud can have these faults.
///
/// # Errors
/// What makes no sense.
pub(crate) fn check(faults: &[Fault]) -> Result<(), FaultError> {
    crate::sim::fate::check_all(faults)
}

/// The faults of a running cloud.
///
/// Each tenant counts for itself: a fault of everybody that strikes once strikes each tenant once.
#[derive(Clone, Debug)]
pub struct Faults {
    cloud: Arc<Cloud>,
}

impl Faults {
    /// Those of a cloud.
    pub fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    /// Has these faults instead of those that there are.
    ///
    /// # Errors
    /// If one makes no sense; nothing has changed then.
    pub fn set(&self, faults: &[Fault]) -> Result<(), FaultError> {
        self.everywhere(|sim| sim.set_faults(faults.to_vec())).into_iter().collect()
    }

    /// Adds a fault, to be asked after those that there are.
    ///
    /// # Errors
    /// If it makes no sense, or there are too many.
    pub fn add(&self, fault: &Fault) -> Result<FaultId, FaultError> {
        // All tenants have the same faults, so that they number them alike, and refuse them alike.
        let ids: Result<Vec<_>, _> =
            self.everywhere(|sim| sim.add_fault(fault.clone())).into_iter().collect();
        ids.map(|ids| ids.into_iter().next().unwrap_or_default())
    }

    /// Removes a fault; false if there is no such one.
    pub fn remove(&self, id: FaultId) -> bool {
        self.everywhere(|sim| sim.remove_fault(id)).contains(&true)
    }

    /// The faults in the order in which they are asked, with how often each has struck: the sum over all tenants.
    pub fn list(&self) -> Vec<Listed> {
        let mut sum: Vec<Listed> = Vec::new();
        for listed in self.everywhere(|sim| sim.fate().list()).into_iter().flatten() {
            match sum.iter_mut().find(|known| known.id == listed.id) {
                Some(known) => {
                    known.seen += listed.seen;
                    known.hits += listed.hits;
                }
                None => sum.push(listed),
            }
        }
        sum
    }

    /// Begins the generator of chance anew: the same requests then meet the same faults.
    pub fn set_chance(&self, seed: u64) {
        self.everywhere(|sim| sim.fate_mut().set_chance(seed));
    }

    fn everywhere<T>(&self, mut each: impl FnMut(&mut Sim) -> T) -> Vec<T> {
        self.cloud.engines().iter().map(|engine| engine.write(&mut each)).collect()
    }
}
