//! `judge`: recorded exchanges are judged, no server needed.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use crate::event::Edition;
use crate::judge;
use crate::report;
use crate::suite::Suite;

use super::{Common, Done, EditionChoice, folder_of, run_name, sinks, with_source};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folders of recordings.
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// The edition to judge by [default: what most bodies say].
    #[arg(long, value_enum)]
    edition: Option<EditionChoice>,
}

/// Judges folders of recordings.
pub(super) fn judge(
    arguments: &Arguments,
    common: &Common,
    suite: &Suite,
    now: Timestamp,
    command: Vec<String>,
) -> Result<Done, String> {
    let run = run_name(now);
    let folder = folder_of(common, &run);
    let request = judge::Request {
        run,
        started: now,
        command,
        folders: arguments.folders.iter().map(PathBuf::as_path).collect(),
        edition: arguments.edition.map(Edition::from),
        only: common.only.clone(),
        skip: common.skip.clone(),
    };
    let mut sink = sinks(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let code = judge::run(&request, suite, sink.as_mut()).map_err(|e| with_source(&e))?;
    drop(sink);
    let read = report::write_all(&folder).map_err(|e| with_source(&e))?;
    let output = report::terminal::render(&read, &folder, report::terminal::Colour::Never);
    Ok(Done { code, output, errors: String::new() })
}
