//! `run`, and the main job: endpoints to judge, what is asked of the run, and its reports.

use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::engine::{self, KnownFile, Order, RunError, Settings, Stop};
use crate::event::Format;
use crate::exit::ExitCode;
use crate::http::{Endpoint, Limits};
use crate::report;
use crate::suite::Suite;

use super::{Common, Done, FormatChoice, folder_of, run_name, sinks, with_source};

/// A run that is asked for.
#[derive(Debug)]
pub struct Job {
    /// The endpoints; none for the built-in targets.
    pub endpoints: Vec<Endpoint>,
    /// The suite.
    pub suite: Suite,
    /// What is asked of the run.
    pub settings: Settings,
    /// Where its events and reports go.
    pub folder: PathBuf,
}

/// The seed of a run over the built-in targets.
const BUILT_IN_SEED: u64 = 1;

/// What is asked of a run, checked.
pub(super) fn job(
    endpoints: Vec<Endpoint>,
    suite: Suite,
    common: &Common,
    now: Timestamp,
    command: Vec<String>,
) -> Result<Job, String> {
    let limits = &common.limits;
    limits.check(|kind| suite.v1.types.contains_key(kind) || suite.v2.types.contains_key(kind))?;
    let settings = settings(common, &suite, now, command)?;
    // The built-in manager shows what the built-in clouds hold.
    let is_built_in = endpoints.is_empty();
    let order = if is_built_in { Order::InStep } else { Order::Free };
    // What is known to be right is judged by the same cases each time: who changes it wants to know what changed.
    let seed = if is_built_in { common.seed.unwrap_or(BUILT_IN_SEED) } else { settings.seed };
    let folder = folder_of(common, &settings.run);
    Ok(Job { endpoints, suite, settings: Settings { order, seed, ..settings }, folder })
}

/// What the options of every command ask of a run.
pub(super) fn settings(
    common: &Common,
    suite: &Suite,
    now: Timestamp,
    command: Vec<String>,
) -> Result<Settings, String> {
    let limits = &common.limits;
    let known = match &common.known {
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
            let today = now.to_zoned(TimeZone::UTC).date();
            let faults = |faults: Vec<crate::source::SourceError>| {
                faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            };
            KnownFile::read(&path.display().to_string(), &text, today).map_err(faults)?
        }
        None => KnownFile::default(),
    };
    let formats = match common.format {
        FormatChoice::Json => vec![Format::Json],
        FormatChoice::Xml => vec![Format::Xml],
        FormatChoice::Both => Format::ALL.to_vec(),
    };
    Ok(Settings {
        run: run_name(now),
        started: now,
        command,
        selection: super::selection(common, suite)?,
        formats,
        read_only: common.read_only,
        limits: Limits { rate: limits.rate, ..Limits::default() },
        caps: limits.caps(),
        within: limits.within(),
        retries: limits.retries,
        order: Order::Free,
        company: limits.company(),
        stop: Stop::default(),
        patience: common.patience,
        again: None,
        known,
        seed: common.seed.unwrap_or_else(|| seed_of(now)),
        generated: common.generated,
    })
}

/// A seed that nobody asked for: short enough to be typed again.
fn seed_of(now: Timestamp) -> u64 {
    const SHORT: u64 = 1_000_000;
    now.as_microsecond().unsigned_abs() % SHORT
}

/// Runs a job against its endpoints and writes its reports; the text is for standard output.
pub async fn run(job: Job, colour: report::terminal::Colour) -> Done {
    let folder = job.folder.clone();
    let fault = |errors: String| Done { code: ExitCode::Internal, output: String::new(), errors };
    let sink = match sinks(&folder) {
        Ok(sink) => sink,
        Err(error) => {
            let errors = format!("{}: {error}", folder.display());
            return Done { code: ExitCode::Usage, output: String::new(), errors };
        }
    };
    let stop = job.settings.stop.clone();
    let finished = tokio::select! {
        finished = engine::run(job.endpoints, Arc::new(job.suite), job.settings, sink) => finished,
        () = interrupted(&stop) => {
            let errors = format!(
                "ended at once: what the run made may be there still; `cimi-conformance sweep {}` takes it away",
                folder.display()
            );
            return Done { code: ExitCode::LeftBehind, output: String::new(), errors };
        }
    };
    let finished = match finished {
        Ok(finished) => finished,
        Err(error @ (RunError::Client(_) | RunError::System(_))) => return fault(with_source(&error)),
    };
    let errors: Vec<String> =
        finished.unreachable.iter().map(|(name, error)| format!("{name}: {error}")).collect();
    match report::write_all(&folder) {
        Ok(run) => Done {
            code: finished.code,
            output: report::terminal::render(&run, &folder, colour),
            errors: errors.join("\n"),
        },
        Err(error) => fault(with_source(&error)),
    }
}

/// Tells the run to end at the first signal; comes back at the second.
async fn interrupted(stop: &Stop) {
    signal().await;
    stop.ask("a signal (Ctrl-C)");
    // Who closes standard error does not want to know.
    let _ = writeln!(io::stderr(), "stopping: what was made is taken away; a second signal ends at once");
    signal().await;
}

/// Comes back at the next Ctrl-C, or when the system asks the program to end.
pub(super) async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut term) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = term.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
