//! Recorded traffic, by the control face: begun and ended, forgotten, and given out as HAR.
//!
//! Owns the form of these requests.

use std::sync::Arc;

use axum::extract::{Request, State};
use http::StatusCode;
use serde_json::{Value, json};

use super::answer::{self, Answer, Problem};
use super::{Control, aside};

pub(super) async fn show(State(control): State<Arc<Control>>) -> Answer {
    Ok(answer::json(&state(&control)))
}

pub(super) async fn start(State(control): State<Arc<Control>>, request: Request) -> Answer {
    control.traffic.start();
    Ok(answer::done(request.headers(), &state(&control)))
}

pub(super) async fn stop(State(control): State<Arc<Control>>, request: Request) -> Answer {
    control.traffic.stop();
    Ok(answer::done(request.headers(), &state(&control)))
}

pub(super) async fn clear(State(control): State<Arc<Control>>, request: Request) -> Answer {
    control.traffic.clear();
    Ok(answer::done(request.headers(), &state(&control)))
}

pub(super) async fn har(State(control): State<Arc<Control>>) -> Answer {
    let text = aside(move || serde_json::to_string_pretty(&control.traffic.har())).await?;
    let text = text.map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(answer::respond(StatusCode::OK, "application/json", text))
}

fn state(control: &Control) -> Value {
    json!({ "recording": control.traffic.is_on(), "har": "/control/traffic/har" })
}
