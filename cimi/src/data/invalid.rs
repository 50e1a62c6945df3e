//! What is said of text that is not of a simple type.
//!
//! Owns the wording and how much of a bad text is shown. Knows no position.

use std::fmt;

/// Text that is not of the type it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// What was expected, with an example.
    pub expected: &'static str,
    /// What was found, cut to a readable length.
    pub found: String,
}

impl Invalid {
    /// Characters of a bad text that are shown.
    const SHOWN: usize = 48;

    /// `found` is not what was `expected`.
    pub fn new(expected: &'static str, found: &str) -> Self {
        Self { expected, found: Self::shown(found) }
    }

    /// A text from outside as it may appear in a message: short, on one line, without control characters.
    pub fn shown(text: &str) -> String {
        let mut shown: String = text
            .chars()
            .take(Self::SHOWN)
            .flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] })
            .collect();
        if text.chars().nth(Self::SHOWN).is_some() {
            shown.push('…');
        }
        shown
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}, found \"{}\"", self.expected, self.found)
    }
}

impl std::error::Error for Invalid {}
