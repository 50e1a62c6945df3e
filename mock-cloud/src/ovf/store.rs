//! The packages that a cloud keeps: those that clients put there to import them, and those that it exported.
//!
//! Owns their names and how many there may be. A package is a file beside the resources, as on a web server, and stays what
//! it is whatever happens to what was made of it; snapshots hold it, a reset forgets it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{MEDIA_TYPE, MEDIA_TYPE_OVA, archive, limits};

/// The packages of a cloud. A clone shares their bytes.
#[derive(Clone, Debug, Default)]
pub struct Store {
    packages: BTreeMap<String, Kept>,
    last_number: u64,
    bytes: usize,
}

#[derive(Clone, Debug)]
struct Kept {
    bytes: Arc<[u8]>,
    origin: Origin,
}

/// Where a package comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// A client put it there; it stays until a client takes it away.
    Client,
    /// The cloud exported it, as the n-th; it gives way to later ones.
    Cloud(u64),
}

/// Whether a package was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It was not.
    New,
    /// It was, and is no more.
    Replaced,
}

/// Why a package is not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It has no name that a package can have.
    #[error(
        "`{0}` is no name for a package; expected up to {max} of the letters A-Z, a-z, 0-9, `.`, `_`, `-`, not beginning \
         with a dot.",
        max = limits::NAME_BYTES
    )]
    Name(String),
    /// It is too large.
    #[error("The package has {0} bytes; up to {max} are kept.", max = limits::PACKAGE_BYTES)]
    Size(usize),
    /// There are too many already.
    #[error(
        "This cloud keeps up to {packages} packages with {bytes} bytes, and has no room left; delete one first.",
        packages = limits::PACKAGES,
        bytes = limits::STORE_BYTES
    )]
    Full,
}

impl Store {
    /// Keeps a package that a client gives, in the place of one of the same name.
    ///
    /// # Errors
    /// If the name or the size is not possible, or there is no room.
    pub fn put(&mut self, name: &str, bytes: &[u8]) -> Result<Put, StoreError> {
        if !is_name(name) {
            return Err(StoreError::Name(super::error::shown(name)));
        }
        let before = self.take(name);
        match self.add(name, bytes, Origin::Client) {
            Ok(()) => Ok(if before.is_some() { Put::Replaced } else { Put::New }),
            Err(error) => {
                // What was there stays there.
                if let Some(before) = before {
                    self.bytes += before.bytes.len();
                    self.packages.insert(name.to_owned(), before);
                }
                Err(error)
            }
        }
    }

    /// Keeps a package that the cloud exported; gives its name, which is new.
    ///
    /// # Errors
    /// If it is too large, or there is no room.
    pub fn export(&mut self, bytes: &[u8]) -> Result<String, StoreError> {
        let end = if archive::is_archive(bytes) { "ova" } else { "ovf" };
        let mut number = self.last_number;
        let name = loop {
            number += 1;
            let name = format!("{number}.{end}");
            if !self.packages.contains_key(&name) {
                break name;
            }
        };
        self.add(&name, bytes, Origin::Cloud(number))?;
        self.last_number = number;
        Ok(name)
    }

    /// A package, with its media type.
    pub fn get(&self, name: &str) -> Option<(Arc<[u8]>, &'static str)> {
        let bytes = Arc::clone(&self.packages.get(name)?.bytes);
        let ty = if archive::is_archive(&bytes) { MEDIA_TYPE_OVA } else { MEDIA_TYPE };
        Some((bytes, ty))
    }

    /// Takes a package away; false if there is none of the name.
    pub fn delete(&mut self, name: &str) -> bool {
        self.take(name).is_some()
    }

    fn take(&mut self, name: &str) -> Option<Kept> {
        let kept = self.packages.remove(name)?;
        self.bytes -= kept.bytes.len();
        Some(kept)
    }

    fn add(&mut self, name: &str, bytes: &[u8], origin: Origin) -> Result<(), StoreError> {
        if bytes.len() > limits::PACKAGE_BYTES {
            return Err(StoreError::Size(bytes.len()));
        }
        while self.packages.len() >= limits::PACKAGES || self.bytes + bytes.len() > limits::STORE_BYTES {
            let exports = self.packages.iter().filter_map(|(name, kept)| match kept.origin {
                Origin::Cloud(number) => Some((number, name)),
                Origin::Client => None,
            });
            let Some(oldest) = exports.min().map(|(_, name)| name.clone()) else {
                return Err(StoreError::Full);
            };
            self.take(&oldest);
        }
        self.bytes += bytes.len();
        self.packages.insert(name.to_owned(), Kept { bytes: bytes.into(), origin });
        Ok(())
    }
}

fn is_name(name: &str) -> bool {
    (1..=limits::NAME_BYTES).contains(&name.len())
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests;
