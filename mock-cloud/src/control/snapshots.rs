//! Snapshots, by the control face.
//!
//! Owns the form of these requests.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use serde_json::{Value, json};

use super::answer::{self, Answer};
use super::{Control, aside, clock};

pub(super) async fn list(State(control): State<Arc<Control>>) -> Answer {
    Ok(answer::json(&state(&control)))
}

pub(super) async fn take(
    State(control): State<Arc<Control>>,
    Path(name): Path<String>,
    request: Request,
) -> Answer {
    let headers = request.headers().clone();
    answer::object(request, &[]).await?;
    let state = aside(move || control.cloud.keep(&name).map(|()| state(&control))).await??;
    Ok(answer::done(&headers, &state))
}

pub(super) async fn restore(
    State(control): State<Arc<Control>>,
    Path(name): Path<String>,
    request: Request,
) -> Answer {
    let headers = request.headers().clone();
    answer::object(request, &[]).await?;
    let state = aside(move || control.cloud.restore(&name).map(|()| clock::state(&control))).await??;
    Ok(answer::done(&headers, &state))
}

pub(super) async fn forget(
    State(control): State<Arc<Control>>,
    Path(name): Path<String>,
    request: Request,
) -> Answer {
    let headers = request.headers().clone();
    answer::object(request, &[]).await?;
    let state = aside(move || control.cloud.forget(&name).map(|()| state(&control))).await??;
    Ok(answer::done(&headers, &state))
}

fn state(control: &Control) -> Value {
    let kept = control.cloud.kept();
    let kept = kept.into_iter().map(|(name, at)| json!({ "name": name, "at": at.to_string() }));
    json!({ "snapshots": kept.collect::<Vec<_>>() })
}
