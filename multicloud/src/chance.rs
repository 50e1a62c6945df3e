//! Chance as an input: keys, nonces, salts and tokens.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

/// Says what cannot be guessed.
#[derive(Clone)]
pub struct Chance(Arc<Source>);

type Source = dyn Fn(&mut [u8]) -> Result<(), NoChance> + Send + Sync;

/// The system has no randomness to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the system gives no random bytes")]
pub struct NoChance;

impl Chance {
    /// The operating system's.
    pub fn system() -> Self {
        Self(Arc::new(|bytes| getrandom::fill(bytes).map_err(|_| NoChance)))
    }

    /// One that is told.
    pub fn from_fn(fill: impl Fn(&mut [u8]) -> Result<(), NoChance> + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// A pause, up to a tenth shorter: who began together does not go on together. The whole pause if there is no chance.
    pub fn shortened(&self, pause: Duration) -> Duration {
        let part = self.bytes().map_or(0, u16::from_le_bytes);
        pause.saturating_sub(pause / 10 * u32::from(part) / u32::from(u16::MAX))
    }

    /// So many bytes.
    ///
    /// # Errors
    /// [`NoChance`]
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], NoChance> {
        let mut bytes = [0; N];
        (self.0)(&mut bytes)?;
        Ok(bytes)
    }
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance")
    }
}
