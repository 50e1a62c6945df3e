//! `run`, and the main job: endpoints to judge, what is asked of the run, and its reports.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

use crate::engine::{self, KnownFile, RunError, Settings};
use crate::event::{Edition, Format};
use crate::exit::ExitCode;
use crate::http::{Credentials, Endpoint, Limits};
use crate::report;
use crate::suite::Suite;

use super::{Asked, Common, Done, EditionChoice, FormatChoice, folder_of, run_name, sinks, with_source};

#[derive(Debug, Args)]
pub(super) struct Arguments {
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

pub(super) fn endpoint(arguments: &Arguments) -> Result<Endpoint, String> {
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

/// What is asked of a run, checked.
pub(super) fn job(
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
        patience: common.patience,
        known,
    };
    Ok(Asked::Run(Box::new(Job { endpoints, suite, settings, folder })))
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
    let finished = match engine::run(job.endpoints, Arc::new(job.suite), job.settings, sink).await {
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
