//! Queries that lose or change parameters on their way to the cloud.
//!
//! Owns the rewriting of a query and of expressions in it. Knows the look of `$filter`, not its grammar.

use std::borrow::Cow;

/// A query without the parameters of these names.
pub(super) fn without(query: &str, names: &[&str]) -> String {
    rewritten(query, |name, value| (!names.contains(&name)).then(|| value.to_owned()))
}

/// A query in which the values of one parameter are others.
pub(super) fn with(query: &str, name: &str, change: impl Fn(&str) -> String) -> String {
    rewritten(query, |own, value| Some(if own == name { change(value) } else { value.to_owned() }))
}

/// A query in which only the first parameter of a name is left, or only the last.
pub(super) fn one(query: &str, name: &str, last: bool) -> String {
    let count = values(query, name).count();
    let mut seen = 0;
    rewritten(query, |own, value| {
        if own != name {
            return Some(value.to_owned());
        }
        seen += 1;
        (seen == if last { count } else { 1 }).then(|| value.to_owned())
    })
}

/// The values of a parameter.
pub(super) fn values<'q>(query: &'q str, name: &'q str) -> impl Iterator<Item = String> + 'q {
    pairs(query).filter(move |(own, _)| own == name).map(|(_, value)| value.into_owned())
}

/// A text without percent-encoding.
pub(super) fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~$,:*/()=!;@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a String does not fail");
        }
    }
    out
}

fn pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name).into(), decoded(value).into())
    })
}

fn rewritten(query: &str, mut change: impl FnMut(&str, &str) -> Option<String>) -> String {
    let pair = |(name, value): (Cow<'_, str>, Cow<'_, str>)| {
        let value = change(&name, &value)?;
        Some(if value.is_empty() { name.into_owned() } else { format!("{name}={}", encoded(&value)) })
    };
    pairs(query).filter_map(pair).collect::<Vec<_>>().join("&")
}

/// The operators of `$filter`, the longer ones first.
const OPERATORS: [&str; 6] = ["!=", "<=", ">=", "<", ">", "="];

/// An expression in which each comparison is another: its left side, operator and right side are given.
pub(super) fn comparisons(expression: &str, change: impl Fn(&str, &str, &str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut term = String::new();
    let flush = |term: &mut String, out: &mut String| {
        let text = std::mem::take(term);
        let inner = text.trim();
        let changed = split(inner).and_then(|(left, operator, right)| change(left, operator, right));
        let (before, after) = text.split_once(inner).unwrap_or((&text, ""));
        out.push_str(before);
        out.push_str(changed.as_deref().unwrap_or(inner));
        out.push_str(after);
    };
    for word in words(expression) {
        if matches!(word, "(" | ")") || matches!(word.trim(), "and" | "or") {
            flush(&mut term, &mut out);
            out.push_str(word);
        } else {
            term.push_str(word);
        }
    }
    flush(&mut term, &mut out);
    out
}

/// An expression in which "and" and "or" bind alike, from left to right.
pub(super) fn from_left(expression: &str) -> String {
    match (expression.find(" or "), expression.rfind(" and ")) {
        (Some(or), Some(and)) if or < and && !expression.contains('(') => {
            format!("({}){}", &expression[..and], &expression[and..])
        }
        _ => expression.to_owned(),
    }
}

/// The sides of a comparison; quotes are passed over.
fn split(term: &str) -> Option<(&str, &str, &str)> {
    let mut quote = None;
    for (at, char) in term.char_indices() {
        match (quote, char) {
            (None, '\'' | '"') => quote = Some(char),
            (Some(open), char) if open == char => quote = None,
            (None, _) => {
                if let Some(operator) = OPERATORS.iter().find(|operator| term[at..].starts_with(**operator)) {
                    let right = &term[at + operator.len()..];
                    return Some((term[..at].trim(), operator, right.trim()));
                }
            }
            _ => {}
        }
    }
    None
}

/// Pieces of an expression that make it up again: blanks with the word before them, parentheses alone.
fn words(expression: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut start, mut quote) = (0, None);
    for (at, char) in expression.char_indices() {
        match (quote, char) {
            (None, '\'' | '"') => quote = Some(char),
            (Some(open), char) if open == char => quote = None,
            (None, ' ' | '(' | ')') => {
                if start < at {
                    words.push(&expression[start..at]);
                }
                words.push(&expression[at..=at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    words.push(&expression[start..]);
    words
}
