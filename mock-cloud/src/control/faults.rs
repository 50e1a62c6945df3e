//! Faults, by the control face: which there are, how often each has struck, and changing them.
//!
//! Owns the form of these requests. A fault is written as it is in a file: as TOML, or as JSON with the same keys.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use http::StatusCode;
use serde_json::{Value, json};

use super::answer::{self, Answer, Problem};
use super::{Control, aside};
use crate::fault::{self, Fault, FaultError, Faults, ReadError};

impl Control {
    pub(super) fn faults(&self) -> Faults {
        Faults::new(Arc::clone(&self.cloud))
    }
}

impl From<FaultError> for Problem {
    fn from(error: FaultError) -> Self {
        let hint = error.hint().map(str::to_owned);
        Self::bad(error.to_string()).hint(hint)
    }
}

impl From<Box<ReadError>> for Problem {
    fn from(error: Box<ReadError>) -> Self {
        let (line, column) = error.position();
        Self::bad(error.message()).at(format!("body, line {line}, column {column}")).hint(error.hint())
    }
}

pub(super) async fn list(State(control): State<Arc<Control>>) -> Answer {
    Ok(answer::json(&state(&control)))
}

pub(super) async fn add(State(control): State<Arc<Control>>, request: Request) -> Answer {
    let headers = request.headers().clone();
    let faults = read(&answer::text(request).await?)?;
    let state = aside(move || {
        let book = control.faults();
        faults.iter().try_for_each(|fault| book.add(fault).map(drop)).map(|()| state(&control))
    })
    .await??;
    Ok(answer::done(&headers, &state))
}

pub(super) async fn replace(State(control): State<Arc<Control>>, request: Request) -> Answer {
    let headers = request.headers().clone();
    let faults = read(&answer::text(request).await?)?;
    let state = aside(move || control.faults().set(&faults).map(|()| state(&control))).await??;
    Ok(answer::done(&headers, &state))
}

pub(super) async fn clear(State(control): State<Arc<Control>>, request: Request) -> Answer {
    let headers = request.headers().clone();
    let state = aside(move || control.faults().set(&[]).map(|()| state(&control))).await??;
    Ok(answer::done(&headers, &state))
}

pub(super) async fn remove(
    State(control): State<Arc<Control>>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let headers = request.headers().clone();
    let removed = id.parse().is_ok_and(|id| control.faults().remove(id));
    if !removed {
        let shown: String = id.chars().take(32).collect();
        return Err(Problem::new(StatusCode::NOT_FOUND, format!("no fault has the number {shown}"))
            .hint(Some("GET /control/faults lists them with their numbers")));
    }
    Ok(answer::done(&headers, &state(&control)))
}

fn state(control: &Control) -> Value {
    json!({ "faults": control.faults().list() })
}

/// TOML has tables `[[fault]]`; all else is JSON: a fault, or an array of them.
fn read(text: &str) -> Result<Vec<Fault>, Problem> {
    let text = text.trim();
    if text.starts_with(['{', '[']) && !text.starts_with("[[fault") {
        let list = if text.starts_with('{') { format!("[{text}]") } else { text.to_owned() };
        return Ok(fault::read_json(&list)?);
    }
    Ok(fault::read_toml("faults.toml", text)?)
}
