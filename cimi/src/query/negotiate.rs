//! Which serialization a reply has: `Accept` (RFC 9110 12.5.1, DSP0263 4.1.4) and `$format` before it (4.1.6.5).
//!
//! Owns the choice between the serializations that there are. Knows no HTTP types: a header is text here.

use std::cmp::Reverse;
use std::fmt;

use crate::codec::Format;

use super::params;

pub(super) const PARAMETER: &str = "$format";

/// What `$format` asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// A serialization that there is.
    Known(Format),
    /// One that there is not; the value as it was sent.
    Unknown(String),
}

/// Nothing that the caller accepts can be sent (406).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAcceptable {
    /// What was asked for.
    asked: String,
}

impl Encoding {
    /// The value of `$format`, in any case.
    pub fn parse(text: &str) -> Self {
        [("json", Format::Json), ("xml", Format::Xml)]
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text))
            .map_or_else(|| Self::Unknown(text.to_owned()), |(_, format)| Self::Known(format))
    }

    /// The first `$format` of a query component, whether or not the rest of it can be parsed: a refusal, too, is written in
    /// the format asked for.
    pub fn of_query(raw: &str) -> Option<Self> {
        let piece = params::pieces(raw).find(|piece| piece.parameter() == Some(params::Parameter::Format))?;
        Some(match piece.decode(params::Parameter::Format) {
            Ok(value) => Self::parse(&value),
            Err(error) => Self::Unknown(error.text),
        })
    }

    /// Its name in a query.
    pub fn name(&self) -> &str {
        match self {
            Self::Known(Format::Json) => "json",
            Self::Known(Format::Xml) => "xml",
            Self::Unknown(name) => name,
        }
    }
}

/// Chooses the serialization of a reply. `accept` is the value of the header, several joined by commas; `default` is what
/// is sent to those who do not care.
///
/// The greater weight wins; then the serialization that is named more precisely, then the one named earlier, then the
/// default. Elements of the header that are no media ranges are passed over.
///
/// # Errors
/// If `$format` names an unknown serialization, or the header excludes both.
pub fn negotiate(
    accept: Option<&str>,
    format: Option<&Encoding>,
    default: Format,
) -> Result<Format, NotAcceptable> {
    match (format, accept.map(str::trim)) {
        (Some(Encoding::Known(format)), _) => Ok(*format),
        (Some(Encoding::Unknown(name)), _) => Err(NotAcceptable { asked: format!("{PARAMETER}={name}") }),
        (None, None | Some("")) => Ok(default),
        (None, Some(accept)) => {
            preferred(accept, default).ok_or_else(|| NotAcceptable { asked: format!("Accept: {accept}") })
        }
    }
}

/// The serialization that an `Accept` header likes best, if it accepts any.
fn preferred(accept: &str, default: Format) -> Option<Format> {
    let ranges: Vec<Range<'_>> = elements(accept, ',').filter_map(Range::parse).collect();
    let liking = |format: &Format| {
        let matching = ranges.iter().enumerate().filter(|(_, range)| range.matches(*format));
        let (place, range) = matching.max_by_key(|&(place, range)| (range.precision(), Reverse(place)))?;
        Some((range.weight, range.precision(), Reverse(place), *format == default))
    };
    let acceptable =
        Format::ALL.into_iter().filter(|format| liking(format).is_some_and(|(weight, ..)| weight > 0));
    acceptable.max_by_key(liking)
}

/// A media range.
struct Range<'a> {
    ty: &'a str,
    subtype: &'a str,
    /// How many parameters it has beside the weight. They make it more precise, and exclude nothing: our serializations
    /// have no variants.
    parameters: usize,
    /// In thousandths.
    weight: u16,
}

impl<'a> Range<'a> {
    fn parse(element: &'a str) -> Option<Self> {
        let mut parts = elements(element, ';');
        let (ty, subtype) = parts.next()?.split_once('/')?;
        let (ty, subtype) = (ty.trim(), subtype.trim());
        if !is_token(ty) || !is_token(subtype) || (ty == "*" && subtype != "*") {
            return None;
        }
        let mut range = Self { ty, subtype, parameters: 0, weight: 1000 };
        for part in parts {
            match part.split_once('=') {
                Some((name, value)) if name.trim().eq_ignore_ascii_case("q") => {
                    range.weight = weight(value.trim())?;
                }
                _ => range.parameters += 1,
            }
        }
        Some(range)
    }

    fn matches(&self, format: Format) -> bool {
        let (ty, subtype) = format.media_type().split_once('/').expect("a media type has a slash");
        (self.ty == "*" || self.ty.eq_ignore_ascii_case(ty))
            && (self.subtype == "*" || self.subtype.eq_ignore_ascii_case(subtype))
    }

    fn precision(&self) -> (bool, bool, usize) {
        (self.ty != "*", self.subtype != "*", self.parameters)
    }
}

/// The parts of a header value between separators that are not inside a quoted string, without blanks around them and
/// without empty ones.
fn elements(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c| {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => return !quoted && c == separator,
        }
        false
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
}

/// RFC 9110 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// RFC 9110 12.4.2: 0 to 1 with at most three digits, in thousandths.
fn weight(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

impl fmt::Display for NotAcceptable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = crate::data::Invalid::shown(&self.asked);
        write!(f, "expected {} or {}, found {shown}", Format::Json.media_type(), Format::Xml.media_type())
    }
}

impl std::error::Error for NotAcceptable {}
