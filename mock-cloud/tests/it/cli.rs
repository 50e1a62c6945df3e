//! `cimi-mock` as a program: what it says of itself, what it refuses, and what it prints when it runs.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Output, Stdio};

fn mock(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cimi-mock"));
    command.args(arguments).env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

#[track_caller]
fn check(arguments: &[&str], code: i32, parts: &[&str]) {
    let Output { status, stdout, stderr } = mock(arguments).output().unwrap();
    let said = [String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap()].concat();
    assert_eq!(status.code(), Some(code), "{said}");
    for part in parts {
        assert!(said.contains(part), "`{part}` is not in\n{said}");
    }
}

#[test]
fn help_has_examples() {
    let options = [
        "--seed-file",
        "--scenario",
        "--tls-cert",
        "--tls-key",
        "--log",
        "--control-port",
        "--control-token-file",
    ];
    check(&["--help"], 0, &options);
    check(&["--help"], 0, &["Examples:", "cimi-mock --scenario bad-day.toml --log", "Exit codes:"]);
}

#[test]
fn what_is_wrong_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (scenario, seed) = (file("day.toml", "edition = 'v7'\n"), file("seed.toml", "[[machines]]\nx = 1\n"));
    check(&["--scenario", &scenario], 2, &["day.toml:1:11", "v1 or v2"]);
    check(&["--seed-file", &seed], 2, &["seed.toml:2:1", "x is nothing"]);
    check(&["--seed-file", &seed, "--scenario", &scenario], 2, &["cannot be used with"]);
    check(&["--scenario", "no/such.toml"], 2, &["no/such.toml"]);
    check(&["--tls-cert", &seed], 2, &["--tls-key"]);
    check(&["--tls-cert", &seed, "--tls-key", &seed], 2, &["certificate", "PEM"]);
    check(&["--control-host", "0.0.0.0", "--control-port", "0"], 2, &["--control-token-file"]);
    let empty = file("token", "\n");
    check(&["--control-port", "0", "--control-token-file", &empty], 2, &["a token was expected"]);
}

#[cfg(unix)]
#[test]
fn it_stops_when_it_is_asked_to() {
    for signal in ["-INT", "-TERM"] {
        let mut child = mock(&[]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}");
    }
}

#[test]
fn it_says_where_it_is() {
    let mut child =
        mock(&["--control-port", "0", "--log"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(2).map(Result::unwrap);
    let lines: Vec<String> = lines.collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(lines[0].starts_with("http://127.0.0.1:") && lines[0].ends_with("/cimi/"), "{lines:?}");
    assert!(lines[1].starts_with("http://127.0.0.1:") && !lines[1].contains("cimi"), "{lines:?}");
}
