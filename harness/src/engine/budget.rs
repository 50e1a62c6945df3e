//! What a run may make: how many resources at most at once and in all, and of which kinds one after the other.
//!
//! Counts requests that could make something before they are sent, so that a limit is never passed. What a cloud makes
//! of its own accord with something (the disk of a machine) is the cloud's, and not counted.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// What a run may make at each endpoint.
#[derive(Debug, Clone, Default)]
pub struct Caps {
    /// Resources at most at once; any number where it is absent.
    pub at_once: Option<u64>,
    /// Resources at most in all; any number where it is absent.
    pub in_all: Option<u64>,
    /// Kinds of which cases make one after the other.
    pub serial: BTreeSet<String>,
}

/// What is left of the caps at one endpoint.
#[derive(Debug)]
pub(super) struct Budget<'c> {
    caps: &'c Caps,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Resources that cases under way may have made.
    held: u64,
    /// Resources that could not be taken away.
    lost: u64,
    /// Kinds of which a case under way makes some.
    kinds: BTreeSet<String>,
}

/// What a case may make. Given back when it ends, and what it made is gone.
#[derive(Debug)]
pub(super) struct Share<'b> {
    budget: &'b Budget<'b>,
    number: u64,
    kinds: BTreeSet<String>,
}

impl<'c> Budget<'c> {
    pub(super) fn new(caps: &'c Caps) -> Self {
        Self { caps, state: Mutex::default(), changed: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a case that makes these kinds (each as often as it makes one) may begin.
    ///
    /// # Errors
    /// When that can never be, with the reason: too much could not be taken away.
    pub(super) async fn share(&self, made: &[String]) -> Result<Share<'_>, String> {
        let number = made.len() as u64;
        let kinds: BTreeSet<String> =
            made.iter().filter(|kind| self.caps.serial.contains(*kind)).cloned().collect();
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.take(number, &kinds)? {
                return Ok(Share { budget: self, number, kinds });
            }
            changed.await;
        }
    }

    /// Whether there is room, which is then taken.
    fn take(&self, number: u64, kinds: &BTreeSet<String>) -> Result<bool, String> {
        let mut state = self.state();
        if let Some(limit) = self.caps.at_once.filter(|_| number > 0) {
            if state.lost + number > limit {
                return Err(format!(
                    "{} that could not be taken away leave no room for {number} more under --max-resources {limit}",
                    state.lost
                ));
            }
            if state.lost + state.held + number > limit {
                return Ok(false);
            }
        }
        if !state.kinds.is_disjoint(kinds) {
            return Ok(false);
        }
        state.held += number;
        state.kinds.extend(kinds.iter().cloned());
        Ok(true)
    }
}

impl Share<'_> {
    /// Says how many of it could not be taken away.
    pub(super) fn lose(&self, number: usize) {
        self.budget.state().lost += number as u64;
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        let mut state = self.budget.state();
        state.held -= self.number;
        state.kinds.retain(|kind| !self.kinds.contains(kind));
        drop(state);
        self.budget.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn kinds(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn room_is_taken_given_back_and_lost() {
        let caps = Caps { at_once: Some(3), ..Caps::default() };
        let budget = Budget::new(&caps);
        let now = |names: &[&str]| budget.share(&kinds(names)).now_or_never();
        let two = now(&["Machine", "Volume"]).unwrap().unwrap();
        assert!(now(&["Machine", "Machine"]).is_none(), "four would be there");
        let one = now(&["Machine"]).unwrap().unwrap();
        assert!(now(&[]).is_some(), "who makes nothing never waits");
        drop(one);
        two.lose(2);
        drop(two);
        assert!(now(&["Machine"]).unwrap().is_ok());
        let refused = now(&["Machine", "Machine"]).unwrap().unwrap_err();
        assert_eq!(
            refused,
            "2 that could not be taken away leave no room for 2 more under --max-resources 3"
        );
    }

    #[test]
    fn a_kind_is_made_by_one_case_at_a_time() {
        let caps = Caps { serial: BTreeSet::from(["Volume".to_owned()]), ..Caps::default() };
        let budget = Budget::new(&caps);
        let now = |names: &[&str]| budget.share(&kinds(names)).now_or_never();
        let first = now(&["Volume", "Volume"]).unwrap().unwrap();
        assert!(now(&["Machine"]).is_some());
        assert!(now(&["Machine", "Volume"]).is_none());
        drop(first);
        assert!(now(&["Machine", "Volume"]).is_some());
    }
}
