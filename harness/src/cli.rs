//! The command line: what can be asked of `cimi-conformance`, and what it makes of it.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _};
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

use crate::engine::{self, KnownFile, RunError, Settings};
use crate::event::{Edition, Format, Sink, Writer};
use crate::exit::ExitCode;
use crate::http::{Credentials, Endpoint, Limits};
use crate::judge;
use crate::report::progress::Progress;
use crate::report::{self, STREAM_FILE};
use crate::spec::Verification;
use crate::suite::{Suite, SuiteError};

const EXAMPLES: &str = "\
Examples:
  cimi-conformance                                          the main job: judges the built-in targets
  cimi-conformance run --cep https://cloud.example.com/cimi/cloudEntryPoint --user me --password-file secret
  cimi-conformance run --cep http://127.0.0.1:8080/cimi --only 'query.*' --format json --read-only
  cimi-conformance judge recordings/                        judges recorded exchanges, no server needed
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
    Run(Box<RunArguments>),
    /// Judge recorded exchanges: folders of .http files, one folder an endpoint.
    Judge(JudgeArguments),
    /// List what the suite has.
    List {
        /// What to list.
        #[arg(value_enum, default_value = "cases")]
        what: Listed,
    },
    /// Explain a case, a requirement or an interpretation.
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
    /// Write the events and reports of the run into this folder [default: reports/local/RUN].
    #[arg(long, global = true, value_name = "DIR")]
    out: Option<PathBuf>,
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
}

#[derive(Debug, Args)]
struct RunArguments {
    /// URL of the Cloud Entry Point.
    #[arg(long, value_name = "URL")]
    cep: Url,
    /// A name for the endpoint in reports [default: its host].
    #[arg(long)]
    name: Option<String>,
    /// User of Basic authentication.
    #[arg(long, requires = "password_file")]
    user: Option<String>,
    /// The file whose first line is the password (`-` for standard input).
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,
    /// The file whose first line is a bearer token (`-` for standard input).
    #[arg(long, value_name = "FILE", conflicts_with = "user")]
    token_file: Option<PathBuf>,
    /// The edition to judge by [default: what the entry point says].
    #[arg(long, value_enum)]
    edition: Option<EditionChoice>,
}

#[derive(Debug, Args)]
struct JudgeArguments {
    /// Folders of recordings.
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// The edition to judge by [default: what most bodies say].
    #[arg(long, value_enum)]
    edition: Option<EditionChoice>,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Listed {
    /// Cases.
    Cases,
    /// Requirements.
    Requirements,
    /// Interpretations of the text.
    Interpretations,
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
    /// Already done.
    Done(Done),
}

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
    let suite = load(cli.common.suites.as_deref())?;
    let done =
        |output: String| Asked::Done(Done { code: ExitCode::Conformant, output, errors: String::new() });
    match cli.command {
        Some(Command::List { what }) => Ok(done(list(&suite, what))),
        Some(Command::Explain { id }) => explain(&suite, &id).map(done),
        Some(Command::Judge(arguments)) => {
            recordings(&arguments, &cli.common, &suite, now, command).map(Asked::Done)
        }
        Some(Command::Run(arguments)) => {
            let endpoint = endpoint(&arguments)?;
            job(vec![endpoint], suite, &cli.common, now, command)
        }
        None => job(Vec::new(), suite, &cli.common, now, command),
    }
}

fn load(folder: Option<&Path>) -> Result<Suite, String> {
    let suite = match folder {
        Some(folder) => Suite::from_folder(folder),
        None => Suite::embedded(),
    };
    suite.map_err(|error| match error {
        SuiteError::Io { ref source, .. } => format!("{error}: {source}"),
        other => other.to_string(),
    })
}

fn job(
    endpoints: Vec<Endpoint>,
    suite: Suite,
    common: &Common,
    now: Timestamp,
    command: Vec<String>,
) -> Result<Asked, String> {
    for pattern in &common.only {
        let mut names = suite.cases.iter().map(|case| case.id.clone()).chain(crate::findings::pseudo_cases());
        if !names.any(|name| engine::known::glob(pattern, &name)) {
            return Err(format!("--only {pattern}: no case fits; `cimi-conformance list` shows them"));
        }
    }
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
    let run = run_name(now);
    let folder = folder_of(common, &run);
    let formats = match common.format {
        FormatChoice::Json => vec![Format::Json],
        FormatChoice::Xml => vec![Format::Xml],
        FormatChoice::Both => Format::ALL.to_vec(),
    };
    let profile = if common.only.is_empty() && common.skip.is_empty() { "all" } else { "chosen" };
    let settings = Settings {
        run,
        started: now,
        command,
        profile: profile.to_owned(),
        only: common.only.clone(),
        skip: common.skip.clone(),
        formats,
        read_only: common.read_only,
        limits: Limits::default(),
        known,
    };
    Ok(Asked::Run(Box::new(Job { endpoints, suite, settings, folder })))
}

/// `20260102-030405-678`: sorts by time, fit for a folder.
fn run_name(now: Timestamp) -> String {
    let zoned = now.to_zoned(TimeZone::UTC);
    format!("{}-{:03}", zoned.strftime("%Y%m%d-%H%M%S"), zoned.millisecond())
}

