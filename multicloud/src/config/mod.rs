//! The manager's configuration file (TOML): read, checked, with file, line and column for whatever is wrong.
//!
//! Owns what a configuration means. Its shape on disk is in `file`, what is refused in `check`. Secrets stand in files
//! beside it, never in it; they are read here, and no `Debug` shows them.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cimi::Edition;
use cimi::client::{Credentials, Dialect};

use crate::placement::{Policy, Prices, Quota};

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
    /// Between two looks at a quiet cloud.
    pub refresh: Duration,
    /// How long jobs that have ended are kept.
    pub job_retention: Duration,
    /// How a cloud is chosen for what is created.
    pub policy: Policy,
    /// What an hour costs by account, location and configuration; an account's own `price` holds where the table says nothing.
    pub prices: Prices,
    /// Who may use the manager; nobody listed: everybody on loopback.
    pub users: BTreeMap<String, Secret>,
    /// The clouds, in the order of the file; those that are not enabled are left out.
    pub accounts: Vec<Account>,
}

/// A cloud account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its name here: unique, letters, digits, `-` and `_`.
    pub name: String,
    /// The URI of its Cloud Entry Point.
    pub endpoint: String,
    /// Who asks there.
    pub credentials: Credentials,
    /// Certificates of further authorities, PEM.
    pub authorities: Vec<Vec<u8>>,
    /// The dialect; found out if absent.
    pub dialect: Option<&'static Dialect>,
    /// Where it is, ISO 3166: `FR` or `FR-75`. An attribute of its offers.
    pub location: Option<String>,
    /// What an hour costs, in thousandths of the operator's currency. An attribute of its offers.
    pub price: i64,
    /// Who runs its cloud. An attribute of its offers.
    pub provider: Option<String>,
    /// How much of everything there may be. What is left of it are attributes of its offers.
    pub quota: Quota,
    /// Anything that a policy asks for as `property['KEY']`.
    pub tags: BTreeMap<String, String>,
    /// For one call.
    pub deadline: Duration,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

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

impl Secret {
    /// Keeps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether `given` is the same, in a time that does not tell how much of it is.
    pub fn is(&self, given: &str) -> bool {
        let differences =
            self.0.bytes().zip(given.bytes()).fold(0, |all, (left, right)| all | (left ^ right));
        self.0.len() == given.len() && std::hint::black_box(differences) == 0
    }

    /// The text, for who has to send it.
    pub(crate) fn reveal(self) -> String {
        self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
