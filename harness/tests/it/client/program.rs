//! `cimi-conformance serve` as a program: what it prints, how it ends, what it leaves.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};

use reqwest::StatusCode;

/// Serves until nobody has asked for a moment; `ask` is given the entry point. Gives the exit code and what was printed.
async fn serve(
    folder: &Path,
    more: &[&str],
    ask: impl AsyncFnOnce(reqwest::Client, String),
) -> (Option<i32>, String) {
    let more = [&["--until-idle", "3"], more].concat();
    serve_until(folder, &more, async |http, cep, _| ask(http, cep).await).await
}

/// Serves until it is over; `ask` is given the process as well.
async fn serve_until(
    folder: &Path,
    more: &[&str],
    ask: impl AsyncFnOnce(reqwest::Client, String, u32),
) -> (Option<i32>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cimi-conformance"))
        .args(["serve", "--out"])
        .arg(folder)
        .args(more)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut cep = String::new();
    out.read_line(&mut cep).unwrap();
    // Somebody else may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().user_agent("visitor/1").build().unwrap();
    ask(http, cep.trim().to_owned(), child.id()).await;
    let mut text = String::new();
    out.read_to_string(&mut text).unwrap();
    (child.wait().unwrap().code(), text)
}

async fn get(http: &reqwest::Client, url: &str) -> StatusCode {
    let request = http.get(url).header("Accept", "application/json");
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn nobody_came_and_that_is_not_green() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text) = serve(folder.path(), &[], async |_, cep| assert!(cep.ends_with("/enter"))).await;
    assert_eq!(code, Some(4), "{text}");
    assert!(text.contains("nothing judged"), "{text}");
}

#[tokio::test]
async fn whoever_reads_the_entry_point_and_goes_is_not_green_either() {
    let folder = tempfile::tempdir().unwrap();
    let ask = async |http: reqwest::Client, cep: String| assert_eq!(get(&http, &cep).await, StatusCode::OK);
    let (code, text) = serve(folder.path(), &["--edition", "v1"], ask).await;
    assert_eq!(code, Some(5), "{text}");
    for name in ["events.ndjson", "report.json", "junit.xml", "report.md", "report.html"] {
        assert!(folder.path().join(name).is_file(), "{name}");
    }
}

#[tokio::test]
async fn a_guess_is_found_and_no_password_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    fs::write(&password, "open-sesame\n").unwrap();
    let out = folder.path().join("out");
    let ask = async |http: reqwest::Client, cep: String| {
        assert_eq!(get(&http, &cep).await, StatusCode::UNAUTHORIZED);
        let request =
            http.get(&cep).header("Accept", "application/json").basic_auth("me", Some("open-sesame"));
        assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
        get(&http, &cep.replace("/enter", "/cimi/machines")).await;
    };
    let more = ["--user", "me", "--password-file", password.to_str().unwrap()];
    let (code, text) = serve(&out, &more, ask).await;
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("4.1.3/uris-opaque") && text.contains("visitor/1"), "{text}");
    for file in fs::read_dir(&out).unwrap() {
        let file = fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!file.contains("open-sesame") && !file.contains("bWU6b3Blbi1zZXNhbWU"));
    }
}

#[tokio::test]
async fn a_signal_ends_the_session_and_its_reports_are_written() {
    for signal in ["-INT", "-TERM"] {
        let folder = tempfile::tempdir().unwrap();
        let ask = async |http: reqwest::Client, cep: String, process: u32| {
            assert_eq!(get(&http, &cep).await, StatusCode::OK);
            let sent = Command::new("kill").args([signal, &process.to_string()]).status().unwrap();
            assert!(sent.success());
        };
        let (code, text) = serve_until(folder.path(), &[], ask).await;
        assert_eq!(code, Some(5), "{signal}: {text}");
        assert!(folder.path().join("report.html").is_file(), "{signal}: {text}");
    }
}
