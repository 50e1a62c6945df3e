//! A run takes away what it made, whatever happens to it: a reply that is lost, a panic, a signal, a deadline, `kill -9`.

mod exits;
mod killed;
mod secrets;
mod stopped;
mod tenants;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use mock_cloud::Running;
use serde_json::Value;

/// What a cloud needs for machines to be made, beside its users.
const MIN_SEED: &str = r#"
[[machineConfigs]]
handle = "small"
name = "small"
cpu = 1
memory = 1_048_576

[[machineImages]]
handle = "linux"
name = "linux"
"#;

/// The judge under test; its standard input is closed.
fn judge(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cimi-conformance"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the judge to its end, off the threads that serve.
async fn judged(arguments: Vec<String>) -> Output {
    let run = move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        judge(&arguments).output().expect("it can be started")
    };
    tokio::task::spawn_blocking(run).await.expect("it does not panic")
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// What both channels say.
fn said(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The members of every collection of a cloud but its Jobs, as a reader of its own finds them.
async fn holdings(cloud: &Running) -> BTreeSet<String> {
    // Where another test has installed one, that one serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("it can be made");
    let read = async |url: &str| -> Value {
        let reply = client.get(url).header("accept", "application/json").send().await.expect("it answers");
        serde_json::from_str(&reply.text().await.expect("it has a body")).expect("it is JSON")
    };
    let entry = read(cloud.base_uri()).await;
    let mut ids = BTreeSet::new();
    for (name, value) in entry.as_object().expect("an object") {
        let Some(href) = value["href"].as_str().filter(|_| name != "jobs") else { continue };
        let listing = read(href).await;
        let lists = listing.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_array());
        ids.extend(lists.flatten().filter_map(|item| item["id"].as_str()).map(str::to_owned));
    }
    assert!(ids.len() > 5, "a cloud has something from the start");
    ids
}

/// The events of a run.
fn stream(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("events.ndjson")).expect("a run writes it")
}
