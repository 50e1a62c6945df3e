//! The clock, by the control face: what it says, and moving it.
//!
//! Owns the form of these requests.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use serde_json::{Value, json};

use super::answer::{self, Answer, Problem};
use super::{Control, aside};
use crate::clock::Clock;
use crate::sim::Sim;

/// Steps by one request at most.
const STEPS: u64 = 100_000;

pub(super) async fn show(State(control): State<Arc<Control>>) -> Answer {
    Ok(answer::json(&state(&control)))
}

pub(super) async fn step(State(control): State<Arc<Control>>, request: Request) -> Answer {
    let headers = request.headers().clone();
    let object = answer::object(request, &["times"]).await?;
    let times = match object.get("times") {
        None => 1,
        Some(value) => number(value).filter(|times| (1..=STEPS).contains(times)).ok_or_else(|| {
            Problem::bad(format!("times is {value}")).at("times").expected(format!("1 to {STEPS}"))
        })?,
    };
    let mut state = aside(move || {
        let clock = control.clock();
        let stepped = (0..times).take_while(|_| clock.step()).count();
        let mut state = state(&control);
        state["stepped"] = stepped.into();
        state
    })
    .await?;
    Ok(answer::done(&headers, &state.take()))
}

pub(super) async fn advance(State(control): State<Arc<Control>>, request: Request) -> Answer {
    let headers = request.headers().clone();
    let object = answer::object(request, &["by"]).await?;
    let by = object.get("by").and_then(Value::as_str).and_then(duration).ok_or_else(|| {
        Problem::bad("by is missing, or no duration")
            .at("by")
            .expected("a duration, such as \"PT30S\" or \"1m 30s\"")
    })?;
    let state = aside(move || {
        control.clock().advance(by);
        state(&control)
    })
    .await?;
    Ok(answer::done(&headers, &state))
}

pub(super) async fn drain(State(control): State<Arc<Control>>, request: Request) -> Answer {
    let headers = request.headers().clone();
    answer::object(request, &[]).await?;
    let state = aside(move || {
        let drained = control.clock().drain();
        let mut state = state(&control);
        state["drained"] = drained.into();
        state
    })
    .await?;
    Ok(answer::done(&headers, &state))
}

/// What the clock says.
pub(super) fn state(control: &Control) -> Value {
    let now = control.clock().now();
    let engines = control.cloud.engines();
    let next = engines.iter().filter_map(|engine| engine.peek(Sim::next_due)).min();
    let running: usize = engines.iter().map(|engine| engine.peek(|sim| sim.running().count())).sum();
    json!({
        "clock": match control.cloud.time() {
            Clock::Auto => "wall",
            Clock::Virtual(_) => "virtual",
            Clock::Paced { .. } => "paced",
        },
        "now": now.to_string(),
        "next": next.map(|next| next.to_string()),
        "runningJobs": running,
    })
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn duration(text: &str) -> Option<Duration> {
    let duration: jiff::SignedDuration = text.parse().ok()?;
    Duration::try_from(duration).ok()
}
