//! What docs/validate-your-endpoint.md, the action and the container tell users to type works as they are told.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mock_cloud::MockCloud;

const PAGE: &str = "docs/validate-your-endpoint.md";
/// What stands for the endpoint of who reads the page.
const CEP: &str = "https://cloud.example.com/cimi/";
/// Nobody waits for pretended work.
const SPEED: f64 = 100.0;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The lines of the blocks of code in a language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}");
    let mut lines = Vec::new();
    let mut is_inside = false;
    for line in page.lines() {
        match line {
            _ if line == fence => is_inside = true,
            "```" => is_inside = false,
            _ if is_inside => lines.push(line.to_owned()),
            _ => {}
        }
    }
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_page_work() {
    let cloud = MockCloud::builder().speed(SPEED).start().await.expect("it starts");
    let folder = tempfile::tempdir().expect("there is room");
    let page = text(PAGE);
    // The deviation of the sample is one that the mock cloud has not: an entry too many is a finding, as the page says.
    let known = blocks(&page, "toml").join("\n");
    fs::write(folder.path().join("known.toml"), known).expect("there is room");
    let commands = blocks(&page, "sh");
    assert!(commands.len() > 6, "the page has lost its commands");
    for command in commands {
        let words: Vec<String> = command
            .split_whitespace()
            .map(|word| word.trim_matches('\'').replace(CEP, cloud.base_uri()))
            .collect();
        let (program, arguments) = words.split_first().expect("it is no empty line");
        // What would judge everything judges a little here: all of it is for tests/suite.
        let is_all = arguments.first().is_some_and(|word| word == "run") && !command.contains("--only");
        let little: &[&str] = if is_all { &["--only", "query.filter.*"] } else { &[] };
        assert_eq!(program, "cimi-conformance", "{command}");
        let run = Command::new(env!("CARGO_BIN_EXE_cimi-conformance"));
        let output = { run }
            .args(arguments)
            .args(little)
            .current_dir(folder.path())
            .output()
            .expect("it can be started");
        let expected = i32::from(command.contains("--known"));
        let said =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(expected), "{command}\n{said}");
        if let Some(out) = words.iter().skip_while(|word| *word != "--out").nth(1) {
            assert!(folder.path().join(out).join("report.html").is_file(), "{command}");
        }
    }
}

/// Options that a file tells to give.
fn options(text: &str) -> BTreeSet<String> {
    let words =
        text.split(|c: char| c.is_whitespace() || matches!(c, '`' | '(' | ')' | '"' | ',' | ';' | ':'));
    words
        .filter(|word| word.starts_with("--") && word.len() > 2)
        .map(|word| word.trim_end_matches('.').to_owned())
        .collect()
}

#[test]
fn options_and_places_that_are_named_exist() {
    let help = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_cimi-conformance")).args(arguments).output();
        String::from_utf8(output.expect("it can be started").stdout).expect("it is text")
    };
    let known = options(&(help(&["--help"]) + &help(&["run", "--help"]) + &help(&["judge", "--help"])));
    let action = text("action.yml");
    let judge = action.split("- name: Judge").nth(1).expect("it has a step that judges");
    let page = text(PAGE);
    let typed: String = page.lines().filter(|line| !line.starts_with("$ ")).collect::<Vec<_>>().join("\n");
    for (name, text) in [("action.yml", judge), (PAGE, typed.as_str())] {
        let strange: Vec<_> = options(text).difference(&known).cloned().collect();
        assert!(strange.is_empty(), "{name} names {strange:?}, which cimi-conformance does not know");
    }
    let container = text("Containerfile");
    for text in [&action, &container] {
        assert!(text.contains("--package harness --bin cimi-conformance"), "they build the judge");
        assert!(text.contains("target/release/cimi-conformance"), "they use what was built");
    }
    let minimum = text("Cargo.toml");
    let minimum =
        minimum.lines().find_map(|line| line.strip_prefix("rust-version = \"")).expect("it says so");
    assert!(
        container.contains(&format!("rust:{}", minimum.trim_end_matches('"'))),
        "the container builds with {minimum}"
    );
    assert!(!container.contains("USER root") && container.contains("\nUSER "), "it is nobody's root");
    let report = judge.contains("report.md") && root().join("reports/README.md").is_file();
    assert!(
        report && text("reports/README.md").contains("`report.md`"),
        "the summary of the action is a report"
    );
}

/// The script of the step of the action that judges, as a runner is given it.
fn script_of_action() -> String {
    let action = text("action.yml");
    let script = action.split("- name: Judge").nth(1).and_then(|step| step.split("run: |\n").nth(1));
    let lines = script.expect("the step that judges has a script").lines();
    lines.map(|line| line.strip_prefix("        ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_action_judges_as_a_runner_would_have_it() {
    const USERS: &str = "[[users]]\nname = \"anna\"\npassword = \"open sesame\"\nrole = \"administer\"\n";
    let seed = mock_cloud::Seed::builtin().followed_by(USERS);
    let cloud = MockCloud::builder().seed(seed).speed(SPEED).start().await.expect("it starts");
    let folder = tempfile::tempdir().expect("there is room");
    let at = |name: &str| folder.path().join(name);
    let built = at("target/release");
    fs::create_dir_all(&built).expect("there is room");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_cimi-conformance"), built.join("cimi-conformance"))
        .expect("a link can be made");
    fs::create_dir(at("scratch")).expect("there is room");
    for (password, code) in [("open sesame", 0), ("closed", 3)] {
        let status = Command::new("bash")
            .args(["-e", "-o", "pipefail", "-c", &script_of_action()])
            .envs([("CEP", cloud.base_uri()), ("LOGIN", "anna"), ("PASSWORD", password), ("TOKEN", "")])
            .envs([("OPTIONS", "--read-only --only query.filter.*"), ("REPORTS", "reports")])
            .env("GITHUB_ACTION_PATH", folder.path())
            .env("GITHUB_OUTPUT", at("output"))
            .env("GITHUB_STEP_SUMMARY", at("summary"))
            .env("TMPDIR", at("scratch"))
            .current_dir(folder.path())
            .output()
            .expect("bash can be started");
        let said = String::from_utf8_lossy(&status.stderr);
        assert_eq!(status.status.code(), Some(code), "{said}");
        let output = fs::read_to_string(at("output")).expect("it was written");
        assert!(output.ends_with(&format!("reports=reports\nexit-code={code}\n")), "{output}");
        let left = fs::read_dir(at("scratch")).expect("it is there").count();
        assert_eq!(left, 0, "the password is on the disk still");
        let summary = fs::read_to_string(at("summary")).expect("it was written");
        assert!(summary.contains("query.filter") || summary.contains("pass"), "{summary}");
        for text in [output, summary, said.into_owned()] {
            assert!(!text.contains(password), "{text}");
        }
    }
}
