//! What clients say of what they send and want.

use super::asked::{Asked, format_of};
use super::known::Known;
use crate::check::Violation;

/// DSP0263 4.1.6.5: what is wanted stands in Accept.
pub(super) fn accept(asked: &Asked<'_>, _: &Known<'_>) -> Option<Vec<Violation>> {
    if !asked.reads() || asked.method() == "OPTIONS" {
        return None;
    }
    let accept = asked.header("Accept").unwrap_or("");
    if accept.split(',').any(|range| format_of(range).is_some()) {
        return Some(Vec::new());
    }
    let got = if accept.is_empty() { "no Accept".to_owned() } else { format!("Accept: {accept}") };
    let violation = asked.violation(
        "4.1.6.5/client-sends-accept",
        "Accept",
        "application/json or application/xml in Accept",
        got,
    );
    Some(vec![violation])
}

/// DSP0263 4.1.4: a body is sent under its media type.
pub(super) fn media_type(asked: &Asked<'_>, _: &Known<'_>) -> Option<Vec<Violation>> {
    if !asked.has_body() {
        return None;
    }
    if asked.said.is_some() {
        return Some(Vec::new());
    }
    let got = asked.header("Content-Type").unwrap_or("nothing");
    let violation = asked.violation(
        "4.1.4/client-media-type",
        "Content-Type",
        "Content-Type application/json or application/xml",
        got,
    );
    Some(vec![violation])
}

/// DSP0263 4.1.4: a body is what its Content-Type says.
pub(super) fn body_as_said(asked: &Asked<'_>, _: &Known<'_>) -> Option<Vec<Violation>> {
    let said = asked.said.filter(|_| asked.has_body())?;
    let got = match &asked.tree {
        Some(Ok(tree)) if tree.format() == said => return Some(Vec::new()),
        Some(Ok(tree)) => tree.format().media_type().to_owned(),
        Some(Err(error)) => error.to_string(),
        None => "no text".to_owned(),
    };
    let expected = format!("a document of {}", said.media_type());
    Some(vec![asked.violation("4.1.4/client-body-as-said", asked.what(), expected, got)])
}
