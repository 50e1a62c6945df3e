//! What an endpoint holds once a run is over: it is to be what it held before.

use std::time::Duration;

use crate::discovery;
use crate::event::{Company, Inventory, Leftover};

use super::stage::Stage;

/// How long an endpoint may go on showing what is gone: a manager shows its clouds as it saw them last.
const LAG: Duration = Duration::from_secs(10);

/// Counts until it is what it was, or was waited for long enough; where others work, or where it is known already that
/// something was left, once.
pub(super) async fn take(stage: Stage<'_>, company: Company, left: Vec<Leftover>) -> Inventory {
    let client = stage.client;
    let endpoint = client.endpoint().name.clone();
    if let Some(recorded) = client.recording().and_then(|recorded| recorded.inventory()) {
        return Inventory { endpoint, ..recorded.clone() };
    }
    let before = stage.discovery.counted();
    let mut inventory = Inventory { before, left, ..Inventory::unknown(endpoint) };
    let mut pause = stage.patience.within(LAG);
    loop {
        inventory.after = discovery::counts(client, stage.discovery, stage.tables).await;
        let is_final =
            company == Company::Shared || !inventory.left.is_empty() || client.recording().is_some();
        if is_final || inventory.differences().next().is_none() || !pause.sleep().await {
            return inventory;
        }
    }
}
