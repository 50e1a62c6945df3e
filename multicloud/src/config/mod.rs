//! The manager's configuration file (TOML): read, checked, with file, line and column for whatever is wrong.
//!
//! Owns what a configuration means. Its shape on disk is in `file`, what is refused in `check`. Secrets stand in files
//! beside it, never in it; they are read here, and no `Debug` shows them.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cimi::Edition;

use crate::app::Times;
use crate::directory::Declared;
use crate::event::Retention;
use crate::placement::Prices;
use crate::vault::MasterKey;

mod account;
mod check;
mod error;
mod file;
mod placement;

pub use error::{ConfigError, Wrong};

/// A configuration that can be used.
#[derive(Debug)]
pub struct Config {
    /// Where to listen. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The URI under which consumers reach the manager, with a slash at its end; `None`: where it listens.
    pub base_uri: Option<String>,
    /// The SQLite file, created if absent. `None`: in memory, forgotten at the end.
    pub store: Option<PathBuf>,
    /// The edition that the manager itself speaks.
    pub edition: Edition,
    /// Between two looks at a quiet cloud, and how long a cloud may work on something.
    pub times: Times,
    /// How long jobs that have ended are kept.
    pub job_retention: Duration,
    /// Which events are kept.
    pub events: Retention,
    /// How long what was used is kept.
    pub usage: Duration,
    /// What an hour costs by account, location and configuration; an account's own `price` holds where the table says nothing.
    pub prices: Prices,
    /// What secrets are sealed with; `None`: none are kept, unless everything is forgotten at the end.
    pub master_key: Option<MasterKey>,
    /// What they were sealed with before.
    pub previous_keys: Vec<MasterKey>,
    /// Accounts, users, tenants and the policy, in the order of the file. No users: everybody on loopback.
    pub declared: Declared,
}

impl Config {
    /// Reads and checks a file. Paths in it are relative to its folder.
    ///
    /// # Errors
    /// [`ConfigError`], pointing at the place.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), reason: error.to_string() })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Self::parse(&path.display().to_string(), &text, folder)
    }

    /// Reads and checks the text of a file called `name`.
    ///
    /// # Errors
    /// [`ConfigError::Wrong`]
    pub fn parse(name: &str, text: &str, folder: &Path) -> Result<Self, ConfigError> {
        check::Checker::new(name, text, folder).config()
    }
}
