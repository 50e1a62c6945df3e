//! Rehearsals: a creation that goes through the whole face like any other, and of which nothing comes but what was decided.

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use cimi::data::DateTime;
use cimi::server::{self, Options, Outcome, Refusal, Tokens};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use tower::ServiceExt as _;

use super::{North, tenant};
use crate::app::Decided;
use crate::kind::Kind;

/// Where the decision goes.
#[derive(Clone, Default)]
pub(super) struct Rehearsal(Arc<OnceLock<Decided>>);

impl Rehearsal {
    /// Keeps the decision; what the face makes of it is thrown away.
    pub(super) fn note(&self, decided: Decided) -> Result<Outcome, Refusal> {
        // A request creates one thing.
        let _ = self.0.set(decided);
        Err(Refusal::conflict("Nothing is created: the decision is told in another way."))
    }
}

impl North {
    /// How the face behaves.
    pub fn options(&self) -> Options {
        let clock = self.app.clock().clone();
        let options = Options::new(Arc::new(move || DateTime::from(clock.now())));
        Options { tokens: Tokens::Bearer, ..options }
    }

    /// Where what a request to create asks for would go, and why there. `headers`, `body`: what would be sent to the collection.
    /// Nothing is created.
    ///
    /// # Errors
    /// The face's own refusal, in JSON.
    pub async fn rehearse(&self, kind: Kind, headers: &HeaderMap, body: Body) -> Result<Decided, Response> {
        let rehearsal = Rehearsal::default();
        let stage = Self { rehearsal: Some(rehearsal.clone()), ..self.clone() };
        let mut options = stage.options();
        options.mount = Some("/".to_owned());
        let face = server::router(Arc::new(stage), options).layer(axum::middleware::from_fn(tenant::note));
        let mut request = Request::new(body);
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = format!("/{}", kind.link()).parse().unwrap_or_default();
        for name in [AUTHORIZATION, CONTENT_TYPE, CONTENT_ENCODING, tenant::HEADER] {
            let values = headers.get_all(&name).into_iter().cloned();
            request.headers_mut().extend(values.map(|value| (name.clone(), value)));
        }
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        let Ok(reply) = face.oneshot(request).await;
        rehearsal.0.get().cloned().ok_or(reply)
    }

    /// The kind whose collection is called so, if the face has it.
    pub fn kind(&self, link: &str) -> Option<Kind> {
        Kind::of_link(link).filter(|kind| kind.is_in(self.edition))
    }
}
