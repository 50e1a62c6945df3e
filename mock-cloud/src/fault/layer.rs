//! The half of faults that befalls messages: late, refused, lost, cut off or slow.
//!
//! Owns the way of a message through the faults that strike. Which ones do is the book's to say; what a request is about the
//! face's.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use bytes::Bytes;
use cimi::Edition;
use cimi::server::{Options, Refusal};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderValue, Method, StatusCode};
use tokio::time::sleep;

use super::{Effect, Refuse, When, body};
use crate::engine::Engine;
use crate::sim::fate::{Domain, Fault, Occasion, Struck};
use crate::world::{Id, Kind};

/// How long nobody answers where a reply is lost, before the connection is closed.
const SILENCE: Duration = Duration::from_mins(5);

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Matter {
    /// The kind of the resource, or of the members of the collection; none for metadata.
    pub(crate) kind: Option<Kind>,
    /// The bare name of the operation.
    pub(crate) operation: &'static str,
    /// The resource.
    pub(crate) id: Option<Id>,
}

/// Says what a request is about.
pub(crate) type Matters = Box<dyn Fn(&Method, &str) -> Option<Matter> + Send + Sync>;

/// What it takes to let faults befall the messages of one face.
pub(crate) struct Messages {
    /// The cloud with the book of faults.
    pub(crate) engine: Arc<Engine>,
    /// What a request is about, by its method and path.
    pub(crate) matter: Matters,
    /// How refusals are told.
    pub(crate) edition: Edition,
    /// How refusals are told.
    pub(crate) options: Options,
}

tokio::task_local! {
    /// What befalls the reply on its way: noted where the request is understood, whatever is in between (deviations, dialects).
    static ON_THE_WAY: RefCell<Vec<Arc<Fault>>>;
}

/// The mark of a response that nobody gets: the connection is closed instead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closed;

/// The router of a face, with faults where its requests are understood. As long as there are none, it costs one look at the book.
pub(crate) fn layered(router: Router, messages: Messages) -> Router {
    let messages = Arc::new(messages);
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let messages = Arc::clone(&messages);
        async move { messages.meet(request, next).await }
    }))
}

/// The router of a cloud, with everything that changes replies inside of it: what befalls them befalls them here.
pub(crate) fn on_the_way(router: Router) -> Router {
    router.layer(middleware::from_fn(async |request: Request, next: Next| {
        let is_head = request.method() == Method::HEAD;
        let carried = ON_THE_WAY.scope(RefCell::default(), async {
            let response = next.run(request).await;
            (response, ON_THE_WAY.with(RefCell::take))
        });
        let (mut response, faults) = carried.await;
        for fault in &faults {
            response = befall(fault, is_head, response).await;
        }
        response
    }))
}

impl Messages {
    async fn meet(&self, request: Request, next: Next) -> Response {
        if !self.engine.peek(|sim| sim.fate().has(Domain::Message)) {
            return next.run(request).await;
        }
        let mut later = Vec::new();
        for blow in self.strike(&request) {
            let fault = match blow {
                Struck::Wait(duration) => {
                    sleep(duration).await;
                    continue;
                }
                Struck::Fault(fault) => fault,
            };
            match fault.effect() {
                Effect::Refuse(refuse) => {
                    let response = self.refused(refuse, &request);
                    note(later);
                    return response;
                }
                Effect::Drop(When::Before) => {
                    let mut response = Response::new(Body::empty());
                    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                    later.push(fault);
                    note(later);
                    return response;
                }
                _ => later.push(fault),
            }
        }
        let response = next.run(request).await;
        note(later);
        response
    }

    fn strike(&self, request: &Request) -> Vec<Struck> {
        let matter = (self.matter)(request.method(), request.uri().path());
        self.engine.write(|sim| {
            let now = sim.world().now();
            let id = matter.and_then(|matter| matter.id);
            let name = id.and_then(|id| sim.world().get(id)).and_then(|record| record.label.name.clone());
            sim.fate_mut().strike_message(
                now,
                &Occasion {
                    kind: matter.and_then(|matter| matter.kind),
                    operation: matter.map_or("", |matter| matter.operation),
                    resource: name.as_deref(),
                },
            )
        })
    }

    fn refused(&self, refuse: &Refuse, request: &Request) -> Response {
        let reason = refuse.reason().unwrap_or(cimi::server::Reason::Unavailable);
        let message = refuse.message.clone().unwrap_or_else(|| match refuse.status {
            429 => "Too many requests. Nothing has been done; come again later.".to_owned(),
            503 => "This cloud cannot answer now. Nothing has been done; come again later.".to_owned(),
            _ => "Refused by a fault of this mock cloud. Nothing has been done.".to_owned(),
        });
        let mut refusal = Refusal::new(reason, message);
        refusal.retry_after = refuse.retry_after.map(|wait| {
            let wait = wait.duration();
            wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
        });
        let query = request.uri().query().unwrap_or_default();
        cimi::server::refused(self.edition, &self.options, request.headers(), query, &refusal)
    }
}

/// Notes what is to befall the reply. Without anybody who carries it, nothing does.
fn note(faults: Vec<Arc<Fault>>) {
    if !faults.is_empty() {
        let _ = ON_THE_WAY.try_with(|noted| noted.borrow_mut().extend(faults));
    }
}

async fn befall(fault: &Fault, is_head: bool, response: Response) -> Response {
    match fault.effect() {
        Effect::Drop(_) => closed(),
        Effect::LoseReply => {
            drop(response);
            sleep(SILENCE).await;
            closed()
        }
        Effect::Truncate(share) => {
            with_body(is_head, response, |bytes| {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_precision_loss,
                    clippy::cast_sign_loss,
                    reason = "a share of the length of a body, which is cut down to it"
                )]
                let kept = ((bytes.len() as f64 * share.get()) as usize).min(bytes.len());
                body::part(bytes.slice(..kept))
            })
            .await
        }
        Effect::Slow(rate) => with_body(is_head, response, |bytes| body::slow(bytes, *rate)).await,
        _ => response,
    }
}

/// A response whose body arrives in another way; its length stays what it was.
async fn with_body(is_head: bool, response: Response, make: impl FnOnce(Bytes) -> Body) -> Response {
    let (mut parts, body) = response.into_parts();
    // What another fault has cut off already stays so.
    let Ok(bytes) = to_bytes(body, usize::MAX).await else { return closed() };
    if bytes.is_empty() || is_head {
        return Response::from_parts(parts, Body::from(bytes));
    }
    parts.headers.remove(TRANSFER_ENCODING);
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    Response::from_parts(parts, make(bytes))
}

/// No reply: the connection is closed. Who asks in the same process sees a body that fails.
fn closed() -> Response {
    let mut response = Response::new(body::none());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.extensions_mut().insert(Closed);
    response
}
