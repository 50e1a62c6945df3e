//! A run takes away what it made, whatever happens to it: a reply that is lost, a panic, a signal, a deadline, `kill -9`.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mock_cloud::fault::{Effect, Fault, When};
use mock_cloud::log::{Log, Paint};
use mock_cloud::world::Kind;
use mock_cloud::{MockCloud, Running};
use serde_json::Value;

/// The judge under test; its standard input is closed.
pub(crate) fn judge(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cimi-conformance"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the judge to its end, off the threads that serve.
pub(crate) async fn judged(arguments: Vec<String>) -> Output {
    let run = move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        judge(&arguments).output().expect("it can be started")
    };
    tokio::task::spawn_blocking(run).await.expect("it does not panic")
}

pub(crate) fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// What both channels say.
pub(crate) fn said(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The members of every collection of a cloud but its Jobs, as a reader of its own finds them.
pub(crate) async fn holdings(cloud: &Running) -> BTreeSet<String> {
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

/// Kills a process once so many POSTs have had their effect, and before it hears of the last.
struct Killer {
    process: Arc<Mutex<Option<Child>>>,
    left: usize,
    done: Sender<()>,
}

impl Write for Killer {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if String::from_utf8_lossy(line).contains(" POST ") && self.left > 0 {
            self.left -= 1;
            if self.left == 0
                && let Some(process) = self.process.lock().unwrap_or_else(PoisonError::into_inner).as_mut()
            {
                process.kill()?;
                process.wait()?;
                // Who waits may have given up.
                let _ = self.done.send(());
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Kills a run after `posts` POSTs, sweeps, and holds what the cloud has against what it had.
async fn check_killed(posts: usize) {
    let process = Arc::new(Mutex::new(None));
    let (done, killed) = mpsc::channel();
    let log = Log::new(Killer { process: process.clone(), left: posts, done }, Paint::Plain);
    let cloud = MockCloud::builder().speed(100.0).log(log).start().await.expect("it starts");
    let before = holdings(&cloud).await;
    let folder = tempfile::tempdir().expect("there is room");
    let out = folder.path().display().to_string();
    let cases = ["--only", "machine.*", "--only", "volume.*"];
    let command = ["run", "--cep", cloud.base_uri(), "--name", "cloud", "--out", &out];
    {
        let mut slot = process.lock().unwrap_or_else(PoisonError::into_inner);
        *slot = Some(judge(&[&command[..], &cases[..]].concat()).spawn().expect("it can be started"));
    }
    let wait = move || killed.recv_timeout(Duration::from_mins(1));
    tokio::task::spawn_blocking(wait).await.expect("it does not panic").expect("it is killed");
    assert_ne!(holdings(&cloud).await, before, "after {posts} POSTs there is something to sweep");
    let swept =
        judged(vec!["sweep".to_owned(), out.clone(), "--out".to_owned(), format!("{out}/sweep")]).await;
    let said = said(&swept);
    assert_eq!(swept.status.code(), Some(0), "{said}");
    assert!(said.contains("deleted ") && said.contains("inventory: before = after"), "{said}");
    assert_eq!(holdings(&cloud).await, before, "after {posts} POSTs: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_run_made_is_swept() {
    for posts in [1, 4, 16] {
        check_killed(posts).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lost_its_reply_is_found_by_its_nonce() {
    let lost = |kind| Fault::new(Effect::Drop(When::After)).on_kind(kind).on("create").times(2);
    let cloud = MockCloud::builder().speed(100.0).fault(lost(Kind::Machine)).fault(lost(Kind::Volume));
    let cloud = cloud.start().await.expect("it starts");
    let before = holdings(&cloud).await;
    let folder = tempfile::tempdir().expect("there is room");
    let out = folder.path().display();
    let cases = "--only machine.create* --only volume.* --format json";
    let command = format!("run --cep {} --name cloud --out {out} {cases}", cloud.base_uri());
    let output = judged(words(&command)).await;
    let said = said(&output);
    assert_eq!(holdings(&cloud).await, before, "{said}");
    assert!(said.contains("inventory: before = after"), "{said}");
    assert_eq!(output.status.code(), Some(1), "no reply is a finding: {said}");
    let stream = stream(folder.path());
    assert!(stream.contains("found by its nonce"), "a lost reply left something to find");
}

/// The events of a run.
pub(crate) fn stream(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("events.ndjson")).expect("a run writes it")
}
