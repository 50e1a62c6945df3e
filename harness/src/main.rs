//! `cimi-conformance`: judges CIMI endpoints. Everything is in the library; this is its door.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use harness::cli::{self, Asked, Cli, Done};
use harness::exit;
use harness::report::terminal::Colour;

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
        Asked::Run(job) => match tokio::runtime::Runtime::new() {
            Ok(runtime) => runtime.block_on(run(*job)),
            Err(error) => {
                Done { code: exit::ExitCode::Internal, output: String::new(), errors: error.to_string() }
            }
        },
    };
    let _ = io::stdout().write_all(done.output.as_bytes());
    if !done.errors.is_empty() {
        let _ = writeln!(io::stderr(), "{}", done.errors);
    }
    ExitCode::from(done.code.code())
}

async fn run(job: cli::Job) -> Done {
    let colour = Colour::for_stream(&io::stdout(), std::env::var_os("NO_COLOR").as_deref());
    cli::run(job, colour).await
}
