//! `sweep`: takes away what runs have left that could not do it themselves.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use url::Url;

use crate::engine::{Remains, SweepError, Swept, Wreck, read_wreck, sweep as sweep_one};
use crate::event::{self, Event, Exit, Footer, Header, Inventory};
use crate::exit::ExitCode;
use crate::http::{Endpoint, Limits, Recorder};
use crate::report::{STREAM_FILE, inventory_statement};
use crate::suite::Suite;

use super::{Common, Done, endpoint, folder_of, run_name, sinks, with_source};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Folders of runs (with `events.ndjson`) that were cut short, or left something behind.
    #[arg(value_name = "RUN_FOLDER", required_unless_present = "nonce")]
    folders: Vec<PathBuf>,
    /// What the names begin with that a run gave, where its folder is lost: `cimi-20260102-030405-678`.
    #[arg(long, requires = "cep", conflicts_with = "folders", value_parser = nonce)]
    nonce: Option<String>,
    #[command(flatten)]
    endpoint: endpoint::Arguments,
}

/// What is to be swept.
#[derive(Debug)]
pub struct Sweep {
    targets: Vec<(Endpoint, Remains)>,
    notes: Vec<String>,
    suite: Suite,
    limits: Limits,
    patience: f64,
    folder: PathBuf,
    header: Header,
}

/// A word that a run may have begun its names with. One that fits everything would sweep away other runs.
fn nonce(text: &str) -> Result<String, String> {
    let word = text.strip_prefix("cimi-").map(|rest| rest.trim_end_matches('-')).unwrap_or_default();
    let digits = |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    match word.split('-').collect::<Vec<_>>().as_slice() {
        [day, time, milli] if digits(day, 8) && digits(time, 6) && digits(milli, 3) => {
            Ok(event::nonce_of(word))
        }
        _ => Err("expected what the names of one run begin with: cimi-YYYYMMDD-HHMMSS-MMM".to_owned()),
    }
}

/// Reads what is left of the runs.
pub(super) fn sweep(
    arguments: &Arguments,
    common: &Common,
    suite: Suite,
    now: Timestamp,
    command: Vec<String>,
) -> Result<Sweep, String> {
    let mut targets = Vec::new();
    let mut notes = Vec::new();
    if let Some(nonce) = &arguments.nonce {
        let remains = Remains { nonce: nonce.clone(), ..Remains::default() };
        targets.extend(arguments.endpoint.all()?.into_iter().map(|endpoint| (endpoint, remains.clone())));
    }
    for folder in &arguments.folders {
        let (wreck, note) = read(folder)?;
        notes.extend(note);
        targets.extend(of_wreck(wreck, folder, &arguments.endpoint)?);
    }
    let run = format!("sweep-{}", run_name(now));
    let header = Header {
        stream: event::STREAM_VERSION,
        run: run.clone(),
        tool: concat!("cimi-conformance ", env!("CARGO_PKG_VERSION")).to_owned(),
        started: now,
        suite: suite.digest.clone(),
        profile: "sweep".to_owned(),
        endpoints: targets.iter().map(|(endpoint, _)| endpoint.shown()).collect(),
        seed: 0,
        generated: 0,
        read_only: false,
        company: common.limits.company(),
        command,
    };
    let limits = Limits { rate: common.limits.rate, ..Limits::default() };
    let folder = folder_of(common, &run);
    Ok(Sweep { targets, notes, suite, limits, patience: common.patience, folder, header })
}

/// What is left of the stream of a run, and what whoever sweeps should know of it.
fn read(folder: &Path) -> Result<(Wreck, Option<String>), String> {
    let path = folder.join(STREAM_FILE);
    let file = File::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let wreck = read_wreck(BufReader::new(file)).map_err(|error| format!("{}: {error}", path.display()))?;
    let note = wreck.cut.as_ref().map(|cut| {
        format!("{}: cut off at {cut}; what it does not tell of is found by its nonce", path.display())
    });
    Ok((wreck, note))
}

