//! `judge`: recorded exchanges are judged, no server needed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;

use crate::engine::{self, Past};
use crate::event::Edition;
use crate::exit::ExitCode;
use crate::judge::{self, Recording};
use crate::report;
use crate::suite::Suite;

use super::{Common, Done, EditionChoice, folder_of, run, run_name, sinks, with_source};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folders of .http files, HAR files (one an endpoint), or the folder of one run.
    #[arg(required = true, value_name = "DIR|HAR")]
    recordings: Vec<PathBuf>,
    /// The edition to judge by [default: what most bodies say].
    #[arg(long, value_enum)]
    edition: Option<EditionChoice>,
}

/// What the arguments name.
enum Opened {
    Exchanges(Vec<(String, PathBuf, Vec<crate::event::Exchange>)>),
    Run(Box<Past>),
}

/// Judges recordings.
pub(super) fn judge(
    arguments: &Arguments,
    common: &Common,
    suite: &Arc<Suite>,
    now: Timestamp,
    command: Vec<String>,
) -> Result<Done, String> {
    let name = run_name(now);
    let folder = folder_of(common, &name);
    let code = match open(&arguments.recordings)? {
        Opened::Run(past) => again(*past, common, suite, now, command, &folder)?,
        Opened::Exchanges(recordings) => {
            let request = judge::Request {
                run: name,
                started: now,
                command,
                recordings,
                edition: arguments.edition.map(Edition::from),
                selection: super::selection(common, suite)?,
            };
            let mut sink = sinks(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
            judge::run(request, suite, sink.as_mut()).map_err(|e| format!("{}: {e}", folder.display()))?
        }
    };
    let read = report::write_all(&folder).map_err(|e| with_source(&e))?;
    let output = report::terminal::render(&read, &folder, report::terminal::Colour::Never);
    Ok(Done { code, output, errors: String::new() })
}

fn open(paths: &[PathBuf]) -> Result<Opened, String> {
    let mut recordings = Vec::new();
    let mut first = 1;
    for path in paths {
        let name =
            path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into());
        match judge::open(path, &name, first).map_err(|e| with_source(&e))? {
            Recording::Exchanges(exchanges) => {
                first += exchanges.len() as u64;
                recordings.push((name, path.clone(), exchanges));
            }
            Recording::Run(past) if paths.len() == 1 => return Ok(Opened::Run(past)),
            Recording::Run(_) => {
                return Err(format!("{}: a run is judged alone, name no other beside it", path.display()));
            }
        }
    }
    Ok(Opened::Exchanges(recordings))
}

/// Judges a run of the past.
fn again(
    past: Past,
    common: &Common,
    suite: &Arc<Suite>,
    now: Timestamp,
    command: Vec<String>,
    folder: &Path,
) -> Result<ExitCode, String> {
    let settings = run::settings(common, suite, now, command)?;
    let sink = sinks(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|e| e.to_string())?;
    let finished = runtime.block_on(engine::again(Arc::new(past), suite.clone(), settings, sink));
    finished.map(|finished| finished.code).map_err(|e| with_source(&e))
}
