//! Deliberate wrong behaviours, each with the requirements that it breaks: what a judge of clouds is tested with.
//!
//! Owns the list, and the layer that carries them out on requests and responses. The cloud behind stays right.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;

mod json;
mod known;
mod message;
mod query;
mod xml;

pub use known::{ALL, find};

use message::Reply;

/// A wrong behaviour.
#[derive(Debug)]
pub struct Deviation {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// The requirements that it breaks, by their ids in the register.
    pub breaks: &'static [&'static str],
    /// How it does it.
    pub(crate) way: Way,
}

/// Where a deviation takes hold.
#[derive(Debug)]
pub(crate) enum Way {
    /// The query of a request is changed before the cloud sees it.
    Query(fn(&str) -> String),
    /// A response is changed before the client sees it.
    Reply(fn(&mut Reply)),
}

/// A router that misbehaves in these ways.
pub(crate) fn layered(router: Router, deviations: &[&'static Deviation]) -> Router {
    if deviations.is_empty() {
        return router;
    }
    let deviations: Arc<[&'static Deviation]> = deviations.into();
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let deviations = Arc::clone(&deviations);
        async move { misbehave(&deviations, request, next).await }
    }))
}

async fn misbehave(
    deviations: &[&'static Deviation],
    mut request: Request<Body>,
    next: Next,
) -> Response<Body> {
    let ways = || deviations.iter().map(|deviation| &deviation.way);
    for way in ways() {
        if let Way::Query(change) = way {
            query::change(&mut request, *change);
        }
    }
    if !ways().any(|way| matches!(way, Way::Reply(_))) {
        return next.run(request).await;
    }
    let method = request.method().clone();
    let mut reply = Reply::read(method, next.run(request).await).await;
    for way in ways() {
        if let Way::Reply(change) = way {
            change(&mut reply);
        }
    }
    reply.into_response()
}
