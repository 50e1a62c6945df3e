//! What a reader has to say about a document: every refusal and every oddity, with its position.
//!
//! Owns the vocabulary; readers and validation produce findings, callers decide what to do with them.

use std::fmt::{self, Write as _};

/// One remark about one place of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether the document can be used all the same.
    pub severity: Severity,
    /// What kind of remark it is.
    pub code: Code,
    /// Where in the document.
    pub at: Position,
    /// What is wrong and what was expected, one sentence each, for the person who sent the document.
    pub message: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The document says something that the specification does not want; it was read all the same.
    Warning,
    /// The document, or this part of it, cannot be used.
    Error,
}

/// The kinds of remarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// Not JSON, not XML.
    Syntax,
    /// Beyond a limit.
    Limit,
    /// Another resource type, namespace or edition than expected.
    WrongResource,
    /// An attribute that the type does not define.
    UnknownAttribute,
    /// An attribute given twice.
    Duplicate,
    /// A value of another type than declared.
    WrongType,
    /// A value that its type or declaration does not allow.
    WrongValue,
    /// An attribute that must be there.
    Missing,
    /// Right in meaning, but not as the text wants it written.
    Style,
}

/// A place in a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Position {
    /// A JSON Pointer (RFC 6901); empty for the root.
    Pointer(String),
    /// A place in text, both from 1; columns count characters.
    Line {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
}

impl Finding {
    /// A remark that makes the document, or the part, unusable.
    pub fn error(code: Code, at: Position, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, at, message: message.into() }
    }

    /// A remark about a document that was read all the same.
    pub fn warning(code: Code, at: Position, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, code, at, message: message.into() }
    }
}

/// Findings as they are collected: at most so many are kept, the rest is counted.
#[derive(Clone, Debug)]
pub struct Findings {
    kept: Vec<Finding>,
    limit: usize,
    omitted: usize,
    /// The worst of those omitted.
    worst: Severity,
}

impl Findings {
    /// None yet, and never more than `limit`.
    pub fn new(limit: usize) -> Self {
        Self { kept: Vec::new(), limit, omitted: 0, worst: Severity::Warning }
    }

    /// Whether one more would be kept: if not, its text need not be made.
    pub fn has_room(&self) -> bool {
        self.kept.len() < self.limit
    }

    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        if self.has_room() {
            self.kept.push(finding);
        } else {
            self.omit(finding.severity);
        }
    }

    /// Counts one that is not kept.
    pub fn omit(&mut self, severity: Severity) {
        self.omitted += 1;
        self.worst = self.worst.max(severity);
    }

    /// How many there are, those not kept among them.
    pub fn count(&self) -> usize {
        self.kept.len() + self.omitted
    }

    /// The findings; if some were not kept, the last one says how many, and is an error if any of them was.
    pub fn finish(self) -> Vec<Finding> {
        let Self { mut kept, limit, omitted, worst } = self;
        if omitted > 0 {
            kept.push(Finding {
                severity: worst,
                code: Code::Limit,
                at: kept.last().map_or(Position::Pointer(String::new()), |last| last.at.clone()),
                message: format!("there are {omitted} further remarks; only the first {limit} are shown"),
            });
        }
        kept
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.message)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pointer(pointer) if pointer.is_empty() => f.write_str("the root"),
            Self::Pointer(pointer) => {
                // Keys come from outside.
                pointer.chars().try_for_each(|c| {
                    if c.is_control() { write!(f, "{}", c.escape_default()) } else { f.write_char(c) }
                })
            }
            Self::Line { line, column } => write!(f, "{line}:{column}"),
        }
    }
}
