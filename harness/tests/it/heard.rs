//! What a run says, heard by a test.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use harness::engine::{Order, Settings};
use harness::event::{Event, Exchange, Outcome, Sink, Verdict};
use harness::profile::Selection;

/// Events as they come.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<Event>>>);

impl Heard {
    fn told(&self) -> MutexGuard<'_, Vec<Event>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.told().clone()
    }

    pub(crate) fn verdicts(&self) -> Vec<Verdict> {
        let verdict = |event: &Event| match event {
            Event::Verdict(verdict) => Some((**verdict).clone()),
            _ => None,
        };
        self.told().iter().filter_map(verdict).collect()
    }

    /// Every exchange, in the order of its number.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        let exchange = |event: &Event| match event {
            Event::Exchange(exchange) => Some((**exchange).clone()),
            _ => None,
        };
        let mut all: Vec<Exchange> = self.told().iter().filter_map(exchange).collect();
        all.sort_by_key(|exchange| exchange.n);
        all
    }

    /// A line for each verdict that is not as it should be and each finding in it: case, requirement, expected, got.
    pub(crate) fn findings(&self, accepted: &[Outcome]) -> Vec<String> {
        let verdicts = self.verdicts();
        let wrong = verdicts.iter().filter(|verdict| !accepted.contains(&verdict.outcome));
        wrong
            .flat_map(|verdict| {
                let name = format!(
                    "{:?} {} {} {:?} {}",
                    verdict.outcome,
                    verdict.endpoint,
                    verdict.case,
                    verdict.format,
                    verdict.reason.as_ref().map_or("", |reason| reason.text.as_str())
                );
                let lines = verdict.findings.iter().map(|f| {
                    format!("  {}: {}: expected {:?}, got {:?}", f.requirement, f.at, f.expected, f.got)
                });
                std::iter::once(name).chain(lines).collect::<Vec<_>>()
            })
            .collect()
    }
}

impl Sink for Heard {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        self.told().push(event.clone());
        Ok(())
    }
}

/// A run of these cases, in both formats.
pub(crate) fn settings(only: Vec<String>) -> Settings {
    let selection = Selection { only, ..Selection::everything() };
    Settings { selection, order: Order::InStep, ..Settings::new("test", jiff::Timestamp::UNIX_EPOCH) }
}
