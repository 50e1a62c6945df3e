//! One exchange while it goes by: heads as they were, bodies up to a limit.
//!
//! Owns listening to bodies without holding them up. Knows no HAR.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode, Uri, Version};
use http_body_util::BodyExt as _;
use jiff::Timestamp;

use super::Now;

/// How many bytes of a body are kept.
const MOST: usize = 1 << 20;

/// A request and what became of it.
pub(super) struct Exchange {
    pub(super) begun: Timestamp,
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) version: Version,
    pub(super) headers: HeaderMap,
    pub(super) body: Kept,
    pub(super) answer: Option<Answer>,
}

/// A response.
pub(super) struct Answer {
    pub(super) begun: Timestamp,
    /// When the last of its body went by.
    pub(super) ended: Timestamp,
    pub(super) status: StatusCode,
    pub(super) version: Version,
    pub(super) headers: HeaderMap,
    pub(super) body: Kept,
    /// The connection was closed before anything of it was sent.
    pub(super) is_closed: bool,
}

/// What has been kept of a body.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) bytes: Vec<u8>,
    /// How many bytes went by.
    pub(super) length: usize,
    /// It ended in an error.
    pub(super) is_cut: bool,
}

/// Listens to a body.
pub(super) struct Tape {
    exchange: Arc<Mutex<Exchange>>,
    now: Now,
    side: Side,
}

#[derive(Clone, Copy)]
enum Side {
    Request,
    Response,
}

impl Exchange {
    pub(super) fn new(begun: Timestamp, request: &Request) -> Self {
        Self {
            begun,
            method: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            headers: request.headers().clone(),
            body: Kept::default(),
            answer: None,
        }
    }

    pub(super) fn answered(&mut self, now: Timestamp, response: &Response, is_closed: bool) {
        self.answer = Some(Answer {
            begun: now,
            ended: now,
            status: response.status(),
            version: response.version(),
            headers: response.headers().clone(),
            body: Kept::default(),
            is_closed,
        });
    }

    /// How many bytes it keeps.
    pub(super) fn size(&self) -> usize {
        self.body.bytes.len() + self.answer.as_ref().map_or(0, |answer| answer.body.bytes.len())
    }
}

impl Kept {
    /// Whether it is all there was.
    pub(super) fn is_whole(&self) -> bool {
        self.bytes.len() == self.length && !self.is_cut
    }

    fn keep(&mut self, data: &[u8]) {
        self.length += data.len();
        let room = MOST.saturating_sub(self.bytes.len()).min(data.len());
        self.bytes.extend_from_slice(&data[..room]);
    }
}

impl Tape {
    pub(super) fn request(exchange: &Arc<Mutex<Exchange>>, now: &Now) -> Self {
        Self { exchange: Arc::clone(exchange), now: Arc::clone(now), side: Side::Request }
    }

    pub(super) fn response(exchange: &Arc<Mutex<Exchange>>, now: &Now) -> Self {
        Self { exchange: Arc::clone(exchange), now: Arc::clone(now), side: Side::Response }
    }

    /// The same body, listened to.
    pub(super) fn over(self, body: Body) -> Body {
        let tape = Arc::new(self);
        let other = Arc::clone(&tape);
        let listened = body.map_frame(move |frame| {
            if let Some(data) = frame.data_ref() {
                tape.hear(|kept| kept.keep(data));
            }
            frame
        });
        Body::new(listened.map_err(move |error| {
            other.hear(|kept| kept.is_cut = true);
            error
        }))
    }

    fn hear(&self, note: impl FnOnce(&mut Kept)) {
        let mut exchange = self.exchange.lock().unwrap_or_else(PoisonError::into_inner);
        match (self.side, &mut exchange.answer) {
            (Side::Request, _) => note(&mut exchange.body),
            (Side::Response, Some(answer)) => {
                answer.ended = (self.now)();
                note(&mut answer.body);
            }
            (Side::Response, None) => {}
        }
    }
}
