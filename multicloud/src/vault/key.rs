//! The master key: 32 bytes, as an operator keeps them.

use std::fmt;

use base64::Engine as _;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

/// A master key. What it is made of is never shown.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// A text that is no master key. It is not told what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a master key is 32 random bytes, written as 64 hexadecimal digits or in base64")]
pub struct KeyError;

impl MasterKey {
    /// Reads a key; white space around it does not count.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let bytes = hex::decode(text).or_else(|_| base64::engine::general_purpose::STANDARD.decode(text));
        let bytes = Zeroizing::new(bytes.map_err(|_| KeyError)?);
        Ok(Self::new(<[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| KeyError)?))
    }

    /// A key of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// What it is called: the same for the same key, and nothing can be found out from it.
    pub fn id(&self) -> String {
        let digest = Sha256::new().chain_update("cimi-manager master key").chain_update(*self.0).finalize();
        hex::encode(&digest[..6])
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MasterKey").field(&self.id()).finish()
    }
}
