//! The axum router: from a connection's request to the [`Exchange`] that answers it.
//!
//! Owns the order of checks before a resource is touched, the deadline, and what a panic becomes. Knows nothing of
//! particular methods: `read` and `change` do.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use axum::Router;
use axum::body::Body;
use axum::routing::any;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri};
use tracing::Instrument as _;

use super::exchange::{Exchange, Subject};
use super::methods::{self, Verb};
use super::negotiate;
use super::options::Options;
use super::provider::{Path, Provider, Target, TargetKind};
use super::refusal::{Reason, Refusal};
use super::rendered::Rendered;
use super::reply::{self, Answer};
use super::{authorization, change, fault, read, version};
use crate::codec::Format;
use crate::edition::Edition;
use crate::query;

/// The face of a provider, served at the path of its base URI, with and without the slash at its end, and below.
///
/// Two providers with different base URIs, such as the faces of one world in both editions, are joined by
/// [`Router::merge`]. Paths outside of the base URI are left to whoever embeds the router.
pub fn router<P: Provider>(provider: Arc<P>, options: Options) -> Router {
    let base = base_path(&options, provider.base_uri());
    let rest = format!("{base}{{*rest}}");
    let slashless = base.trim_end_matches('/').to_owned();
    let face =
        Arc::new(Face { provider, options, base, rendered: Rendered::new(), requests: AtomicU64::new(0) });
    let base = face.base.clone();
    let handler = any(move |request: Request<Body>| {
        let face = Arc::clone(&face);
        async move { face.serve(request).await }
    });
    let router = Router::new().route(&base, handler.clone()).route(&rest, handler.clone());
    if slashless.is_empty() { router } else { router.route(&slashless, handler) }
}

/// The answer to a request that somebody in front of a face refuses: in the format that it asks for, as the face would.
pub fn refused(
    edition: Edition,
    options: &Options,
    headers: &HeaderMap,
    query: &str,
    refusal: &Refusal,
) -> Response<Body> {
    let format = negotiate::format(headers, query).unwrap_or(Format::Json);
    let answer = fault::answer(edition, options, format, refusal, &Subject::default());
    of_edition(edition, answer)
}

/// With what every answer of an edition has.
fn of_edition(edition: Edition, mut answer: Answer) -> Answer {
    if edition == Edition::V1 {
        answer.headers_mut().insert(version::HEADER, version::SPOKEN);
    }
    answer
}

/// The path that the face is served at: a slash at both ends.
fn base_path(options: &Options, base_uri: &str) -> String {
    let path = match &options.mount {
        Some(mount) => mount.clone(),
        None => url::Url::parse(base_uri).map(|url| url.path().to_owned()).unwrap_or_default(),
    };
    match path.trim_matches('/') {
        "" => "/".to_owned(),
        inner => format!("/{inner}/"),
    }
}

/// A provider with all that answering for it takes.
pub(super) struct Face<P> {
    /// The cloud behind.
    pub(super) provider: Arc<P>,
    /// How to behave.
    pub(super) options: Options,
    /// What has been written before.
    pub(super) rendered: Rendered,
    /// Where it is served: a slash at both ends.
    base: String,
    /// How many requests have come so far; the number of each is its name in the log.
    requests: AtomicU64,
}

impl<P: Provider> Face<P> {
    async fn serve(&self, request: Request<Body>) -> Answer {
        let (parts, body) = request.into_parts();
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let span = tracing::info_span!("request", number, method = %parts.method, uri = %parts.uri);
        self.answer(number, &parts, body).instrument(span).await
    }

    async fn answer(&self, number: u64, parts: &Parts, body: Body) -> Answer {
        let query = query::obeyed(parts.uri.query().unwrap_or_default(), |name| self.provider.obeys(name));
        let negotiated = negotiate::format(&parts.headers, &query);
        // An error of negotiation itself is told in JSON.
        let format = *negotiated.as_ref().unwrap_or(&Format::Json);
        let mut subject = Subject::default();
        let work = caught(self.process(negotiated, parts, body, &mut subject));
        let deadline = self.options.deadline;
        let result = match tokio::time::timeout(deadline, work).await {
            Ok(result) => result,
            Err(_) => Err(Refusal::unavailable(format!(
                "The request took longer than {} s, so it is not known what became of it. Look before you repeat it.",
                deadline.as_secs()
            ))),
        };
        let answer = match result {
            Ok(answer) => answer,
            Err(refusal) => {
                let refusal = logged(refusal, number);
                fault::answer(self.provider.edition(), &self.options, format, &refusal, &subject)
            }
        };
        let answer = of_edition(self.provider.edition(), answer);
        tracing::debug!(status = answer.status().as_u16(), "answered");
        answer
    }

