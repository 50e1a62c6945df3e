//! Who looks after an account: everything at the pause that the operator says, and in between what moves, at its own pace.
//!
//! Owns the waiting. What a look does is `super`'s, how soon the next one comes is `pace`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::pace::{Pace, Seen};
use super::{Looked, account_once, kind_once, resource_once, told};
use crate::account::{Account, Health};
use crate::app::App;
use crate::kind::Kind;
use crate::record::{Id, Resource};

/// How long the first look at an account waits for the one at the account before: what several clouds hold is numbered in the
/// order of the accounts where all are quick.
const HEAD_START: Duration = Duration::from_secs(2);

/// Resources of a kind that are looked at one by one; of more than these, the kind is listed.
const ONE_BY_ONE: usize = 16;

/// Resources that are looked at because they have changed lately. Where it is more, the next look at all shows the rest.
const LATELY: usize = 1000;

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
        () = told::health(&app, &account) => {}
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
        let _ = timeout(HEAD_START, before).await;
    }
    // Its error is in the account's health, where requests see it. What is found for the first time has not changed.
    let _ = account_once(app, account).await;
    // Nobody waits for it any more: fine.
    let _ = first.send(());
    let mut pace = Pace::new(every).then(seen(app, account, false));
    let mut lately = BTreeSet::new();
    loop {
        if is_down(account) {
            sleep(app.directory().chance().shortened(pace.pause())).await;
        } else {
            pace = meanwhile(app, account, every, pace, lately).await;
        }
        lately = account_once(app, account).await.unwrap_or_default();
        pace = pace.then(seen(app, account, !lately.is_empty()));
    }
}

/// Looks at what moves and at what has changed lately until everything is to be looked at again.
async fn meanwhile(
    app: &App,
    account: &Account,
    every: Duration,
    mut pace: Pace,
    mut lately: BTreeSet<Id>,
) -> Pace {
    let due = Instant::now() + app.directory().chance().shortened(every);
    while !is_down(account) {
        if pace.is_at_rest() {
            lately.clear();
        }
        let mut at = Instant::now() + app.directory().chance().shortened(pace.pause());
        tokio::select! {
            () = sleep_until(at.min(due)) => {}
            () = account.stirred(), if pace.is_quiet() => {
                pace = pace.then(Seen::Moving);
                at = Instant::now() + pace.pause();
                sleep_until(at.min(due)).await;
            }
        }
        if at >= due {
            break;
        }
        let changed = some_once(app, account, &lately).await;
        pace = pace.then(seen(app, account, !changed.is_empty()));
        lately.extend(changed.into_iter().take(LATELY.saturating_sub(lately.len())));
    }
    pace
}

fn is_down(account: &Account) -> bool {
    matches!(account.health(), Health::Down { .. })
}

fn seen(app: &App, account: &Account, has_changed: bool) -> Seen {
    if is_down(account) {
        Seen::Down
    } else if has_changed {
        Seen::Changed
    } else if app.inventory().moving_at(&account.name).is_empty() {
        Seen::Quiet
    } else {
        Seen::Moving
    }
}

/// Looks at what is on its way and at these. What of it is another than it was.
async fn some_once(app: &App, account: &Account, lately: &BTreeSet<Id>) -> BTreeSet<Id> {
    let inventory = app.inventory();
    let mut wanted: BTreeMap<Kind, BTreeMap<Id, Arc<Resource>>> = BTreeMap::new();
    let lately = lately.iter().filter_map(|id| inventory.resource(*id));
    for resource in inventory.moving_at(&account.name).into_iter().chain(lately) {
        if resource.replica_at(&account.name).is_some() {
            wanted.entry(resource.kind).or_default().insert(resource.id, resource);
        }
    }
    let mut changed = BTreeSet::new();
    for (kind, resources) in wanted {
        if resources.len() > ONE_BY_ONE {
            // Its error is noticed there; the next look shows the same.
            changed.extend(kind_once(app, account, kind).await.unwrap_or_default());
            continue;
        }
        for (id, before) in resources {
            if resource_once(app, account, &before).await.is_err() {
                break;
            }
            if inventory.resource(id).is_none_or(|now| now.version != before.version) {
                changed.insert(id);
            }
        }
    }
    changed
}
