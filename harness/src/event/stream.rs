//! The NDJSON form of the stream: one event a line, written as it happens and read with a limit per line.

use std::fs::File;
use std::io::{self, BufRead, BufWriter, Read as _, Write};

use serde::Deserialize;
use thiserror::Error;

use super::{
    CaseFile, Event, Exchange, Footer, Gone, Header, Intent, Made, Plan, STREAM_VERSION, Statements, Verdict,
};

/// The longest line that is read, in bytes: a body at the recorder's limit, escaped at its worst, fits many times over,
/// while a file that is no stream of ours cannot take the memory of the machine.
pub const MAX_LINE: usize = 64 * 1024 * 1024;

/// Takes events as they happen.
pub trait Sink: Send {
    /// Takes one event.
    ///
    /// # Errors
    /// When it cannot be kept; the run is then worth nothing and ends.
    fn take(&mut self, event: &Event) -> io::Result<()>;

    /// The file that has what was taken, for who wants to be sure that it survives a crash of the machine; nothing where
    /// that makes no sense.
    ///
    /// # Errors
    /// When it cannot be had.
    fn file(&self) -> io::Result<Option<File>> {
        Ok(None)
    }
}

/// Where a stream is written.
pub trait Medium: Write + Send {
    /// The file that it is, if it is one.
    ///
    /// # Errors
    /// When the file cannot be had.
    fn file(&self) -> io::Result<Option<File>>;
}

/// Writes events as lines; each line is complete in the underlying writer before the call returns.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    line: Vec<u8>,
}

/// The events of a stream, each with the number of its line (from 1).
#[derive(Debug)]
pub struct Events<R> {
    input: R,
    line: u64,
    buffer: Vec<u8>,
    done: bool,
}

/// Why a stream cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The reader failed.
    #[error("line {line}: cannot be read")]
    Io {
        /// Line, from 1.
        line: u64,
        /// What the reader said.
        source: io::Error,
    },
    /// A line passes [`MAX_LINE`].
    #[error("line {line}: longer than {MAX_LINE} bytes")]
    TooLong {
        /// Line, from 1.
        line: u64,
    },
    /// A line is no event.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// Line, from 1.
        line: u64,
        /// Byte in the line, from 1.
        column: usize,
        /// What was expected.
        message: String,
    },
    /// The stream is of a version that this crate does not know.
    #[error("line {line}: a stream of version {found}; this tool reads version {STREAM_VERSION}")]
    Version {
        /// Line, from 1.
        line: u64,
        /// The version of the stream.
        found: u32,
    },
}

/// Reads a stream. Blank lines are skipped; members that are not known are ignored.
pub fn read<R: BufRead>(input: R) -> Events<R> {
    Events { input, line: 0, buffer: Vec::new(), done: false }
}

impl<W: Write> Writer<W> {
    /// A writer of events to `out`.
    pub fn new(out: W) -> Self {
        Self { out, line: Vec::new() }
    }

    /// The underlying writer.
    pub fn into_inner(self) -> W {
        self.out
    }
}

impl Medium for Vec<u8> {
    fn file(&self) -> io::Result<Option<File>> {
        Ok(None)
    }
}

impl Medium for BufWriter<File> {
    fn file(&self) -> io::Result<Option<File>> {
        self.get_ref().try_clone().map(Some)
    }
}

impl<W: Medium> Sink for Writer<W> {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, event)?;
        self.line.push(b'\n');
        self.out.write_all(&self.line)?;
        self.out.flush()
    }

    fn file(&self) -> io::Result<Option<File>> {
        self.out.file()
    }
}

impl Sink for Vec<Box<dyn Sink>> {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        self.iter_mut().try_for_each(|sink| sink.take(event))
    }

    fn file(&self) -> io::Result<Option<File>> {
        self.iter().find_map(|sink| sink.file().transpose()).transpose()
    }
}

impl<R: BufRead> Iterator for Events<R> {
    type Item = Result<(u64, Event), ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            let event = match self.fill() {
                Ok(0) => break,
                Ok(_) if self.buffer.trim_ascii().is_empty() => continue,
                Ok(_) => parse(&self.buffer, self.line),
                Err(error) => Err(error),
            };
            self.done = event.is_err();
            return Some(event.map(|event| (self.line, event)));
        }
        self.done = true;
        None
    }
}

impl<R: BufRead> Events<R> {
    /// Reads the next line into the buffer and returns its length, 0 at the end.
    fn fill(&mut self) -> Result<usize, ReadError> {
        self.line += 1;
        self.buffer.clear();
        let limit = MAX_LINE as u64 + 1;
        let read = (&mut self.input).take(limit).read_until(b'\n', &mut self.buffer);
        let length = read.map_err(|source| ReadError::Io { line: self.line, source })?;
        if length > MAX_LINE {
            return Err(ReadError::TooLong { line: self.line });
        }
        Ok(length)
    }
}

/// Which event a line holds. Read on its own first: serde's own tagged enums buffer the members, and a buffered number
/// of arbitrary precision cannot be read back as an integer.
#[derive(Deserialize)]
struct Tag {
    event: Kind,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Header,
    Statements,
    Plan,
    Intent,
    Exchange,
    Made,
    Gone,
    Verdict,
    Case,
    Footer,
}

fn parse(text: &[u8], line: u64) -> Result<Event, ReadError> {
    let event = parse_event(text).map_err(|error| syntax(&error, line))?;
    match event {
        Event::Header(header) if header.stream != STREAM_VERSION => {
            Err(ReadError::Version { line, found: header.stream })
        }
        event => Ok(event),
    }
}

fn parse_event(text: &[u8]) -> serde_json::Result<Event> {
    // As it is written here: what is most of a stream need not be looked through for its tag.
    let event = if text.starts_with(br#"{"event":"exchange","#) {
        Kind::Exchange
    } else {
        serde_json::from_slice::<Tag>(text)?.event
    };
    Ok(match event {
        Kind::Header => Event::Header(serde_json::from_slice::<Header>(text)?),
        Kind::Statements => Event::Statements(Box::new(serde_json::from_slice::<Statements>(text)?)),
        Kind::Plan => Event::Plan(serde_json::from_slice::<Plan>(text)?),
        Kind::Intent => Event::Intent(serde_json::from_slice::<Intent>(text)?),
        Kind::Made => Event::Made(serde_json::from_slice::<Made>(text)?),
        Kind::Gone => Event::Gone(serde_json::from_slice::<Gone>(text)?),
        Kind::Exchange => Event::Exchange(Box::new(serde_json::from_slice::<Exchange>(text)?)),
        Kind::Verdict => Event::Verdict(Box::new(serde_json::from_slice::<Verdict>(text)?)),
        Kind::Case => Event::Case(serde_json::from_slice::<CaseFile>(text)?),
        Kind::Footer => Event::Footer(serde_json::from_slice::<Footer>(text)?),
    })
}

/// The position is ours to say: serde counts the lines of the one line that it was given.
fn syntax(error: &serde_json::Error, line: u64) -> ReadError {
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    ReadError::Syntax { line, column: error.column(), message: message.to_owned() }
}