    /// Everything that can refuse a request before its resource is touched, in the order in which it does: method
    /// unknown 501, URI 414, format 406, version 400, caller 401, path 404, method of this target 405.
    async fn process(
        &self,
        negotiated: Result<Format, Refusal>,
        parts: &Parts,
        body: Body,
        subject: &mut Subject,
    ) -> Result<Answer, Refusal> {
        let verb = Verb::of(&parts.method)?;
        let limit = self.options.limits.uri_bytes;
        if uri_bytes(&parts.uri) > limit {
            return Err(Refusal::uri_too_long(format!("The URI is longer than {limit} bytes.")));
        }
        let format = negotiated?;
        if self.provider.edition() == Edition::V1 {
            version::check(&parts.headers)?;
        }
        let authorization = authorization::credentials(&parts.headers)?;
        let caller = self.provider.authenticate(authorization.as_ref()).await?;
        let path = self.path(&parts.uri)?;
        let target = self.provider.locate(&caller, &path).await?;
        subject.found(self.provider.as_ref(), parts.uri.path().get(self.base.len()..), &target, verb);
        if !verb.is_in(target.methods) {
            let refusal = not_allowed(parts, &target);
            self.provider.answered(&caller, parts.method.as_str(), &path, refusal.reason.status());
            return Err(refusal);
        }
        let exchange = Exchange { face: self, parts, format, caller, path, target };
        let result = self.perform(verb, &exchange, body).await;
        let status =
            result.as_ref().map_or_else(|refusal| refusal.reason.status(), |it| it.status().as_u16());
        self.provider.answered(&exchange.caller, parts.method.as_str(), &exchange.path, status);
        result
    }

    async fn perform(&self, verb: Verb, exchange: &Exchange<'_, P>, body: Body) -> Result<Answer, Refusal> {
        match verb {
            Verb::Read => read::get(exchange).await,
            Verb::Update => change::put(exchange, body).await,
            Verb::Delete => change::delete(exchange).await,
            Verb::Post => change::post(exchange, body).await,
            Verb::Options | Verb::Foreign => {
                let mut answer = reply::empty(StatusCode::OK);
                let allow: HeaderValue = methods::allow(exchange.target.methods);
                answer.headers_mut().insert(http::header::ALLOW, allow);
                Ok(answer)
            }
        }
    }

    /// The path behind the base URI.
    fn path(&self, uri: &Uri) -> Result<Path, Refusal> {
        // Without its slash, the base URI is shorter than the base path: nothing is behind it.
        let rest = uri.path().get(self.base.len()..).unwrap_or_default();
        Path::from_encoded(rest, uri.query().unwrap_or_default())
            .ok_or_else(|| Refusal::bad_request("The path of the URI is not UTF-8 once percent-decoded."))
    }
}

fn uri_bytes(uri: &Uri) -> usize {
    uri.path_and_query().map_or(0, |target| target.as_str().len())
}

fn not_allowed(parts: &Parts, target: &Target) -> Refusal {
    let (method, ty, methods) = (&parts.method, target.schema.name(), methods::names(target.methods));
    Refusal::method_not_allowed(match &target.kind {
        TargetKind::Operation(name) => {
            format!("{method} is not for the operation {name} of a {ty}, which takes {methods}.")
        }
        _ => format!("{method} is not for this {ty}, which takes {methods}."),
    })
}

/// Runs to the end of the work or to its panic, which becomes our own fault. The work is not polled again after it.
async fn caught(work: impl Future<Output = Result<Answer, Refusal>>) -> Result<Answer, Refusal> {
    let mut work = pin!(work);
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)))
            .unwrap_or_else(|panic| Poll::Ready(Err(Refusal::internal(panic_text(&*panic)))))
    })
    .await
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("panicked: {}", text.unwrap_or("no text"))
}

/// Two audiences, two texts: what is our own fault goes to the log, and to the caller as a number to ask about.
fn logged(refusal: Refusal, number: u64) -> Refusal {
    if refusal.reason != Reason::Internal {
        tracing::debug!(reason = ?refusal.reason, "{}", refusal.message);
        return refusal;
    }
    tracing::error!(number, affected = ?refusal.affected, details = ?refusal.details, "{}", refusal.message);
    Refusal::internal(format!("An error of ours. The operator finds it in the log under request {number}."))
}
