//! Answers out of a recording: what a run was answered with, for judging it again with no server there.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use crate::event::{Exchange, Format, Inventory, REDACTED};

/// What was recorded of one endpoint in one run.
#[derive(Debug)]
pub struct Recorded {
    all: Vec<Arc<Exchange>>,
    inventory: Option<Inventory>,
    waiting: Mutex<BTreeMap<Key, VecDeque<Arc<Exchange>>>>,
}

/// On whose behalf something was asked. What belongs to no case is told apart by what it asks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    case: Option<String>,
    step: Option<String>,
    format: Option<Format>,
    request: Option<(String, String, bool)>,
}

impl Recorded {
    /// What was recorded, in any order, and what the endpoint held.
    pub fn new(mut exchanges: Vec<Exchange>, inventory: Option<Inventory>) -> Self {
        exchanges.sort_by_key(|exchange| exchange.n);
        let all: Vec<Arc<Exchange>> = exchanges.into_iter().map(Arc::new).collect();
        let mut waiting: BTreeMap<Key, VecDeque<Arc<Exchange>>> = BTreeMap::new();
        for exchange in &all {
            waiting.entry(Key::of(exchange)).or_default().push_back(exchange.clone());
        }
        Self { all, inventory, waiting: Mutex::new(waiting) }
    }

    /// Every exchange, in the order of ordinals.
    pub fn all(&self) -> &[Arc<Exchange>] {
        &self.all
    }

    /// What the endpoint held before and after.
    pub fn inventory(&self) -> Option<&Inventory> {
        self.inventory.as_ref()
    }

    /// Whether anybody asked with credentials.
    pub fn has_credentials(exchanges: &[Exchange]) -> bool {
        exchanges.iter().any(is_authorized)
    }

    /// What such a request was answered with, the next time it was sent; itself where it was not.
    pub(super) fn next(&self, asked: Exchange) -> Arc<Exchange> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = waiting.get_mut(&Key::of(&asked));
        let same = |found: &Arc<Exchange>| {
            found.request.method == asked.request.method && fits(&found.request.url, &asked.request.url)
        };
        let found = queue.filter(|queue| queue.front().is_some_and(same)).and_then(VecDeque::pop_front);
        found.unwrap_or_else(|| Arc::new(asked))
    }

    /// Whether something was asked once more, on behalf of a step of a case in a format.
    pub fn is_asked_again(&self, case: &str, step: &str, format: Format) -> bool {
        let key = Key {
            case: Some(case.to_owned()),
            step: Some(step.to_owned()),
            format: Some(format),
            request: None,
        };
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.get(&key).is_some_and(|queue| !queue.is_empty())
    }
}

impl Key {
    fn of(exchange: &Exchange) -> Self {
        let request = || {
            let request = &exchange.request;
            (request.method.clone(), request.url.clone(), is_authorized(exchange))
        };
        Self {
            case: exchange.case.clone(),
            step: exchange.step.clone(),
            format: exchange.format,
            request: exchange.case.is_none().then(request),
        }
    }
}

/// Whether a URL is the recorded one, in which secrets have gone.
fn fits(recorded: &str, asked: &str) -> bool {
    let parts: Vec<&str> = recorded.split(REDACTED).collect();
    let [first, between @ .., last] = parts.as_slice() else { return recorded == asked };
    let Some(mut rest) = asked.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else {
        return false;
    };
    for part in between {
        let Some((_, after)) = rest.split_once(*part) else { return false };
        rest = after;
    }
    true
}

fn is_authorized(exchange: &Exchange) -> bool {
    exchange.request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization"))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn what_was_secret_may_have_been_anything() {
        assert!(fits("http://h/a?b=1", "http://h/a?b=1"));
        assert!(fits("http://h/a?b=[redacted]&c=[redacted]", "http://h/a?b=secret&c="));
        assert!(!fits("http://h/a?b=[redacted]&c=1", "http://h/a?b=secret&c=2"));
        assert!(!fits("http://h/a", "http://h/a?b=1"));
    }
}