/// The endpoints of a run with what it may have left there; `--cep` stands for the one that it had.
fn of_wreck(
    mut wreck: Wreck,
    folder: &Path,
    arguments: &endpoint::Arguments,
) -> Result<Vec<(Endpoint, Remains)>, String> {
    if arguments.cep.is_some() && wreck.header.endpoints.len() != 1 {
        let many = wreck.header.endpoints.len();
        return Err(format!("--cep: {} is of {many} endpoints, and knows their URLs", folder.display()));
    }
    let mut targets = Vec::new();
    let listed = if arguments.endpoints.is_some() { arguments.all()? } else { Vec::new() };
    for known in &wreck.header.endpoints {
        let remains = wreck.remains.remove(&known.name).unwrap_or_default();
        if let Some(endpoint) = listed.iter().find(|endpoint| endpoint.name == known.name) {
            targets.push((endpoint.clone(), remains));
            continue;
        }
        let cep = match &arguments.cep {
            Some(cep) => cep.clone(),
            None => Url::parse(&known.cep)
                .map_err(|error| format!("{}: endpoint {}: {error}", folder.display(), known.name))?,
        };
        let mut endpoint = arguments.at(cep, Some(&known.name))?;
        endpoint.edition = endpoint.edition.or(known.edition);
        targets.push((endpoint, remains));
    }
    Ok(targets)
}

/// Sweeps, and says what came of it.
pub async fn run(sweep: Sweep) -> Done {
    let fault = |code, errors| Done { code, output: String::new(), errors };
    let sink = match sinks(&sweep.folder) {
        Ok(sink) => sink,
        Err(error) => return fault(ExitCode::Usage, format!("{}: {error}", sweep.folder.display())),
    };
    let recorder = Arc::new(Recorder::new(sink));
    recorder.event(&Event::Header(sweep.header));
    let mut output = String::new();
    let mut errors = sweep.notes;
    let mut code = ExitCode::Conformant;
    let mut inventories = Vec::new();
    for (endpoint, remains) in sweep.targets {
        let title = format!("{}  {}", endpoint.name, endpoint.cep);
        let swept =
            sweep_one(endpoint, &remains, &sweep.suite, sweep.limits, sweep.patience, recorder.clone()).await;
        match swept {
            Ok(swept) => {
                say(&mut output, &title, &remains, &swept);
                if !swept.inventory.left.is_empty() && code == ExitCode::Conformant {
                    code = ExitCode::LeftBehind;
                }
                inventories.push(swept.inventory);
            }
            Err(SweepError::Discovery(error)) => {
                code = ExitCode::Unreachable;
                errors.push(format!("{title}: not swept: {error}"));
            }
            Err(SweepError::Client(error)) => return fault(ExitCode::Internal, with_source(&error)),
        }
    }
    finish(&recorder, inventories, code);
    match recorder.finish() {
        Some(error) => fault(ExitCode::Internal, format!("{}: {error}", sweep.folder.display())),
        None => Done { code, output, errors: errors.join("\n") },
    }
}

fn say(output: &mut String, title: &str, remains: &Remains, swept: &Swept) {
    let _ = writeln!(output, "{title}");
    if remains.unanswered > 0 {
        let _ = writeln!(output, "  no reply was seen of {} requests to make something", remains.unanswered);
    }
    for made in &swept.taken {
        let _ = writeln!(output, "  deleted {} {}", made.kind, made.url);
    }
    for left in &swept.inventory.left {
        let _ = writeln!(output, "  LEFT BEHIND {} {}: {}", left.kind, left.url, left.reason);
    }
    if swept.taken.is_empty() && swept.inventory.left.is_empty() {
        let _ = writeln!(output, "  nothing of the run is there");
    }
    if !remains.before.is_empty() {
        let _ = writeln!(output, "  {}", inventory_statement(&swept.inventory));
    }
}

fn finish(recorder: &Recorder, inventory: Vec<Inventory>, code: ExitCode) {
    recorder.event(&Event::Footer(Footer {
        counts: BTreeMap::new(),
        duration: recorder.elapsed(),
        inventory,
        exit: Exit::from(code),
    }));
}
