//! Runs that are killed or told to end, and replies that are lost: what they made is taken away, or found again.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::process::{Command, Output};
use std::sync::{Arc, OnceLock};

use mock_cloud::fault::{Effect, Fault, When};
use mock_cloud::log::{Log, Paint};
use mock_cloud::world::Kind;
use mock_cloud::{MockCloud, Running};
use tempfile::TempDir;

use super::{holdings, judge, judged, said, stream, words};

/// Sends a process signals, one at each request, from the moment on that so many POSTs have had their effect: it has not
/// heard of the last of them.
struct Signals {
    process: Arc<OnceLock<u32>>,
    posts: usize,
    signal: &'static str,
    times: usize,
}

impl Write for Signals {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if String::from_utf8_lossy(line).contains(" POST ") {
            self.posts = self.posts.saturating_sub(1);
        }
        if self.posts == 0
            && self.times > 0
            && let Some(process) = self.process.get()
        {
            self.times -= 1;
            Command::new("kill").args([self.signal, &process.to_string()]).output()?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A run that was sent signals.
struct Signalled {
    cloud: Running,
    /// What the cloud held before it.
    before: BTreeSet<String>,
    folder: TempDir,
    output: Output,
}

impl Signalled {
    /// Runs some cases at a cloud, and sends the run a signal so many times after so many POSTs.
    async fn run(signal: &'static str, posts: usize, times: usize) -> Self {
        let process = Arc::new(OnceLock::new());
        let log = Log::new(Signals { process: process.clone(), posts, signal, times }, Paint::Plain);
        let cloud = MockCloud::builder().speed(100.0).log(log).start().await.expect("it starts");
        let before = holdings(&cloud).await;
        let folder = tempfile::tempdir().expect("there is room");
        let out = folder.path().display().to_string();
        let cases = ["--only", "machine.lifecycle.*", "--only", "volume.create.*"];
        let command = ["run", "--cep", cloud.base_uri(), "--name", "cloud", "--out", &out];
        let child = judge(&[&command[..], &cases[..]].concat()).spawn().expect("it can be started");
        process.set(child.id()).expect("it is the first");
        let wait = move || child.wait_with_output().expect("it can be waited for");
        let output = tokio::task::spawn_blocking(wait).await.expect("it does not panic");
        Self { cloud, before, folder, output }
    }

    /// Sweeps, and holds what the cloud has then against what it had.
    async fn check_swept(&self) {
        assert_ne!(holdings(&self.cloud).await, self.before, "there is something to sweep");
        let out = self.folder.path().display();
        let swept = judged(words(&format!("sweep {out} --out {out}/sweep"))).await;
        let said = said(&swept);
        assert_eq!(swept.status.code(), Some(0), "{said}");
        assert!(said.contains("deleted ") && said.contains("inventory: before = after"), "{said}");
        assert_eq!(holdings(&self.cloud).await, self.before, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_run_made_is_swept() {
    for posts in [1, 9] {
        let run = Signalled::run("-KILL", posts, 1).await;
        assert_eq!(run.output.status.code(), None, "it was killed");
        run.check_swept().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_run_tidily() {
    for signal in ["-INT", "-TERM"] {
        let run = Signalled::run(signal, 9, 1).await;
        let said = said(&run.output);
        assert_eq!(run.output.status.code(), Some(5), "what did not run is blocked: {said}");
        assert!(said.contains("stopping: what was made is taken away"), "{said}");
        assert!(said.contains("inventory: before = after"), "{said}");
        assert_eq!(holdings(&run.cloud).await, run.before, "{said}");
        assert!(run.folder.path().join("report.html").is_file());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_a_run_at_once() {
    let run = Signalled::run("-INT", 9, usize::MAX).await;
    let said = said(&run.output);
    assert_eq!(run.output.status.code(), Some(6), "{said}");
    assert!(said.contains("ended at once") && said.contains("cimi-conformance sweep "), "{said}");
    run.check_swept().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lost_its_reply_is_found_by_its_nonce() {
    let lost = |kind| Fault::new(Effect::Drop(When::After)).on_kind(kind).on("create").times(2);
    let cloud = MockCloud::builder().speed(100.0).fault(lost(Kind::Machine)).fault(lost(Kind::Volume));
    let cloud = cloud.start().await.expect("it starts");
    let before = holdings(&cloud).await;
    let folder = tempfile::tempdir().expect("there is room");
    let out = folder.path().display();
    let cases = "--only machine.create.* --only volume.create.* --format json";
    let command = format!("run --cep {} --name cloud --out {out} {cases}", cloud.base_uri());
    let output = judged(words(&command)).await;
    let said = said(&output);
    assert_eq!(holdings(&cloud).await, before, "{said}");
    assert!(said.contains("inventory: before = after"), "{said}");
    assert_eq!(output.status.code(), Some(1), "no reply is a finding: {said}");
    let stream = stream(folder.path());
    assert!(stream.contains("found by its nonce"), "a lost reply left something to find");
}
