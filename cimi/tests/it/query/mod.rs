//! The query language, held to tables in `fixtures/query`, to naive oracles, and to laws.

mod evaluation;
mod grammar;
mod listing;
mod negotiation;
mod projection;
mod texts;

use std::path::Path;

use cimi::model::{Schema, schema};
use cimi::{Edition, Limits};
use serde::de::DeserializeOwned;

/// A table of `fixtures/query`.
fn table<T: DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/query").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn machine() -> &'static Schema {
    schema(Edition::V2, "Machine")
}

const LIMITS: Limits = Limits::SERVER;
