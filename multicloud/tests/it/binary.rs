//! `cimi-manager` as a program.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::support::Speaker;

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

    assert_eq!(program().output().unwrap().status.code(), Some(2), "--config is missing");
    let nowhere = program().args(["--config", "nowhere.toml"]).output().unwrap();
    assert_eq!(nowhere.status.code(), Some(2));

    std::fs::write(&path, "store = \"no/such/folder/manager.sqlite\"\n").unwrap();
    let output = program().arg("--config").arg(&path).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
