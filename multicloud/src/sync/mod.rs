//! What the clouds say against what is recorded.
//!
//! Owns merging. Runs on a schedule per account, and for single resources when somebody looks at them.

mod merge;

use std::time::Duration;

use cimi::Attributes;

use crate::account::Account;
use crate::app::App;
use crate::connector::{Class, CloudError, Found};
use crate::kind::Kind;
use crate::record::{Id, Resource};

pub use merge::link_of;

/// Looks after every account until the manager ends: each on its own, so that a slow cloud delays nobody.
pub async fn run(app: App, every: Duration) {
    let accounts = app.accounts().to_vec();
    let each = accounts.into_iter().map(|account| {
        let app = app.clone();
        async move {
            loop {
                tokio::time::sleep(every).await;
                // Its error is in the account's health, where requests see it.
                let _ = account_once(&app, &account).await;
            }
        }
    });
    futures::future::join_all(each).await;
}

/// Reads everything that an account holds, once.
///
/// # Errors
/// The cloud's; the account's health says so, too. What was read before is recorded.
pub async fn account_once(app: &App, account: &Account) -> Result<(), CloudError> {
    let result = read_all(app, account).await;
    if let Err(error) = &result {
        account.notice(error, app.clock().now());
    }
    result
}

async fn read_all(app: &App, account: &Account) -> Result<(), CloudError> {
    let discovery = account.connector.discover().await?;
    let kinds = discovery.kinds.clone();
    for kind in kinds {
        let began = app.clock().now();
        let found = account.connector.list(kind).await?;
        merge::listing(app, account, kind, found, began).await.map_err(store)?;
    }
    account.is_up(discovery);
    Ok(())
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
    match account.connector.get(resource.kind, &replica.native).await {
        Ok(found) => merge::one(app, account, resource.kind, found).await.map(Some).map_err(store),
        Err(error) if error.class == Class::Gone => {
            merge::gone(app, account, resource.id).await.map_err(store)?;
            Ok(None)
        }
        Err(error) => {
            account.notice(&error, app.clock().now());
            Err(error)
        }
    }
}

/// Records one resource as a cloud reports it.
///
/// # Errors
/// The store's, as `Unavailable`.
pub async fn record(app: &App, account: &Account, kind: Kind, found: Found) -> Result<Id, CloudError> {
    merge::one(app, account, kind, found).await.map_err(store)
}

/// Whether two resources of different clouds are the same thing: same name, same contents.
pub(crate) fn same(left: &Attributes, right: &Attributes) -> bool {
    const ASIDE: &[&str] = &["description", "created", "updated", "properties", "imageLocation", "state"];
    let own = |attributes: &Attributes| {
        let mut own = attributes.clone();
        own.retain(|name, _| !ASIDE.contains(&name));
        own
    };
    left.text("name").is_some() && own(left) == own(right)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
fn store(error: crate::store::StoreError) -> CloudError {
    CloudError::new(Class::Unavailable, error.to_string())
}
