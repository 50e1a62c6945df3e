//! Lists of names as `$select`, `$expand` and `$orderby` have them: separated by commas.
//!
//! Owns the splitting only. Blanks around a name do not count.

use std::fmt;

/// The entries of a list, each with its byte offset in `text`; empty ones included.
pub(super) fn entries(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split(',').map(move |entry| {
        let at = start + (entry.len() - entry.trim_start().len());
        start += entry.len() + 1;
        (at, entry.trim())
    })
}

/// Whether `text` is an identifier (DSP0263 5.2).
pub(super) fn is_identifier(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && text.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

/// Writes names as a list.
pub(super) fn write<'a>(f: &mut fmt::Formatter<'_>, names: impl IntoIterator<Item = &'a str>) -> fmt::Result {
    for (at, name) in names.into_iter().enumerate() {
        f.write_str(if at > 0 { "," } else { "" })?;
        f.write_str(name)?;
    }
    Ok(())
}
