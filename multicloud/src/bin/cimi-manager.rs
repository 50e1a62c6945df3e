//! `cimi-manager`: the manager as a program.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use multicloud::clock::Clock;
use multicloud::config::Config;
use multicloud::running;
use tracing_subscriber::EnvFilter;

const EXAMPLES: &str = "\
Examples:
  cimi-manager --config manager.toml
  cimi-manager --config manager.toml --log debug

A configuration:
  listen = \"127.0.0.1:8080\"
  store = \"manager.sqlite\"

  [placement]
  filter = \"location='FR'\"
  order-by = \"price,machines\"

  [[account]]
  name = \"paris\"
  endpoint = \"http://127.0.0.1:4001/cimi/\"
  location = \"FR\"
  price = 20

  [[account]]
  name = \"oslo\"
  endpoint = \"https://cloud.example.org/cimi/\"
  user = \"me\"
  password-file = \"oslo.password\"
  location = \"NO\"

The first line on standard output is the URI of the Cloud Entry Point. Ctrl-C stops.

Exit codes:
  0   stopped on request
  2   the command line or the configuration is wrong
  70  the manager's own fault";

/// One CIMI face over many clouds.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
struct Arguments {
    /// The configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    config: PathBuf,

    /// What to log on standard error: error, warn, info, debug, trace, or a filter such as `multicloud=debug`.
    #[arg(long, value_name = "FILTER", default_value = "warn")]
    log: String,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = match EnvFilter::try_new(&arguments.log) {
        Ok(filter) => filter,
        Err(error) => return refuse(&format!("--log {}: {error}", arguments.log)),
    };
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(run(&arguments)),
        Err(error) => {
            say(&format!("the runtime does not start: {error}"));
            ExitCode::from(70)
        }
    }
}

async fn run(arguments: &Arguments) -> ExitCode {
    let config = match Config::read(&arguments.config) {
        Ok(config) => config,
        Err(error) => return refuse(&format!("{:?}", miette::Report::new(error))),
    };
    let manager = match running::start(config, Clock::system()).await {
        Ok(manager) => manager,
        Err(error) => return refuse(&format!("{:?}", miette::Report::new(error))),
    };
    announce(manager.base_uri());
    // Without a signal handler the program ends by the signal itself.
    let _ = tokio::signal::ctrl_c().await;
    manager.stop().await;
    ExitCode::SUCCESS
}

#[expect(clippy::print_stdout, reason = "the URI is this program's output")]
fn announce(uri: &str) {
    println!("{uri}");
}

#[expect(clippy::print_stderr, reason = "talk goes to standard error")]
fn say(message: &str) {
    eprintln!("{message}");
}

fn refuse(message: &str) -> ExitCode {
    say(message);
    ExitCode::from(2)
}