fn folder_of(common: &Common, run: &str) -> PathBuf {
    common.out.clone().unwrap_or_else(|| Path::new("reports/local").join(run))
}

fn endpoint(arguments: &RunArguments) -> Result<Endpoint, String> {
    if !matches!(arguments.cep.scheme(), "http" | "https") {
        return Err(format!("--cep {}: expected an http or https URL", arguments.cep));
    }
    let credentials = match (&arguments.user, &arguments.password_file, &arguments.token_file) {
        (Some(user), Some(file), _) => Credentials::Basic { user: user.clone(), password: secret(file)? },
        (_, _, Some(file)) => Credentials::Bearer(secret(file)?),
        _ => Credentials::Nobody,
    };
    let host = arguments.cep.host_str().unwrap_or("endpoint").to_owned();
    Ok(Endpoint {
        name: arguments.name.clone().unwrap_or(host),
        cep: arguments.cep.clone(),
        credentials,
        edition: arguments.edition.map(Edition::from),
    })
}

/// The first line of a file that holds a secret.
fn secret(file: &Path) -> Result<String, String> {
    const MAX: u64 = 64 * 1024;
    let mut text = String::new();
    let read = if file == Path::new("-") {
        io::stdin().take(MAX).read_to_string(&mut text)
    } else {
        File::open(file).and_then(|f| f.take(MAX).read_to_string(&mut text))
    };
    read.map_err(|e| format!("{}: {e}", file.display()))?;
    let line = text.lines().next().unwrap_or("").to_owned();
    if line.is_empty() {
        Err(format!("{}: its first line is empty; a secret was expected there", file.display()))
    } else {
        Ok(line)
    }
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
    let finished = match engine::run(job.endpoints, &job.suite, job.settings, sink).await {
        Ok(finished) => finished,
        Err(error @ (RunError::Client(_) | RunError::Sink(_))) => return fault(with_source(&error)),
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

fn with_source(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn recordings(
    arguments: &JudgeArguments,
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

fn list(suite: &Suite, what: Listed) -> String {
    let mut out = String::new();
    match what {
        Listed::Cases => {
            for case in &suite.cases {
                let _ = writeln!(out, "{:<48} {}", case.id, case.title);
            }
        }
        Listed::Requirements => {
            for requirement in suite.register.values() {
                let _ = writeln!(out, "{:<48} {} {}", requirement.id, requirement.level, requirement.summary);
            }
        }
        Listed::Interpretations => {
            for interpretation in &suite.interpretations {
                let question = interpretation
                    .words
                    .iter()
                    .find(|(k, _)| k == "question")
                    .map_or("", |(_, v)| v.as_str());
                let _ = writeln!(out, "{:<32} {question}", interpretation.id);
            }
        }
    }
    out
}

/// Explains a case, a requirement or an interpretation.
fn explain(suite: &Suite, id: &str) -> Result<String, String> {
    let mut out = String::new();
    if let Some(requirement) = suite.register.get(id) {
        let _ = writeln!(
            out,
            "{} ({}, {}; clause {})\n  {}",
            requirement.id,
            requirement.level,
            requirement.party,
            requirement.clause(),
            requirement.summary
        );
        match &requirement.verification {
            Verification::Untestable(reason) => {
                let _ = writeln!(out, "  not testable: {reason}");
            }
            Verification::Checks(checks) if !checks.is_empty() => {
                let _ = writeln!(out, "  built-in checks: {}", checks.join(", "));
            }
            Verification::Checks(_) => {}
        }
        for case in suite.cases.iter().filter(|c| c.requirements.iter().any(|r| r == id)) {
            let _ = writeln!(out, "  case {} ({})", case.id, case.origin);
        }
        for name in &requirement.interpretations {
            out.push_str(&interpretation(suite, name).unwrap_or_default());
        }
    } else if let Some(case) = suite.cases.iter().find(|c| c.id == id) {
        let _ = writeln!(out, "{}\n  {}\n  {}", case.id, case.title, case.origin);
        for need in &case.needs {
            let _ = writeln!(out, "  needs {}", need.text);
        }
        for name in &case.requirements {
            let summary = suite.register.get(name).map_or("", |r| r.summary.as_str());
            let _ = writeln!(out, "  {name}: {summary}");
        }
    } else if let Some(text) = interpretation(suite, id) {
        out.push_str(&text);
    } else {
        let known =
            suite.register.keys().map(String::as_str).chain(suite.cases.iter().map(|c| c.id.as_str()));
        let known = known.chain(suite.interpretations.iter().map(|i| i.id.as_str()));
        let hint = crate::source::did_you_mean(id, known).map(|hint| format!("; {hint}")).unwrap_or_default();
        return Err(format!("`{id}` is no case, requirement or interpretation{hint}"));
    }
    Ok(out)
}

fn interpretation(suite: &Suite, id: &str) -> Option<String> {
    let found = suite.interpretations.iter().find(|i| i.id == id)?;
    let mut out = format!("interpretation {id}\n");
    for (key, text) in &found.words {
        let _ = writeln!(out, "  {key}: {}", text.replace('\n', "\n    "));
    }
    Some(out)
}
