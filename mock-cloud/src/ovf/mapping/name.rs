//! Names that tell things apart, and URIs for the files of a package.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::super::package::File;

/// How the location of a file of a package begins, whose href is relative to a descriptor that is not kept.
const FILE: &str = "ovf:/file/";

/// What a URI does not have in it as it is.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b'#');

/// Names that are taken.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// Whether a name is taken.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Takes a name that is not taken: this one, or with a number behind it.
    pub(super) fn unique(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut number = 1_u64;
        while !self.0.insert(name.clone()) {
            number += 1;
            name = format!("{wanted}-{number}");
        }
        name
    }
}

/// Names that are taken in templates inside each other: what one template names, those inside of it refer to.
#[derive(Debug, Default)]
pub(super) struct PlacedNames {
    /// Of what nothing refers to: in the way of its own template alone.
    plain: BTreeSet<(Vec<usize>, String)>,
    /// Of what is referred to, with the templates that they are in.
    targets: BTreeMap<String, Vec<Vec<usize>>>,
}

impl PlacedNames {
    /// Takes a name for what nothing refers to.
    pub(super) fn take(&mut self, name: &str, place: &[usize]) {
        self.plain.insert((place.to_vec(), name.to_owned()));
    }

    /// Takes a name for what is referred to from a template or from inside of it.
    pub(super) fn unique(&mut self, wanted: &str, place: &[usize]) -> String {
        let mut name = wanted.to_owned();
        let mut number = 1_u64;
        while self.is_in_the_way(&name, place) {
            number += 1;
            name = format!("{wanted}-{number}");
        }
        self.targets.entry(name.clone()).or_default().push(place.to_vec());
        name
    }

    fn is_in_the_way(&self, name: &str, place: &[usize]) -> bool {
        let targets = self.targets.get(name);
        self.plain.contains(&(place.to_vec(), name.to_owned()))
            || targets.is_some_and(|places| {
                places.iter().any(|other| other.starts_with(place) || place.starts_with(other))
            })
    }
}

/// A name as a part of a URI.
pub(super) fn escaped(name: &str) -> String {
    utf8_percent_encode(name, ESCAPED).to_string()
}

/// What was escaped, as it was.
pub(super) fn unescaped(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The URI of a file: its href if that is absolute, else one of a scheme that OVF uses inside of descriptors.
pub(super) fn file_uri(href: &str) -> String {
    if is_absolute(href) { href.to_owned() } else { format!("{FILE}{}", escaped(href)) }
}

/// The file at a URI.
pub(super) fn file_at(uri: &str) -> File {
    let href = uri.strip_prefix(FILE).map_or_else(|| uri.to_owned(), unescaped);
    File { href, size: None }
}

/// Whether an href has a scheme.
pub(in super::super) fn is_absolute(href: &str) -> bool {
    href.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}
