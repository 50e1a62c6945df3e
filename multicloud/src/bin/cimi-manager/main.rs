//! `cimi-manager`: the manager as a program.

#[cfg(feature = "demo")]
mod demo;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use multicloud::clock::Clock;
use multicloud::config::Config;
use multicloud::running;
use tracing_subscriber::EnvFilter;

/// A listing is many small things that come and go on several threads: glibc's holds twice the memory for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EXAMPLES: &str = "\
Examples:
  cimi-manager --demo                       three mock clouds, a tenant and a login: to try it
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
  location = \"FR-75C\"       # in France, as the filter has it
  price = 20

  [[account]]
  name = \"oslo\"
  endpoint = \"https://cloud.example.org/cimi/\"
  user = \"me\"
  password-file = \"oslo.password\"
  location = \"NO\"

The first line on standard output is the URI of the Cloud Entry Point; with --demo the second is `login: USER PASSWORD`.
Ctrl-C and SIGTERM stop it: what is under way goes on at the next start.

Exit codes:
  0   stopped on request
  2   the command line or the configuration is wrong
  70  the manager's own fault";

/// One CIMI face over many clouds.
#[derive(Parser)]
#[command(version, after_help = EXAMPLES)]
#[cfg_attr(feature = "demo", command(group(clap::ArgGroup::new("what").args(["config", "demo"]).required(true))))]
struct Arguments {
    /// The configuration file (TOML).
    #[arg(long, value_name = "FILE")]
    #[cfg_attr(not(feature = "demo"), arg(required = true))]
    config: Option<PathBuf>,

    /// Three mock clouds, accounts, a policy and a tenant, to try the manager; nothing is kept.
    #[cfg(feature = "demo")]
    #[arg(long)]
    demo: bool,

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
    // A log in a file, or of somebody who wants none, has no colours.
    let coloured = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(coloured).with_writer(std::io::stderr).init();
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(run(&arguments)),
        Err(error) => {
            say(&format!("the runtime does not start: {error}"));
            ExitCode::from(70)
        }
    }
}

async fn run(arguments: &Arguments) -> ExitCode {
    #[cfg(feature = "demo")]
    if arguments.demo {
        return match demo::Demo::start().await {
            Ok(demo) => {
                let login = demo.login();
                let told = |manager: &running::Running| {
                    announce(&login);
                    say(&demo::guide(manager, &login));
                };
                // The clouds live as long as the manager.
                let _clouds = demo.clouds;
                serve(demo.config, told).await
            }
            Err(error) => refuse(&error.to_string()),
        };
    }
    let file = arguments.config.as_deref().unwrap_or_else(|| Path::new(""));
    match Config::read(file) {
        Ok(config) => serve(config, |_| {}).await,
        Err(error) => refuse(&format!("{:?}", miette::Report::new(error))),
    }
}

/// Serves until it is told to stop. `told`: what else is said once it is known where the entry point is.
async fn serve(config: Config, told: impl FnOnce(&running::Running)) -> ExitCode {
    let manager = match running::start(config, Clock::system()).await {
        Ok(manager) => manager,
        Err(error) => return refuse(&format!("{:?}", miette::Report::new(error))),
    };
    let stop = match cimi::server::asked_to_stop() {
        Ok(stop) => stop,
        Err(error) => {
            say(&format!("signals cannot be waited for: {error}"));
            return ExitCode::from(70);
        }
    };
    announce(manager.base_uri());
    told(&manager);
    stop.await;
    manager.stop().await;
    ExitCode::SUCCESS
}

/// A line of output. A reader that has gone away does not stop the manager.
fn announce(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Talk.
fn say(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

fn refuse(message: &str) -> ExitCode {
    say(message);
    ExitCode::from(2)
}
