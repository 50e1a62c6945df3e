//! `export`: a failure of a run as an archive that a mock cloud replays.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::PathBuf;

use clap::Args;

use crate::event::Formats;
use crate::exit::ExitCode;
use crate::report;
use crate::report::export::{self, Wanted};

use super::{Common, Done, FormatChoice, with_source};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder of the run (or its stream).
    run: PathBuf,
    /// The case that failed, or the requirement that is broken.
    id: String,
    /// The endpoint, where more than one shows it.
    #[arg(long)]
    name: Option<String>,
}

/// Writes the archive, and says how it is used.
pub(super) fn export(arguments: &Arguments, common: &Common) -> Result<Done, String> {
    let run = report::read(&arguments.run).map_err(|error| with_source(&error))?;
    let format = match common.format {
        FormatChoice::Json => Some(Formats::Json),
        FormatChoice::Xml => Some(Formats::Xml),
        FormatChoice::Both => None,
    };
    let wanted = Wanted { id: &arguments.id, endpoint: arguments.name.as_deref(), format };
    let verdict = export::find(&run, &wanted)?;
    let folder = common.out.clone().unwrap_or_default();
    let file = folder.join(format!("{}.{}.har", verdict.case, verdict.format));
    let cannot = |error: std::io::Error| format!("{}: {error}", file.display());
    if !folder.as_os_str().is_empty() {
        fs::create_dir_all(&folder).map_err(cannot)?;
    }
    let stream = report::stream_of(&arguments.run);
    let stream = File::open(&stream).map_err(|error| format!("{}: {error}", stream.display()))?;
    let out = BufWriter::new(File::create(&file).map_err(cannot)?);
    export::write(BufReader::new(stream), &run, verdict, out).map_err(|error| with_source(&error))?;
    let broken: Vec<&str> = verdict.findings.iter().map(|found| found.requirement.as_str()).collect();
    let output = format!(
        "{}: {} [{}] on {}, which breaks {}\n\
         replay it with   cimi-mock --replay {0}\n\
         and judge that   cimi-conformance run --cep URL {}--format {}\n",
        file.display(),
        verdict.case,
        verdict.format,
        verdict.endpoint,
        broken.join(", "),
        export::cases(&run, verdict).iter().flat_map(|case| ["--only ", case, " "]).collect::<String>(),
        verdict.format,
    );
    Ok(Done { code: ExitCode::Conformant, output, errors: String::new() })
}
