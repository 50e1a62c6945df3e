//! Recorded traffic: what clients sent and got, as HAR (HTTP Archive 1.2).
//!
//! Owns the recorder, which is outside of everything else: faults, deviations and dialects are in what it records. It is off
//! until it is started. Records are kept in memory, the latest ones; what is secret is taken out before they are shown.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use jiff::Timestamp;

pub mod har;
mod secret;
mod tape;

pub use har::Har;

use crate::fault::Closed;
use tape::{Exchange, Tape};

/// How many exchanges are kept.
const MOST_EXCHANGES: usize = 2_000;

/// How many bytes of bodies are kept over all.
const MOST_BYTES: usize = 32 << 20;

/// Where the time of records comes from.
pub(crate) type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A recorder of traffic.
#[derive(Clone)]
pub struct Traffic(Arc<Recorder>);

struct Recorder {
    on: AtomicBool,
    /// Scheme and authority of the cloud.
    root: String,
    now: Now,
    exchanges: Mutex<VecDeque<Arc<Mutex<Exchange>>>>,
}

impl Traffic {
    pub(crate) fn new(root: String, now: Now) -> Self {
        Self(Arc::new(Recorder { on: AtomicBool::new(false), root, now, exchanges: Mutex::default() }))
    }

    /// Records from now on.
    pub fn start(&self) {
        self.0.on.store(true, Ordering::Relaxed);
    }

    /// Records no more. What has been recorded stays.
    pub fn stop(&self) {
        self.0.on.store(false, Ordering::Relaxed);
    }

    /// Whether it records.
    pub fn is_on(&self) -> bool {
        self.0.on.load(Ordering::Relaxed)
    }

    /// Forgets what has been recorded.
    pub fn clear(&self) {
        self.exchanges(VecDeque::clear);
    }

    /// What has been recorded, the oldest first; at most the latest 2000 exchanges, and of the bodies 32 MiB.
    pub fn har(&self) -> Har {
        let exchanges = self.exchanges(|exchanges| exchanges.iter().cloned().collect::<Vec<_>>());
        let entries = exchanges.iter().map(|exchange| {
            let exchange = exchange.lock().unwrap_or_else(PoisonError::into_inner);
            har::Entry::of(&self.0.root, &exchange)
        });
        Har::of(entries.collect())
    }

    fn exchanges<T>(&self, with: impl FnOnce(&mut VecDeque<Arc<Mutex<Exchange>>>) -> T) -> T {
        with(&mut self.0.exchanges.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keep(&self, exchange: &Arc<Mutex<Exchange>>) {
        self.exchanges(|exchanges| {
            exchanges.push_back(Arc::clone(exchange));
            let size = |exchange: &Arc<Mutex<Exchange>>| {
                exchange.lock().unwrap_or_else(PoisonError::into_inner).size()
            };
            let mut bytes: usize = exchanges.iter().map(size).sum();
            while exchanges.len() > MOST_EXCHANGES || (bytes > MOST_BYTES && exchanges.len() > 1) {
                let oldest = exchanges.pop_front();
                bytes -= oldest.as_ref().map_or(0, size);
            }
        });
    }

    async fn record(&self, request: Request, next: Next) -> Response {
        let exchange = Arc::new(Mutex::new(Exchange::new((self.0.now)(), &request)));
        self.keep(&exchange);
        let (parts, body) = request.into_parts();
        let body = Tape::request(&exchange, &self.0.now).over(body);
        let response = next.run(Request::from_parts(parts, body)).await;
        let is_closed = response.extensions().get::<Closed>().is_some();
        exchange.lock().unwrap_or_else(PoisonError::into_inner).answered(
            (self.0.now)(),
            &response,
            is_closed,
        );
        let (parts, body) = response.into_parts();
        Response::from_parts(parts, Tape::response(&exchange, &self.0.now).over(body))
    }
}

impl std::fmt::Debug for Traffic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Traffic").field("on", &self.is_on()).finish_non_exhaustive()
    }
}

/// A router whose traffic can be recorded.
pub(crate) fn layered(router: Router, traffic: Traffic) -> Router {
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let traffic = traffic.clone();
        async move { if traffic.is_on() { traffic.record(request, next).await } else { next.run(request).await } }
    }))
}

#[cfg(test)]
mod tests;
