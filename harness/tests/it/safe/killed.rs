//! Runs that are killed, and replies that are lost: what they made is found again.

use std::io::{self, Write};
use std::process::Child;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mock_cloud::MockCloud;
use mock_cloud::fault::{Effect, Fault, When};
use mock_cloud::log::{Log, Paint};
use mock_cloud::world::Kind;

use super::{holdings, judge, judged, said, stream, words};

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
    let cases = ["--only", "machine.lifecycle.*", "--only", "volume.create.*"];
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
    for posts in [1, 9] {
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
