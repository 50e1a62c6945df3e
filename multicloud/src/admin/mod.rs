//! The admin face: the directory over REST, in JSON, beside the CIMI face.
//!
//! Owns paths, bodies, entity tags and problems (RFC 9457). What is consistent is the directory's to say, who may do what is
//! `access`'s. Router, OpenAPI document and tests are made of one list of routes.

mod cloud;
mod events;
mod misread;
mod openapi;
mod placements;
mod problem;
mod records;
mod request;
mod resources;
mod routes;
mod usage;
mod view;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{RawPathParams, Request};
use axum::response::Response;
use axum::routing::any;
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::access::{Access, Actor, Credentials, Denied};
use crate::app::{App, Ended};
use crate::connector::profile::Profile;
use crate::directory::{Account, Location, Mapping, Policy, Provider, Sort, Tenant, Token, User};
use crate::north::{North, tenant};

use problem::Problem;
use records::Records;
use request::Asked;

pub use routes::{Action, BASE, Route, Verb, routes};

/// The face, for requests to `/admin/` and below. `north`: the face that rehearsals go through.
pub fn router(app: App, access: Access, north: North) -> Router {
    let admin = Arc::new(Admin { app, access, north, streams: Arc::new(Semaphore::new(events::STREAMS)) });
    let mut paths: BTreeMap<String, Vec<(Method, Action)>> = BTreeMap::new();
    for route in routes() {
        paths.entry(route.path).or_default().push((route.method, route.action));
    }
    // What else is asked for below gets a problem, too.
    for path in [BASE.trim_end_matches('/').to_owned(), BASE.to_owned(), format!("{BASE}{{*rest}}")] {
        paths.entry(path).or_default();
    }
    paths.into_iter().fold(Router::new(), |router, (path, actions)| {
        let (admin, actions) = (admin.clone(), Arc::new(actions));
        let handler = any(move |parameters: RawPathParams, request: Request| {
            let (admin, actions) = (admin.clone(), actions.clone());
            async move {
                let name =
                    parameters.iter().find(|(name, _)| *name == "name").map(|(_, value)| value.to_owned());
                admin.answer(&actions, name.unwrap_or_default(), request).await
            }
        });
        router.route(&path, handler)
    })
}

struct Admin {
    app: App,
    access: Access,
    north: North,
    /// Turns to follow what happens.
    streams: Arc<Semaphore>,
}

impl Admin {
    async fn answer(&self, actions: &[(Method, Action)], name: String, request: Request) -> Response {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let answered = self.perform(actions, name, request).await;
        let mut response = answered.unwrap_or_else(Problem::into_response);
        let status = response.status().as_u16();
        if method == Method::GET || method == Method::HEAD {
            tracing::debug!(%method, path, status, "administration");
        } else {
            tracing::info!(%method, path, status, "administration");
        }
        // What is said here is for who asked, now.
        response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
        response
    }

    async fn perform(
        &self,
        actions: &[(Method, Action)],
        name: String,
        request: Request,
    ) -> Result<Response, Problem> {
        let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        let action = actions.iter().find(|(known, _)| known == method).map(|(_, action)| *action);
        if action == Some(Action::Description) {
            return Ok(reply(StatusCode::OK, &openapi::document()));
        }
        let from = tenant::origin(request.extensions());
        let actor = self.actor(request.headers().clone(), from).await?;
        let action = action.ok_or_else(|| match actions {
            [] => Problem::nothing_here(),
            _ => Problem::method_not_allowed(actions.iter().map(|(method, _)| method)),
        })?;
        match action {
            Action::Description => Ok(reply(StatusCode::OK, &openapi::document())),
            Action::Me => Ok(reply(StatusCode::OK, &self.me(&actor))),
            Action::Events => {
                let query = request.uri().query().unwrap_or_default().to_owned();
                events::answer(&self.app, &actor, &self.streams, request.headers(), &query).await
            }
            Action::Usage => {
                let query = request.uri().query().unwrap_or_default().to_owned();
                usage::answer(&self.app, &actor, request.headers(), &query).await
            }
            Action::Profiles => Ok(reply(StatusCode::OK, &json!({ "items": Profile::all() }))),
            Action::Profile => match Profile::named(&name) {
                Some(profile) => Ok(reply(StatusCode::OK, profile)),
                None => Err(Problem::nothing_here()),
            },
            Action::Rehearse => self.rehearse(&name, request).await,
            Action::Decision => self.decision(&name, &actor).await,
            Action::Resources => resources::list(&self.app, &actor, &Asked::read(request, name).await?.page),
            Action::Forgotten => {
                resources::forgotten(&self.app, &actor, &Asked::read(request, name).await?.page)
            }
            Action::Adopt | Action::Forget | Action::Recall | Action::Refresh => {
                tracing::info!(user = actor.user.as_deref(), ?action, name, "asked");
                self.reconcile(action, &actor, request, name).await
            }
            Action::Records(sort, verb) => {
                let asked = Asked::read(request, name).await?;
                if !matches!(verb, Verb::List | Verb::Show) {
                    tracing::info!(user = actor.user.as_deref(), ?verb, %sort, name = asked.name, "asked");
                }
                self.record(sort, verb, &actor, asked).await
            }
        }
    }

