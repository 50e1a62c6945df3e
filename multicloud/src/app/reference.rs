//! References between the manager's resources, and what they are at a cloud.

use cimi::{Attributes, Edition, Name, Reference, Value};

use super::{App, log, own, policy};
use crate::account::Account;
use crate::kind::Kind;
use crate::record::{Id, Resource};

/// How deep resources by value may refer to others.
const DEPTH: usize = 8;

/// The kind and identifier in a path such as `machineImages/7`.
pub(crate) fn parse(path: &str) -> Option<(Kind, Id)> {
    let (link, number) = path.split_once('/')?;
    Some((Kind::of_link(link)?, Id(number.parse().ok()?)))
}

/// Whether a reference names a type of resource and no resource: what a `MeterConfiguration` of 1.x can meter.
pub(crate) fn names_a_type(href: &str) -> bool {
    let rest = Edition::ALL.into_iter().find_map(|edition| href.strip_prefix(edition.namespace()));
    rest.is_some_and(|rest| rest.starts_with('/'))
}

/// What attributes beside an `href` say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// Everything that is meant, what the target says included: what is absent is erased (4.2.1.1). A creation, once prepared.
    All,
    /// Only what is meant otherwise than the target says it. What is stored, and updates.
    Overrides,
}

/// Where a translation goes, and how far it has come.
#[derive(Clone, Copy)]
struct Way<'a> {
    account: &'a Account,
    beside: Beside,
    depth: usize,
}

impl App {
    /// Attributes with every reference as `account`'s cloud knows it: its own identifier, or, for what only the manager
    /// has, the attributes by value.
    ///
    /// # Errors
    /// The reason why they mean nothing there.
    pub(super) fn at_cloud(
        &self,
        account: &Account,
        attributes: &Attributes,
        beside: Beside,
    ) -> Result<Attributes, String> {
        self.translate(Way { account, beside, depth: DEPTH }, attributes)
    }

    /// A reference to something, as an account's cloud knows it. See [`App::at_cloud`].
    pub(super) fn reference_at_cloud(
        &self,
        account: &Account,
        reference: &Reference,
        beside: Beside,
    ) -> Result<Reference, String> {
        self.reference(Way { account, beside, depth: DEPTH }, reference)
    }

    fn translate(&self, way: Way<'_>, attributes: &Attributes) -> Result<Attributes, String> {
        // Logs are the manager's own: no cloud is asked for one.
        let meant = attributes.iter().filter(|(name, _)| *name != log::TEMPLATE);
        meant
            .map(|(name, value)| Ok((Name::from(name.to_owned()), self.value_at_cloud(way, name, value)?)))
            .collect()
    }

    fn value_at_cloud(&self, way: Way<'_>, name: &str, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::Ref(reference) => Value::Ref(self.reference(way, reference)?),
            Value::Array(items) => {
                let items = items.iter().map(|item| self.value_at_cloud(way, name, item));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            Value::Structure(fields) => Value::Structure(self.translate(way, fields)?),
            Value::String(path) if name == "imageLocation" => {
                Value::String(self.location_at_cloud(way.account, path)?)
            }
            other => policy::told(name, other).unwrap_or_else(|| other.clone()),
        })
    }

    fn reference(&self, way: Way<'_>, reference: &Reference) -> Result<Reference, String> {
        let Some(depth) = way.depth.checked_sub(1) else {
            return Err(format!("resources refer to each other more than {DEPTH} levels deep"));
        };
        let way = Way { depth, ..way };
        let Some(path) = &reference.href else {
            return Ok(Reference::by_value(self.translate(way, &reference.attributes)?));
        };
        if names_a_type(path) {
            return Ok(reference.clone());
        }
        let target = parse(path)
            .and_then(|(_, id)| self.inventory().resource(id))
            .ok_or_else(|| format!("there is no {path}"))?;
        let all = way.beside == Beside::All && !reference.attributes.is_empty();
        let stands_in = match target.replica_at(&way.account.name) {
            Some(native) => Ok(native.clone()),
            None => self.stand_in(&target, way.account),
        };
        if let Ok(native) = &stands_in {
            let overriding =
                if all { differences(&target, &reference.attributes) } else { reference.attributes.clone() };
            let attributes = self.translate(way, &overriding)?;
            return Ok(Reference { href: Some(native.0.clone()), attributes });
        }
        if target.replicas.is_empty() && !own::keeps(target.kind) {
            return Err(format!("{} is at no one cloud", called(&target)));
        }
        if all {
            return Ok(Reference::by_value(self.translate(way, &reference.attributes)?));
        }
        if !target.replicas.is_empty() {
            let mappings = stands_in.err().unwrap_or_default();
            let nor = if mappings.is_empty() { "" } else { ", nor what is the same by the mapping " };
            return Err(format!("it does not have {}{nor}{}", called(&target), mappings.join(", ")));
        }
        let stored = Way { beside: Beside::Overrides, ..way };
        let meant = cimi::template::merge(&target.attributes, &reference.attributes);
        Ok(Reference::by_value(self.translate(stored, &meant)?))
    }

    /// `imageLocation` is a URI, not a reference; if it names a machine or volume of ours, it binds to its cloud.
    fn location_at_cloud(&self, account: &Account, location: &str) -> Result<String, String> {
        let Some((_, id)) = parse(location) else { return Ok(location.to_owned()) };
        let source = self.inventory().resource(id).ok_or_else(|| format!("there is no {location}"))?;
        let native = source.replica_at(&account.name);
        Ok(native.ok_or_else(|| format!("{location} is elsewhere"))?.0.clone())
    }

    /// The attributes of what a reference points to, with what overrides them.
    pub(super) fn meant(&self, reference: &Reference) -> Attributes {
        let target = reference.href.as_deref().and_then(parse);
        let target = target.and_then(|(_, id)| self.inventory().resource(id));
        let base = target.map_or_else(Attributes::new, |target| target.attributes.clone());
        cimi::template::merge(&base, &reference.attributes)
    }
}

/// What attributes say otherwise than a resource: `Null` for what they do not say at all.
fn differences(resource: &Resource, attributes: &Attributes) -> Attributes {
    let base = cimi::template::merge(&resource.attributes, &Attributes::new());
    let mut differing = attributes.clone();
    differing.retain(|name, value| base.get(name) != Some(value));
    for (name, _) in base.iter().filter(|(name, _)| *name != "state" && !attributes.contains(name)) {
        differing.set(name.to_owned(), Value::Null);
    }
    differing
}

/// A resource in words: `MachineImage "debian"`.
fn called(resource: &Resource) -> String {
    let name = resource.attributes.text("name").unwrap_or("without name");
    format!("{} \"{name}\"", resource.kind.type_name())
}
