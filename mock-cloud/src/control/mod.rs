//! The control face: clock, seed, snapshots, tenants and more of a running cloud, for whoever tests with it.
//!
//! Owns its routes and who may use them: on the loopback interface everybody on this machine, elsewhere whoever has the token.
//! What a control does is the cloud's own; this face only says so in JSON, and shows it on a page.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use cimi::Edition;
use cimi::server::{Authorization, credentials};
use http::header::{HOST, ORIGIN, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;

mod answer;
mod clock;
mod deviations;
mod dialect;
mod faults;
mod page;
mod snapshots;
mod tenants;
mod traffic;
mod world;

use answer::Problem;

use crate::cloud::{ClockHandle, Cloud};
use crate::deviation;
use crate::dialect::Active;
use crate::traffic::Traffic;
use crate::users::same_secret;

/// What is controlled, and by whom.
pub(crate) struct Control {
    pub(crate) cloud: Arc<Cloud>,
    pub(crate) edition: Edition,
    pub(crate) dialect: Arc<Active>,
    pub(crate) deviations: Arc<deviation::Active>,
    pub(crate) traffic: Traffic,
    /// Scheme and authority of the cloud.
    pub(crate) root: String,
    /// What whoever controls it has to know; none on the loopback interface.
    pub(crate) token: Option<String>,
}

impl Control {
    fn clock(&self) -> ClockHandle {
        ClockHandle::new(Arc::clone(&self.cloud))
    }
}

/// Whether an address may be listened on without a token: nobody else reaches it.
pub(crate) fn is_private(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

/// The router of the control face.
pub(crate) fn router(control: Control) -> Router {
    let control = Arc::new(control);
    Router::new()
        .route("/", get(page::show))
        .route("/control", get(index))
        .route("/control/clock", get(clock::show))
        .route("/control/clock/step", post(clock::step))
        .route("/control/clock/advance", post(clock::advance))
        .route("/control/clock/drain", post(clock::drain))
        .route("/control/seed", get(world::seed).put(world::replace))
        .route("/control/reset", post(world::reset))
        .route(
            "/control/faults",
            get(faults::list).post(faults::add).put(faults::replace).delete(faults::clear),
        )
        .route("/control/dialect", get(dialect::list).put(dialect::switch))
        .route("/control/faults/{id}", delete(faults::remove))
        .route("/control/deviations", get(deviations::list).put(deviations::replace))
        .route("/control/deviations/{name}", put(deviations::add).delete(deviations::remove))
        .route("/control/tenants", get(tenants::list))
        .route("/control/traffic", get(traffic::show).delete(traffic::clear))
        .route("/control/traffic/start", post(traffic::start))
        .route("/control/traffic/stop", post(traffic::stop))
        .route("/control/traffic/har", get(traffic::har))
        .route("/control/snapshots", get(snapshots::list))
        .route("/control/snapshots/{name}", put(snapshots::take))
        .route("/control/snapshots/{name}", delete(snapshots::forget))
        .route("/control/snapshots/{name}/restore", post(snapshots::restore))
        .fallback(nothing)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(Arc::clone(&control), guard))
        .with_state(control)
}

async fn index() -> Response {
    answer::json(&json!({
        "page": "GET /",
        "clock": "GET /control/clock; POST .../step {\"times\": 1}, .../advance {\"by\": \"PT30S\"}, .../drain",
        "seed": "GET, PUT /control/seed (TOML); POST /control/reset",
        "snapshots": "GET /control/snapshots; PUT, DELETE .../{name}; POST .../{name}/restore",
        "faults": "GET, POST (add), PUT (replace), DELETE /control/faults; DELETE .../{id}",
        "deviations": "GET, PUT /control/deviations {\"active\": [\"NAME\"]}; PUT, DELETE .../{name}",
        "dialect": "GET, PUT /control/dialect {\"dialect\": \"NAME\" or null}",
        "tenants": "GET /control/tenants",
        "traffic": "GET /control/traffic; POST .../start, .../stop; DELETE (forget); GET .../har",
    }))
}

async fn nothing(request: Request) -> Problem {
    Problem::missing(format!("there is nothing at {}", request.uri().path()))
        .hint(Some("GET /control lists what there is"))
}

async fn wrong_method(request: Request) -> Problem {
    let what = format!("{} is not for {}", request.method(), request.uri().path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, what).hint(Some("GET /control lists what there is"))
}

/// Lets in whoever has the token. Without one, whoever is on this machine: but not a page of somebody else's that a browser
/// shows here, whose name has been made to point here or which sends forms across.
async fn guard(State(control): State<Arc<Control>>, request: Request, next: Next) -> Response {
    match check(control.token.as_deref(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => {
            let mut response = problem.into_response();
            if response.status() == StatusCode::UNAUTHORIZED {
                let ways = HeaderValue::from_static("Bearer realm=\"control\", Basic realm=\"control\"");
                response.headers_mut().insert(WWW_AUTHENTICATE, ways);
            }
            response
        }
    }
}

fn check(token: Option<&str>, headers: &HeaderMap) -> Result<(), Problem> {
    let header = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let host = header(HOST).unwrap_or_default();
    if header(ORIGIN).is_some_and(|origin| origin.split_once("://").is_none_or(|(_, from)| from != host)) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "a page of another origin may not control this cloud",
        ));
    }
    let Some(token) = token else {
        return if is_local(host) {
            Ok(())
        } else {
            Err(Problem::new(
                StatusCode::FORBIDDEN,
                format!("this cloud is not controlled by the name `{host}`"),
            )
            .at("Host")
            .expected("localhost, or an address of the loopback interface"))
        };
    };
    // A browser knows no Bearer: there, the token is the password of any user.
    let given = match credentials(headers) {
        Ok(Some(Authorization::Bearer(token))) => token,
        Ok(Some(Authorization::Basic { password, .. })) => password,
        _ => String::new(),
    };
    if same_secret(token, &given) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::UNAUTHORIZED, "the token of the control face is missing or wrong")
        .at("Authorization")
        .expected("Bearer, and the token"))
}

fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Does what may take a while where nobody waits for the thread.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let lost = |_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "an error of ours; the log says more");
    tokio::task::spawn_blocking(work).await.map_err(lost)
}

#[cfg(test)]
mod tests;
