//! Deviations, by the control face: which there are, which are in force, and changing that.
//!
//! Owns the form of these requests.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use serde_json::{Value, json};

use super::Control;
use super::answer::{self, Answer, Problem};
use crate::deviation::{self, Deviation};

pub(super) async fn list(State(control): State<Arc<Control>>) -> Answer {
    Ok(answer::json(&state(&control)))
}

pub(super) async fn replace(State(control): State<Arc<Control>>, request: Request) -> Answer {
    let headers = request.headers().clone();
    let object = answer::object(request, &["active"]).await?;
    let Some(Value::Array(names)) = object.get("active") else {
        return Err(Problem::bad("active is missing, or no array")
            .at("active")
            .expected("an array of names"));
    };
    let wanted = names.iter().map(|name| find(name.as_str().unwrap_or_default()));
    let wanted = wanted.collect::<Result<Vec<_>, _>>()?;
    control.deviations.set(&wanted);
    Ok(answer::done(&headers, &state(&control)))
}

pub(super) async fn add(
    State(control): State<Arc<Control>>,
    Path(name): Path<String>,
    request: Request,
) -> Answer {
    let deviation = find(&name)?;
    let mut wanted = others(&control, &name);
    wanted.push(deviation);
    control.deviations.set(&wanted);
    Ok(answer::done(request.headers(), &state(&control)))
}

pub(super) async fn remove(
    State(control): State<Arc<Control>>,
    Path(name): Path<String>,
    request: Request,
) -> Answer {
    find(&name)?;
    control.deviations.set(&others(&control, &name));
    Ok(answer::done(request.headers(), &state(&control)))
}

/// Those in force but for one.
fn others(control: &Control, name: &str) -> Vec<&'static Deviation> {
    control.deviations.get().iter().copied().filter(|other| other.name != name).collect()
}

fn find(name: &str) -> Result<&'static Deviation, Problem> {
    deviation::find(name).ok_or_else(|| {
        let names: Vec<&str> = deviation::all().map(|deviation| deviation.name).collect();
        let near = crate::names::nearest(name, &names).map(|near| format!("did you mean `{near}`?"));
        let shown: String = name.chars().take(64).collect();
        Problem::missing(format!("no deviation is named `{shown}`"))
            .hint(near.or_else(|| Some("GET /control/deviations lists them".to_owned())))
    })
}

fn state(control: &Control) -> Value {
    let active = control.deviations.get();
    let all = deviation::all().map(|deviation| {
        json!({
            "name": deviation.name,
            "summary": deviation.summary,
            "breaks": deviation.breaks,
            "active": active.iter().any(|other| other.name == deviation.name),
        })
    });
    json!({
        "active": active.iter().map(|deviation| deviation.name).collect::<Vec<_>>(),
        "deviations": all.collect::<Vec<_>>(),
    })
}
