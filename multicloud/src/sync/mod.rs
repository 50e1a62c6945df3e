//! What the clouds say against what is recorded.
//!
//! Owns merging. Runs on a schedule per account, and for single resources when somebody looks at them.

mod merge;

use std::sync::Arc;
use std::time::Duration;

use cimi::model::{Type, registry};
use cimi::{Attributes, Edition};
use futures::future::Shared;
use tokio::sync::oneshot;

use crate::account::{Account, Health};
use crate::app::App;
use crate::connector::{Class, CloudError, Found, Native};
use crate::inventory::Look;
use crate::kind::Kind;
use crate::record::{Id, Resource};
use crate::store::StoreError;

pub use merge::link_of;

/// The first pause before a cloud that is down is asked again; doubled until the usual one.
const DOWN: Duration = Duration::from_millis(500);

/// How long the first look at an account waits for the one at the account before: what several clouds hold is numbered in the
/// order of the accounts where all are quick.
const HEAD_START: Duration = Duration::from_secs(2);

/// Tells when an account has been looked at once, to all who wait for it.
pub type Looked = Shared<oneshot::Receiver<()>>;

/// Looks after an account until it is let go of or the manager ends, and tells when the first look is over. Each account has
/// its own: a slow cloud delays nobody, but for the first look at the account after it, and that not for long.
pub async fn run(
    app: App,
    account: Arc<Account>,
    every: Duration,
    before: Option<Looked>,
    first: oneshot::Sender<()>,
) {
    tokio::select! {
        // First: what is let go of records nothing more.
        biased;
        () = account.retired() => {}
        () = look_after(&app, &account, every, before, first) => {}
    }
}

async fn look_after(
    app: &App,
    account: &Account,
    every: Duration,
    before: Option<Looked>,
    first: oneshot::Sender<()>,
) {
    if let Some(before) = before {
        // A slow one is not waited for, and one that is gone has told as well.
        let _ = tokio::time::timeout(HEAD_START, before).await;
    }
    let mut first = Some(first);
    let mut after_failure = DOWN;
    loop {
        // Its error is in the account's health, where requests see it.
        let _ = account_once(app, account).await;
        // Nobody waits for it any more: fine.
        let _ = first.take().map(|first| first.send(()));
        let pause = if matches!(account.health(), Health::Down { .. }) {
            let pause = after_failure.min(every);
            after_failure = (after_failure * 2).min(every);
            pause
        } else {
            after_failure = DOWN;
            every
        };
        tokio::time::sleep(pause).await;
    }
}

/// Forgets what is recorded of an account. The cloud keeps it.
///
/// # Errors
/// The store's.
pub async fn forget_account(app: &App, name: &str) -> Result<(), StoreError> {
    merge::forget_account(app, name).await
}

/// Reads everything that an account holds, once.
///
/// # Errors
/// The first that the cloud gave; if it is out of reach, the account's health says so, too. Everything that could be read is
/// recorded.
pub async fn account_once(app: &App, account: &Account) -> Result<(), CloudError> {
    let began = app.inventory().look();
    let asked = app.clock().now();
    let discovery = account.connector.discover().await.inspect_err(|error| {
        account.is_down(error, app.clock().now());
    })?;
    let kinds = discovery.kinds.clone();
    account.is_up(discovery, app.clock().now().duration_since(asked));
    let mut outcome = Ok(());
    let mut early = Vec::new();
    for (at, &kind) in kinds.iter().enumerate() {
        let look = app.inventory().look();
        let listed = async { account.connector.of(kind)?.list(kind).await };
        match listed.await {
            Ok(found) => {
                if kinds[at..].iter().any(|later| refers(kind, *later)) {
                    early.push((kind, found.clone(), look));
                }
                merge::listing(app, account, kind, found, look).await.map_err(store)?;
            }
            Err(error) => {
                account.notice(&error, app.clock().now());
                if matches!(error.class, Class::Unreachable | Class::Auth) {
                    return Err(error);
                }
                tracing::warn!(account = %account.name, kind = kind.link(), %error, "cannot be listed");
                outcome = outcome.and(Err(error));
            }
        }
    }
    // Some kinds refer to each other: what was not known yet when the first was read is known now.
    for (kind, found, look) in early {
        merge::listing(app, account, kind, found, look).await.map_err(store)?;
    }
    let mut writer = app.inventory().writer().await;
    writer.forget_unseen(&account.name, began);
    writer.commit().await.map_err(store)?;
    outcome
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

/// Looks at one resource where it is, and records what is seen. `None`: its cloud does not have it any more.
///
/// # Errors
/// The cloud's.
pub async fn resource_once(
    app: &App,
    account: &Account,
    resource: &Resource,
) -> Result<Option<Id>, CloudError> {
    let Some(replica) = resource.replicas.iter().find(|replica| replica.account == account.name) else {
        return Ok(Some(resource.id));
    };
    let look = app.inventory().look();
    let got = async { account.connector.of(resource.kind)?.get(resource.kind, &replica.native).await };
    match got.await {
        Ok(found) => record(app, account, resource.kind, found, look).await,
        Err(error) if error.class == Class::Gone => {
            merge::gone(app, account, &replica.native, look).await.map_err(store)?;
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
