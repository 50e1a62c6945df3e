//! Tenants, by the control face: where their clouds are, what they hold and may hold.
//!
//! Owns the form of this.

use std::sync::Arc;

use axum::extract::State;
use serde_json::{Map, Value, json};

use super::Control;
use super::answer::{self, Answer};
use crate::cloud;
use crate::sim::Limits;
use crate::world::{Measure, Usage};

pub(super) async fn list(State(control): State<Arc<Control>>) -> Answer {
    Ok(answer::json(&state(&control)))
}

/// What there is to say of tenants.
pub(super) fn state(control: &Control) -> Value {
    let names = control.cloud.names();
    let tenants = names.into_iter().enumerate().map(|(at, name)| {
        let (quota, used) = control.cloud.account(at).unwrap_or_default();
        json!({
            "name": name,
            "uri": format!("{}{}", control.root, cloud::path(name.as_deref())),
            "used": usage(used),
            "quota": limits(quota),
        })
    });
    json!({ "tenants": tenants.collect::<Vec<_>>(), "capacity": limits(control.cloud.capacity()) })
}

fn usage(used: Usage) -> Value {
    Measure::ALL
        .into_iter()
        .map(|it| (it.name().to_owned(), json!(used.get(it))))
        .collect::<Map<_, _>>()
        .into()
}

fn limits(limits: Limits) -> Value {
    let limited = |it: Measure| Some((it.name().to_owned(), json!(limits.get(it)?)));
    Measure::ALL.into_iter().filter_map(limited).collect::<Map<_, _>>().into()
}
