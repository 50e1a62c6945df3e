//! The invariants of the whole project, which no compiler holds: who may know whom, how long a file may be, where a
//! dependency is declared, what a text may not contain. A fault names the file, the line, and what to do.
//!
//! How long a function may be is clippy's to hold (`too-many-lines-threshold` in clippy.toml).

mod arrows;
mod documents;
mod files;
mod manifests;
mod rust;
mod texts;

use std::fmt;

/// Something that is not as it has to be.
struct Fault {
    /// From the root of the project, with `/`.
    file: String,
    /// From 1.
    line: usize,
    /// What is wrong, and what to do.
    text: String,
}

impl Fault {
    fn new(file: &str, line: usize, text: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, text: text.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.file, self.line, self.text)
    }
}

/// Fails with all the faults there are.
#[track_caller]
fn check(faults: impl IntoIterator<Item = Fault>) {
    let faults: Vec<String> = faults.into_iter().map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{} not tidy:\n{}", faults.len(), faults.join("\n"));
}
