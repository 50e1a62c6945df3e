//! From the file to a configuration: everything that can be refused is refused here, with its place and what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cimi::client::{Credentials, Dialect, dialect};
use miette::NamedSource;
use toml::Spanned;

use super::error::{ConfigError, Wrong};
use super::file::{self, File};
use super::{Account, Config, Secret};

/// Where to listen if nothing is said.
const LISTEN: ([u8; 4], u16) = ([127, 0, 0, 1], 0);
/// Seconds between two looks at a quiet cloud.
const REFRESH: u64 = 10;
/// Minutes for which ended jobs are kept.
const RETENTION: u64 = 24 * 60;
/// Seconds for one call to a cloud.
const DEADLINE: u64 = 10;

/// A file under examination.
pub(super) struct Checker<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) folder: &'a Path,
}

impl<'a> Checker<'a> {
    pub(super) fn new(name: &'a str, text: &'a str, folder: &'a Path) -> Self {
        Self { name, text, folder }
    }

    pub(super) fn config(&self) -> Result<Config, ConfigError> {
        let file: File = toml::from_str(self.text).map_err(|error| {
            let help = Some("see --help for an example".to_owned());
            self.wrong(error.message(), error.span().unwrap_or(0..0), help)
        })?;
        let users = self.users(&file.users)?;
        let listen = self.listen(file.listen.as_ref(), file.base_uri.as_ref(), users.is_empty())?;
        let base_uri = file.base_uri.as_ref().map(|uri| self.base_uri(uri)).transpose()?;
        let refresh = self.within(file.refresh_seconds.as_ref(), REFRESH, 1..86_401)?;
        let retention = self.within(file.job_retention_minutes.as_ref(), RETENTION, 1..525_601)?;
        let mut names = BTreeSet::new();
        let accounts = file
            .accounts
            .iter()
            .map(|account| self.account(account, &mut names).map(|it| (account.enabled.unwrap_or(true), it)))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Config {
            listen,
            base_uri,
            store: file.store.map(|path| self.folder.join(path)),
            edition: file.edition.into(),
            refresh: Duration::from_secs(refresh),
            job_retention: Duration::from_secs(retention * 60),
            policy: self.policy(file.placement)?,
            prices: file.prices.as_ref().map(|file| self.prices(file)).transpose()?.unwrap_or_default(),
            users,
            accounts: accounts.into_iter().filter(|(enabled, _)| *enabled).map(|(_, it)| it).collect(),
        })
    }

    fn listen(
        &self,
        listen: Option<&Spanned<SocketAddr>>,
        base_uri: Option<&Spanned<String>>,
        nobody_listed: bool,
    ) -> Result<SocketAddr, ConfigError> {
        let Some(listen) = listen else { return Ok(SocketAddr::from(LISTEN)) };
        let address = *listen.get_ref();
        if !address.ip().is_loopback() && nobody_listed {
            let message = format!("whoever reaches {address} could use every account: there are no users");
            let help = "add a [[user]] with name and password-file, or listen on 127.0.0.1";
            return Err(self.wrong(message, listen.span(), Some(help.to_owned())));
        }
        if address.ip().is_unspecified() && base_uri.is_none() {
            let message =
                format!("{address} is every address of this host, and none that a consumer can use");
            let help = "add base-uri, the URI under which consumers reach the manager";
            return Err(self.wrong(message, listen.span(), Some(help.to_owned())));
        }
        Ok(address)
    }

    fn base_uri(&self, uri: &Spanned<String>) -> Result<String, ConfigError> {
        let text = uri.get_ref();
        if is_http(text) && text.ends_with('/') && !text.contains(['?', '#']) {
            return Ok(text.clone());
        }
        let message = format!("the base URI `{text}` is no http or https URI with a slash at its end");
        Err(self.wrong(message, uri.span(), Some("such as https://manager.example.org/cimi/".to_owned())))
    }

    fn users(&self, users: &[file::User]) -> Result<BTreeMap<String, Secret>, ConfigError> {
        let mut known = BTreeMap::new();
        for user in users {
            let name = user.name.get_ref();
            if name.is_empty() || name.contains(':') {
                let message = format!("the user name `{name}` is not one");
                let help = "give a name without colon (RFC 7617)".to_owned();
                return Err(self.wrong(message, user.name.span(), Some(help)));
            }
            let secret = self.secret(&user.password_file)?;
            if known.insert(name.clone(), secret).is_some() {
                let message = format!("there are two users named `{name}`");
                let help = "give each user a name of its own".to_owned();
                return Err(self.wrong(message, user.name.span(), Some(help)));
            }
        }
        Ok(known)
    }

    fn account(&self, account: &file::Account, names: &mut BTreeSet<String>) -> Result<Account, ConfigError> {
        let name = account.name.get_ref();
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(legal) {
            let message = format!("the account name `{name}` is not one");
            let help = "use letters, digits, `-` and `_`".to_owned();
            return Err(self.wrong(message, account.name.span(), Some(help)));
        }
        if !names.insert(name.clone()) {
            let message = format!("there are two accounts named `{name}`");
            let help = "give each account a name of its own".to_owned();
            return Err(self.wrong(message, account.name.span(), Some(help)));
        }
        let endpoint = account.endpoint.get_ref();
        if !is_http(endpoint) {
            let message = format!("the endpoint `{endpoint}` is no http or https URI");
            let help = "give the URI of the Cloud Entry Point".to_owned();
            return Err(self.wrong(message, account.endpoint.span(), Some(help)));
        }
        let deadline = self.within(account.deadline_seconds.as_ref(), DEADLINE, 1..601)?;
        Ok(Account {
            name: name.clone(),
            endpoint: endpoint.clone(),
            credentials: self.credentials(account)?,
            authorities: account.ca_file.iter().map(|file| self.authority(file)).collect::<Result<_, _>>()?,
            dialect: account.dialect.as_ref().map(|dialect| self.dialect(dialect)).transpose()?,
            location: account.location.as_ref().map(|location| self.location(location)).transpose()?,
            price: self.price(account.price.as_ref())?,
            provider: account.provider.clone(),
            quota: account.quota,
            tags: account.tags.clone(),
            deadline: Duration::from_secs(deadline),
        })
    }

    fn credentials(&self, account: &file::Account) -> Result<Credentials, ConfigError> {
        let lone = |present: Range<usize>, missing: &str| {
            let message = "user and password-file go together".to_owned();
            self.wrong(message, present, Some(format!("add {missing}, or remove this")))
        };
        match (&account.user, &account.password_file, &account.token_file) {
            (None, None, None) => Ok(Credentials::None),
            (None, None, Some(token)) => Ok(Credentials::Bearer(self.secret(token)?.reveal())),
            (Some(user), Some(password), None) => Ok(Credentials::Basic {
                user: user.get_ref().clone(),
                password: self.secret(password)?.reveal(),
            }),
            (Some(user), None, _) => Err(lone(user.span(), "password-file")),
            (None, Some(password), _) => Err(lone(password.span(), "user")),
            (Some(_), Some(_), Some(token)) => Err(self.wrong(
                "an account has either a user with a password or a token",
                token.span(),
                Some("remove token-file, or user and password-file".to_owned()),
            )),
        }
    }

    /// The first line of a file.
    fn secret(&self, file: &Spanned<PathBuf>) -> Result<Secret, ConfigError> {
        let text = self.contents(file)?;
        let line = std::str::from_utf8(&text).unwrap_or_default().lines().next().unwrap_or_default();
        if line.is_empty() {
            let message = format!("{} has nothing in its first line", file.get_ref().display());
            let help = "write the secret into it, as one line of UTF-8".to_owned();
            return Err(self.wrong(message, file.span(), Some(help)));
        }
        Ok(Secret::new(line))
    }

    fn authority(&self, file: &Spanned<PathBuf>) -> Result<Vec<u8>, ConfigError> {
        let pem = self.contents(file)?;
        match reqwest::Certificate::from_pem_bundle(&pem) {
            Ok(certificates) if !certificates.is_empty() => Ok(pem),
            _ => {
                let message = format!("{} holds no certificate", file.get_ref().display());
                let help = "give a file with certificates of authorities in PEM".to_owned();
                Err(self.wrong(message, file.span(), Some(help)))
            }
        }
    }

    pub(super) fn contents(&self, file: &Spanned<PathBuf>) -> Result<Vec<u8>, ConfigError> {
        fs::read(self.folder.join(file.get_ref())).map_err(|error| {
            let message = format!("{} cannot be read: {error}", file.get_ref().display());
            let help = "the path is relative to the folder of the configuration".to_owned();
            self.wrong(message, file.span(), Some(help))
        })
    }

    fn dialect(&self, name: &Spanned<String>) -> Result<&'static Dialect, ConfigError> {
        Dialect::named(name.get_ref()).ok_or_else(|| {
            let known: Vec<&str> = dialect::ALL.iter().map(|dialect| dialect.name).collect();
            let message = format!("the dialect `{}` is not known", name.get_ref());
            let help = format!("one of {}; or remove it, and it is found out", known.join(", "));
            self.wrong(message, name.span(), Some(help))
        })
    }

    /// ISO 3166-1 alpha-2, or ISO 3166-2.
    fn location(&self, location: &Spanned<String>) -> Result<String, ConfigError> {
        let text = location.get_ref();
        let (country, part) = text.split_once('-').unwrap_or((text, "A"));
        let is_country = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
        let is_part =
            matches!(part.len(), 1..=3) && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if is_country && is_part {
            return Ok(text.clone());
        }
        let message = format!("the location `{text}` is no code of ISO 3166");
        Err(self.wrong(message, location.span(), Some("such as FR, or FR-75".to_owned())))
    }

    fn price(&self, price: Option<&Spanned<i64>>) -> Result<i64, ConfigError> {
        match price {
            None => Ok(0),
            Some(price) if *price.get_ref() >= 0 => Ok(*price.get_ref()),
            Some(price) => {
                let help = "thousandths of your currency for an hour; 0 if you do not care".to_owned();
                Err(self.wrong("a price cannot be below 0", price.span(), Some(help)))
            }
        }
    }

    fn within(
        &self,
        value: Option<&Spanned<u64>>,
        default: u64,
        range: Range<u64>,
    ) -> Result<u64, ConfigError> {
        match value {
            None => Ok(default),
            Some(value) if range.contains(value.get_ref()) => Ok(*value.get_ref()),
            Some(value) => {
                let message =
                    format!("{} is not between {} and {}", value.get_ref(), range.start, range.end - 1);
                Err(self.wrong(message, value.span(), Some(format!("without it, it is {default}"))))
            }
        }
    }

    pub(super) fn wrong(
        &self,
        message: impl Into<String>,
        at: Range<usize>,
        help: Option<String>,
    ) -> ConfigError {
        let file = NamedSource::new(self.name, self.text.to_owned());
        ConfigError::Wrong(Box::new(Wrong { message: message.into(), file, at: at.into(), help }))
    }
}

fn is_http(text: &str) -> bool {
    reqwest::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
