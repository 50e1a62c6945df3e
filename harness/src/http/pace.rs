//! How fast an endpoint is asked: so many requests a second, and none while it has asked to be left alone.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::fmt::rfc2822;

use crate::event::Response;

/// Times that a request is sent again because the endpoint was busy.
pub(super) const MOST_REPEATS: usize = 5;

/// When the next request may go out.
#[derive(Debug)]
pub(super) struct Pace {
    /// Between two requests.
    gap: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    /// So many requests a second; as many as there are where it is absent.
    pub(super) fn new(rate: Option<f64>) -> Self {
        let gap = rate.and_then(|rate| Duration::try_from_secs_f64(1.0 / rate).ok()).unwrap_or_default();
        Self { gap, next: Mutex::new(Instant::now()) }
    }

    fn next(&self) -> MutexGuard<'_, Instant> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the turn of a request.
    pub(super) async fn turn(&self) {
        let at = {
            let mut next = self.next();
            let at = (*next).max(Instant::now());
            *next = at + self.gap;
            at
        };
        if at > Instant::now() {
            tokio::time::sleep_until(at.into()).await;
        }
    }

    /// Holds all requests back for so long.
    pub(super) fn hold(&self, span: Duration) {
        let mut next = self.next();
        *next = (*next).max(Instant::now() + span);
    }
}

/// How long a busy endpoint asks to be left alone: Retry-After of 429 or 503 (RFC 9110 10.2.3). A date counts from the
/// date of the response itself: the clocks need not agree.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    if !matches!(response.status, 429 | 503) {
        return None;
    }
    let value = response.header("Retry-After")?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = |text: &str| rfc2822::parse(text.trim()).ok().map(|at| at.timestamp());
    let span = moment(value)?.duration_since(moment(response.header("Date")?)?);
    Some(Duration::try_from(span).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Extent;

    #[track_caller]
    fn check(status: u16, headers: &[(&str, &str)], expected: Option<u64>) {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let response = Response { status, headers, body: None, extent: Extent::Whole };
        assert_eq!(retry_after(&response), expected.map(Duration::from_secs));
    }

    #[test]
    fn seconds_and_dates() {
        check(503, &[("Retry-After", "7")], Some(7));
        check(429, &[("retry-after", " 0 ")], Some(0));
        check(500, &[("Retry-After", "7")], None);
        check(503, &[("Retry-After", "soon")], None);
        check(503, &[("Retry-After", "-1")], None);
        check(503, &[], None);
        let now = ("Date", "Wed, 21 Oct 2015 07:28:00 GMT");
        check(503, &[("Retry-After", "Wed, 21 Oct 2015 07:28:30 GMT"), now], Some(30));
        check(503, &[("Retry-After", "Wed, 21 Oct 2015 07:27:00 GMT"), now], Some(0));
        check(503, &[("Retry-After", "Wed, 21 Oct 2015 07:28:30 GMT")], None);
    }
}
