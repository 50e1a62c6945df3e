//! Seeds: what a cloud holds, can and whom it knows when it begins, as a TOML file.
//!
//! Owns the format. The resources in it are declared by kind, under the names of the Cloud Entry Point's collections, with the
//! attributes of the model; references are the handles of other entries. With tenants, what stands outside of them is what
//! each of them begins with.

use std::borrow::Cow;

use jiff::Timestamp;

mod error;
mod plant;
pub(crate) mod read;
mod section;
mod tenants;

pub(crate) use error::Fault as Trouble;
pub use error::SeedError;

use crate::sim::{Limits, Sim};
use crate::users::Users;

/// The text of a seed and where it comes from.
#[derive(Clone, Debug)]
pub struct Seed {
    file: String,
    text: Cow<'static, str>,
    files: Files,
    /// What else may stand in the text.
    beside: &'static [&'static str],
}

/// Whether a seed may name files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Files {
    /// It may: whoever wrote it could read them.
    Named,
    /// It may not: it came from elsewhere.
    Sealed,
}

/// What grows from a seed: one world.
#[derive(Clone, Debug)]
pub struct Grown {
    /// The world.
    pub sim: Sim,
    /// Its users.
    pub users: Users,
    /// What it may hold.
    pub quota: Limits,
}

/// What grows from a seed: the worlds of all tenants.
#[derive(Clone, Debug)]
pub struct Growth {
    /// What all tenants together may hold.
    pub capacity: Limits,
    /// In the order of the seed; at least one.
    pub tenants: Vec<Sprout>,
}

/// A tenant's world before it lives.
#[derive(Clone, Debug)]
pub struct Sprout {
    /// The tenant's name; none for the only tenant of a seed that names none.
    pub name: Option<String>,
    /// The world.
    pub grown: Grown,
}

impl Seed {
    /// The small world that a cloud has without any other seed.
    pub const fn builtin() -> Self {
        Self {
            file: String::new(),
            text: Cow::Borrowed(include_str!("builtin.toml")),
            files: Files::Sealed,
            beside: &[],
        }
    }

    /// A seed that is built in; `name` names it in errors.
    pub(crate) fn embedded(name: &str, text: &'static str) -> Self {
        Self { file: format!("{name}.toml"), text: Cow::Borrowed(text), files: Files::Sealed, beside: &[] }
    }

    /// A cloud with nothing in it.
    pub const fn empty() -> Self {
        Self { file: String::new(), text: Cow::Borrowed(""), files: Files::Sealed, beside: &[] }
    }

    /// A seed from text; `file` names it in errors.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { file: file.into(), text: Cow::Owned(text.into()), files: Files::Named, beside: &[] }
    }

    /// With further sections behind its own.
    #[must_use]
    pub fn followed_by(mut self, sections: &str) -> Self {
        self.text.to_mut().push_str(sections);
        self
    }

    /// The seed in a scenario, where more stands beside it.
    pub(crate) fn of_scenario(file: String, text: String) -> Self {
        Self { beside: &crate::scenario::KEYS, ..Self::new(file, text) }
    }

    /// The same text, which may name no files: it came from elsewhere.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.files = Files::Sealed;
        self
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Grows the world of the first tenant at a moment.
    ///
    /// # Errors
    /// As [`Seed::grow_all`].
    pub fn grow(&self, now: Timestamp) -> Result<Grown, Box<SeedError>> {
        let mut tenants = self.grow_all(now)?.tenants;
        Ok(tenants.swap_remove(0).grown)
    }

    /// Grows the worlds of all tenants at a moment.
    ///
    /// # Errors
    /// The first thing in the text, or in a file that it names, that cannot be understood, with its position.
    pub fn grow_all(&self, now: Timestamp) -> Result<Growth, Box<SeedError>> {
        let file = if self.file.is_empty() { "builtin.toml" } else { &self.file };
        tenants::grow(file, &self.text, self.files, self.beside, now)
    }
}
