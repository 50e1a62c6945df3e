//! Reports: readers of the event stream, and of nothing else.
//!
//! [`load()`] turns a stream into a [`Run`]; the five readers (terminal, JSON, JUnit, Markdown, HTML) each render that
//! one model, and [`write_all`] writes the four that are files beside the stream. Nothing here may judge: outcomes are
//! shown as the stream has them. Everything shown passes through `text`, because what an endpoint sends is hostile.

mod html;
mod json;
mod junit;
mod load;
mod markdown;
mod matrix;
pub mod progress;
mod replay;
mod run;
pub mod terminal;
#[cfg(test)]
mod tests;
mod text;

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use thiserror::Error;

pub use load::{LoadError, load};
pub use matrix::{Mark, Tally};
pub use run::{Evidence, Excerpt, ExcerptLine, Position, Run, Subject};

/// Name of the stream in the folder of a run.
pub const STREAM_FILE: &str = "events.ndjson";

/// Names of the reports in the folder of a run, in the order in which they are written.
pub const REPORT_FILES: [&str; 4] = ["report.json", "junit.xml", "report.md", "report.html"];

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

/// Reads `events.ndjson` in `folder`, writes the four reports beside it, and returns what was read.
///
/// # Errors
/// When the stream cannot be read, or a report cannot be written; reports written before that stay.
pub fn write_all(folder: &Path) -> Result<Run, ReportError> {
    let stream = folder.join(STREAM_FILE);
    let file = File::open(&stream).map_err(|source| ReportError::File { path: stream.clone(), source })?;
    let run = load(BufReader::new(file)).map_err(|error| ReportError::Stream { path: stream, error })?;
    let texts = [json::render(&run), junit::render(&run), markdown::render(&run), html::render(&run)];
    for (name, text) in REPORT_FILES.into_iter().zip(texts) {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|source| ReportError::File { path, source })?;
    }
    Ok(run)
}
