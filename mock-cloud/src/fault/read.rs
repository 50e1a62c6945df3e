//! Faults from text: TOML or JSON.
//!
//! Owns how an error in such a text is shown: where, what was expected, what may have been meant.

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::Deserialize;

use super::Fault;
use crate::names::nearest;

/// Faults that cannot be read.
#[derive(Debug, Diagnostic, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
#[diagnostic(code(fault))]
pub struct ReadError {
    file: String,
    line: usize,
    column: usize,
    message: String,
    #[source_code]
    text: NamedSource<String>,
    #[label("here")]
    at: SourceSpan,
    #[help]
    hint: Option<String>,
}

impl ReadError {
    /// Line and column, both from 1.
    pub fn position(&self) -> (usize, usize) {
        (self.line, self.column)
    }

    /// What is wrong, without where.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What may have been meant.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    fn new(file: &str, text: &str, at: std::ops::Range<usize>, message: &str) -> Self {
        let start = at.start.min(text.len());
        let before = text.get(..start).unwrap_or_default();
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
            message: message.to_owned(),
            text: NamedSource::new(file, text.to_owned()),
            at: (start..at.end.min(text.len()).max(start)).into(),
            hint: hint(message),
        }
    }
}

/// The tables `[[fault]]` of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    fault: Vec<toml::Spanned<Fault>>,
}

/// The same tables, among others.
#[derive(Deserialize)]
struct Among {
    #[serde(default)]
    fault: Vec<toml::Spanned<Fault>>,
}

/// Reads faults from TOML: tables `[[fault]]`.
///
/// # Errors
/// The first thing that cannot be understood or makes no sense; `file` names the text in it.
pub fn read_toml(file: &str, text: &str) -> Result<Vec<Fault>, Box<ReadError>> {
    read::<File>(file, text).and_then(|read| checked(file, text, read.fault))
}

/// Reads the faults of a scenario, where more stands beside them.
pub(crate) fn read_among(file: &str, text: &str) -> Result<Vec<Fault>, Box<ReadError>> {
    read::<Among>(file, text).and_then(|read| checked(file, text, read.fault))
}

fn read<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, Box<ReadError>> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().unwrap_or(0..0);
        Box::new(ReadError::new(file, text, at, error.message()))
    })
}

fn checked(file: &str, text: &str, faults: Vec<toml::Spanned<Fault>>) -> Result<Vec<Fault>, Box<ReadError>> {
    let checked = |fault: toml::Spanned<Fault>| {
        let at = fault.span();
        let fault = fault.into_inner();
        match fault.check() {
            Ok(()) => Ok(fault),
            Err(error) => {
                let mut wrong = ReadError::new(file, text, at, &error.to_string());
                wrong.hint = error.hint().map(str::to_owned);
                Err(Box::new(wrong))
            }
        }
    };
    faults.into_iter().map(checked).collect()
}

/// Reads faults from JSON: an array of objects with the same keys.
///
/// # Errors
/// The first thing that cannot be understood or makes no sense.
pub fn read_json(text: &str) -> Result<Vec<Fault>, Box<ReadError>> {
    let at = |line: usize, column: usize| {
        let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let at = (start + column.saturating_sub(1)).min(text.len());
        at..at
    };
    let faults: Vec<Fault> = serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        // Where it is stands before the message already.
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
        Box::new(ReadError::new("faults", text, at(error.line(), error.column()), message))
    })?;
    for fault in &faults {
        fault.check().map_err(|error| {
            let mut wrong = ReadError::new("faults", text, 0..0, &error.to_string());
            wrong.hint = error.hint().map(str::to_owned);
            Box::new(wrong)
        })?;
    }
    Ok(faults)
}

/// What may have been meant by a name that is none: serde tells the names that there are, in backticks, the wrong one first.
fn hint(message: &str) -> Option<String> {
    if !message.starts_with("unknown field") && !message.starts_with("unknown variant") {
        return None;
    }
    let mut names = message.split('`').skip(1).step_by(2);
    let wrong = names.next()?;
    let known: Vec<&str> = names.collect();
    nearest(wrong, &known).map(|near| format!("did you mean `{near}`?"))
}
