//! `cimi-mock`: a mock cloud as a program.

use std::io::{IsTerminal as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use cimi::Edition;
use clap::builder::PossibleValuesParser;
use clap::{Parser, ValueEnum};
use mock_cloud::deviation::{self, Deviation};
use mock_cloud::dialect::{self, Dialect};
use mock_cloud::log::{Log, Paint};
use mock_cloud::{Builder, MockCloud, Replay, Scenario, Seed, StartError, Tls};

/// A cloud is made of very many small things.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const EXAMPLES: &str = "\
Examples:
  cimi-mock                                      a small V2 world on a free port of the loopback interface
  cimi-mock --edition v1 --port 8080             the same world as CIMI 1 shows it
  cimi-mock --seed-file shop.toml --speed 0.1    a world of your own that takes ten times as long
  cimi-mock --scenario bad-day.toml --log        a cloud with all that befalls it in one file, its requests on stderr
  cimi-mock --control-port 0                     with a status page and a control face: the second line on stdout
  cimi-mock --tls-cert c.pem --tls-key k.pem     over TLS
  cimi-mock --deviation missing-count            one that counts wrongly, to test a client or a judge
  cimi-mock --replay failure.har                 one that answers as another server did when it was recorded
  cimi-mock --dialect deltacloud                 one that looks like Apache Deltacloud, and errs like it
  curl \"$(cimi-mock | head -1)machines\"          (in one shell: the first line on stdout is the URL)

Exit codes: 0 stopped by Ctrl-C or SIGTERM; 2 usage, or a file that is wrong; 3 the address cannot be listened on.";

/// A simulated CIMI cloud: nothing in it is real, everything in it behaves.
#[derive(Debug, Parser)]
#[command(name = "cimi-mock", version, after_help = EXAMPLES)]
struct Arguments {
    /// The edition of CIMI to speak.
    #[arg(long, value_enum, help = "The edition of CIMI to speak [default: v2, or the scenario's]")]
    edition: Option<EditionName>,

    /// The address to listen on.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,

    /// The port to listen on; 0 for any that is free.
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// A TOML file with what the cloud holds, can, and whom it knows. Without it: a small world, open to everybody.
    #[arg(long, value_name = "FILE")]
    seed_file: Option<PathBuf>,

    /// A TOML file with all of it: edition, clock, seed, tenants, faults, deviations. What stands here as well counts more.
    #[arg(long, value_name = "FILE", conflicts_with = "seed_file")]
    scenario: Option<PathBuf>,

    /// How many times as fast as the seed says operations are.
    #[arg(long, value_name = "FACTOR", value_parser = factor)]
    speed: Option<f64>,

    /// Milliseconds before every response.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,

    /// A PEM file with the certificates to show, the server's own first: the cloud speaks TLS.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// A PEM file with the private key of the certificate.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// The port of a control face on the loopback interface, 0 for any that is free: clock, seed, snapshots, a status page.
    /// Its URL is the second line on stdout.
    #[arg(long, value_name = "PORT")]
    control_port: Option<u16>,

    /// Another address for the control face; it takes a token.
    #[arg(long, value_name = "ADDRESS", requires_all = ["control_port", "control_token_file"])]
    control_host: Option<IpAddr>,

    /// A file whose first line is the token that whoever controls the cloud has to know.
    #[arg(long, value_name = "FILE", requires = "control_port")]
    control_token_file: Option<PathBuf>,

    /// The folder that `file:` URIs of packages may point into, when Systems are imported and exported (OVF).
    #[arg(long, value_name = "FOLDER")]
    ovf_folder: Option<PathBuf>,

    /// A wrong behaviour; may be repeated.
    #[arg(long, value_name = "NAME", value_parser = deviation_names())]
    deviation: Vec<String>,

    /// List the wrong behaviours and end.
    #[arg(long)]
    list_deviations: bool,

    /// A real server to look like and to err like, in the edition that it speaks.
    #[arg(long, value_name = "NAME", value_parser = dialect_names())]
    dialect: Option<String>,

    /// An HTTP archive (HAR) of another server, such as `cimi-conformance export` writes: what is recorded in it is answered
    /// as it was then.
    #[arg(long, value_name = "FILE", conflicts_with = "dialect")]
    replay: Option<PathBuf>,

    /// List the real servers and end.
    #[arg(long)]
    list_dialects: bool,

    /// Write a line for each request to stderr; with `RUST_LOG`, what happens inside as well.
    #[arg(long)]
    log: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EditionName {
    /// CIMI 1.x
    V1,
    /// CIMI 2.0
    V2,
}

/// How the program ends.
#[derive(Clone, Copy)]
enum Exit {
    Wrong = 2,
    Unreachable = 3,
    Fault = 70,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.list_deviations {
        return list_deviations();
    }
    if arguments.list_dialects {
        return list_dialects();
    }
    if let Ok(filter) = tracing_subscriber::EnvFilter::try_from_default_env() {
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(Exit::Fault, &error.to_string()),
    };
    runtime.block_on(run(arguments))
}

async fn run(arguments: Arguments) -> ExitCode {
    let builder = match builder(&arguments) {
        Ok(builder) => builder,
        Err(message) => return fail(Exit::Wrong, &message),
    };
    let running = match builder.start().await {
        Ok(running) => running,
        Err(error @ StartError::Listen { .. }) => {
            let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            return fail(Exit::Unreachable, &format!("{error}: {source}"));
        }
        Err(error) => return fail(Exit::Wrong, &format!("{:?}", miette::Report::new(error))),
    };
    let stop = match cimi::server::asked_to_stop() {
        Ok(stop) => stop,
        Err(error) => return fail(Exit::Fault, &error.to_string()),
    };
    // A reader that has gone away does not stop the cloud.
    let _ = writeln!(std::io::stdout(), "{}", running.entry_point());
    for tenant in running.cloud().names().into_iter().flatten() {
        let uri = running.base_uri_of(&tenant).unwrap_or_default();
        let _ = writeln!(std::io::stderr(), "cimi-mock: the cloud of {tenant} is at {uri}");
    }
    if let Some(uri) = running.control_uri() {
        let _ = writeln!(std::io::stdout(), "{uri}");
    }
    stop.await;
    running.stop().await;
    ExitCode::SUCCESS
}

/// What the command line asks for.
fn builder(arguments: &Arguments) -> Result<Builder, String> {
    let mut builder = MockCloud::builder()
        .address(SocketAddr::from((arguments.host, arguments.port)))
        .latency(Duration::from_millis(arguments.latency));
    if let Some(file) = &arguments.scenario {
        let scenario = Scenario::read(file).map_err(|error| format!("{:?}", miette::Report::new(error)))?;
        builder = builder.scenario(scenario);
    }
    if let Some(file) = &arguments.seed_file {
        let text = String::from_utf8(read(file)?).map_err(|error| format!("{}: {error}", file.display()))?;
        builder = builder.seed(Seed::new(file.display().to_string(), text));
    }
    builder = match arguments.edition {
        None => builder,
        Some(EditionName::V1) => builder.edition(Edition::V1),
        Some(EditionName::V2) => builder.edition(Edition::V2),
    };
    if let Some(factor) = arguments.speed {
        builder = builder.speed(factor);
    }
    if let Some(dialect) = arguments.dialect.as_deref().and_then(dialect::find) {
        builder = builder.dialect(dialect);
    }
    if let Some(file) = &arguments.replay {
        builder = builder.replay(Replay::read(file).map_err(|error| error.to_string())?);
    }
    for deviation in arguments.deviation.iter().filter_map(|name| deviation::find(name)) {
        builder = builder.deviation(deviation);
    }
    if let Some(folder) = &arguments.ovf_folder {
        builder = builder.ovf_folder(folder);
    }
    if let (Some(certificate), Some(key)) = (&arguments.tls_cert, &arguments.tls_key) {
        let tls = Tls::from_pem(&read(certificate)?, &read(key)?);
        builder = builder.tls(tls.map_err(|error| error.to_string())?);
    }
    if arguments.log {
        let paint = if std::io::stderr().is_terminal() { Paint::Coloured } else { Paint::Plain };
        builder = builder.log(Log::new(std::io::stderr(), paint));
    }
    let Some(port) = arguments.control_port else { return Ok(builder) };
    let host = arguments.control_host.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let address = SocketAddr::from((host, port));
    Ok(match &arguments.control_token_file {
        None => builder.control(address),
        Some(file) => builder.control_with_token(address, first_line(file)?),
    })
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn list_deviations() -> ExitCode {
    let mut out = std::io::stdout().lock();
    for Deviation { name, summary, breaks, .. } in deviation::all() {
        if writeln!(out, "{name}\n    {summary}; breaks {}", breaks.join(", ")).is_err() {
            break;
        }
    }
    ExitCode::SUCCESS
}

fn list_dialects() -> ExitCode {
    let mut out = std::io::stdout().lock();
    for Dialect { name, summary, .. } in dialect::ALL {
        if writeln!(out, "{name}\n    {summary}").is_err() {
            break;
        }
    }
    ExitCode::SUCCESS
}

fn dialect_names() -> PossibleValuesParser {
    dialect::ALL.iter().map(|dialect| dialect.name).collect::<Vec<_>>().into()
}

fn deviation_names() -> PossibleValuesParser {
    deviation::all().map(|deviation| deviation.name).collect::<Vec<_>>().into()
}

fn factor(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(factor) if f64::is_finite(factor) && factor > 0.0 => Ok(factor),
        _ => Err("a number greater than 0 was expected".to_owned()),
    }
}

/// The first line of a file, which must not be empty.
fn first_line(file: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    match text.lines().next().map(str::trim) {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => Err(format!("{}: its first line is empty; a token was expected", file.display())),
    }
}

fn fail(exit: Exit, message: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "cimi-mock: {message}");
    ExitCode::from(exit as u8)
}
