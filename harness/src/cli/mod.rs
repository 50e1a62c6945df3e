//! The command line: what can be asked of `cimi-conformance`, and what it makes of it. A command a file.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::engine::known::glob;
use crate::event::{Edition, Sink, Writer};
use crate::exit::ExitCode;
use crate::generate;
use crate::profile::{self, Profile, Selection, Subject};
use crate::report::STREAM_FILE;
use crate::report::progress::Progress;
use crate::source::{SourceError, did_you_mean};
use crate::suite::{Suite, SuiteError};

mod coverage;
mod diff;
mod endpoint;
mod explain;
mod export;
mod judge;
mod limits;
mod list;
mod matrix;
mod plan;
mod rerun;
mod run;
pub mod serve;
mod sweep;

pub use plan::{Plan, run as plan};
pub use run::{Job, run};
pub use sweep::{Sweep, run as sweep};

const EXAMPLES: &str = "\
Examples:
  cimi-conformance                                          the main job: judges the built-in targets
  cimi-conformance run --cep https://cloud.example.com/cimi/cloudEntryPoint --user me --password-file secret
  cimi-conformance run --cep http://127.0.0.1:8080/cimi --only 'query.*' --format json --read-only
  cimi-conformance plan --cep https://cloud.example.com/cimi/   what a run would make and change there
  cimi-conformance sweep reports/local/RUN                  deletes what a run left that was killed
  cimi-conformance judge recordings/                        judges recorded exchanges, no server needed
  cimi-conformance serve                                    judges clients: point them at the URL that it prints
  cimi-conformance rerun reports/local/RUN --failed         runs again just what failed, at the same endpoints
  cimi-conformance diff RUN1 RUN2                           what changed; ends with 1 when something got worse
  cimi-conformance matrix RUN1 RUN2 RUN3                    the interop table: endpoints and areas
  cimi-conformance export RUN query.filter.equals           a failure, for a mock cloud on a laptop to replay
  cimi-conformance list cases
  cimi-conformance explain 4.1.6.1/filter-applied

Exit codes:
";

/// Judges CIMI endpoints (DMTF DSP0263, ISO/IEC 19831) by what they answer.
#[derive(Debug, Parser)]
#[command(name = "cimi-conformance", version, after_help = after_help())]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge an endpoint.
    Run(Box<endpoint::Arguments>),
    /// Say what a run with the same options would do, before anything is touched.
    Plan(Box<plan::Arguments>),
    /// Take away what runs left behind that were cut short.
    Sweep(Box<sweep::Arguments>),
    /// Judge what was recorded: .http files, HAR files, or a run again by today's rules.
    Judge(judge::Arguments),
    /// Judge clients: serve a cloud that is right and provokes them, and look at what they ask.
    Serve(serve::Arguments),
    /// Run again what a run was asked for, at the same endpoints: all of it, or what failed.
    Rerun(rerun::Arguments),
    /// Say what changed from one run to another; ends with 1 when something got worse.
    Diff(diff::Arguments),
    /// Write the interop table over several runs: endpoints and areas.
    Matrix(matrix::Arguments),
    /// Write a failure of a run as an archive that a mock cloud replays.
    Export(export::Arguments),
    /// Tell how much of the specification the suite covers.
    Coverage(coverage::Arguments),
    /// List what the suite has.
    List(list::Arguments),
    /// Explain a case, a requirement, an interpretation or a profile.
    Explain {
        /// Its id.
        id: String,
    },
}

