//! Making hostile text fit to be shown: nothing that an endpoint sends may move a cursor, hide itself, reverse its
//! neighbours or fill a page. Escaping for a format (HTML, XML, Markdown, a shell) comes after, in that format's reader.

use std::fmt::Write as _;

/// Longest value shown in a line, in characters.
pub(super) const LINE_LIMIT: usize = 300;
/// Longest text shown in a block, in characters.
pub(super) const BLOCK_LIMIT: usize = 2_000;

/// One line: control characters spelled out (line breaks too), clipped.
pub(crate) fn line(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars().take(LINE_LIMIT) {
        push_visible(&mut shown, c);
    }
    note_clipped(&mut shown, text, LINE_LIMIT);
    shown
}

/// A block: control characters spelled out, line breaks and tabs kept, clipped.
pub(super) fn block(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars().take(BLOCK_LIMIT) {
        match c {
            '\n' | '\t' => shown.push(c),
            _ => push_visible(&mut shown, c),
        }
    }
    note_clipped(&mut shown, text, BLOCK_LIMIT);
    shown
}

/// Appends one character, spelled out where it would not be seen as itself.
pub(super) fn push_visible(shown: &mut String, c: char) {
    match c {
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        _ if is_unseen(c) => {
            write!(shown, "\\u{{{:x}}}", u32::from(c)).expect("a String takes all that is written");
        }
        _ => shown.push(c),
    }
}

/// Whether a character is not seen as itself: controls, what overrides direction, joins or hides, what XML forbids.
pub(super) fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

fn note_clipped(shown: &mut String, text: &str, limit: usize) {
    if text.chars().nth(limit).is_some() {
        shown.push_str("… [clipped]");
    }
}
