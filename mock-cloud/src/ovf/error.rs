//! What is wrong with a package: where, what was found, what was expected.

use std::fmt;

/// Why a package is not read, or not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct OvfError {
    /// Line and column in the descriptor, from 1; none for what is not about a place in it.
    pub at: Option<(usize, usize)>,
    /// What was found and what was expected.
    pub message: String,
}

impl OvfError {
    /// About the package as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        Self { at: None, message: message.into() }
    }

    /// About a place in a descriptor.
    pub(super) fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
        Self { at: Some((line, column)), message: message.into() }
    }
}

impl fmt::Display for OvfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, column)) => {
                write!(f, "OVF descriptor, line {line}, column {column}: {}", self.message)
            }
            None => f.write_str(&self.message),
        }
    }
}

/// A text of the package as it may stand in a message.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 80;
    let mut shown: String =
        text.chars().take(MOST).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push_str("...");
    }
    shown
}
