//! A place in the text of a filter that only moves on: the lexical part of the grammar.
//!
//! Owns blanks, words, numbers, times and quoted texts. Every look at the text is counted, so that a test can hold the
//! parser to linear work without a clock.

use crate::data::DateTime;
use crate::query::error::{QueryError, column};

use super::{Literal, Op, PARAMETER};

/// A place in a text.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// Bytes looked at so far.
    pub(super) work: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, work: 0 }
    }

    /// The byte offset.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The character here, if any.
    pub(super) fn peek(&mut self) -> Option<char> {
        self.work += 1;
        self.text[self.at..].chars().next()
    }

    /// Moves over blanks.
    pub(super) fn skip_blanks(&mut self) {
        self.take_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
    }

    /// Moves over `expected` if it stands here.
    pub(super) fn eat(&mut self, expected: &str) -> bool {
        self.work += expected.len();
        let found = self.text[self.at..].starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    /// A name (5.2), as long as it can be; empty if none stands here.
    pub(super) fn word(&mut self) -> &'a str {
        match self.peek() {
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                self.take_while(|c| c.is_ascii_alphanumeric() || c == '_')
            }
            _ => "",
        }
    }

    /// An operator.
    pub(super) fn operator(&mut self) -> Option<Op> {
        const LONGEST_FIRST: [Op; 6] =
            [Op::LessOrEqual, Op::Less, Op::GreaterOrEqual, Op::Greater, Op::NotEqual, Op::Equal];
        LONGEST_FIRST.into_iter().find(|op| self.eat(op.as_str()))
    }

    /// A text in quotes, of which one must stand here.
    pub(super) fn quoted(&mut self) -> Result<String, QueryError> {
        let start = self.at;
        let mark = if self.eat("'") { '\'' } else { '"' };
        if mark == '"' && !self.eat("\"") {
            return Err(self.expected("a text in quotes"));
        }
        let inside = self.take_while(|c| c != mark);
        self.work += 1;
        if self.at == self.text.len() {
            let message =
                format!("this text is not closed by another {mark} (an & inside it is written %26)");
            return Err(self.error(start, message));
        }
        self.at += 1;
        Ok(inside.to_owned())
    }

    /// A number or a time, of which one must begin here: a digit, or a minus sign.
    pub(super) fn number_or_time(&mut self) -> Result<Literal, QueryError> {
        let start = self.at;
        self.eat("-");
        if self.take_while(|c| c.is_ascii_digit()).is_empty() {
            return Err(self.expected("a digit"));
        }
        match self.peek() {
            Some('-') => {
                self.take_while(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | ':' | '.' | 'T' | 'Z'));
                let text = &self.text[start..self.at];
                time(text).ok_or_else(|| {
                    let message = format!(
                        "expected a dateTime such as 2012-05-25T13:30:15-05:00, or a date, found `{text}`"
                    );
                    self.error(start, message)
                })
            }
            Some('.') => Err(self.error(self.at, "expected a whole number, found a fraction")),
            _ => {
                let text = &self.text[start..self.at];
                text.parse().map(Literal::Integer).map_err(|_| {
                    self.error(start, format!("expected a number of at most 64 bits, found `{text}`"))
                })
            }
        }
    }

    /// The error that something else stands here.
    pub(super) fn expected(&mut self, what: &str) -> QueryError {
        let at = self.at;
        let found = match self.peek() {
            None => "the end".to_owned(),
            Some('+') => "`+` (a blank is written %20, a plus sign is itself)".to_owned(),
            Some(c) => match self.word() {
                "" => format!("`{c}`"),
                word => format!("`{}`", word.chars().take(40).collect::<String>()),
            },
        };
        self.error(at, format!("expected {what}, found {found}"))
    }

    /// The column of a byte offset.
    pub(super) fn column(&self, offset: usize) -> usize {
        column(self.text, offset)
    }

    /// An error at a byte offset.
    pub(super) fn error(&self, offset: usize, message: impl Into<String>) -> QueryError {
        QueryError::at(PARAMETER, self.text, offset, message)
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let rest = &self.text[self.at..];
        let length = rest.find(|c| !keep(c)).unwrap_or(rest.len());
        self.work += length + 1;
        self.at += length;
        &rest[..length]
    }
}

/// An `xs:dateTime`, or an `xs:date` as its first instant.
fn time(text: &str) -> Option<Literal> {
    let time = if text.contains('T') {
        text.parse::<DateTime>()
    } else {
        // The minus sign of a year is no separator.
        let year = 1 + text.get(1..)?.find('-')?;
        let (day, zone) = text.split_at_checked(year + "-MM-DD".len())?;
        format!("{day}T00:00:00{zone}").parse()
    };
    time.ok().map(Literal::DateTime)
}
