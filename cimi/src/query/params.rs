//! The query component of a URI (RFC 3986 3.4): parameters, percent-decoding and percent-encoding.
//!
//! A plus sign is a plus sign: RFC 3986 knows no other meaning, and `created>2012-05-25T13:30:15+02:00` needs it. Knows
//! the names of CIMI's parameters, not their values.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::error::QueryError;
use super::{expand, filter, negotiate, orderby, page, select};

/// What CIMI defines of the parameters (4.1.6); their names are case-sensitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
    Filter,
    Select,
    Expand,
    First,
    Last,
    OrderBy,
    Format,
}

/// One parameter as it was sent.
pub(super) struct Piece<'a> {
    /// Name and value.
    pub(super) raw: &'a str,
    name: Cow<'a, str>,
    value: &'a str,
}

/// What a value of a parameter must not contain as it is, beside what no URI may contain: the separators, and signs that
/// others read otherwise (`+`, `;`).
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b';')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The parameters of a query component in order.
pub(super) fn pieces(raw: &str) -> impl Iterator<Item = Piece<'_>> {
    raw.split('&').filter(|piece| !piece.is_empty()).map(|raw| {
        let (name, value) = raw.split_once('=').unwrap_or((raw, ""));
        Piece { raw, name: percent_decode_str(name).decode_utf8_lossy(), value }
    })
}

/// Writes a value so that it can stand in a query component.
pub(super) fn encode(value: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(value, ESCAPED)
}

impl Piece<'_> {
    /// Which of CIMI's parameters it is.
    pub(super) fn parameter(&self) -> Option<Parameter> {
        Parameter::ALL.into_iter().find(|parameter| parameter.name() == self.name)
    }

    /// Whether its name is among those that CIMI keeps for itself, now or later (4.1.6).
    pub(super) fn is_reserved(&self) -> bool {
        self.name.starts_with('$')
    }

    /// Its value, percent-decoded.
    pub(super) fn decode(&self, parameter: Parameter) -> Result<Cow<'_, str>, QueryError> {
        if let Some(at) = broken_escape(self.value) {
            let message = "expected two hexadecimal digits behind % (a % itself is written %25)";
            return Err(QueryError::at(parameter.name(), self.value, at, message));
        }
        percent_decode_str(self.value).decode_utf8().map_err(|error| {
            let bytes: Vec<u8> = percent_decode_str(self.value).collect();
            let text = String::from_utf8_lossy(&bytes);
            QueryError::at(parameter.name(), &text, error.valid_up_to(), "expected UTF-8, found other bytes")
        })
    }
}

impl Parameter {
    pub(super) const ALL: [Self; 7] =
        [Self::Filter, Self::Select, Self::Expand, Self::First, Self::Last, Self::OrderBy, Self::Format];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Filter => filter::PARAMETER,
            Self::Select => select::PARAMETER,
            Self::Expand => expand::PARAMETER,
            Self::First => page::FIRST,
            Self::Last => page::LAST,
            Self::OrderBy => orderby::PARAMETER,
            Self::Format => negotiate::PARAMETER,
        }
    }
}

/// The byte offset of a percent sign that two hexadecimal digits do not follow.
fn broken_escape(raw: &str) -> Option<usize> {
    let bytes = raw.as_bytes();
    raw.match_indices('%')
        .map(|(at, _)| at)
        .find(|at| !bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)))
}
