//! Tests that need something which the project does not bring: a browser, recordings of real servers.
//!
//! Such a test can only tell at run time whether it can run, which the built-in test harness cannot express; this
//! binary stands on libtest-mimic, and takes the arguments of any test binary. See [`component`] for what happens when
//! something is missing.

mod browser;
mod captures;
mod component;
mod normative;
mod peers;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let trials: Vec<Trial> =
        [browser::trials(), captures::trials(), normative::trials()].into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
