//! Tests that need something which the project does not bring: the XML Schema of CIMI 1.x, a program.
//!
//! Such a test can only tell at run time whether it can run, which the built-in test harness cannot express; this
//! binary stands on libtest-mimic, and takes the arguments of any test binary. See [`component`] for what happens when
//! something is missing.

mod captures;
#[path = "../../../harness/tests/needs/component.rs"]
#[allow(dead_code, reason = "shared with harness, of which each binary uses what it needs")]
mod component;
mod documents;
mod examples;
mod schema;
mod shared;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let trials: Vec<Trial> = [schema::trials(), documents::trials(), examples::trials(), captures::trials()]
        .into_iter()
        .flatten()
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
