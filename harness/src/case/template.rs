//! `${...}` in the strings of a case: what is text and what stands for a value.

use std::fmt;
use std::ops::Range;

use crate::source::{Faults, Field, Origin, did_you_mean};

use super::Vocabulary;

/// Facts that every endpoint and run has.
const BUILT_IN: &[&str] = &[
    "cep",
    "other-cep",
    "baseURI",
    "nonce",
    "edition",
    "namespace",
    "actions",
    "types",
    "format",
    "media-type",
    "null",
    "filler",
];

/// `${filler[n]}` is at most so many letters: more than any server should take in one request.
const MAX_FILLER: i64 = 16 << 20;

/// What may follow a step's name with `@`: things of the exchange that are not attributes.
const OF_EXCHANGE: &[&str] = &[
    "@status",
    "@header",
    "@location",
    "@job",
    "@operation",
    "@url",
    "@type",
    "@ids",
    "@members",
    "@items",
    "@resource",
    "@attributes",
    "@operations",
];

/// Longest path; keeps evaluation bounded.
const MAX_SEGMENTS: usize = 16;

/// A string with values in it.
#[derive(Debug, Clone, Default)]
pub struct Template {
    /// Its parts, in order.
    pub parts: Vec<Part>,
}

/// A part of a [`Template`].
#[derive(Debug, Clone)]
pub enum Part {
    /// Text as it stands.
    Text(String),
    /// A value of a fact or an earlier step.
    Value(Reference),
}

/// `${root.path}`.
#[derive(Debug, Clone)]
pub struct Reference {
    /// A fact, a built-in name, or an earlier step.
    pub root: String,
    /// What of it.
    pub path: Path,
    /// Where it is written.
    pub origin: Origin,
}

/// A way into a value: `item[0].properties['k'].x`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Path(pub Vec<Segment>);

/// A part of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// An attribute, a key of a map, or (with `@`) something of the exchange or of the resource as a whole.
    Name(String),
    /// An item of a list; negative counts from the end.
    At(i64),
    /// Items of a list from..to, the end excluded.
    Slice(Index, Index),
}

/// An end of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// Left out.
    Open,
    /// A position; negative counts from the end.
    At(i64),
}

impl Template {
    /// Reads the text of `field`; a bad reference becomes a fault at its own column.
    pub fn read(
        field: &Field<String>,
        names: &[String],
        vocabulary: &Vocabulary,
        faults: &mut Faults,
    ) -> Self {
        let mut parts = Vec::new();
        let mut rest = field.value.as_str();
        let mut at = 0;
        while let Some(start) = rest.find("${") {
            if start > 0 {
                parts.push(Part::Text(rest[..start].to_owned()));
            }
            let inner = &rest[start + 2..];
            let Some(end) = inner.find('}') else {
                faults.add(
                    place(field, at + start, rest.len() - start, faults),
                    "`${` without its `}`",
                    None,
                );
                return Self { parts };
            };
            let span = place(field, at + start, end + 3, faults);
            if let Some(reference) = reference(&inner[..end], &span, names, vocabulary, faults) {
                parts.push(Part::Value(reference));
            }
            at += start + end + 3;
            rest = &inner[end + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Self { parts }
    }

    /// A template that is text alone.
    pub fn text(text: &str) -> Self {
        Self { parts: vec![Part::Text(text.to_owned())] }
    }

    /// The reference, if the template is nothing else: such a value keeps its type.
    pub fn lone_reference(&self) -> Option<&Reference> {
        match self.parts.as_slice() {
            [Part::Value(reference)] => Some(reference),
            _ => None,
        }
    }

    /// The first reference in it.
    pub fn first_reference(&self) -> Option<&Reference> {
        self.parts.iter().find_map(|part| match part {
            Part::Value(reference) => Some(reference),
            Part::Text(_) => None,
        })
    }

    /// Its text, if it has no reference.
    pub fn plain(&self) -> Option<String> {
        let mut plain = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => plain.push_str(text),
                Part::Value(_) => return None,
            }
        }
        Some(plain)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Text(text) => f.write_str(text)?,
                Part::Value(reference) => write!(f, "${{{reference}}}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root)?;
        if !self.path.0.is_empty() && !matches!(self.path.0[0], Segment::At(_) | Segment::Slice(..)) {
            f.write_str(".")?;
        }
        self.path.fmt(f)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Name(name) if is_plain(name) => {
                    write!(f, "{}{name}", if i == 0 { "" } else { "." })?;
                }
                Segment::Name(name) => write!(f, "['{name}']")?,
                Segment::At(index) => write!(f, "[{index}]")?,
                Segment::Slice(from, to) => write!(f, "[{from}..{to}]")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => Ok(()),
            Self::At(index) => index.fmt(f),
        }
    }
}

