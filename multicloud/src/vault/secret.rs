//! Texts that are never shown, and are wiped from memory when they go.

use std::collections::BTreeMap;
use std::fmt;

use zeroize::{Zeroize as _, Zeroizing};

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

/// Secrets by the name of the parameter that each is the value of.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(BTreeMap<String, Secret>);

impl Secret {
    /// Keeps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Whether `given` is the same, in a time that does not tell how much of it is.
    pub fn is(&self, given: &str) -> bool {
        let differences =
            self.0.bytes().zip(given.bytes()).fold(0, |all, (left, right)| all | (left ^ right));
        self.0.len() == given.len() && std::hint::black_box(differences) == 0
    }

    /// The text, for who has to send or check it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl Secrets {
    /// Keeps a secret, in the place of what was kept under its name.
    pub fn set(&mut self, name: impl Into<String>, secret: Secret) {
        self.0.insert(name.into(), secret);
    }

    /// The secret of this name.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }

    /// Drops all whose name is not wanted.
    pub fn retain(&mut self, wanted: impl Fn(&str) -> bool) {
        self.0.retain(|name, _| wanted(name));
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each name and text with its length before it.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let texts = self.0.iter().flat_map(|(name, secret)| [name.as_str(), secret.reveal()]);
        texts
            .flat_map(|text| {
                let length = u32::try_from(text.len()).expect("a request is shorter than 4 GiB");
                length.to_be_bytes().into_iter().chain(text.bytes())
            })
            .collect()
    }

    pub(super) fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut secrets = Self::default();
        while !bytes.is_empty() {
            let name = text(&mut bytes)?;
            secrets.set(name, Secret::new(text(&mut bytes)?));
        }
        Some(secrets)
    }
}

fn text(bytes: &mut &[u8]) -> Option<String> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (text, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    *bytes = rest;
    String::from_utf8(text.to_vec()).map_err(|error| error.into_bytes().zeroize()).ok()
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
