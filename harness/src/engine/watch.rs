//! Holds every exchange of an endpoint against the built-in checks, as it comes.
//!
//! What is known of an exchange is what the exchanges before it taught: so a run and its recording, read in the same
//! order, come to the same findings, and nothing of an exchange has to be kept.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::check::{self, Context, Seen, Violation, bare};
use crate::event::{Exchange, ExchangeId, Verdict};
use crate::findings::Gathered;
use crate::links::Links;
use crate::meaning::Resource;
use crate::spec::{Register, Tables};

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
}

impl<'s> Watch<'s> {
    /// A watch that knows these links.
    pub(super) fn new(tables: &'s Tables, register: &'s Register, links: Links) -> Self {
        Self { tables, register, state: Mutex::new(State { links, gathered: Gathered::default() }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads an exchange, learns from it and judges it; hands back what it means.
    pub(super) fn take(&self, exchange: &Exchange) -> Option<Resource> {
        let state = &mut *self.state();
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
        seen.reading.map(|reading| reading.resource)
    }

    /// Notes what was found wrong elsewhere.
    pub(super) fn note(&self, exchange: ExchangeId, violation: Violation) {
        self.state().gathered.take(exchange, vec![violation], self.register, self.tables.edition);
    }

    /// Forgets what is at and below a URL: it was made by a case, and is gone.
    pub(super) fn forget(&self, url: &str) {
        self.state().links.forget(&bare(url));
    }

    /// A verdict for each built-in check.
    pub(super) fn verdicts(self, endpoint: &str) -> Vec<Verdict> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.gathered.verdicts(endpoint, self.register, self.tables.edition)
    }
}
