//! Who was not let in, and who may not do what they asked for: counted, so that whoever asks without end fills nothing.
//!
//! Owns the counting. Like refusals are one, with a number; of unlike ones no more than some are told apart. They are written
//! as events once in a while, not when they happen.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::event::{About, Content, Event, Origin, Outcome, Severity, cut};

/// Unlike refusals that are told apart in one round; of more, it is told how many there were.
const MOST: usize = 64;
/// As many like ones look like somebody who tries on.
const MANY: u64 = 10;
/// After the first of a round, as long is waited for more.
pub const GATHER: Duration = Duration::from_millis(100);
/// Between two rounds.
pub const ROUND: Duration = Duration::from_mins(1);

/// A refusal. Those that are alike are counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    /// Who asked, as far as that is known.
    pub who: Option<String>,
    /// The tenant whose admin is told; nobody: the operator alone is.
    pub tenant: Option<String>,
    /// What they wanted to do.
    pub operation: String,
    /// With what: a path, as of [`About`].
    pub path: String,
    /// The type of that.
    pub ty: String,
    /// Why not.
    pub why: String,
}

/// The refusals that have not been written yet.
#[derive(Debug, Default)]
pub struct Refusals {
    round: Mutex<Round>,
    noted: Notify,
}

#[derive(Debug, Default)]
struct Round {
    alike: BTreeMap<Refusal, Count>,
    others: Option<Count>,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    first: Timestamp,
    times: u64,
}

impl Refusals {
    /// Counts one.
    pub fn note(&self, now: Timestamp, refusal: Refusal) {
        let mut round = self.round.lock().unwrap_or_else(PoisonError::into_inner);
        let known = round.alike.len() < MOST || round.alike.contains_key(&refusal);
        let new = Count { first: now, times: 0 };
        let count =
            if known { round.alike.entry(refusal).or_insert(new) } else { round.others.get_or_insert(new) };
        count.times += 1;
        drop(round);
        self.noted.notify_one();
    }

    /// Waits until there is one.
    pub async fn noted(&self) {
        self.noted.notified().await;
    }

    /// The events of all that were counted since the last time.
    pub fn take(&self) -> Vec<Event> {
        let round = std::mem::take(&mut *self.round.lock().unwrap_or_else(PoisonError::into_inner));
        let told = round.alike.into_iter().map(|(refusal, count)| event(refusal, count));
        let others = round.others.map(|count| {
            let why = "refused; more unlike ones than are told apart".to_owned();
            let (operation, path, ty) = ("several".to_owned(), String::new(), About::manager().ty);
            event(Refusal { who: None, tenant: None, operation, path, ty, why }, count)
        });
        told.chain(others).collect()
    }
}

fn event(refusal: Refusal, count: Count) -> Event {
    let Refusal { who, tenant, operation, path, ty, why } = refusal;
    let Count { first, times } = count;
    let detail = if times == 1 { why } else { format!("{why} ({times} times)") };
    Event {
        number: 0,
        at: first,
        about: About { path, ty, name: None },
        owner: tenant,
        outcome: Outcome::Failure,
        severity: if times < MANY { Severity::Medium } else { Severity::High },
        origin: Origin::Asked { by: who.clone() },
        content: Content::Access { operation, detail: cut(&detail), initiator: who },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(nth: usize) -> Refusal {
        let text = |text: &str| text.to_owned();
        let (path, ty) = (format!("machines/{nth}"), text("Machine"));
        Refusal { who: Some(text("eva")), tenant: None, operation: text("change"), path, ty, why: text("no") }
    }

    #[test]
    fn alike_ones_are_one_and_no_flood_is_written() {
        let refusals = Refusals::default();
        for nth in 0..10_000 {
            refusals.note(Timestamp::UNIX_EPOCH, refusal(nth % 1000));
        }
        let events = refusals.take();
        assert_eq!(events.len(), MOST + 1);
        let times = |event: &Event| match &event.content {
            Content::Access { detail, .. } => detail.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(times(&events[0]), "no (10 times)");
        assert_eq!(events[0].severity, Severity::High);
        assert!(
            times(&events[MOST]).contains(&format!("({} times)", 10_000 - 10 * MOST)),
            "{:?}",
            events[MOST]
        );
        assert!(refusals.take().is_empty());
    }
}
