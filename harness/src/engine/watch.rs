//! Holds every exchange of an endpoint against the built-in checks, as it comes.
//!
//! What is known of an exchange is what the exchanges before it taught: so a run and its recording, read in the same
//! order, come to the same findings, and nothing of an exchange has to be kept.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::check::{self, Context, Seen, Violation, bare};
use crate::event::{Exchange, ExchangeId, Verdict};
use crate::findings::Gathered;
use crate::links::Links;
use crate::meaning::Resource;
use crate::spec::{Register, Tables};

use super::teardown;

/// What the exchanges of one endpoint taught, and what is wrong in them.
#[derive(Debug)]
pub(super) struct Watch<'s> {
    tables: &'s Tables,
    register: &'s Register,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    links: Links,
    gathered: Gathered,
    /// What exchanges mean that were taken before anybody asked.
    expected: BTreeMap<ExchangeId, Option<Resource>>,
}

impl<'s> Watch<'s> {
    /// A watch that knows these links.
    pub(super) fn new(tables: &'s Tables, register: &'s Register, links: Links) -> Self {
        let state = State { links, gathered: Gathered::default(), expected: BTreeMap::new() };
        Self { tables, register, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an exchange that somebody may ask for later: of a recording all are known from the start, in their order.
    pub(super) fn expect(&self, exchange: &Exchange) {
        let resource = self.take(exchange);
        self.state().expected.insert(exchange.n, resource);
    }

    /// Reads an exchange, learns from it and judges it; hands back what it means. One that was expected is not judged again.
    pub(super) fn take(&self, exchange: &Exchange) -> Option<Resource> {
        let state = &mut *self.state();
        if let Some(resource) = state.expected.remove(&exchange.n) {
            return resource;
        }
        let (tables, edition) = (self.tables, self.tables.edition);
        state.links.learn_data(exchange);
        let seen = Seen::new(exchange, &Context { tables, links: &state.links });
        if let ("GET", true, Some(reading)) =
            (exchange.request.method.as_str(), seen.is_success(), &seen.reading)
        {
            state.links.learn(&exchange.request.url, &reading.resource, tables);
        }
        let violations = check::all(&seen, &Context { tables, links: &state.links });
        state.gathered.take(exchange.n, violations, self.register, edition);
        // What a case made is gone: nobody is to know it any more.
        if matches!(seen.status(), 404 | 410) && exchange.step.as_deref() == Some(teardown::STEP) {
            state.links.forget(&bare(&exchange.request.url));
        }
        seen.reading.map(|reading| reading.resource)
    }

    /// Notes what was found wrong elsewhere.
    pub(super) fn note(&self, exchange: ExchangeId, violation: Violation) {
        self.state().gathered.take(exchange, vec![violation], self.register, self.tables.edition);
    }

    /// A verdict for each built-in check.
    pub(super) fn verdicts(self, endpoint: &str) -> Vec<Verdict> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.gathered.verdicts(endpoint, self.register, self.tables.edition)
    }
}
