//! Pages that are made are as they would be made today; `INSTA_UPDATE=always` makes them again.

use std::fs;
use std::path::Path;

use clap::Parser as _;
use harness::cli::{self, Asked, Cli};
use harness::suite::Suite;

/// What a command prints.
fn printed(arguments: &[&str]) -> String {
    let words = std::iter::once("cimi-conformance").chain(arguments.iter().copied());
    let cli = Cli::try_parse_from(words).expect("the command line is right");
    match cli::ask(cli, jiff::Timestamp::UNIX_EPOCH, Vec::new()) {
        Asked::Done(done) => done.output,
        _ => panic!("it needs no network"),
    }
}

#[track_caller]
fn check(page: &str, arguments: &[&str]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
    let made = printed(arguments);
    if std::env::var_os("INSTA_UPDATE").is_some_and(|how| how == "always") {
        fs::write(&path, &made).expect("it can be written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == made, "{page} is not what `{}` prints: make it again", arguments.join(" "));
}

#[test]
fn the_page_of_interpretations() {
    check("docs/interpretations.md", &["list", "interpretations", "--markdown"]);
}

/// A tolerance that no requirement speaks of would never be explained to who is judged.
#[test]
fn every_interpretation_is_named_by_a_requirement() {
    let suite = Suite::embedded().expect("the suite in the binary is whole");
    let named = |id: &String| suite.register.values().any(|r| r.interpretations.contains(id));
    let lost: Vec<&String> = suite.interpretations.iter().map(|i| &i.id).filter(|id| !named(id)).collect();
    assert!(lost.is_empty(), "no requirement names {lost:?}");
}
