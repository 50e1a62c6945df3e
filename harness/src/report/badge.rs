//! `badge.json`: a badge as shields.io reads it from an endpoint (schema version 1).

use serde::Serialize;

use super::run::Run;
use crate::event::Outcome;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Badge {
    schema_version: u8,
    label: &'static str,
    message: String,
    color: &'static str,
    is_error: bool,
}

/// The badge of `run`, with a line break at its end.
pub(super) fn render(run: &Run) -> String {
    let badge = Badge {
        schema_version: 1,
        label: "CIMI conformance",
        message: message(run),
        color: colour(run),
        is_error: !run.is_green(),
    };
    let mut text = serde_json::to_string(&badge).expect("strings and a number");
    text.push('\n');
    text
}

fn message(run: &Run) -> String {
    if run.footer.is_none() {
        return "cut short".to_owned();
    }
    match run.tally.total() {
        0 => "nothing judged".to_owned(),
        total => format!("{}/{total}", run.tally.passed()),
    }
}

/// Green is what the exit code calls so, and nothing else.
fn colour(run: &Run) -> &'static str {
    let any = |outcome| run.tally.of(outcome) > 0;
    match (run.is_green(), run.tally.total()) {
        (true, _) if any(Outcome::Warn) || any(Outcome::Known) => "green",
        (true, _) => "brightgreen",
        (false, 0) => "lightgrey",
        (false, _) if any(Outcome::Fail) || any(Outcome::Error) => "red",
        (false, _) => "orange",
    }
}
