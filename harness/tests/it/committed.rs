//! Files that are made and committed: reports, lists. A test makes them anew and compares.

use std::path::PathBuf;
use std::{env, fs};

/// A file of the project, by its path from the root.
pub(crate) fn path(of: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(of)
}

/// What is committed; nothing where the file is not there.
pub(crate) fn text(of: &str) -> String {
    fs::read_to_string(path(of)).unwrap_or_default()
}

/// Whether what is made now is to be kept: as goldens are, with `INSTA_UPDATE=always`.
pub(crate) fn is_updated() -> bool {
    env::var_os("INSTA_UPDATE").is_some_and(|how| how == "always")
}

/// Compares what is committed with what is made now, or commits the latter.
#[track_caller]
pub(crate) fn check(of: &str, now: &str) {
    if is_updated() {
        fs::write(path(of), now).expect("it can be written");
        return;
    }
    let before = text(of);
    if before == now {
        return;
    }
    let old: std::collections::BTreeSet<&str> = before.lines().collect();
    let new: std::collections::BTreeSet<&str> = now.lines().collect();
    let gone = old.difference(&new).map(|line| format!("- {line}"));
    let come = new.difference(&old).map(|line| format!("+ {line}"));
    let changes: Vec<String> = gone.chain(come).take(60).collect();
    panic!(
        "{of} is not what it would be now; make it anew with INSTA_UPDATE=always, and read it:\n{}",
        changes.join("\n")
    );
}
