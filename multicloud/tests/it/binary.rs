//! `cimi-manager` as a program.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::support::{self, Speaker};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_cimi-manager"))
}

#[tokio::test]
async fn the_first_line_of_its_output_is_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manager.toml");
    std::fs::write(&path, "store = \"manager.sqlite\"\n").unwrap();
    let mut child = program().arg("--config").arg(&path).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let reply = Speaker::to(line.trim()).get("").await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(reply.expect(200).json()["baseURI"], line.trim());
    assert!(folder.path().join("manager.sqlite").exists(), "the store is beside the configuration");
}

#[test]
fn a_log_that_is_no_terminal_has_no_colours() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manager.toml");
    // Nobody listens there, which is worth a line in the log.
    std::fs::write(&path, support::account("away", "http://127.0.0.1:1/cimi/", "")).unwrap();
    let mut child = program()
        .arg("--config")
        .arg(&path)
        .env_remove("NO_COLOR")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.contains("WARN") && !line.contains('\u{1b}'), "{line:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn it_stops_when_it_is_asked_to() {
    for signal in ["-INT", "-TERM"] {
        let mut child = program().arg("--demo").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}");
    }
}

#[test]
fn a_wrong_configuration_or_command_line_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("manager.toml");
    std::fs::write(&path, "\n[placement]\nfilter = \"prize<3\"\n").unwrap();
    let output = program().arg("--config").arg(&path).env("NO_COLOR", "1").output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(output.stdout.is_empty(), "data alone goes to standard output");
    for expected in ["manager.toml:3:11", "offers have no attribute `prize`", "help: an offer has account"] {
        assert!(errors.contains(expected), "{expected} in {errors}");
    }

    let output = program().output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("<--config <FILE>|--demo>"), "it says what there is: {errors}");
    let nowhere = program().args(["--config", "nowhere.toml"]).output().unwrap();
    assert_eq!(nowhere.status.code(), Some(2));

    std::fs::write(&path, "store = \"no/such/folder/manager.sqlite\"\n").unwrap();
    let output = program().arg("--config").arg(&path).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[tokio::test]
async fn the_demonstration_says_where_it_is_and_who_may_enter() {
    let mut child = program().arg("--demo").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let cep = lines.next().unwrap().unwrap();
    let login = lines.next().unwrap().unwrap();
    let (user, password) = login.strip_prefix("login: ").unwrap().split_once(' ').unwrap();
    let speaker = Speaker::to(&cep);
    speaker.get("").await.expect(401);
    let ask = async |url: String| {
        let request =
            speaker.http.get(url).basic_auth(user, Some(password)).header("Accept", "application/json");
        let reply = request.send().await.unwrap();
        assert_eq!(reply.status(), 200, "{}", reply.url());
        serde_json::from_str::<serde_json::Value>(&reply.text().await.unwrap()).unwrap()
    };
    let machines = ask(format!("{cep}machines")).await;
    let machines = machines["machines"].as_array().unwrap();
    for account in ["paris", "oslo", "lyon"] {
        assert!(machines.iter().any(|machine| machine["account"] == account), "{account}");
    }
    let admin = cep.replace("/cimi/", "/admin/");
    let accounts = ask(format!("{admin}accounts")).await;
    assert!(accounts.to_string().contains("oslo"), "{accounts:#}");
    assert!(!accounts.to_string().contains(password));
    child.kill().unwrap();
    child.wait().unwrap();
}
