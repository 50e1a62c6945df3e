//! Tests that need something which the project does not bring: a browser, recordings of real servers.
//!
//! Such a test can only tell at run time whether it can run, which the built-in test harness cannot express; this
//! binary stands on libtest-mimic, and takes the arguments of any test binary. See [`component`] for what happens when
//! something is missing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there, with the place")]

mod browser;
#[path = "../../../harness/tests/needs/component.rs"]
#[allow(dead_code, reason = "shared with harness, of which each binary uses what it needs")]
mod component;
mod dialects;
mod recording;
mod structure;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let trials: Vec<Trial> = [browser::trials(), dialects::trials()].into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
