//! Reading TOML that people wrote (cases, tables, known deviations) with errors that point into it.
//!
//! Owns positions, the collector of faults and the text of an error: file, line and column, what is wrong, what was
//! expected, a hint. Knows nothing of what the documents mean.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{LabeledSpan, SourceCode};

mod section;

pub use section::{Field, Section};
pub(crate) use section::{string_of, wrong_type};

/// No file of the suites comes near this size; a larger one is refused before it is parsed (bytes).
pub const MAX_SOURCE_BYTES: usize = 4 << 20;

/// One file reports at most so many faults: the first ones explain the rest.
const MAX_FAULTS: usize = 50;

/// A place in a source file; line and column count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The file as it was named when it was loaded.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One thing wrong in a source file: where, what, what was expected instead, and how to mend it.
#[derive(Debug, Clone)]
pub struct SourceError {
    /// Where.
    pub origin: Origin,
    /// What is wrong.
    pub message: String,
    /// What would have been right.
    pub expected: Option<String>,
    /// How to mend it, when that can be guessed.
    pub hint: Option<String>,
    text: Arc<str>,
    span: Range<usize>,
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.message)?;
        if let Some(expected) = &self.expected {
            write!(f, "\n  expected: {expected}")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SourceError {}

impl miette::Diagnostic for SourceError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let hint = self.hint.as_ref()?;
        Some(Box::new(hint))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = self.expected.as_ref().map(|e| format!("expected {e}"));
        let length = self.span.end.saturating_sub(self.span.start);
        Some(Box::new(std::iter::once(LabeledSpan::new(label, self.span.start, length))))
    }
}

/// Collects every fault of one source file, so that its author sees all of them at once.
#[derive(Debug)]
pub struct Faults {
    file: Arc<str>,
    text: Arc<str>,
    /// Where each line starts: positions are asked for many times.
    lines: Vec<usize>,
    list: Vec<SourceError>,
}

impl Faults {
    /// A collector for `text`, which was read from `file`.
    pub fn new(file: &str, text: &str) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        Self { file: file.into(), text: text.into(), lines, list: Vec::new() }
    }

    /// The place of a byte offset.
    pub fn origin(&self, offset: usize) -> Origin {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines[line - 1];
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count()) + 1;
        Origin { file: self.file.clone(), line: small(line), column: small(column) }
    }

    /// The text that a span covers.
    pub fn text(&self, span: &Range<usize>) -> &str {
        self.text.get(span.clone()).unwrap_or("")
    }

    /// Records a fault.
    pub fn add(&mut self, span: Range<usize>, message: impl Into<String>, expected: Option<String>) {
        self.add_with_hint(span, message, expected, None);
    }

    /// Records a fault with advice.
    pub fn add_with_hint(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        expected: Option<String>,
        hint: Option<String>,
    ) {
        if self.list.len() < MAX_FAULTS {
            let origin = self.origin(span.start);
            let text = self.text.clone();
            self.list.push(SourceError { origin, message: message.into(), expected, hint, text, span });
        }
    }

    /// How many faults have been recorded so far.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// `value` if nothing was wrong, else every fault in the order of the file.
    pub fn into_result<T>(mut self, value: T) -> Result<T, Vec<SourceError>> {
        if self.list.is_empty() {
            return Ok(value);
        }
        self.list.sort_by(|a, b| a.origin.cmp(&b.origin));
        Err(self.list)
    }

    /// Parses the text as TOML and hands its root over; a syntax error becomes a fault.
    pub fn document(&mut self, what: &'static str, read: impl FnOnce(&mut Self, Section<'_, '_>)) {
        let text = self.text.clone();
        if text.len() > MAX_SOURCE_BYTES {
            self.add(
                0..0,
                format!("the file has {} bytes", text.len()),
                Some(format!("at most {MAX_SOURCE_BYTES}")),
            );
            return;
        }
        match toml::de::DeTable::parse(&text) {
            Ok(root) => read(self, Section::new(what, root.get_ref(), root.span())),
            Err(error) => self.add(error.span().unwrap_or(0..0), error.message().to_owned(), None),
        }
    }
}

/// The name out of `known` that `given` most likely meant.
pub fn did_you_mean<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    known
        .into_iter()
        .map(|name| (distance(given, name), name))
        .filter(|(d, name)| *d <= 2.max(name.len() / 3))
        .min_by_key(|(d, name)| (*d, *name))
        .map(|(_, name)| format!("did you mean `{name}`?"))
}

/// Levenshtein's distance, blind to case; names are short, longer ones are cut.
fn distance(a: &str, b: &str) -> usize {
    let lower = |s: &str| s.chars().take(64).flat_map(char::to_lowercase).collect::<Vec<_>>();
    let (a, b) = (lower(a), lower(b));
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let substitution = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substitution.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
