//! `serve`: clients are judged before a cloud that provokes them.
//!
//! Owns how long that goes on, what is said meanwhile, and the reports. Whoever serves sends exchanges; this knows no more
//! of them.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedReceiver;
use url::Url;

use crate::consumer::{self, Rules, Session, session};
use crate::event::{Edition, Exchange, Finding};
use crate::exit::ExitCode;
use crate::report;
use crate::suite::Suite;

use super::{Asked, Common, Done, EditionChoice, endpoint, folder_of, run, run_name, sinks, with_source};

pub(super) const EXAMPLES: &str = "\
The first line on standard output is the URL of the Cloud Entry Point. Point a client at it, and let it do what the guide on
standard error (on a terminal) or docs/judging-clients.md says. Each client is known by its User-Agent.

Examples:
  cimi-conformance serve                                 until Ctrl-C
  cimi-conformance serve --edition v1 --port 8080        the same for a client of CIMI 1.x
  cimi-conformance serve --until-idle 5 --out reports/local/my-client
  cimi-conformance serve --once 60 --user me --password-file secret

Exit codes are those of the program: 0 when all that was judged holds, 1 when something does not, 4 when no client came,
5 when something could not be told.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The edition to speak.
    #[arg(long, value_enum, default_value = "v2")]
    edition: EditionChoice,
    /// The port on the loopback interface; 0 for any that is free.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// End after so many seconds.
    #[arg(long, value_name = "SECONDS", conflicts_with = "until_idle", value_parser = seconds)]
    once: Option<Duration>,
    /// End when nobody has asked anything for so many seconds.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    until_idle: Option<Duration>,
    /// Let in this user of Basic authentication alone [default: everybody].
    #[arg(long, requires = "password_file")]
    user: Option<String>,
    /// The file whose first line is the password (`-` for standard input).
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,
}

/// A session that is asked for.
#[derive(Debug)]
pub struct Job {
    /// The edition to speak.
    pub edition: Edition,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// The user and the password to let in; without them, everybody.
    pub user: Option<(String, String)>,
    /// The suite.
    pub suite: Suite,
    /// What is asked of the session.
    pub asked: session::Asked,
    /// Where its events and reports go.
    pub folder: PathBuf,
    end: End,
}

/// When a session ends, if nobody ends it before.
#[derive(Debug, Clone, Copy)]
enum End {
    Never,
    After(Duration),
    Idle(Duration),
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.1..=1_000_000.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "expected seconds, 0.1 to 1000000".to_owned())
}

/// What is asked of a session, checked.
pub(super) fn job(
    arguments: &Arguments,
    suite: Suite,
    common: &Common,
    now: Timestamp,
    command: Vec<String>,
) -> Result<Asked, String> {
    for pattern in &common.only {
        if !consumer::cases().any(|name| crate::engine::known::glob(pattern, &name)) {
            return Err(format!(
                "--only {pattern}: no verdict on clients fits; they are client.* and provocation.*"
            ));
        }
    }
    let user = match (&arguments.user, &arguments.password_file) {
        (Some(user), Some(file)) => Some((user.clone(), endpoint::secret(file)?)),
        _ => None,
    };
    let end = match (arguments.once, arguments.until_idle) {
        (Some(span), _) => End::After(span),
        (_, Some(span)) => End::Idle(span),
        _ => End::Never,
    };
    let name = run_name(now);
    let folder = folder_of(common, &name);
    let asked = session::Asked {
        run: name,
        started: now,
        command,
        suite: suite.digest.clone(),
        only: common.only.clone(),
        skip: common.skip.clone(),
    };
    let edition = arguments.edition.into();
    Ok(Asked::Serve(Box::new(Job { edition, port: arguments.port, user, suite, asked, folder, end })))
}

/// What a person is told at the beginning: what a client has to do.
pub fn guide() -> String {
    let mut text = String::from("To be judged in full, a client should:\n");
    for (at, step) in consumer::guide().into_iter().enumerate() {
        let _ = writeln!(text, "{:>3}. {step}", at + 1);
    }
    text + "Ctrl-C ends the session and writes its reports.\n"
}

/// Takes exchanges until the session ends, and writes its reports; the text is for standard output. What is found is said
/// to `live` as it comes.
pub async fn serve(
    job: Job,
    cep: &str,
    mut exchanges: UnboundedReceiver<Exchange>,
    live: &mut dyn io::Write,
    colour: report::terminal::Colour,
) -> Done {
    let fault = |errors: String| Done { code: ExitCode::Internal, output: String::new(), errors };
    let cep = match Url::parse(cep) {
        Ok(cep) => cep,
        Err(error) => return fault(error.to_string()),
    };
    let mut sink = match sinks(&job.folder) {
        Ok(sink) => sink,
        Err(error) => {
            let errors = format!("{}: {error}", job.folder.display());
            return Done { code: ExitCode::Usage, output: String::new(), errors };
        }
    };
    let rules = Rules::new(&job.suite, job.edition);
    let mut session = Session::new(cep, &rules);
    listen(&mut session, &mut exchanges, job.end, live).await;
    let written = session.write(&job.asked, sink.as_mut());
    drop(sink);
    let code = match written {
        Ok(code) => code,
        Err(error) => return fault(error.to_string()),
    };
    match report::write_all(&job.folder) {
        Ok(run) => {
            Done { code, output: report::terminal::render(&run, &job.folder, colour), errors: String::new() }
        }
        Err(error) => fault(with_source(&error)),
    }
}

/// Takes exchanges until the session ends.
async fn listen(
    session: &mut Session<'_>,
    exchanges: &mut UnboundedReceiver<Exchange>,
    end: End,
    live: &mut dyn io::Write,
) {
    let stopped = run::signal();
    tokio::pin!(stopped);
    let begun = tokio::time::Instant::now();
    while !session.is_full() {
        let over = async {
            match end {
                End::Never => std::future::pending().await,
                End::After(span) => tokio::time::sleep_until(begun + span).await,
                End::Idle(span) => tokio::time::sleep(span).await,
            }
        };
        tokio::select! {
            () = &mut stopped => break,
            () = over => break,
            exchange = exchanges.recv() => match exchange {
                Some(exchange) => {
                    let client = exchange.endpoint.clone();
                    for finding in session.take(exchange) {
                        // Whoever looks on may go away; the reports have it all.
                        let _ = writeln!(live, "{}", line(&client, &finding));
                    }
                }
                None => break,
            },
        }
    }
    while let Ok(exchange) = exchanges.try_recv() {
        session.take(exchange);
    }
}

/// A finding in a line.
fn line(client: &str, finding: &Finding) -> String {
    let sign = if finding.level == crate::event::Level::Shall { "✗" } else { "!" };
    let n = finding.exchange.map_or_else(String::new, |n| format!(" ({n})"));
    let text = format!(
        "{sign} {client}: {}: expected {}; got {}{n}",
        finding.requirement, finding.expected, finding.got
    );
    report::line(&text)
}