/// What goes with every command.
#[derive(Debug, Args)]
struct Common {
    /// Read the suite from this folder instead of the one in the program.
    #[arg(long, global = true, value_name = "DIR")]
    suites: Option<PathBuf>,
    /// Add the cases of this file; may be repeated. One whose id a generated case would have takes its place.
    #[arg(long = "case", global = true, value_name = "FILE")]
    cases: Vec<PathBuf>,
    /// Write the events and reports of the run into this folder [default: reports/local/RUN].
    #[arg(long, global = true, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Judge what this profile chooses: one of the suite, or a file [default: full].
    #[arg(long, global = true, value_name = "NAME|FILE")]
    profile: Option<String>,
    /// Run the cases that fit this pattern alone (`*` stands for anything); may be repeated.
    #[arg(long, global = true, value_name = "GLOB")]
    only: Vec<String>,
    /// Leave out the cases that fit this pattern; may be repeated.
    #[arg(long, global = true, value_name = "GLOB")]
    skip: Vec<String>,
    /// The representations to speak.
    #[arg(long, global = true, value_enum, default_value = "both")]
    format: FormatChoice,
    /// A file of known deviations (TOML).
    #[arg(long, global = true, value_name = "FILE")]
    known: Option<PathBuf>,
    /// Send nothing but GET, HEAD and OPTIONS.
    #[arg(long, global = true)]
    read_only: bool,
    /// Generate so many cases of each law and story, and so many walks; 0: none.
    #[arg(long, global = true, value_name = "N", default_value_t = 1)]
    generated: u32,
    /// The seed that cases are generated from [default: another one each time, 1 for the built-in targets; every report shows it].
    #[arg(long, global = true, value_name = "N")]
    seed: Option<u64>,
    /// Wait so many times as long for what a cloud does as `suites/spec/waits.toml` says.
    #[arg(long, global = true, value_name = "FACTOR", default_value_t = 1.0, value_parser = factor)]
    patience: f64,
    #[command(flatten)]
    limits: limits::Arguments,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatChoice {
    Json,
    Xml,
    Both,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EditionChoice {
    V1,
    V2,
}

impl From<EditionChoice> for Edition {
    fn from(choice: EditionChoice) -> Self {
        match choice {
            EditionChoice::V1 => Self::V1,
            EditionChoice::V2 => Self::V2,
        }
    }
}

/// What a command comes to: how the program ends, and what it says on standard output.
#[derive(Debug)]
pub struct Done {
    /// How the program ends.
    pub code: ExitCode,
    /// For standard output.
    pub output: String,
    /// For standard error.
    pub errors: String,
}

/// What the command line asks for.
#[derive(Debug)]
pub enum Asked {
    /// Judge these endpoints (none: the built-in targets).
    Run(Box<Job>),
    /// Look ahead at what a run would do.
    Plan(Box<Plan>),
    /// Take away what runs have left.
    Sweep(Box<Sweep>),
    /// Judge whoever comes.
    Serve(Box<serve::Job>),
    /// Already done.
    Done(Done),
}

fn factor(text: &str) -> Result<f64, String> {
    let factor = text.parse().ok().filter(|factor| (0.001..=1000.0).contains(factor));
    factor.ok_or_else(|| "expected a number, 0.001 to 1000".to_owned())
}

fn after_help() -> String {
    ExitCode::ALL.iter().fold(EXAMPLES.to_owned(), |mut text, code| {
        let _ = writeln!(text, "  {:>2}  {}", code.code(), code.sentence());
        text
    })
}

/// Reads the command line and does what needs no network.
pub fn ask(cli: Cli, now: Timestamp, command: Vec<String>) -> Asked {
    match asked(cli, now, command) {
        Ok(asked) => asked,
        Err(message) => Asked::Done(Done { code: ExitCode::Usage, output: String::new(), errors: message }),
    }
}

fn asked(cli: Cli, now: Timestamp, command: Vec<String>) -> Result<Asked, String> {
    // What only reads runs needs no suite.
    match &cli.command {
        Some(Command::Rerun(arguments)) => return rerun::rerun(arguments, &cli.common, now),
        Some(Command::Diff(arguments)) => return diff::diff(arguments).map(Asked::Done),
        Some(Command::Matrix(arguments)) => return matrix::matrix(arguments, &cli.common).map(Asked::Done),
        Some(Command::Export(arguments)) => return export::export(arguments, &cli.common).map(Asked::Done),
        _ => {}
    }
    let suite = load(&cli.common)?;
    let done =
        |output: String| Asked::Done(Done { code: ExitCode::Conformant, output, errors: String::new() });
    match cli.command {
        Some(Command::Coverage(arguments)) => Ok(done(coverage::coverage(&suite, &arguments))),
        Some(Command::List(arguments)) => list::list(&suite, &arguments).map(done),
        Some(Command::Explain { id }) => explain::explain(&suite, &id).map(done),
        Some(Command::Judge(arguments)) => {
            judge::judge(&arguments, &cli.common, &Arc::new(suite), now, command).map(Asked::Done)
        }
        Some(Command::Run(arguments)) => {
            let job = run::job(arguments.all()?, suite, &cli.common, now, command)?;
            Ok(Asked::Run(Box::new(job)))
        }
        Some(Command::Plan(arguments)) => {
            let endpoints = arguments.endpoint.all()?;
            let run::Job { endpoints, suite, settings, .. } =
                run::job(endpoints, suite, &cli.common, now, command)?;
            Ok(Asked::Plan(Box::new(Plan { endpoints, suite, settings, json: arguments.json })))
        }
        Some(Command::Sweep(arguments)) => {
            let sweep = sweep::sweep(&arguments, &cli.common, suite, now, command)?;
            Ok(Asked::Sweep(Box::new(sweep)))
        }
        Some(Command::Serve(arguments)) => serve::job(&arguments, suite, &cli.common, now, command),
        _ => run::job(Vec::new(), suite, &cli.common, now, command).map(|job| Asked::Run(Box::new(job))),
    }
}

fn load(common: &Common) -> Result<Suite, String> {
    let suite = match &common.suites {
        Some(folder) => Suite::from_folder(folder),
        None => Suite::embedded(),
    };
    let told = |error: SuiteError| match error {
        SuiteError::Io { ref source, .. } => format!("{error}: {source}"),
        other => other.to_string(),
    };
    let mut suite = suite.map_err(told)?;
    for file in &common.cases {
        suite.add_cases(file).map_err(told)?;
    }
    Ok(suite)
}

/// What is to be judged, which must be something.
fn selection(common: &Common, suite: &Suite) -> Result<Selection, String> {
    let builtin: Vec<String> = crate::findings::pseudo_cases().collect();
    let generated = if common.generated > 0 { generate::kinds(suite) } else { Vec::new() };
    for pattern in &common.only {
        let mut names = suite.cases.iter().map(|case| &case.id).chain(&builtin);
        let is_generated = || generated.iter().any(|kind| kind.fits(pattern, common.generated));
        if !names.any(|name| glob(pattern, name)) && !is_generated() {
            return Err(format!("--only {pattern}: no case fits; `cimi-conformance list` shows them"));
        }
    }
    let profile = profile(common.profile.as_deref().unwrap_or(profile::DEFAULT), suite)?;
    let selection = Selection { profile, only: common.only.clone(), skip: common.skip.clone() };
    let chosen = |edition| {
        let checks = crate::findings::builtin(&suite.register, edition);
        let check = |(case, requirements): &(String, Vec<String>)| {
            selection.chooses(Subject { case, area: "protocol", requirements, mutates: false }, edition)
        };
        let kind = |kind: &generate::Kind| {
            let fits = |pattern: &String| kind.fits(pattern, common.generated);
            let is_asked = common.only.is_empty() || common.only.iter().any(fits);
            is_asked && selection.profile.chooses(kind.subject(), edition)
        };
        checks.iter().any(check)
            || generated.iter().any(kind)
            || suite.cases.iter().any(|case| selection.chooses(case.into(), edition))
    };
    if Edition::ALL.into_iter().any(chosen) {
        Ok(selection)
    } else {
        Err(format!("profile {}: with --only and --skip it chooses no case", selection.profile.name))
    }
}

/// A profile by its name, or out of a file.
fn profile(name: &str, suite: &Suite) -> Result<Profile, String> {
    if let Some(profile) = suite.profiles.get(name) {
        return Ok(profile.clone());
    }
    if !name.contains(['/', '\\']) && Path::new(name).extension().is_none_or(|ext| ext != "toml") {
        let hint = did_you_mean(name, suite.profiles.keys().map(String::as_str));
        let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        return Err(format!(
            "--profile {name}: expected a profile of the suite (`cimi-conformance list profiles`) or a .toml file{hint}"
        ));
    }
    let text = fs::read_to_string(name).map_err(|error| format!("--profile {name}: {error}"))?;
    let faults =
        |faults: Vec<SourceError>| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    suite.profile_of(name, &text).map_err(faults)
}

/// `20260102-030405-678`: sorts by time, fit for a folder.
fn run_name(now: Timestamp) -> String {
    let zoned = now.to_zoned(TimeZone::UTC);
    format!("{}-{:03}", zoned.strftime("%Y%m%d-%H%M%S"), zoned.millisecond())
}

fn folder_of(common: &Common, run: &str) -> PathBuf {
    common.out.clone().unwrap_or_else(|| Path::new("reports/local").join(run))
}

/// The sinks of a run: its stream, and progress on a terminal.
///
/// # Errors
/// When the folder cannot be made or written.
pub fn sinks(folder: &Path) -> io::Result<Box<dyn Sink>> {
    fs::create_dir_all(folder)?;
    let file = File::create(folder.join(STREAM_FILE))?;
    let both: Vec<Box<dyn Sink>> =
        vec![Box::new(Writer::new(BufWriter::new(file))), Box::new(Progress::stderr())];
    Ok(Box::new(both))
}

fn with_source(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
