//! No output of a run has a secret in it: not one that it was given, nor one that it gave away.

use std::fs;

use base64::Engine as _;
use mock_cloud::{MockCloud, Seed};

use super::{MIN_SEED, judged, said, words};

const USERS: &str = r#"
[[users]]
name = "anna"
password = "cor&rect \"horse\" battery"
token = "token-0123456789"
role = "administer"
"#;

/// Judges with a secret in a file, and looks for the forms of it wherever something was written.
async fn check(options: &str, secret: &str, forms: &[&str]) {
    let cloud = MockCloud::builder().seed(Seed::new("users.toml", format!("{USERS}{MIN_SEED}"))).speed(100.0);
    let cloud = cloud.start().await.expect("it starts");
    let folder = tempfile::tempdir().expect("there is room");
    let file = folder.path().join("secret");
    fs::write(&file, format!("{secret}\n")).expect("there is room");
    let out = folder.path().join("run");
    let command = format!(
        "run --cep {} --out {} {} --only protocol.* --only machine.create.* --only machine.credential.*",
        cloud.base_uri(),
        out.display(),
        options.replace("FILE", &file.display().to_string())
    );
    let output = judged(words(&command)).await;
    let said = said(&output);
    assert!(matches!(output.status.code(), Some(0 | 1 | 5)), "{said}");
    let mut texts = vec![("what it says".to_owned(), said)];
    for entry in fs::read_dir(&out).expect("it is there").flatten() {
        let bytes = fs::read(entry.path()).expect("it can be read");
        texts.push((entry.path().display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
    }
    assert!(texts.len() > 4, "a run writes reports");
    let stream = texts.iter().find(|(name, _)| name.ends_with("events.ndjson")).expect("it is written");
    assert!(stream.1.contains("[redacted]"), "there was something to hide");
    assert!(stream.1.contains("/credentials"), "a Credential was made");
    for (name, text) in texts {
        for form in forms {
            assert!(!text.contains(form), "{name} has {form}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_nowhere() {
    let password = "cor&rect \"horse\" battery";
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("anna:{password}"));
    // The password that cases give to the Credentials that they make.
    let of_cases = PASSWORDS_OF_CASES;
    let forms = [&["cor&rect", "cor&amp;rect", "cor%26rect", &pair], of_cases].concat();
    check("--user anna --password-file FILE", password, &forms).await;
    let forms = [&["token-0123456789"], of_cases].concat();
    check("--token-file FILE", "token-0123456789", &forms).await;
}

const PASSWORDS_OF_CASES: &[&str] = &["secret-of-cimi-"];
