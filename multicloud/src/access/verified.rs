//! Passwords that were right a moment ago, so that not every request costs a hash.
//!
//! Keeps digests under a key of this run only: of the user, the hash that was met, and the password. Another password or
//! another hash is another digest.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::vault::PasswordHash;

/// How many are kept: as many users at once need no second hash.
const MOST: usize = 4096;
/// How long one holds.
const LIFE: SignedDuration = SignedDuration::from_mins(5);

pub(super) type Digest = [u8; 32];

pub(super) struct Verified {
    key: Zeroizing<[u8; 32]>,
    until: Mutex<HashMap<Digest, Timestamp>>,
}

impl Verified {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self { key: Zeroizing::new(key), until: Mutex::default() }
    }

    /// Each part has its length before it: no two triples are one text.
    pub(super) fn digest(&self, user: &str, hash: &PasswordHash, password: &str) -> Digest {
        let mut digest = Sha256::new_with_prefix(*self.key);
        for part in [user.as_bytes(), hash.as_bytes(), password.as_bytes()] {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        }
        digest.finalize().into()
    }

    pub(super) fn has(&self, digest: &Digest, now: Timestamp) -> bool {
        let until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.get(digest).is_some_and(|until| now < *until)
    }

    pub(super) fn insert(&self, digest: Digest, now: Timestamp) {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if until.len() >= MOST {
            until.retain(|_, until| now < *until);
        }
        if until.len() >= MOST {
            until.clear();
        }
        until.insert(digest, now.saturating_add(LIFE).unwrap_or(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::vault::{Secret, Vault};

    #[test]
    fn what_was_right_is_known_for_a_while_and_in_that_spelling() {
        let vault = Vault::new(None, Vec::new(), Chance::system());
        let hash = vault.hash(&Secret::new("right")).unwrap();
        let verified = Verified::new([1; 32]);
        let now = Timestamp::UNIX_EPOCH;
        let digest = verified.digest("me", &hash, "right");
        assert!(!verified.has(&digest, now));
        verified.insert(digest, now);
        assert!(verified.has(&digest, now) && !verified.has(&digest, now + LIFE));
        let renewed = vault.hash(&Secret::new("right")).unwrap();
        for other in [
            verified.digest("me", &hash, "Right"),
            verified.digest("mer", &hash, "ight"),
            verified.digest("me", &renewed, "right"),
            Verified::new([2; 32]).digest("me", &hash, "right"),
        ] {
            assert!(!verified.has(&other, now));
        }
    }

    #[test]
    fn not_more_are_kept_than_may_be() {
        let verified = Verified::new([1; 32]);
        for n in 0..=u32::try_from(MOST).unwrap() {
            let mut digest = [0; 32];
            digest[..4].copy_from_slice(&n.to_be_bytes());
            verified.insert(digest, Timestamp::UNIX_EPOCH);
        }
        assert!(verified.until.lock().unwrap().len() <= MOST);
    }
}
