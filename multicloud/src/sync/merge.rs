//! Merging what a cloud reports into the inventory.

use std::collections::HashSet;

use cimi::{Attributes, Reference, Value};
use jiff::Timestamp;

use crate::account::Account;
use crate::app::App;
use crate::connector::cimi_cloud::TOKEN_PROPERTY;
use crate::connector::{Found, Native, Token};
use crate::inventory::{Inventory, Writer};
use crate::kind::{Kind, Sharing};
use crate::record::{Id, Replica, Resource};
use crate::store::StoreError;

/// The path of a resource in the manager: how records refer to each other.
pub fn link_of(kind: Kind, id: Id) -> String {
    format!("{}/{}", kind.link(), id.0)
}

/// Merges the whole listing of a kind. What the cloud did not list, and what was not touched since `began`, has gone.
pub(super) async fn listing(
    app: &App,
    account: &Account,
    kind: Kind,
    found: Vec<Found>,
    began: Timestamp,
) -> Result<(), StoreError> {
    let mut writer = app.inventory().writer().await;
    let mut present = HashSet::new();
    for found in found {
        present.insert(found.native.clone());
        merge(app, &mut writer, account, kind, found);
    }
    for resource in app.inventory().of_kind(kind) {
        let lost = |replica: &Replica| {
            replica.account == account.name && replica.seen < began && !present.contains(&replica.native)
        };
        if resource.replicas.iter().any(lost) {
            drop_replica(&mut writer, resource.id, lost);
        }
    }
    writer.commit().await
}

/// Merges one resource.
pub(super) async fn one(app: &App, account: &Account, kind: Kind, found: Found) -> Result<Id, StoreError> {
    let mut writer = app.inventory().writer().await;
    let id = merge(app, &mut writer, account, kind, found);
    writer.commit().await?;
    Ok(id)
}

/// Notes that a cloud no longer has a resource.
pub(super) async fn gone(app: &App, account: &Account, id: Id) -> Result<(), StoreError> {
    let mut writer = app.inventory().writer().await;
    drop_replica(&mut writer, id, |replica| replica.account == account.name);
    writer.commit().await
}

fn merge(app: &App, writer: &mut Writer<'_>, account: &Account, kind: Kind, found: Found) -> Id {
    let inventory = app.inventory();
    let Found { native, attributes, offers } = found;
    let token = attributes.map("properties").and_then(|map| map.get(TOKEN_PROPERTY)).cloned();
    let attributes = ours(inventory, account, attributes);
    let replica = Replica { account: account.name.clone(), native, offers, seen: app.clock().now() };
    let known = inventory
        .by_native(&account.name, &replica.native)
        .or_else(|| token.and_then(|token| inventory.of_token(&Token(token))))
        .or_else(|| twin(inventory, account, kind, &attributes));
    let mut resource = known.and_then(|id| writer.resource(id)).unwrap_or_else(|| Resource {
        id: inventory.next_id(),
        kind,
        attributes: Attributes::new(),
        version: 0,
        replicas: Vec::new(),
    });
    let before = resource.clone();
    // Of things that several clouds have, the first one's words are shown.
    if resource.replicas.first().is_none_or(|first| first.account == account.name) {
        resource.attributes = attributes;
    }
    match resource.replicas.iter_mut().find(|known| known.account == account.name) {
        Some(known) => *known = replica,
        None => resource.replicas.push(replica),
    }
    let id = resource.id;
    let offers_changed =
        before.replicas.iter().map(|r| &r.offers).ne(resource.replicas.iter().map(|r| &r.offers));
    let changed = before.attributes != resource.attributes || offers_changed || before.version == 0;
    if !changed {
        // Only the time of the look is new: not a new version of the resource.
        resource.version -= 1;
    }
    writer.put_resource(resource);
    id
}

/// A resource of other accounts that is the same thing.
fn twin(inventory: &Inventory, account: &Account, kind: Kind, attributes: &Attributes) -> Option<Id> {
    if kind.sharing() == Sharing::Single {
        return None;
    }
    let elsewhere = |resource: &Resource| {
        !resource.replicas.is_empty() && resource.replicas.iter().all(|r| r.account != account.name)
    };
    inventory
        .of_kind(kind)
        .into_iter()
        .find(|resource| elsewhere(resource) && super::same(&resource.attributes, attributes))
        .map(|resource| resource.id)
}

fn drop_replica(writer: &mut Writer<'_>, id: Id, lost: impl Fn(&Replica) -> bool) {
    let Some(mut resource) = writer.resource(id) else { return };
    resource.replicas.retain(|replica| !lost(replica));
    if resource.replicas.is_empty() {
        writer.forget_resource(id);
    } else {
        writer.put_resource(resource);
    }
}

/// A cloud's attributes with references to what the manager shows; references to anything else are left out.
fn ours(inventory: &Inventory, account: &Account, attributes: Attributes) -> Attributes {
    let mut result = Attributes::with_capacity(attributes.len());
    for (name, value) in attributes {
        if let Some(value) = our_value(inventory, account, value) {
            result.set(name, value);
        }
    }
    if let Some(Value::Map(properties)) = result.get_mut("properties") {
        properties.shift_remove(TOKEN_PROPERTY);
        if properties.is_empty() {
            result.remove("properties");
        }
    }
    result
}

fn our_value(inventory: &Inventory, account: &Account, value: Value) -> Option<Value> {
    Some(match value {
        Value::Ref(reference) => {
            let native = Native(reference.href?);
            let id = inventory.by_native(&account.name, &native)?;
            let kind = inventory.resource(id)?.kind;
            Value::Ref(Reference::to(link_of(kind, id)))
        }
        Value::Array(items) => {
            let items: Vec<Value> =
                items.into_iter().filter_map(|item| our_value(inventory, account, item)).collect();
            if items.is_empty() {
                return None;
            }
            Value::Array(items)
        }
        Value::Structure(fields) => Value::Structure(
            fields
                .into_iter()
                .filter_map(|(name, field)| Some((name, our_value(inventory, account, field)?)))
                .collect(),
        ),
        other => other,
    })
}
