//! Seeds: what a cloud holds, can and whom it knows when it begins, as a TOML file.
//!
//! Owns the format. The resources in it are declared by kind, under the names of the Cloud Entry Point's collections, with the
//! attributes of the model; references are the handles of other entries.

use std::borrow::Cow;

use jiff::Timestamp;
use toml::de::DeTable;

mod error;
mod plant;
mod read;
mod section;

pub use error::SeedError;

use crate::sim::Sim;
use crate::users::Users;

/// The text of a seed and where it comes from.
#[derive(Clone, Debug)]
pub struct Seed {
    file: String,
    text: Cow<'static, str>,
}

/// What grows from a seed.
#[derive(Debug)]
pub struct Grown {
    /// The cloud.
    pub sim: Sim,
    /// Its users.
    pub users: Users,
}

impl Seed {
    /// The small world that a cloud has without any other seed.
    pub const fn builtin() -> Self {
        Self { file: String::new(), text: Cow::Borrowed(include_str!("builtin.toml")) }
    }

    /// A cloud with nothing in it.
    pub const fn empty() -> Self {
        Self { file: String::new(), text: Cow::Borrowed("") }
    }

    /// A seed from text; `file` names it in errors.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { file: file.into(), text: Cow::Owned(text.into()) }
    }

    /// Grows a cloud at a moment.
    ///
    /// # Errors
    /// The first thing in the text that cannot be understood, with its position.
    pub fn grow(&self, now: Timestamp) -> Result<Grown, Box<SeedError>> {
        let file = if self.file.is_empty() { "builtin.toml" } else { &self.file };
        let grown = DeTable::parse(&self.text)
            .map_err(|error| {
                let at = error.span().unwrap_or(0..0);
                error::Fault::new(at, error.message(), "TOML 1.1")
            })
            .and_then(|table| section::grow(table.get_ref(), now));
        grown.map_err(|fault| Box::new(fault.within(file, &self.text)))
    }
}
