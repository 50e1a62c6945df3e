//! How a run is told to end before its time: no case begins any more, those under way end at their next step, and what
//! they made is taken away.

use std::sync::Arc;

use tokio::sync::watch;

/// Tells a run to end, from wherever: a signal, a deadline. Copies tell the same run.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<Option<String>>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Stop {
    /// Tells it; the first reason is the one that stays.
    pub fn ask(&self, reason: &str) {
        self.0.send_if_modified(|told| {
            let is_first = told.is_none();
            if is_first {
                *told = Some(reason.to_owned());
            }
            is_first
        });
    }

    /// Why the run has to end, if it has to.
    pub fn reason(&self) -> Option<String> {
        self.0.borrow().clone()
    }

    /// Comes back once the run has to end, with the reason.
    pub async fn asked(&self) -> String {
        let mut told = self.0.subscribe();
        let reason = told.wait_for(Option::is_some).await.ok().and_then(|reason| reason.clone());
        // The sender lives as long as `self`.
        reason.unwrap_or_default()
    }
}