    async fn reconcile(
        &self,
        action: Action,
        actor: &Actor,
        request: Request,
        name: String,
    ) -> Result<Response, Problem> {
        match action {
            Action::Adopt => resources::adopt(&self.app, actor, Asked::read(request, name).await?).await,
            Action::Forget => resources::forget(&self.app, actor, Asked::read(request, name).await?).await,
            Action::Recall => resources::recall(&self.app, actor, &name).await,
            _ => {
                let ended = self.app.on_behalf_of(actor).look_now(&name).await?;
                let records = Records::<Account>::new(&self.app, actor);
                let mut shown = records.perform(Verb::Show, Asked::of(name)).await?;
                if ended == Ended::No {
                    *shown.status_mut() = StatusCode::ACCEPTED;
                }
                Ok(shown)
            }
        }
    }

    async fn record(&self, sort: Sort, verb: Verb, actor: &Actor, asked: Asked) -> Result<Response, Problem> {
        match (sort, verb) {
            (Sort::Token, Verb::Create) => Records::<Token>::new(&self.app, actor).create_token(asked).await,
            (Sort::Account, Verb::Delete) => {
                Records::<Account>::new(&self.app, actor).delete_account(asked).await
            }
            (Sort::Tenant, Verb::Delete) => {
                Records::<Tenant>::new(&self.app, actor).delete_tenant(asked).await
            }
            (Sort::Policy, _) => Records::<Policy>::new(&self.app, actor).perform(verb, asked).await,
            (Sort::Tenant, _) => Records::<Tenant>::new(&self.app, actor).perform(verb, asked).await,
            (Sort::Location, _) => Records::<Location>::new(&self.app, actor).perform(verb, asked).await,
            (Sort::Provider, _) => Records::<Provider>::new(&self.app, actor).perform(verb, asked).await,
            (Sort::Account, _) => Records::<Account>::new(&self.app, actor).perform(verb, asked).await,
            (Sort::Mapping, _) => Records::<Mapping>::new(&self.app, actor).perform(verb, asked).await,
            (Sort::User, _) => Records::<User>::new(&self.app, actor).perform(verb, asked).await,
            (Sort::Token, _) => Records::<Token>::new(&self.app, actor).perform(verb, asked).await,
        }
    }

    async fn actor(&self, headers: HeaderMap, from: Option<IpAddr>) -> Result<Actor, Problem> {
        use cimi::server::Authorization;
        let shown = cimi::server::credentials(&headers).map_err(|refusal| {
            Problem::from(Denied::Unknown("The Authorization header cannot be read."))
                .because(refusal.message)
        })?;
        let shown = match &shown {
            None => Credentials::None,
            Some(Authorization::Basic { user, password }) => Credentials::Password { user, password },
            Some(Authorization::Bearer(token)) => Credentials::Token(token),
        };
        Ok(self.access.actor(shown, tenant::of(&headers).as_deref(), from).await?)
    }

    fn me(&self, actor: &Actor) -> serde_json::Value {
        let user = actor.user.as_deref().and_then(|name| self.app.directory().get::<User>(name));
        let roles = user.map(|user| user.record.roles.clone()).unwrap_or_default();
        json!({ "user": actor.user.as_deref(), "role": actor.role, "tenant": actor.tenant(), "roles": roles })
    }
}

/// A reply in JSON.
fn reply(status: StatusCode, body: &impl serde::Serialize) -> Response {
    let body = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let json = header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
