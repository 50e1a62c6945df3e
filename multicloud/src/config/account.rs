//! Accounts of the file, as the directory has them: each with its provider, one of its own name if it names none, and its location
//! by its code.

use std::collections::BTreeSet;

use serde_json::Value;
use toml::Spanned;

use super::check::Checker;
use super::error::ConfigError;
use super::file;
use crate::connector::profile::{Parameters, Profile};
use crate::directory::{Account, Declared, EVERYBODY, Location, Provider, Switch, marker, over};
use crate::placement::Quota;
use crate::vault::Secrets;

/// The profile of accounts that a file declares.
const PROFILE: &str = "cimi";
/// Seconds that one call to a cloud may have.
const DEADLINE: std::ops::Range<u64> = 1..601;

impl Checker<'_> {
    pub(super) fn accounts(
        &self,
        accounts: &[file::Account],
        declared: &mut Declared,
    ) -> Result<(), ConfigError> {
        let mut names = BTreeSet::new();
        for account in accounts {
            self.account(account, &mut names, declared)?;
        }
        Ok(())
    }

    fn account(
        &self,
        account: &file::Account,
        names: &mut BTreeSet<String>,
        declared: &mut Declared,
    ) -> Result<(), ConfigError> {
        self.name("account", &account.name, names)?;
        let name = account.name.get_ref();
        let mut secrets = Secrets::default();
        let parameters = self.parameters(account, &mut secrets)?;
        let location = account.location.as_ref().map(|place| self.location(place, declared)).transpose()?;
        let tenants = match &account.tenants {
            None => vec![EVERYBODY.to_owned()],
            Some(names) => {
                names.iter().map(|name| self.tenant(name, &declared.tenants)).collect::<Result<_, _>>()?
            }
        };
        let owner = account.owner.as_ref().map(|name| self.tenant(name, &declared.tenants)).transpose()?;
        let price = self.price(account.price.as_ref())?;
        let provider = account.provider.as_ref().map(|provider| self.provider(provider)).transpose()?;
        let provider = provider.unwrap_or_else(|| name.clone());
        if declared.providers.iter().all(|(known, _)| *known != provider) {
            let record = Provider { profile: PROFILE.to_owned(), ..Provider::default() };
            declared.providers.push((provider.clone(), record));
        }
        let record = Account {
            provider,
            description: None,
            location,
            price,
            parameters,
            tenants,
            owner,
            quota: self.quota(account.quota.as_ref())?,
            tags: account.tags.clone(),
            mode: account.mode,
        };
        let switch = if account.enabled.unwrap_or(true) { Switch::Enabled } else { Switch::Disabled };
        declared.accounts.push((name.clone(), switch, record, secrets));
        Ok(())
    }

    /// What the profile asks for. Whatever it complains of is shown where it stands.
    fn parameters(&self, account: &file::Account, secrets: &mut Secrets) -> Result<Parameters, ConfigError> {
        let mut parameters = Parameters::new();
        let mut set = |name: &str, value: Option<Value>| {
            parameters.extend(value.map(|value| (name.to_owned(), value)));
        };
        let text =
            |value: &Option<Spanned<String>>| value.as_ref().map(|it| Value::from(it.get_ref().as_str()));
        set("endpoint", Some(Value::from(account.endpoint.get_ref().as_str())));
        set("user", text(&account.user));
        set("dialect", text(&account.dialect));
        set("proxy", text(&account.proxy));
        if let Some(file) = &account.ca_file {
            set(
                "authorities",
                Some(Value::from(String::from_utf8_lossy(&self.contents(file)?).into_owned())),
            );
        }
        if account.deadline_seconds.is_some() {
            let seconds = self.within(account.deadline_seconds.as_ref(), 10, DEADLINE)?;
            set("deadlineSeconds", Some(Value::from(seconds)));
        }
        for (name, file) in [("password", &account.password_file), ("token", &account.token_file)] {
            if let Some(file) = file {
                secrets.set(name, self.secret(file)?);
                set(name, Some(marker()));
            }
        }
        let profile = Profile::named(PROFILE).expect("a test asks for it");
        match profile.check(&over(&Parameters::new(), &parameters)).into_iter().next() {
            None => Ok(parameters),
            Some(complaint) => {
                let place = Self::place(account, &complaint.parameter);
                let message = format!("{} {}", key_of(&complaint.parameter), complaint.message);
                let help = profile.parameter(&complaint.parameter).map(|it| it.description.to_owned());
                Err(self.wrong(message, place, help))
            }
        }
    }

    /// Where a parameter stands; of one that is missing, the account does.
    fn place(account: &file::Account, parameter: &str) -> std::ops::Range<usize> {
        let place = match parameter {
            "endpoint" => Some(account.endpoint.span()),
            // Where one of the two is missing, the other one stands.
            "user" | "password" => {
                let password = account.password_file.as_ref().map(Spanned::span);
                account.user.as_ref().map(Spanned::span).or(password)
            }
            "token" => account.token_file.as_ref().map(Spanned::span),
            "authorities" => account.ca_file.as_ref().map(Spanned::span),
            "proxy" => account.proxy.as_ref().map(Spanned::span),
            "dialect" => account.dialect.as_ref().map(Spanned::span),
            _ => None,
        };
        place.unwrap_or_else(|| account.name.span())
    }

    fn location(&self, code: &Spanned<String>, declared: &mut Declared) -> Result<String, ConfigError> {
        let text = code.get_ref();
        let location = Location::of_code(text).map_err(|reason| {
            let help = "give a country such as FR, or a part of one such as NO-03".to_owned();
            self.wrong(format!("the location {reason}"), code.span(), Some(help))
        })?;
        if declared.locations.iter().all(|(known, _)| known != text) {
            declared.locations.push((text.clone(), location));
        }
        Ok(text.clone())
    }

    fn provider(&self, name: &Spanned<String>) -> Result<String, ConfigError> {
        self.name("provider", name, &mut BTreeSet::new())?;
        Ok(name.get_ref().clone())
    }

    pub(super) fn quota(&self, quota: Option<&Spanned<Quota>>) -> Result<Quota, ConfigError> {
        let Some(quota) = quota else { return Ok(Quota::NONE) };
        let below = |(_, limit): &(_, Option<i64>)| limit.is_some_and(|limit| limit < 0);
        match quota.get_ref().limits().into_iter().find(below) {
            None => Ok(*quota.get_ref()),
            Some((name, _)) => {
                let help = "what is left out is not limited".to_owned();
                Err(self.wrong(format!("a quota of {name} cannot be below 0"), quota.span(), Some(help)))
            }
        }
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
}

/// What the file calls a parameter.
fn key_of(parameter: &str) -> &str {
    match parameter {
        "password" => "password-file",
        "token" => "token-file",
        "authorities" => "ca-file",
        "deadlineSeconds" => "deadline-seconds",
        other => other,
    }
}
