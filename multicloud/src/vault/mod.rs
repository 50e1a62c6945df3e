//! Secrets at rest: sealed with a key of their own each, which the master key seals.
//!
//! Owns keys, sealing and password hashes. Knows no store and no account: who owns a secret is a text that is bound to it, so
//! that what was sealed for one account cannot be given to another.

mod key;
mod password;
mod secret;
#[cfg(test)]
mod tests;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::chance::{Chance, NoChance};

pub use key::{KeyError, MasterKey};
pub use password::PasswordHash;
pub use secret::{Secret, Secrets};

/// Bytes of a nonce, which stands before what it seals.
const NONCE: usize = 24;

/// The master keys of a manager, and what they can do.
#[derive(Clone, Debug)]
pub struct Vault {
    present: Option<MasterKey>,
    previous: Vec<MasterKey>,
    chance: Chance,
}

/// Secrets of one owner as they rest.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The identifier of the master key that sealed the key.
    master: String,
    /// The key of these secrets, sealed; base64.
    key: String,
    /// The secrets, sealed with that key; base64.
    secrets: String,
}

/// Why a secret cannot be kept or read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VaultError {
    /// There is no master key.
    #[error("there is no master key: give one with [vault] master-key-file, or in the environment")]
    NoKey,
    /// It was sealed with a key that is not here.
    #[error(
        "the secrets of {owner} are sealed with master key {sealed}, which is not here: give it in previous-key-files"
    )]
    WrongKey {
        /// Whose secrets.
        owner: String,
        /// The identifier of the key that is missed.
        sealed: String,
    },
    /// It is not what was sealed.
    #[error("the secrets of {owner} have been tampered with or are damaged: give them anew")]
    Tampered {
        /// Whose secrets.
        owner: String,
    },
    /// Nothing random to make keys of.
    #[error(transparent)]
    Chance(#[from] NoChance),
    /// A password that cannot be hashed.
    #[error("the password cannot be hashed: {0}")]
    Password(String),
}

impl Vault {
    /// A vault with a master key, and keys that it had before, from which it only reads. Without any it keeps no secrets.
    pub fn new(present: Option<MasterKey>, previous: Vec<MasterKey>, chance: Chance) -> Self {
        Self { present, previous, chance }
    }

    /// Seals the secrets of an owner with a new key of their own.
    ///
    /// # Errors
    /// [`VaultError::NoKey`], [`VaultError::Chance`]
    pub fn seal(&self, owner: &str, secrets: &Secrets) -> Result<Sealed, VaultError> {
        let key = Zeroizing::new(self.chance.bytes::<32>()?);
        let body = Zeroizing::new(secrets.to_bytes());
        let secrets = base64(&self.encrypt(&key, owner, &body)?);
        self.with_key(owner, &key, secrets)
    }

    /// Reads what was sealed for an owner.
    ///
    /// # Errors
    /// [`VaultError::NoKey`], [`VaultError::WrongKey`], [`VaultError::Tampered`]
    pub fn open(&self, owner: &str, sealed: &Sealed) -> Result<Secrets, VaultError> {
        let key = self.key_of(owner, sealed)?;
        let tampered = || VaultError::Tampered { owner: owner.to_owned() };
        let body = decrypt(&key, owner, &sealed.secrets).ok_or_else(tampered)?;
        Secrets::from_bytes(&body).ok_or_else(tampered)
    }

    /// The same secrets under the present master key; `None` if they are already. The secrets themselves are not touched.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn rotate(&self, owner: &str, sealed: &Sealed) -> Result<Option<Sealed>, VaultError> {
        if self.present.as_ref().ok_or(VaultError::NoKey)?.id() == sealed.master {
            return Ok(None);
        }
        let key = self.key_of(owner, sealed)?;
        self.with_key(owner, &key, sealed.secrets.clone()).map(Some)
    }

    /// The hash of a new password.
    ///
    /// # Errors
    /// [`VaultError::Chance`], [`VaultError::Password`]
    pub fn hash(&self, password: &Secret) -> Result<PasswordHash, VaultError> {
        PasswordHash::of(password, &self.chance.bytes()?)
    }

    fn with_key(&self, owner: &str, key: &[u8; 32], secrets: String) -> Result<Sealed, VaultError> {
        let master = self.present.as_ref().ok_or(VaultError::NoKey)?;
        let sealed = self.encrypt(master.bytes(), &of_key(owner), key)?;
        Ok(Sealed { master: master.id(), key: base64(&sealed), secrets })
    }

    fn key_of(&self, owner: &str, sealed: &Sealed) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let present = self.present.as_ref().ok_or(VaultError::NoKey)?;
        let mut masters = std::iter::once(present).chain(&self.previous);
        let master = masters
            .find(|master| master.id() == sealed.master)
            .ok_or_else(|| VaultError::WrongKey { owner: owner.to_owned(), sealed: sealed.master.clone() })?;
        let key = decrypt(master.bytes(), &of_key(owner), &sealed.key);
        let key = key.and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok());
        key.map(Zeroizing::new).ok_or_else(|| VaultError::Tampered { owner: owner.to_owned() })
    }

    /// A nonce, and after it the sealed text.
    fn encrypt(&self, key: &[u8; 32], bound_to: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let nonce = self.chance.bytes::<NONCE>()?;
        let payload = Payload { msg: plain, aad: bound_to.as_bytes() };
        let sealed = XChaCha20Poly1305::new(&(*key).into())
            .encrypt(&XNonce::from(nonce), payload)
            .expect("secrets are shorter than the 256 GiB that one nonce may seal");
        Ok([nonce.as_slice(), &sealed].concat())
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealed").field("master", &self.master).finish_non_exhaustive()
    }
}

/// What a sealed key is bound to: never mistaken for what it seals.
fn of_key(owner: &str) -> String {
    format!("key of {owner}")
}

fn decrypt(key: &[u8; 32], bound_to: &str, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
    use base64::Engine as _;
    let sealed = base64::engine::general_purpose::STANDARD.decode(sealed).ok()?;
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg: sealed, aad: bound_to.as_bytes() };
    let plain = XChaCha20Poly1305::new(&(*key).into()).decrypt(&XNonce::from(*nonce), payload);
    plain.ok().map(Zeroizing::new)
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
