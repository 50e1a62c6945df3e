//! What an account has to tell: that its cloud is out of reach or back, and that it can do other things than before.
//!
//! Owns when this is told. How an event looks is `event`'s.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::account::{Account, Health};
use crate::app::App;
use crate::connector::Discovery;
use crate::event::{About, Content, Deed, Event, Severity, differing};
use crate::kind::Kind;

/// The code of the alarm of a cloud that is out of reach.
const DOWN: &str = "ACCOUNT_DOWN";

/// Tells how an account's cloud is doing, whenever that changes.
pub(super) async fn health(app: &App, account: &Account) {
    let mut turns = account.turns();
    // It may have turned while the terms of the account changed.
    turns.mark_changed();
    while turns.changed().await.is_ok() {
        let now = turns.borrow_and_update().clone();
        let at = app.clock().now();
        let about = About::account(&account.name);
        let event = match (account.told(), &now) {
            // That it is there at first is told with what it has.
            (Health::Unknown | Health::Up, Health::Up)
            | (Health::Down { .. }, Health::Down { .. })
            | (_, Health::Unknown) => None,
            (_, Health::Down { reason, .. }) => Some(Event::alarm(at, about, Severity::High, DOWN, reason)),
            (Health::Down { since, .. }, Health::Up) => {
                let detail =
                    format!("its cloud answers again, after having been out of reach since {since:.0}");
                Some(Event::notice(at, about, Severity::Medium, &detail))
            }
        };
        if let Some(event) = event {
            tell(app, event.seen_at(&account.name)).await;
        }
        account.was_told(now);
    }
}

async fn tell(app: &App, event: Event) {
    let mut writer = app.inventory().writer().await;
    writer.tell(event);
    if let Err(error) = writer.commit().await {
        tracing::error!(%error, "what happened to an account cannot be recorded");
    }
}

/// Tells what a cloud says of itself otherwise than before, if it does.
pub(super) async fn abilities(app: &App, account: &Account, before: &Discovery, after: &Discovery) {
    if let Some(event) = difference(app.clock().now(), &account.name, before, after) {
        tell(app, event).await;
    }
}

fn difference(at: Timestamp, account: &str, before: &Discovery, after: &Discovery) -> Option<Event> {
    let (old, new) = (said(before), said(after));
    let (before, after) = (differing(&old, &new), differing(&new, &old));
    if before.is_empty() && after.is_empty() {
        return None;
    }
    let words = "its cloud can do other things than before";
    let notice = Event::notice(at, About::account(account), Severity::Medium, words).seen_at(account);
    let detail = Some(words.to_owned());
    Some(Event { content: Content::Model { change: Deed::Update, before, after, detail }, ..notice })
}

/// What a cloud says of itself, by name.
fn said(discovery: &Discovery) -> Map<String, Value> {
    let names = |kinds: &[Kind]| json!(kinds.iter().map(|kind| kind.type_name()).collect::<Vec<_>>());
    let mut said = Map::new();
    said.insert("kinds".to_owned(), names(&discovery.kinds));
    said.insert("creates".to_owned(), names(&discovery.creates));
    said.insert("speaks".to_owned(), json!(discovery.speaks));
    said.extend(discovery.stated());
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_told_as_it_was_and_as_it_is() {
        let before = Discovery {
            kinds: vec![Kind::Machine],
            creates: vec![Kind::Machine],
            capabilities: [(("Machine", "UserData"), cimi::Value::String("disk".to_owned()))].into(),
            speaks: "cimi 2.0".to_owned(),
        };
        let at = Timestamp::UNIX_EPOCH;
        assert_eq!(difference(at, "a", &before, &before), None);
        let after = Discovery {
            creates: Vec::new(),
            capabilities: [(("Machine", "MachineStopForce"), cimi::Value::Boolean(true))].into(),
            ..before.clone()
        };
        let event = difference(at, "a", &before, &after).unwrap();
        let Content::Model { before, after, .. } = event.content else { panic!("{event:?}") };
        assert_eq!(json!(before), json!({ "creates": ["Machine"], "Machine/UserData": ["disk"] }));
        assert_eq!(json!(after), json!({ "creates": [], "Machine/MachineStopForce": true }));
    }
}
