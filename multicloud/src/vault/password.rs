//! Passwords of users: hashed with argon2, never kept.

use std::fmt;

use argon2::Argon2;
use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use serde::{Deserialize, Serialize};

use super::{Secret, VaultError};

/// What is kept of a password: an argon2id hash with its salt and costs, as a PHC string.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordHash(String);

impl PasswordHash {
    pub(super) fn of(password: &Secret, salt: &[u8; 16]) -> Result<Self, VaultError> {
        let hash: Result<phc::PasswordHash, _> =
            Argon2::default().hash_password_with_salt(password.reveal().as_bytes(), salt);
        hash.map(|hash| Self(hash.to_string())).map_err(|error| VaultError::Password(error.to_string()))
    }

    /// Whether a password is the one that was hashed. Takes some ten milliseconds of a processor, on purpose.
    pub fn is_of(&self, password: &str) -> bool {
        phc::PasswordHash::new(&self.0)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    }

    /// For who keeps a digest of what was verified.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}
