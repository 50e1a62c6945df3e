//! From byte offsets to lines and columns, for all remarks of a document in one pass over it.
//!
//! Owns that pass: readers note offsets, so that a document full of errors is still read in linear time.

use crate::finding::Position;

/// The positions of `offsets`, in the same order. An offset behind the end is the end.
pub(super) fn positions(text: &[u8], offsets: &[usize]) -> Vec<Position> {
    let mut order: Vec<usize> = (0..offsets.len()).collect();
    order.sort_by_key(|&at| offsets[at]);
    let mut found = vec![Position::Line { line: 1, column: 1 }; offsets.len()];
    let (mut line, mut column, mut done) = (1, 1, 0);
    for at in order {
        let target = offsets[at].min(text.len());
        for &byte in &text[done..target] {
            if byte == b'\n' {
                line += 1;
                column = 1;
            } else if byte & 0xC0 != 0x80 {
                // Not a continuation byte: a character begins.
                column += 1;
            }
        }
        done = target;
        found[at] = Position::Line { line, column };
    }
    found
}
