//! The dialect, by the control face: which real servers a cloud can look like, and which it does.
//!
//! Owns the form of these requests.

use std::sync::Arc;

use axum::extract::{Request, State};
use http::StatusCode;
use serde_json::{Value, json};

use super::Control;
use super::answer::{self, Answer, Problem};
use crate::dialect;

pub(super) async fn list(State(control): State<Arc<Control>>) -> Answer {
    Ok(answer::json(&state(&control)))
}

pub(super) async fn switch(State(control): State<Arc<Control>>, request: Request) -> Answer {
    let headers = request.headers().clone();
    let object = answer::object(request, &["dialect"]).await?;
    let names = || dialect::ALL.iter().map(|dialect| dialect.name).collect::<Vec<_>>().join(", ");
    let expected = || format!("null, or one of {}", names());
    let wanted = match object.get("dialect") {
        Some(Value::Null) => None,
        Some(Value::String(name)) => Some(dialect::find(name).ok_or_else(|| {
            let shown: String = name.chars().take(64).collect();
            Problem::missing(format!("no dialect is named `{shown}`")).at("dialect").expected(expected())
        })?),
        _ => return Err(Problem::bad("dialect is missing, or no name").at("dialect").expected(expected())),
    };
    if let Some(dialect) = wanted.filter(|dialect| dialect.edition != control.edition) {
        let what = format!("{} speaks another edition than this cloud", dialect.name);
        return Err(Problem::new(StatusCode::CONFLICT, what)
            .at("dialect")
            .hint(Some("begin a cloud with it: --dialect, or `dialect` in a scenario")));
    }
    control.dialect.set(wanted);
    Ok(answer::done(&headers, &state(&control)))
}

fn state(control: &Control) -> Value {
    let all = dialect::ALL.iter().map(|dialect| {
        json!({
            "name": dialect.name,
            "summary": dialect.summary,
            "possible": dialect.edition == control.edition,
        })
    });
    json!({
        "dialect": control.dialect.get().map(|dialect| dialect.name),
        "dialects": all.collect::<Vec<_>>(),
    })
}
