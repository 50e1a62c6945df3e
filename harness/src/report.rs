//! Reports: readers of the event stream, and of nothing else.
//!
//! [`load()`] turns a stream into a [`Run`]; the readers (terminal, JSON, JUnit, Markdown, HTML, badge) each render that
//! one model, the HTTP archive is written while the stream is read again, and [`write_all`] writes those that are files
//! beside the stream. Nothing here may judge: outcomes are
//! shown as the stream has them. Everything shown passes through `text`, because what an endpoint sends is hostile.

mod badge;
pub(crate) mod diff;
pub mod export;
mod har;
mod html;
pub(crate) mod interop;
mod inventory;
mod json;
mod junit;
mod load;
mod markdown;
mod matrix;
pub mod progress;
mod replay;
mod run;
mod standing;
pub mod terminal;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use text::line;

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use thiserror::Error;

use crate::event::GENERATED;
pub(crate) use inventory::statement as inventory_statement;
pub use load::{LoadError, load};
pub use matrix::{Mark, Tally};
pub use run::{Evidence, Excerpt, ExcerptLine, Position, Run, Subject};

/// Name of the stream in the folder of a run.
pub const STREAM_FILE: &str = "events.ndjson";

/// Names of the reports in the folder of a run, in the order in which they are written.
pub const REPORT_FILES: [&str; 5] = ["report.json", "junit.xml", "report.md", "report.html", "badge.json"];

/// Name of the HTTP archive in the folder of a run.
pub const HAR_FILE: &str = "run.har";

/// Why the reports of a run cannot be written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A file cannot be opened or written.
    #[error("{}: cannot be opened or written", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The stream is not one.
    #[error("{}: {error}", path.display())]
    Stream {
        /// The file.
        path: PathBuf,
        /// Where it goes wrong.
        error: LoadError,
    },
}

/// Reads the run in `folder`, or in the stream that `folder` is.
///
/// # Errors
/// When there is no stream, or it is not one of a run.
pub fn read(folder: &Path) -> Result<Run, ReportError> {
    let stream = stream_of(folder);
    let file = open(&stream)?;
    load(file).map_err(|error| ReportError::Stream { path: stream, error })
}

/// The stream of the run in a folder; a file is the stream itself.
pub fn stream_of(folder: &Path) -> PathBuf {
    if folder.is_dir() { folder.join(STREAM_FILE) } else { folder.to_owned() }
}

fn open(stream: &Path) -> Result<BufReader<File>, ReportError> {
    let file = File::open(stream);
    file.map(BufReader::new).map_err(|source| ReportError::File { path: stream.to_owned(), source })
}

/// Reads `events.ndjson` in `folder`, writes the reports beside it, and the files of the generated cases that found
/// something in a folder of their own, and returns what was read.
///
/// # Errors
/// When the stream cannot be read, or a report cannot be written; reports written before that stay.
pub fn write_all(folder: &Path) -> Result<Run, ReportError> {
    let stream = stream_of(folder);
    // Most of the time goes into the archive: the other reports are made meanwhile.
    let (archive, run) = thread::scope(|scope| {
        let archive = scope.spawn(|| archived(&stream, &folder.join(HAR_FILE)));
        let run = read(&stream).and_then(|run| write_texts(folder, &run).map(|()| run));
        (archive.join().unwrap_or_else(|panic| resume_unwind(panic)), run)
    });
    let run = run?;
    archive?.end(&run).map_err(|source| ReportError::File { path: folder.join(HAR_FILE), source })?;
    Ok(run)
}

/// Writes the exchanges of a stream into an archive, which is not ended yet.
fn archived(stream: &Path, path: &Path) -> Result<har::Archive<BufWriter<File>>, ReportError> {
    let failed = |source| ReportError::File { path: path.to_owned(), source };
    let mut archive = har::Archive::new(BufWriter::new(File::create(path).map_err(failed)?));
    load::exchanges(open(stream)?, |header, exchange| archive.add(header, exchange))
        .map_err(|error| ReportError::Stream { path: stream.to_owned(), error })?;
    Ok(archive)
}

/// Writes every report that is text, beside the stream.
fn write_texts(folder: &Path, run: &Run) -> Result<(), ReportError> {
    let texts =
        [json::render(run), junit::render(run), markdown::render(run), html::render(run), badge::render(run)];
    for (name, text) in REPORT_FILES.into_iter().zip(texts) {
        let path = folder.join(name);
        write(&path, &text)?;
    }
    for case in &run.cases {
        if let Some(name) = case_file(&case.file) {
            let folder = folder.join(GENERATED);
            fs::create_dir_all(&folder)
                .map_err(|source| ReportError::File { path: folder.clone(), source })?;
            write(&folder.join(name), &case.text)?;
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), ReportError> {
    fs::write(path, text).map_err(|source| ReportError::File { path: path.to_owned(), source })
}

/// The name of the file of a generated case; nothing where a stream names a place that is not ours to write to.
fn case_file(file: &str) -> Option<&str> {
    let name = file.strip_prefix(GENERATED)?.strip_prefix('/')?;
    let id = name.strip_suffix(".toml")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    (id.starts_with(|c: char| c.is_ascii_alphanumeric()) && id.chars().all(plain)).then_some(name)
}
