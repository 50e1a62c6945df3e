//! What the clouds say against what is recorded.
//!
//! Owns merging. Runs on a schedule per account, and for single resources when somebody looks at them.

mod merge;
mod pace;
mod told;
mod watch;

use std::collections::BTreeSet;

use cimi::model::{Type, registry};
use cimi::{Attributes, Edition};
use futures::future::Shared;
use tokio::sync::oneshot;

use crate::account::Account;
use crate::app::App;
use crate::connector::{Class, CloudError, Found, Native};
use crate::event::{About, Event, Severity};
use crate::inventory::{Cause, Look};
use crate::kind::Kind;
use crate::record::{Id, Resource};
use crate::store::StoreError;

pub use merge::link_of;
pub use watch::run;

use merge::{Loss, Unknown};

/// Tells when an account has been looked at once, to all who wait for it.
pub type Looked = Shared<oneshot::Receiver<()>>;

/// Forgets what is recorded of an account. The cloud keeps it.
///
/// # Errors
/// The store's.
pub async fn forget_account(app: &App, name: &str) -> Result<(), StoreError> {
    merge::forget_account(app, name).await
}

/// Reads everything that an account holds, once. What of it is another than it was.
///
/// # Errors
/// The first that the cloud gave; if it is out of reach, the account's health says so, too. Everything that could be read is
/// recorded.
pub async fn account_once(app: &App, account: &Account) -> Result<BTreeSet<Id>, CloudError> {
    let began = app.inventory().look();
    let asked = app.clock().now();
    let discovery = account.connector.discover().await.inspect_err(|error| {
        account.is_down(error, app.clock().now());
    })?;
    let kinds = discovery.kinds.clone();
    let is_first = !app.inventory().holds(&account.name);
    let name = account.name.clone();
    let cause = if is_first { Cause::Import(name) } else { Cause::Listing(name) };
    let (before, answered) = (account.discovery(), app.clock().now());
    account.is_up(discovery, answered.duration_since(asked), answered);
    if let (Some(before), Some(now)) = (before, account.discovery()) {
        told::abilities(app, account, &before, &now).await;
    }
    let mut outcome = Ok(());
    let mut changed = BTreeSet::new();
    let mut early = Vec::new();
    for (at, &kind) in kinds.iter().enumerate() {
        let is_early = kinds[at..].iter().any(|later| refers(kind, *later));
        let look = app.inventory().look();
        match listed(app, account, kind).await {
            Ok(found) => {
                let unknown = if is_early { Unknown::Later } else { Unknown::Never };
                let how = (cause.clone(), unknown);
                let merged = merge::listing(app, account, kind, found, look, how).await.map_err(store)?;
                changed.extend(merged.changed);
                early.push((kind, merged.early, look));
            }
            Err(error) if matches!(error.class, Class::Unreachable | Class::Auth) => return Err(error),
            Err(error) => outcome = outcome.and(Err(error)),
        }
    }
    // Some kinds refer to each other: what was not known yet when the first was read is known now.
    for (kind, found, look) in early {
        let again = merge::again(app, account, kind, found, look, cause.clone());
        changed.extend(again.await.map_err(store)?);
    }
    let mut writer = app.inventory().writer().await;
    writer.forget_unseen(&account.name, began);
    if is_first {
        let detail =
            format!("read for the first time: it has {} resources", app.inventory().held_by(&account.name));
        writer.tell(Event::notice(app.clock().now(), About::account(&account.name), Severity::Low, &detail));
    }
    writer.commit().await.map_err(store)?;
    outcome?;
    account.was_read(app.clock().now());
    Ok(changed)
}

/// Reads all of a kind that an account holds, once. What of it is another than it was.
async fn kind_once(app: &App, account: &Account, kind: Kind) -> Result<BTreeSet<Id>, CloudError> {
    let look = app.inventory().look();
    let found = listed(app, account, kind).await?;
    let how = (Cause::Listing(account.name.clone()), Unknown::Never);
    let merged = merge::listing(app, account, kind, found, look, how).await;
    merged.map(|merged| merged.changed).map_err(store)
}

async fn listed(app: &App, account: &Account, kind: Kind) -> Result<Vec<Found>, CloudError> {
    let listed = async { account.connector.of(kind)?.list(kind).await };
    listed.await.inspect_err(|error| {
        account.notice(error, app.clock().now());
        tracing::warn!(account = %account.name, kind = kind.link(), %error, "cannot be listed");
    })
}

