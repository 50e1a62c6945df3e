//! What is wrong with a seed: file, line and column, what was expected, and a hint.

use std::ops::Range;

use miette::{Diagnostic, NamedSource, SourceSpan};

/// A seed that cannot be grown.
#[derive(Debug, Diagnostic, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
#[diagnostic(code(seed))]
pub struct SeedError {
    file: String,
    line: usize,
    column: usize,
    message: String,
    #[source_code]
    source_code: NamedSource<String>,
    #[label("{expected}")]
    at: SourceSpan,
    expected: String,
    #[help]
    hint: Option<String>,
}

/// What is wrong, before it is known in which file.
#[derive(Debug)]
pub(crate) struct Fault {
    /// In which of the texts that make up the seed.
    pub(crate) source: usize,
    /// Where, in bytes.
    pub(crate) at: Range<usize>,
    /// What is there.
    pub(crate) message: String,
    /// What was expected.
    pub(crate) expected: String,
    /// What to do.
    pub(crate) hint: Option<String>,
}

impl Fault {
    /// Something else was expected.
    pub(crate) fn new(at: Range<usize>, message: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { source: 0, at, message: message.into(), expected: expected.into(), hint: None }
    }

    /// With a hint.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// In one of the texts that make up the seed.
    pub(crate) fn of(mut self, source: usize) -> Self {
        self.source = source;
        self
    }

    /// In a file.
    pub(crate) fn within(self, file: &str, text: &str) -> SeedError {
        let start = self.at.start.min(text.len());
        let before = text.get(..start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        SeedError {
            file: file.to_owned(),
            line,
            column,
            message: self.message,
            source_code: NamedSource::new(file, text.to_owned()).with_language("TOML"),
            at: (start..self.at.end.min(text.len()).max(start)).into(),
            expected: format!("expected {}", self.expected),
            hint: self.hint,
        }
    }
}

impl SeedError {
    /// The file, or what stands for it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What is wrong, without its place.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do, if that is known.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Line and column, both from 1.
    pub fn position(&self) -> (usize, usize) {
        (self.line, self.column)
    }

    /// What was expected.
    pub fn expected(&self) -> &str {
        &self.expected
    }
}
