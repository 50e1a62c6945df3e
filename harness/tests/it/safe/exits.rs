//! Each exit code, from the real program.

use std::net::TcpListener;

use mock_cloud::fault::read_toml;
use mock_cloud::{Builder, MockCloud, deviation};

use super::{judged, said, words};

/// Runs a command line against a cloud; `CEP` and `OUT` stand for its URL and a folder of the moment.
async fn check(cloud: Builder, command: &str, code: i32, says: &str) {
    let cloud = cloud.speed(100.0).start().await.expect("it starts");
    let folder = tempfile::tempdir().expect("there is room");
    let out = folder.path().display().to_string();
    let output = judged(words(&command.replace("CEP", cloud.base_uri()).replace("OUT", &out))).await;
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{command}: {said}");
    assert!(said.contains(says), "{command}: {said}");
    assert!(!said.contains("planned verdicts are missing"), "{command}: {said}");
}

fn faulty(text: &str) -> Builder {
    let faults = read_toml("fault.toml", text).expect("it is right");
    faults.into_iter().fold(MockCloud::builder(), Builder::fault)
}

const RUN: &str = "run --cep CEP --name cloud --out OUT --format json";

#[tokio::test(flavor = "multi_thread")]
async fn conformant_and_findings() {
    let cases = format!("{RUN} --only query.select.*");
    check(MockCloud::builder(), &cases, 0, "conformant").await;
    let wrong = deviation::find("missing-count").expect("it is one");
    let cases = format!("{RUN} --only serialization.same.collection.* --only protocol.every-response.*");
    check(MockCloud::builder().deviation(wrong), &cases, 1, "collection-count").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn usage() {
    for (wrong, says) in [
        ("--only nothing.*", "no case fits"),
        ("--profile minimum", "did you mean `minimal`"),
        ("--profile minimal --only query.*", "chooses no case"),
        ("--serial Machin", "no such type"),
        ("--no-such-option", "--no-such-option"),
    ] {
        check(MockCloud::builder(), &format!("{RUN} {wrong}"), 2, says).await;
    }
    let secret = "run --cep http://me:secret@127.0.0.1:1/ --out OUT";
    check(MockCloud::builder(), secret, 2, "without user and password").await;
    check(MockCloud::builder(), "sweep --cep CEP --nonce cimi-", 2, "cimi-YYYYMMDD-HHMMSS-MMM").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unreachable() {
    // Bound and let go of: nobody listens there.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("there is one").port();
    let nobody = format!("run --cep http://127.0.0.1:{port}/ --out OUT");
    check(MockCloud::builder(), &nobody, 3, "no answer").await;
    let cloud = MockCloud::builder().start().await.expect("it starts");
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("endpoints.toml");
    let text = format!(
        "[[endpoint]]\nname = \"gone\"\ncep = \"http://127.0.0.1:{port}/\"\n[[endpoint]]\nname = \"there\"\ncep = \"{}\"\n",
        cloud.base_uri()
    );
    std::fs::write(&file, text).expect("there is room");
    let out = folder.path().join("run");
    let command = format!("run --endpoints {} --out {} --only query.select.*", file.display(), out.display());
    let output = judged(words(&command)).await;
    let said = said(&output);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("(gone); the others: conformant"), "{said}");
    let report = std::fs::read_to_string(out.join("report.json")).expect("the others are reported");
    assert!(report.contains("query.select."), "{report}");
    assert!(report.contains("protocol.discovery"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_judged_and_blocked() {
    let case = "--only machine.lifecycle.start-stop";
    check(MockCloud::builder(), &format!("{RUN} {case} --read-only"), 4, "nothing judged").await;
    let text =
        "[[fault]]\nkind = \"Machine\"\noperation = \"create\"\neffect = { refuse = { status = 429 } }\n";
    check(faulty(text), &format!("{RUN} {case}"), 5, "blocked").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn left_behind() {
    let text =
        "[[fault]]\nkind = \"Machine\"\noperation = \"delete\"\neffect = { refuse = { status = 429 } }\n";
    let case = "--only machine.lifecycle.start-stop --patience 0.002";
    check(faulty(text), &format!("{RUN} {case}"), 6, "LEFT BEHIND Machine").await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn our_own_fault() {
    let folder = tempfile::tempdir().expect("there is room");
    std::os::unix::fs::symlink("/dev/full", folder.path().join("events.ndjson")).expect("it can be made");
    let command = format!("run --cep CEP --name cloud --only query.* --out {}", folder.path().display());
    check(MockCloud::builder(), &command, 70, "cannot be written").await;
}