/// Whether resources of a kind may refer to those of another.
fn refers(kind: Kind, to: Kind) -> bool {
    fn within(ty: Type, to: &str) -> bool {
        match ty {
            Type::Ref(name) => name.is_empty() || name == to,
            Type::Array(item) => within(item.ty, to),
            Type::Structure(structure) => structure.fields.iter().any(|field| within(field.ty, to)),
            _ => false,
        }
    }
    let schemas = Edition::ALL.into_iter().filter_map(|edition| registry(edition).get(kind.type_name()));
    let own = schemas.flat_map(|schema| schema.ty.attributes).filter(|it| it.name != "parent");
    own.into_iter().any(|attribute| within(attribute.ty, to.type_name()))
}

/// What a cloud says of a part, with references to what the manager shows.
pub fn ours(app: &App, account: &Account, attributes: Attributes) -> Attributes {
    let inventory = app.inventory();
    let path = |native: &Native| {
        let id = inventory.by_native(&account.name, native)?;
        Some(link_of(inventory.resource(id)?.kind, id))
    };
    merge::ours(&path, attributes)
}

/// Looks at one resource where it is, and records what is seen. `None`: its cloud does not have it any more. What is on its way
/// there is looked at again soon.
///
/// # Errors
/// The cloud's.
pub async fn resource_once(
    app: &App,
    account: &Account,
    resource: &Resource,
) -> Result<Option<Id>, CloudError> {
    look_at(app, account, resource, Loss::Foreign).await
}

/// After the manager has deleted a resource: looks at what was made among its parts. What is gone has gone with it.
pub async fn after_deletion(app: &App, account: &Account, deleted: Id) {
    for part in app.inventory().made_within(deleted) {
        // Where it fails, the next look finds it gone, and says so.
        let _ = look_at(app, account, &part, Loss::Own).await;
    }
}

async fn look_at(
    app: &App,
    account: &Account,
    resource: &Resource,
    loss: Loss,
) -> Result<Option<Id>, CloudError> {
    let Some(replica) = resource.replicas.iter().find(|replica| replica.account == account.name) else {
        return Ok(Some(resource.id));
    };
    let look = app.inventory().look();
    let got = async { account.connector.of(resource.kind)?.get(resource.kind, &replica.native).await };
    match got.await {
        Ok(found) => {
            let id = record(app, account, resource.kind, found, look).await?;
            if id.and_then(|id| app.inventory().resource(id)).is_some_and(|now| now.is_moving()) {
                account.stir();
            }
            Ok(id)
        }
        Err(error) if error.class == Class::Gone => {
            merge::gone(app, account, &replica.native, look, loss).await.map_err(store)?;
            Ok(None)
        }
        Err(error) => {
            account.notice(&error, app.clock().now());
            Err(error)
        }
    }
}

/// Records one resource as a look at a cloud showed it. `None`: a later look showed that it is gone.
///
/// # Errors
/// The store's, as `Unavailable`.
pub async fn record(
    app: &App,
    account: &Account,
    kind: Kind,
    found: Found,
    look: Look,
) -> Result<Option<Id>, CloudError> {
    merge::one(app, account, kind, found, look).await.map_err(store)
}

/// The resource that a cloud calls so; one that is not known yet is looked at first. `None` if it is not there, or of no kind
/// that the manager shows.
///
/// # Errors
/// The cloud's.
pub async fn known(app: &App, account: &Account, native: &Native) -> Result<Option<Id>, CloudError> {
    if let Some(id) = app.inventory().by_native(&account.name, native) {
        return Ok(Some(id));
    }
    let look = app.inventory().look();
    match account.connector.identify(native).await {
        Ok(Some((kind, found))) => record(app, account, kind, found, look).await,
        Ok(None) => Ok(None),
        Err(error) if error.class == Class::Gone => Ok(None),
        Err(error) => {
            account.notice(&error, app.clock().now());
            Err(error)
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
fn store(error: StoreError) -> CloudError {
    tracing::error!(%error, "what a cloud showed cannot be recorded");
    CloudError::new(Class::Unavailable, "the manager could not record what the cloud showed")
}
