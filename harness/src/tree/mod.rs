//! The judge's own reading of bytes: lossless trees of JSON and of XML, every node with its place.
//!
//! Owns syntax and limits. Knows nothing of resources: a tree keeps what stood there (duplicate keys, numbers as
//! text, attributes in order), so that every judgement on it is somebody else's and can say where.

use std::fmt;

use crate::event::BodyAt;

pub mod json;
pub mod xml;

#[cfg(test)]
mod tests;

/// Deeper documents are refused; the deepest legitimate ones (nested Jobs) have about ten levels.
pub const MAX_DEPTH: usize = 128;

/// Documents of more nodes are refused: a page of ten thousand fully expanded Machines is below it.
pub const MAX_NODES: usize = 1_000_000;

/// A place in a text; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Column.
    pub column: u32,
}

impl Position {
    /// The first character.
    pub const START: Self = Self { line: 1, column: 1 };

    /// The place after `byte`, the first or a later byte of a character in UTF-8.
    #[must_use]
    pub(crate) fn after(self, byte: u8) -> Self {
        match byte {
            b'\n' => Self { line: self.line.saturating_add(1), column: 1 },
            0x80..=0xBF => self,
            _ => Self { line: self.line, column: self.column.saturating_add(1) },
        }
    }

    /// The place of a node, with the path that leads to it.
    pub fn with_path(self, path: &str) -> BodyAt {
        BodyAt { path: path.to_owned(), line: self.line, column: self.column }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Why a text is no tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {message}")]
pub struct TreeError {
    /// Where.
    pub at: Position,
    /// What stood there, and what was expected.
    pub message: String,
}

impl TreeError {
    pub(crate) fn new(at: Position, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}
