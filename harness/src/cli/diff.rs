//! `diff`: what changed from one run to another.

use std::path::PathBuf;

use clap::Args;

use crate::exit::ExitCode;
use crate::report;
use crate::report::diff::Diff;

use super::{Done, with_source};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder of the run before (or its stream).
    #[arg(value_name = "A")]
    before: PathBuf,
    /// The folder of the run after.
    #[arg(value_name = "B")]
    after: PathBuf,
    /// Say it in JSON.
    #[arg(long)]
    json: bool,
}

/// Compares two runs; ends as one with findings when something got worse.
pub(super) fn diff(arguments: &Arguments) -> Result<Done, String> {
    let read = |path: &PathBuf| report::read(path).map_err(|error| with_source(&error));
    let diff = Diff::of(&read(&arguments.before)?, &read(&arguments.after)?);
    let code = if diff.is_worse() { ExitCode::Findings } else { ExitCode::Conformant };
    let output = if arguments.json { diff.json() } else { diff.text() };
    Ok(Done { code, output, errors: String::new() })
}
