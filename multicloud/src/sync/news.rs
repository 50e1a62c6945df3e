//! What there is to tell of an account as a whole: that it went down or is back, and that its cloud does other things than before.

use std::collections::BTreeMap;

use crate::account::{Account, Health};
use crate::app::App;
use crate::connector::Discovery;
use crate::event::{About, Event, Severity};
use crate::kind::Kind;
use crate::store::StoreError;

/// Differences that are told one by one.
const MOST: usize = 32;

/// Tells of an account, if there is something to tell: of its health once each time it changes, of what it does otherwise than
/// it did when it last said so.
pub(super) async fn tell(app: &App, account: &Account, before: Option<&Discovery>) -> Result<(), StoreError> {
    let now = app.clock().now();
    let about = || About::account(&account.name);
    let mut events = Vec::new();
    match account.news() {
        Some(Health::Down { since, reason }) => {
            let detail = format!("out of reach since {since:.0}: {reason}");
            events.push(
                Event::alarm(now, about(), Severity::High, "ACCOUNT_DOWN", &detail).seen_at(&account.name),
            );
        }
        Some(Health::Up) => {
            let event = Event::notice(now, about(), Severity::Low, "it answers again");
            events.push(event.seen_at(&account.name));
        }
        Some(Health::Unknown) | None => {}
    }
    if let (Some(before), Some(after)) = (before, account.discovery()) {
        let differences = differences(before, &after);
        if !differences.is_empty() {
            let detail = format!("its cloud does other things than before: {}", differences.join("; "));
            events.push(Event::notice(now, about(), Severity::Medium, &detail).seen_at(&account.name));
        }
    }
    if events.is_empty() {
        return Ok(());
    }
    let mut writer = app.inventory().writer().await;
    for event in events {
        writer.tell(event);
    }
    writer.commit().await
}

/// What a cloud does otherwise, in words.
fn differences(before: &Discovery, after: &Discovery) -> Vec<String> {
    let mut said = Vec::new();
    let mut kinds = |old: &[Kind], new: &[Kind], come: &str, gone: &str| {
        let of = |all: &[Kind], others: &[Kind], what: &str| {
            let names = all.iter().filter(|it| !others.contains(it)).map(|it| it.link());
            let names = names.collect::<Vec<_>>().join(", ");
            (!names.is_empty()).then(|| format!("{what} {names}"))
        };
        said.extend(of(new, old, come));
        said.extend(of(old, new, gone));
    };
    kinds(&before.kinds, &after.kinds, "has now", "has no more");
    kinds(&before.creates, &after.creates, "creates now", "creates no more");
    let all = |discovery: &Discovery| {
        let said = discovery.capabilities.iter();
        said.map(|((ty, name), value)| (format!("{ty}/{name}"), format!("{value:?}")))
            .collect::<BTreeMap<_, _>>()
    };
    let (old, new) = (all(before), all(after));
    for (name, value) in &new {
        match old.get(name) {
            None => said.push(format!("{name} is now {value}")),
            Some(other) if other != value => said.push(format!("{name} is {value}, was {other}")),
            Some(_) => {}
        }
    }
    said.extend(
        old.keys().filter(|name| !new.contains_key(*name)).map(|name| format!("{name} is not said any more")),
    );
    if said.len() > MOST {
        let more = said.len() - MOST;
        said.truncate(MOST);
        said.push(format!("and {more} more"));
    }
    said
}
