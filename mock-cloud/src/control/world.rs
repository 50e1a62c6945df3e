//! Seed and reset, by the control face.
//!
//! Owns the form of these requests.

use std::sync::Arc;

use axum::extract::{Request, State};
use http::StatusCode;

use super::answer::{self, Answer};
use super::{Control, aside, clock, tenants};
use crate::seed::Seed;

/// How a seed that has been sent is named in errors.
const SENT: &str = "seed.toml";

pub(super) async fn seed(State(control): State<Arc<Control>>) -> Answer {
    let text = control.cloud.seed().text().to_owned();
    Ok(answer::respond(StatusCode::OK, "application/toml", text))
}

pub(super) async fn replace(State(control): State<Arc<Control>>, request: Request) -> Answer {
    let headers = request.headers().clone();
    let text = answer::text(request).await?;
    let state = aside(move || {
        control.cloud.replace(Seed::new(SENT, text).sealed())?;
        Ok::<_, Box<crate::seed::SeedError>>(tenants::state(&control))
    })
    .await??;
    Ok(answer::done(&headers, &state))
}

pub(super) async fn reset(State(control): State<Arc<Control>>, request: Request) -> Answer {
    let headers = request.headers().clone();
    answer::object(request, &[]).await?;
    let state = aside(move || {
        control.cloud.reset()?;
        Ok::<_, Box<crate::seed::SeedError>>(clock::state(&control))
    })
    .await??;
    Ok(answer::done(&headers, &state))
}
