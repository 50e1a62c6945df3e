//! The sections of a seed: the cloud itself, capabilities, timing, users, and one for each kind.
//!
//! Owns everything that is not a resource; those are planted by `plant`.

use cimi::Value;
use jiff::Timestamp;
use toml::de::{DeTable, DeValue};

use super::error::Fault;
use super::plant;
use super::read::{self, At};
use crate::sim::{Limits, Settings, Sim};
use crate::users::{Role, User, Users};
use crate::world::{Home, Kind, Label, Measure};

use super::Grown;

/// A table with sections, and which of the texts that make up the seed it stands in.
#[derive(Clone, Copy)]
pub(super) struct Part<'t> {
    pub(super) table: &'t DeTable<'t>,
    pub(super) source: usize,
}

/// The sections that one world is grown from.
pub(super) fn names() -> Vec<&'static str> {
    let mut names = vec!["cloud", "capabilities", "timing", "users", "quota"];
    names.extend(Kind::ALL.into_iter().filter_map(|kind| match kind.card().home {
        Home::Cloud(name) => Some(name),
        _ => None,
    }));
    names
}

/// Grows one world from parts; what a later one says comes on top of what earlier ones do.
pub(super) fn grow(parts: &[Part<'_>], now: Timestamp) -> Result<Grown, Fault> {
    let mut label = Label::default();
    let mut settings = Settings::default();
    let mut users = Vec::new();
    let mut quota = Limits::NONE;
    for part in parts {
        let within = |fault: Fault| fault.of(part.source);
        let section = |name: &str| part.table.get(name);
        if let Some(section) = section("cloud") {
            label = cloud(section).map_err(within)?;
        }
        if let Some(section) = section("capabilities") {
            capabilities(section, &mut settings).map_err(within)?;
        }
        if let Some(section) = section("timing") {
            timing(section, &mut settings).map_err(within)?;
        }
        if let Some(section) = section("users") {
            users.extend(self::users(section).map_err(within)?);
        }
        if let Some(section) = section("quota") {
            quota = limits(section).map_err(within)?;
        }
    }
    let capabilities = settings.capabilities.clone();
    let mut sim = Sim::new(now, settings, label);
    plant::all(parts, sim.world_mut(), &capabilities)?;
    sim.take_up_networks();
    sim.reckon_all();
    sim.set_monitors_going();
    Ok(Grown { sim, users: Users::new(users), quota })
}

/// How much there may be of what.
pub(super) fn limits(section: &At<'_>) -> Result<Limits, Fault> {
    let table = read::table(section)?;
    read::known_keys(table, "what is limited", &Measure::ALL.map(Measure::name))?;
    Measure::ALL.into_iter().try_fold(Limits::NONE, |limits, measure| {
        let Some(value) = table.get(measure.name()) else { return Ok(limits) };
        let most = u64::try_from(read::integer(value)?);
        Ok(limits.with(measure, most.map_err(|_| read::wrong(value, "a number, not below 0"))?))
    })
}

fn cloud(section: &At<'_>) -> Result<Label, Fault> {
    let table = read::table(section)?;
    read::known_keys(table, "a cloud", &["name", "description", "properties"])?;
    plant::label(table)
}

fn capabilities(section: &At<'_>, settings: &mut Settings) -> Result<(), Fault> {
    for (ty, group) in read::table(section)? {
        for (name, value) in read::table(group)? {
            let given = match value.get_ref() {
                DeValue::Boolean(flag) => Value::Boolean(*flag),
                DeValue::Integer(_) => Value::Integer(read::integer(value)?),
                DeValue::String(text) => Value::from(&**text),
                DeValue::Array(items) => {
                    let items: Vec<&str> = items.iter().map(read::text).collect::<Result<_, _>>()?;
                    cimi::model::capability::list(&items)
                }
                _ => return Err(read::wrong(value, "the value of a capability")),
            };
            settings.capabilities.set(ty.get_ref(), name.get_ref(), given).map_err(|expected| {
                Fault::new(
                    value.span(),
                    format!("{}.{} cannot be that", ty.get_ref(), name.get_ref()),
                    expected,
                )
            })?;
        }
    }
    Ok(())
}

fn timing(section: &At<'_>, settings: &mut Settings) -> Result<(), Fault> {
    for (ty, group) in read::table(section)? {
        if ty.get_ref() == "speed" {
            let factor: Option<f64> = match group.get_ref() {
                DeValue::Float(digits) => digits.as_str().parse().ok(),
                DeValue::Integer(digits) => digits.as_str().parse().ok(),
                _ => None,
            };
            let factor = factor.filter(|factor| factor.is_finite() && *factor > 0.0);
            let factor = factor.ok_or_else(|| read::wrong(group, "a number greater than 0"))?;
            settings.timing = std::mem::take(&mut settings.timing).times_as_fast(factor);
            continue;
        }
        for (operation, value) in read::table(group)? {
            let duration = read::duration(value)?;
            settings.timing.set(ty.get_ref(), operation.get_ref(), duration).map_err(|expected| {
                let message = format!("{}.{} takes no time here", ty.get_ref(), operation.get_ref());
                Fault::new(operation.span(), message, expected)
            })?;
        }
    }
    Ok(())
}

fn users(section: &At<'_>) -> Result<Vec<User>, Fault> {
    let mut users = Vec::new();
    for (table, span) in read::tables(section)? {
        read::known_keys(table, "a user", &["name", "password", "token", "role"])?;
        let text = |name: &str| table.get(name).map(read::text).transpose();
        let name = text("name")?.ok_or_else(|| Fault::new(span.clone(), "a user without name", "name"))?;
        let role = match table.get("role") {
            None => Role::Operator,
            Some(value) => match read::text(value)? {
                "read" => Role::Reader,
                "operate" => Role::Operator,
                "administer" => Role::Administrator,
                _ => return Err(read::wrong(value, "read, operate or administer")),
            },
        };
        let (password, token) = (text("password")?, text("token")?);
        if password.is_none() && token.is_none() {
            return Err(Fault::new(span, format!("{name} has no credentials"), "password, token or both"));
        }
        users.push(User {
            name: name.to_owned(),
            password: password.map(str::to_owned),
            token: token.map(str::to_owned),
            role,
        });
    }
    Ok(users)
}
