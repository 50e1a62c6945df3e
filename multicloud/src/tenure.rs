//! One manager at a time works on a store: two would make machines twice.
//!
//! Owns the lease on that: waiting for one that has died, holding it, and what happens when it is lost.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use miette::Diagnostic;
use thiserror::Error;

use crate::clock::Clock;
use crate::store::lease::{Claim, Claimed, Lease};
use crate::store::{Store, StoreError};

/// What the lease is called.
const NAME: &str = "manager";

/// How long a manager that is not heard of is thought to be there.
const TERM: Duration = Duration::from_secs(5);

/// Between two signs of life.
const RENEW: Duration = Duration::from_secs(1);

/// Between two looks at a lease that somebody else has, and how often there is one: a little longer than a term.
const LOOK: Duration = Duration::from_millis(200);
const LOOKS: u32 = 40;

/// Another manager works on the store.
#[derive(Debug, Error, Diagnostic)]
#[error("the store is in use by another manager: {holder}, since {since}")]
#[diagnostic(help(
    "stop that one first, or give this one a `store` of its own; one that has died is taken over from within seconds"
))]
pub struct Occupied {
    /// Which.
    pub holder: String,
    /// Since when.
    pub since: Timestamp,
}

/// Takes a store. One that has died still holds it for some seconds: that is waited for, as long as there is no sign of life.
///
/// # Errors
/// [`Occupied`] inside, the store's outside.
pub async fn begin(
    store: &dyn Store,
    clock: &Clock,
    holder: &str,
) -> Result<Result<Lease, Occupied>, StoreError> {
    let mut known: Option<Lease> = None;
    for _ in 0..LOOKS {
        let claim = Claim { name: NAME, holder, now: clock.now(), term: TERM };
        let other = match store.acquire(claim).await? {
            Claimed::Held(lease) => return Ok(Ok(lease)),
            Claimed::Other(other) => other,
        };
        if known.as_ref().is_some_and(|known| *known != other) {
            return Ok(Err(Occupied { holder: other.holder, since: other.since }));
        }
        known = Some(other);
        tokio::time::sleep(LOOK).await;
    }
    let (holder, since) = known.map(|other| (other.holder, other.since)).unwrap_or_default();
    Ok(Err(Occupied { holder, since }))
}

/// Holds the lease; ends when it is lost. What is written from then on is refused anyhow.
pub async fn keep(store: Arc<dyn Store>, clock: Clock, lease: Lease) {
    loop {
        tokio::time::sleep(RENEW).await;
        match store.renew(&lease, clock.now(), TERM).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::error!("another manager has taken over the store: this one stops");
                return;
            }
            // It may work again before the lease runs out.
            Err(error) => tracing::warn!(%error, "the lease on the store cannot be renewed"),
        }
    }
}