impl Path {
    /// Reads a path; the error says what was met where one was expected.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut segments = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if segments.len() >= MAX_SEGMENTS {
                return Err(format!("a path has at most {MAX_SEGMENTS} parts"));
            }
            rest = if let Some(tail) = rest.strip_prefix('[') {
                bracket(tail, &mut segments)?
            } else {
                name(rest.strip_prefix('.').filter(|_| !segments.is_empty()).unwrap_or(rest), &mut segments)?
            };
        }
        Ok(Self(segments))
    }

    /// The first name, which tells what a path is about.
    pub fn first(&self) -> Option<&str> {
        match self.0.first() {
            Some(Segment::Name(name)) => Some(name),
            _ => None,
        }
    }
}

/// Reads the name that `text` starts with.
fn name<'t>(text: &'t str, segments: &mut Vec<Segment>) -> Result<&'t str, String> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let name = &text[..end];
    if !is_plain(name) {
        return Err(format!("`{name}` where a name was expected"));
    }
    segments.push(Segment::Name(name.to_owned()));
    Ok(&text[end..])
}

/// Reads what follows `[`.
fn bracket<'t>(text: &'t str, segments: &mut Vec<Segment>) -> Result<&'t str, String> {
    if let Some(key) = text.strip_prefix('\'') {
        let Some((key, tail)) = key.split_once("']") else { return Err("`['` without its `']`".into()) };
        segments.push(Segment::Name(key.to_owned()));
        return Ok(tail);
    }
    let Some((inside, tail)) = text.split_once(']') else { return Err("`[` without its `]`".into()) };
    let number = |t: &str| {
        t.parse::<i64>()
            .map_err(|_| format!("`[{inside}]` where [number], [from..to] or ['key'] was expected"))
    };
    let segment = match inside.split_once("..") {
        None => Segment::At(number(inside)?),
        Some((from, to)) => {
            let end = |t: &str| if t.is_empty() { Ok(Index::Open) } else { number(t).map(Index::At) };
            Segment::Slice(end(from)?, end(to)?)
        }
    };
    segments.push(segment);
    Ok(tail)
}

fn is_plain(name: &str) -> bool {
    let bare = name.strip_prefix('@').unwrap_or(name);
    !bare.is_empty() && bare.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// Reads what stands between `${` and `}`.
fn reference(
    text: &str,
    span: &Range<usize>,
    names: &[String],
    vocabulary: &Vocabulary,
    faults: &mut Faults,
) -> Option<Reference> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let root = &text[..end];
    let path = match Path::read(text[end..].strip_prefix('.').unwrap_or(&text[end..])) {
        Ok(path) => path,
        Err(message) => {
            faults.add(span.clone(), format!("bad reference `${{{text}}}`: {message}"), None);
            return None;
        }
    };
    let is_step = names.iter().any(|n| n == root);
    if !is_step && !BUILT_IN.contains(&root) && !vocabulary.facts.contains(root) {
        let known = names
            .iter()
            .map(String::as_str)
            .chain(BUILT_IN.iter().copied())
            .chain(vocabulary.facts.iter().map(String::as_str));
        let hint = did_you_mean(root, known);
        let expected = Some("the name of an earlier step, a fact, or a built-in name".to_owned());
        faults.add_with_hint(
            span.clone(),
            format!("`${{{text}}}` names nothing that is known here"),
            expected,
            hint,
        );
        return None;
    }
    if let Some(special) = path.first().filter(|n| n.starts_with('@') && !OF_EXCHANGE.contains(n)) {
        let hint = did_you_mean(special, OF_EXCHANGE.iter().copied());
        faults.add_with_hint(
            span.clone(),
            format!("`{special}` is nothing that an exchange has"),
            Some(OF_EXCHANGE.join(", ")),
            hint,
        );
        return None;
    }
    if root == "filler" && !matches!(path.0.as_slice(), [Segment::At(1..=MAX_FILLER)]) {
        let expected = format!("`${{filler[1000]}}`: so many letters, at most {MAX_FILLER}");
        faults.add(span.clone(), format!("`${{{text}}}` does not say how many letters"), Some(expected));
        return None;
    }
    Some(Reference { root: root.to_owned(), path, origin: faults.origin(span.start) })
}

/// The bytes of a part of a string; of the whole string where escapes make its parts hard to find.
fn place(field: &Field<String>, offset: usize, length: usize, faults: &Faults) -> Range<usize> {
    let raw = faults.text(&field.span);
    match raw.find(&field.value) {
        Some(quote) => field.span.start + quote + offset..field.span.start + quote + offset + length,
        None => field.span.clone(),
    }
}
