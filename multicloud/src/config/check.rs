//! From the file to a configuration: everything that can be refused is refused here, with its place and what to do.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use miette::NamedSource;
use toml::Spanned;

use super::Config;
use super::error::{ConfigError, Wrong};
use super::file::{self, File};
use crate::access::Role;
use crate::admin;
use crate::app::Times;
use crate::connector::profile::is_http;
use crate::directory::{DEFAULT_POLICY, Declared, Grant, Policy, Tenant, User, marker};
use crate::event::Retention;
use crate::usage;
use crate::vault::{MasterKey, Secret};

/// Where to listen if nothing is said.
const LISTEN: ([u8; 4], u16) = ([127, 0, 0, 1], 0);
/// Seconds between two looks at a quiet cloud.
const REFRESH: u64 = 10;
/// Minutes that a cloud may work on something.
const LONGEST_JOB: u64 = 24 * 60;
/// Minutes for which ended jobs are kept.
const RETENTION: u64 = 24 * 60;
/// Seconds of a day.
const DAY: u64 = 86_400;
/// How a master key is made.
const KEY: &str = "such as `head -c 32 /dev/urandom | base64` makes";

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
        let policies = self.policies(file.policies)?;
        let tenants = self.tenants(&file.tenants, &policies)?;
        let users = self.users(&file.users, &tenants)?;
        // Users may be in the store: whether there are, is seen at the start.
        let nobody_listed = users.is_empty() && file.store.is_none();
        let listen = self.listen(file.listen.as_ref(), file.base_uri.as_ref(), nobody_listed)?;
        let base_uri = file.base_uri.as_ref().map(|uri| self.base_uri(uri)).transpose()?;
        let refresh = self.within(file.refresh_seconds.as_ref(), REFRESH, 1..86_401)?;
        let longest_job = self.within(file.longest_job_minutes.as_ref(), LONGEST_JOB, 1..525_601)?;
        let retention = self.within(file.job_retention_minutes.as_ref(), RETENTION, 1..525_601)?;
        let usage = self.within(file.usage_retention_days.as_ref(), usage::KEEP_DAYS, 1..3651)?;
        let previous = &file.vault.previous_key_files;
        let mut declared = Declared {
            policy: self.policy(file.placement)?,
            policies,
            tenants,
            users,
            ..Declared::default()
        };
        self.accounts(&file.accounts, &mut declared)?;
        Ok(Config {
            listen,
            base_uri,
            store: file.store.map(|path| self.folder.join(path)),
            edition: file.edition.into(),
            times: Times {
                refresh: Duration::from_secs(refresh),
                longest_job: Duration::from_secs(longest_job * 60),
            },
            job_retention: Duration::from_secs(retention * 60),
            events: self.events(&file.events)?,
            usage: Duration::from_secs(usage * DAY),
            prices: file.prices.as_ref().map(|file| self.prices(file)).transpose()?.unwrap_or_default(),
            master_key: self.master_key(&file.vault)?,
            previous_keys: previous.iter().map(|file| self.key_in(file)).collect::<Result<_, _>>()?,
            declared,
        })
    }

    fn events(&self, events: &file::Events) -> Result<Retention, ConfigError> {
        let usual = Retention::default();
        let number = |given, usual, most| {
            let kept = self.within(given, u64::from(usual), 1..most)?;
            Ok(u32::try_from(kept).unwrap_or(u32::MAX))
        };
        let days = self.within(events.days.as_ref(), usual.age.as_secs() / DAY, 1..3651)?;
        Ok(Retention {
            age: Duration::from_secs(days * DAY),
            each: number(events.each.as_ref(), usual.each, 100_001)?,
            all: number(events.all.as_ref(), usual.all, 10_000_001)?,
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
        let path = text.splitn(4, '/').nth(3).unwrap_or_default();
        let at_admin = format!("/{path}").starts_with(admin::BASE);
        if is_http(text) && text.ends_with('/') && !text.contains(['?', '#']) && !at_admin {
            return Ok(text.clone());
        }
        if is_http(text) && at_admin {
            let message = format!("the base URI `{text}` is where the manager is administered");
            return Err(self.wrong(
                message,
                uri.span(),
                Some("give it another path, such as /cimi/".to_owned()),
            ));
        }
        let message = format!("the base URI `{text}` is no http or https URI with a slash at its end");
        Err(self.wrong(message, uri.span(), Some("such as https://manager.example.org/cimi/".to_owned())))
    }

    fn tenants(
        &self,
        tenants: &[file::Tenant],
        policies: &[(String, Policy)],
    ) -> Result<Vec<(String, Tenant)>, ConfigError> {
        let mut names = BTreeSet::new();
        let declared = tenants.iter().map(|tenant| {
            self.name("tenant", &tenant.name, &mut names)?;
            let policy = tenant.policy.as_ref().map(|name| self.policy_named(name, policies)).transpose()?;
            let record = Tenant {
                description: tenant.description.clone(),
                policy,
                quota: self.quota(tenant.quota.as_ref())?,
                ..Tenant::default()
            };
            Ok((tenant.name.get_ref().clone(), record))
        });
        declared.collect()
    }

    /// The name of a policy that the file declares.
    fn policy_named(
        &self,
        name: &Spanned<String>,
        policies: &[(String, Policy)],
    ) -> Result<String, ConfigError> {
        let text = name.get_ref();
        if text == DEFAULT_POLICY || policies.iter().any(|(known, _)| known == text) {
            return Ok(text.clone());
        }
        let message = format!("there is no policy named `{text}` in this file");
        let help = format!("add [policy.{text}], with the keys that [placement] has");
        Err(self.wrong(message, name.span(), Some(help)))
    }

    fn users(
        &self,
        users: &[file::User],
        tenants: &[(String, Tenant)],
    ) -> Result<Vec<(String, User, Secret)>, ConfigError> {
        let mut known = BTreeSet::new();
        let mut declared = Vec::new();
        for user in users {
            let name = user.name.get_ref();
            if name.is_empty() || name.contains(':') {
                let message = format!("the user name `{name}` is not one");
                let help = "give a name without colon (RFC 7617)".to_owned();
                return Err(self.wrong(message, user.name.span(), Some(help)));
            }
            let secret = self.secret(&user.password_file)?;
            if !known.insert(name.clone()) {
                let message = format!("there are two users named `{name}`");
                let help = "give each user a name of its own".to_owned();
                return Err(self.wrong(message, user.name.span(), Some(help)));
            }
            let roles = vec![self.grant(user, tenants)?];
            declared.push((
                name.clone(),
                User { roles, password: Some(marker()), ..User::default() },
                secret,
            ));
        }
        Ok(declared)
    }

    /// Who is in no tenant may do everything.
    fn grant(&self, user: &file::User, tenants: &[(String, Tenant)]) -> Result<Grant, ConfigError> {
        let role = user.role.as_ref().map(|role| *role.get_ref());
        match &user.tenant {
            None => match (role, &user.role) {
                (Some(role), Some(place)) if role != Role::CloudAdmin => {
                    let message = format!("{role} of which tenant?");
                    Err(self.wrong(message, place.span(), Some("add tenant, or remove role".to_owned())))
                }
                _ => Ok(Grant { role: Role::CloudAdmin, tenant: None }),
            },
            Some(tenant) => {
                self.tenant(tenant, tenants)?;
                let role = role.unwrap_or(Role::Operator);
                if role == Role::CloudAdmin {
                    let message = "a cloud-admin is one everywhere";
                    return Err(self.wrong(message, tenant.span(), Some("remove tenant".to_owned())));
                }
                Ok(Grant { role, tenant: Some(tenant.get_ref().clone()) })
            }
        }
    }

    /// The name of a tenant that the file declares.
    pub(super) fn tenant(
        &self,
        name: &Spanned<String>,
        tenants: &[(String, Tenant)],
    ) -> Result<String, ConfigError> {
        if tenants.iter().any(|(known, _)| known == name.get_ref()) {
            return Ok(name.get_ref().clone());
        }
        let message = format!("there is no tenant named `{}` in this file", name.get_ref());
        Err(self.wrong(message, name.span(), Some("add a [[tenant]] with that name".to_owned())))
    }

    /// A name as paths have it, given once.
    pub(super) fn name(
        &self,
        what: &str,
        name: &Spanned<String>,
        names: &mut BTreeSet<String>,
    ) -> Result<(), ConfigError> {
        let text = name.get_ref();
        self.legal(what, text, name.span())?;
        if !names.insert(text.clone()) {
            let message = format!("there are two {what}s named `{text}`");
            let help = format!("give each {what} a name of its own");
            return Err(self.wrong(message, name.span(), Some(help)));
        }
        Ok(())
    }

    /// Whether a text is a name as paths have it.
    pub(super) fn legal(&self, what: &str, text: &str, at: Range<usize>) -> Result<(), ConfigError> {
        let is_legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if !text.is_empty() && text.chars().all(is_legal) {
            return Ok(());
        }
        let message = format!("the {what} name `{text}` is not one");
        Err(self.wrong(message, at, Some("use letters, digits, `-` and `_`".to_owned())))
    }

    fn master_key(&self, vault: &file::Vault) -> Result<Option<MasterKey>, ConfigError> {
        match (&vault.master_key_file, &vault.master_key_env) {
            (Some(file), None) => self.key_in(file).map(Some),
            (Some(_), Some(name)) => {
                let message = "the master key is either in a file or in the environment";
                Err(self.wrong(message, name.span(), Some("remove one of them".to_owned())))
            }
            (None, Some(name)) => {
                let Ok(text) = std::env::var(name.get_ref()) else {
                    let message = format!("the environment has no {}", name.get_ref());
                    return Err(self.wrong(message, name.span(), Some(KEY.to_owned())));
                };
                let key = MasterKey::parse(&text).map(Some);
                key.map_err(|error| self.wrong(error.to_string(), name.span(), Some(KEY.to_owned())))
            }
            (None, None) => Ok(None),
        }
    }

    fn key_in(&self, file: &Spanned<PathBuf>) -> Result<MasterKey, ConfigError> {
        let key = MasterKey::parse(self.secret(file)?.reveal());
        key.map_err(|error| self.wrong(error.to_string(), file.span(), Some(KEY.to_owned())))
    }

    /// The first line of a file.
    pub(super) fn secret(&self, file: &Spanned<PathBuf>) -> Result<Secret, ConfigError> {
        let text = self.contents(file)?;
        let line = std::str::from_utf8(&text).unwrap_or_default().lines().next().unwrap_or_default();
        if line.is_empty() {
            let message = format!("{} has nothing in its first line", file.get_ref().display());
            let help = "write the secret into it, as one line of UTF-8".to_owned();
            return Err(self.wrong(message, file.span(), Some(help)));
        }
        Ok(Secret::new(line))
    }

    pub(super) fn contents(&self, file: &Spanned<PathBuf>) -> Result<Vec<u8>, ConfigError> {
        fs::read(self.folder.join(file.get_ref())).map_err(|error| {
            let message = format!("{} cannot be read: {error}", file.get_ref().display());
            let help = "the path is relative to the folder of the configuration".to_owned();
            self.wrong(message, file.span(), Some(help))
        })
    }

    pub(super) fn within(
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
