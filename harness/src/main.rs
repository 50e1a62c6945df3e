//! `cimi-conformance`: judges CIMI endpoints. Everything is in the library; this is its door.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use harness::cli::{self, Asked, Cli, Done};
use harness::exit;
use harness::report::terminal::Colour;
use harness::target::Targets;
use harness::target::stage::{Listener, Stage, Terms};

/// Judging is making and dropping many small trees.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // --help and --version are errors to clap, and none to us. A closed pipe is nobody's fault.
            let _ = error.print();
            let code = if error.use_stderr() { exit::ExitCode::Usage } else { exit::ExitCode::Conformant };
            return ExitCode::from(code.code());
        }
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the time of a run comes from the clock"
    )]
    let now = jiff::Timestamp::now();
    let done = match cli::ask(cli, now, std::env::args().collect()) {
        Asked::Done(done) => done,
        Asked::Run(job) => at_work(run(*job)),
        Asked::Plan(plan) => at_work(cli::plan(*plan)),
        Asked::Sweep(sweep) => at_work(cli::sweep(*sweep)),
        Asked::Serve(job) => at_work(serve(*job)),
    };
    let _ = io::stdout().write_all(done.output.as_bytes());
    if !done.errors.is_empty() {
        let _ = writeln!(io::stderr(), "{}", done.errors);
    }
    ExitCode::from(done.code.code())
}

fn at_work(work: impl Future<Output = Done>) -> Done {
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let done = runtime.block_on(work);
            // Who was told twice to end does not wait for what is under way.
            runtime.shutdown_background();
            done
        }
        Err(error) => {
            Done { code: exit::ExitCode::Internal, output: String::new(), errors: error.to_string() }
        }
    }
}

/// Serves a stage and judges whoever comes to it.
async fn serve(job: cli::serve::Job) -> Done {
    let (sender, exchanges) = tokio::sync::mpsc::unbounded_channel();
    // Nobody listens any more once the session is over.
    let listener: Listener = Arc::new(move |exchange| drop(sender.send(exchange)));
    let terms = Terms { edition: job.edition, port: job.port, user: job.user.clone() };
    let stage = match Stage::start(&terms, listener).await {
        Ok(stage) => stage,
        Err(error) => {
            return Done { code: exit::ExitCode::Usage, output: String::new(), errors: reasons(&error) };
        }
    };
    // A reader that has gone away does not stop the session.
    let _ = writeln!(io::stdout(), "{}", stage.cep());
    let mut stderr = io::stderr();
    let is_watched = stderr.is_terminal();
    if is_watched {
        let _ = stderr.write_all(cli::serve::guide().as_bytes());
    }
    let mut nobody = io::sink();
    let live: &mut dyn io::Write = if is_watched { &mut stderr } else { &mut nobody };
    let done = cli::serve::serve(job, stage.cep(), exchanges, live, colour()).await;
    drop(stage);
    done
}

fn colour() -> Colour {
    Colour::for_stream(&io::stdout(), std::env::var_os("NO_COLOR").as_deref())
}

/// Runs what is asked for; where no endpoint is named, the built-in targets are started and live until the end.
async fn run(mut job: cli::Job) -> Done {
    let mut targets = None;
    if job.endpoints.is_empty() {
        match Targets::start().await {
            Ok(started) => {
                job.endpoints = started.endpoints().to_vec();
                targets = Some(started);
            }
            Err(error) => {
                return Done {
                    code: exit::ExitCode::Internal,
                    output: String::new(),
                    errors: reasons(&error),
                };
            }
        }
    }
    let done = cli::run(job, colour()).await;
    drop(targets);
    done
}

/// An error with what it came from, a line each.
fn reasons(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |error| error.source())
        .fold(error.to_string(), |text, cause| format!("{text}\n  because {cause}"))
}
