//! References between the manager's resources, and what they are at a cloud.

use cimi::{Attributes, Name, Reference, Value};

use super::App;
use crate::account::Account;
use crate::kind::Kind;
use crate::record::{Id, Resource};

/// Attributes that are a resource's own and no part of what is made from it.
const OWN: &[&str] =
    &["id", "name", "description", "created", "updated", "properties", "operations", "parent"];

/// How deep resources by value may refer to others.
const DEPTH: usize = 8;

/// The kind and identifier in a path such as `machineImages/7`.
pub(crate) fn parse(path: &str) -> Option<(Kind, Id)> {
    let (link, number) = path.split_once('/')?;
    Some((Kind::of_link(link)?, Id(number.parse().ok()?)))
}

impl App {
    /// Attributes with every reference as `account`'s cloud knows it: its own identifier, or, for what only the manager
    /// has, the attributes by value.
    ///
    /// # Errors
    /// The reason why they mean nothing there.
    pub(super) fn at_cloud(&self, account: &Account, attributes: &Attributes) -> Result<Attributes, String> {
        self.translate(account, attributes, DEPTH)
    }

    fn translate(
        &self,
        account: &Account,
        attributes: &Attributes,
        depth: usize,
    ) -> Result<Attributes, String> {
        attributes
            .iter()
            .map(|(name, value)| {
                Ok((Name::from(name.to_owned()), self.value_at_cloud(account, value, depth)?))
            })
            .collect()
    }

    fn value_at_cloud(&self, account: &Account, value: &Value, depth: usize) -> Result<Value, String> {
        if depth == 0 {
            return Err(format!("resources refer to each other more than {DEPTH} levels deep"));
        }
        Ok(match value {
            Value::Ref(reference) => Value::Ref(self.ref_at_cloud(account, reference, depth)?),
            Value::Array(items) => {
                let items = items.iter().map(|item| self.value_at_cloud(account, item, depth));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            Value::Structure(fields) => Value::Structure(self.translate(account, fields, depth)?),
            other => other.clone(),
        })
    }

    fn ref_at_cloud(
        &self,
        account: &Account,
        reference: &Reference,
        depth: usize,
    ) -> Result<Reference, String> {
        let overriding = self.translate(account, &reference.attributes, depth - 1)?;
        let Some(path) = &reference.href else { return Ok(Reference::by_value(overriding)) };
        let resource = parse(path)
            .and_then(|(_, id)| self.inventory().resource(id))
            .ok_or_else(|| format!("there is no {path}"))?;
        if let Some(replica) = resource.replicas.iter().find(|replica| replica.account == account.name) {
            return Ok(Reference { href: Some(replica.native.0.clone()), attributes: overriding });
        }
        if !resource.replicas.is_empty() {
            return Err(format!("it does not have {}", called(&resource)));
        }
        let mut attributes = self.translate(account, &resource.attributes, depth - 1)?;
        attributes.retain(|name, _| !OWN.contains(&name));
        attributes.extend(overriding);
        Ok(Reference::by_value(attributes))
    }

    /// The attributes of what a reference points to, with what overrides them; empty if it points nowhere.
    pub(super) fn meant(&self, reference: Option<&Reference>) -> Attributes {
        let Some(reference) = reference else { return Attributes::new() };
        let target = reference.href.as_deref().and_then(parse);
        let mut attributes = target
            .and_then(|(_, id)| self.inventory().resource(id))
            .map_or_else(Attributes::new, |resource| resource.attributes.clone());
        attributes.extend(reference.attributes.clone());
        attributes
    }
}

/// A resource in words: `machine image "debian"`.
fn called(resource: &Resource) -> String {
    let name = resource.attributes.text("name").unwrap_or("without name");
    format!("{} \"{name}\"", resource.kind.type_name())
}
