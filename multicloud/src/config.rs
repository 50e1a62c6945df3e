//! The manager's configuration file (TOML): read, checked, with file, line and column for whatever is wrong.
//!
//! Owns the file's shape. Secrets stand in files beside it, never in it.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use cimi::Edition;
use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

/// The configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Where to listen. Port 0 takes a free one.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// The SQLite file, created if absent; relative to this file. Absent: in memory, forgotten at the end.
    pub store: Option<PathBuf>,
    /// The edition that the manager itself speaks.
    #[serde(default)]
    pub edition: EditionName,
    /// Seconds between two looks at a quiet cloud.
    #[serde(default = "default_refresh")]
    pub refresh_seconds: u64,
    /// How a cloud is chosen for what is created.
    #[serde(default)]
    pub placement: Placement,
    /// Who may use the manager; nobody listed: everybody on loopback.
    #[serde(default, rename = "user")]
    pub users: Vec<User>,
    /// The clouds.
    #[serde(default, rename = "account")]
    pub accounts: Vec<Spanned<Account>>,
}

/// An edition by its name.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum EditionName {
    /// CIMI 1.x.
    V1,
    /// CIMI 2.0.
    #[default]
    V2,
}

/// How a cloud is chosen, in CIMI's own words over the attributes of offers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Placement {
    /// A `$filter`: only these offers.
    pub filter: Option<String>,
    /// An `$orderby`: the first is taken.
    pub order_by: Option<String>,
}

/// A user of the manager.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct User {
    /// Name.
    pub name: String,
    /// A file whose first line is the password.
    pub password_file: PathBuf,
}

/// A cloud account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Account {
    /// Its name here: unique, letters, digits, `-` and `_`.
    pub name: String,
    /// The URI of its Cloud Entry Point.
    pub endpoint: String,
    /// Basic: the user.
    pub user: Option<String>,
    /// Basic: a file whose first line is the password.
    pub password_file: Option<PathBuf>,
    /// Bearer: a file whose first line is the token.
    pub token_file: Option<PathBuf>,
    /// A file with certificates of further authorities, PEM.
    pub ca_file: Option<PathBuf>,
    /// The dialect; found out if absent.
    pub dialect: Option<String>,
    /// False: kept, but not used.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Where it is, ISO 3166: `FR` or `FR-75`. An attribute of its offers.
    pub location: Option<String>,
    /// What an hour costs, in thousandths of the operator's currency. An attribute of its offers.
    #[serde(default)]
    pub price: i64,
    /// Seconds for one call.
    #[serde(default = "default_deadline")]
    pub deadline_seconds: u64,
}

/// What is wrong with a configuration.
#[derive(Debug, Error, Diagnostic)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{} cannot be read: {reason}", path.display())]
    #[diagnostic(help("give an existing file with --config; see --help for an example"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The file says something wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Wrong(Box<Wrong>),
}

/// A place in the configuration that cannot be used.
#[derive(Debug, Error, Diagnostic)]
#[error("{message}")]
pub struct Wrong {
    /// What is wrong, and what was expected.
    pub message: String,
    #[source_code]
    file: NamedSource<String>,
    #[label("here")]
    at: SourceSpan,
    #[help]
    help: Option<String>,
}

impl Config {
    /// Reads and checks a file. Paths in it become relative to its folder.
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
        let wrong = |message: String, at: std::ops::Range<usize>, help: Option<String>| {
            let file = NamedSource::new(name, text.to_owned());
            ConfigError::Wrong(Box::new(Wrong { message, file, at: at.into(), help }))
        };
        let mut config: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().unwrap_or(0..0);
            wrong(error.message().to_owned(), at, None)
        })?;
        let mut names = std::collections::BTreeSet::new();
        for account in &config.accounts {
            if let Err((message, help)) = check(account.get_ref(), &mut names) {
                return Err(wrong(message, account.span(), Some(help)));
            }
        }
        config.relocate(folder);
        Ok(config)
    }

    fn relocate(&mut self, folder: &Path) {
        let absolute = |path: &mut Option<PathBuf>| {
            if let Some(path) = path {
                *path = folder.join(&*path);
            }
        };
        absolute(&mut self.store);
        for user in &mut self.users {
            user.password_file = folder.join(&user.password_file);
        }
        for account in &mut self.accounts {
            let account = account.get_mut();
            absolute(&mut account.password_file);
            absolute(&mut account.token_file);
            absolute(&mut account.ca_file);
        }
    }
}

impl From<EditionName> for Edition {
    fn from(name: EditionName) -> Self {
        match name {
            EditionName::V1 => Self::V1,
            EditionName::V2 => Self::V2,
        }
    }
}

/// The first line of a file with a secret.
///
/// # Errors
/// The system's words, with the file.
pub fn secret(path: &Path) -> Result<String, ConfigError> {
    let text = fs::read_to_string(path)
        .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), reason: error.to_string() })?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn check(account: &Account, names: &mut std::collections::BTreeSet<String>) -> Result<(), (String, String)> {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if account.name.is_empty() || !account.name.chars().all(legal) {
        let message = format!("the account name `{}` is not one", account.name);
        return Err((message, "use letters, digits, `-` and `_`".to_owned()));
    }
    if !names.insert(account.name.clone()) {
        let message = format!("there are two accounts named `{}`", account.name);
        return Err((message, "give each account a name of its own".to_owned()));
    }
    if !(account.endpoint.starts_with("http://") || account.endpoint.starts_with("https://")) {
        let message = format!("the endpoint `{}` is no http or https URI", account.endpoint);
        return Err((message, "give the URI of the Cloud Entry Point".to_owned()));
    }
    if let Some(dialect) = &account.dialect
        && cimi::client::Dialect::named(dialect).is_none()
    {
        let known: Vec<&str> = cimi::client::dialect::ALL.iter().map(|dialect| dialect.name).collect();
        let message = format!("the dialect `{dialect}` is not known");
        return Err((message, format!("one of {}", known.join(", "))));
    }
    if account.user.is_some() != account.password_file.is_some() {
        let message = "user and password-file go together".to_owned();
        return Err((message, "give both, or neither".to_owned()));
    }
    Ok(())
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn default_refresh() -> u64 {
    10
}

fn default_deadline() -> u64 {
    10
}

fn yes() -> bool {
    true
}
