//! The request log: one line for each request, for a person to read.
//!
//! Owns what stands in a line and how it is aligned. Secrets never do: of credentials, only the name of the user that they
//! are of.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::HttpBody as _;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use cimi::server::credentials;

use crate::cloud::{ClockHandle, Cloud};

/// Characters of a URI that are shown.
const URI: usize = 200;

/// Where lines go.
#[derive(Clone)]
pub struct Log {
    sink: Arc<Mutex<dyn Write + Send>>,
    paint: Paint,
}

/// Whether lines are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// They are not.
    Plain,
    /// The status is.
    Coloured,
}

impl Log {
    /// A log to anything that can be written to.
    pub fn new(sink: impl Write + Send + 'static, paint: Paint) -> Self {
        Self { sink: Arc::new(Mutex::new(sink)), paint }
    }

    fn write(&self, line: &str) {
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written stops nothing.
        let _ = sink.write_all(line.as_bytes());
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("paint", &self.paint).finish_non_exhaustive()
    }
}

/// A router whose requests are logged.
pub(crate) fn layered(router: Router, log: Log, cloud: Arc<Cloud>) -> Router {
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let (log, cloud) = (log.clone(), Arc::clone(&cloud));
        async move { logged(&log, &cloud, request, next).await }
    }))
}

async fn logged(log: &Log, cloud: &Arc<Cloud>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().to_string();
    let uri: String = request.uri().to_string().chars().take(URI).collect();
    let given = credentials(request.headers()).ok().flatten();
    let (tenant, user) = cloud.visitor(request.uri().path(), given.as_ref());
    let response = next.run(request).await;
    let job = response.headers().get("cimi-job-uri").and_then(|uri| uri.to_str().ok());
    let line = Line {
        time: ClockHandle::new(Arc::clone(cloud)).now().to_string(),
        tenant: tenant.unwrap_or_default(),
        user: user.unwrap_or_default(),
        method,
        status: response.status().as_u16(),
        took: begun.elapsed(),
        bytes: response.body().size_hint().exact(),
        uri,
        job: job.map(|uri| uri.rsplit_once("/jobs/").map_or(uri, |(_, number)| number).to_owned()),
    };
    log.write(&line.text(log.paint));
    response
}

/// What there is to say of a request.
struct Line {
    time: String,
    tenant: String,
    user: String,
    method: String,
    status: u16,
    took: Duration,
    bytes: Option<u64>,
    uri: String,
    job: Option<String>,
}

impl Line {
    fn text(&self, paint: Paint) -> String {
        let or_dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
        let (on, off) = match (paint, self.status) {
            (Paint::Plain, _) => ("", ""),
            (_, 500..) => ("\x1b[31m", "\x1b[0m"),
            (_, 400..) => ("\x1b[33m", "\x1b[0m"),
            _ => ("\x1b[32m", "\x1b[0m"),
        };
        let job = self.job.as_ref().map(|job| format!("  Job {job}")).unwrap_or_default();
        format!(
            "{:<24}  {:<10} {:<10} {:<7} {on}{}{off} {:>9} {:>9}  {}{job}\n",
            self.time,
            or_dash(&self.tenant),
            or_dash(&self.user),
            self.method,
            self.status,
            took(self.took),
            self.bytes.map_or_else(|| "-".to_owned(), |bytes| format!("{bytes} B")),
            self.uri,
        )
    }
}

/// A duration with one digit or none behind the point.
fn took(duration: Duration) -> String {
    let micros = duration.as_micros();
    match micros {
        0..1_000 => format!("{micros} us"),
        1_000..100_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        100_000..1_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests;
