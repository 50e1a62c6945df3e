//! One TOML table that is read key by key; what nobody asked for is an unknown key.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Faults, did_you_mean};

/// A value with the bytes that it covers in its file.
#[derive(Debug, Clone)]
pub struct Field<T> {
    /// The value.
    pub value: T,
    /// Its bytes.
    pub span: Range<usize>,
}

/// A table being read. Every key that is asked for becomes a known key; [`Section::finish`] refuses the others.
#[derive(Debug)]
pub struct Section<'d, 'i> {
    what: &'static str,
    span: Range<usize>,
    entries: BTreeMap<&'d str, (Range<usize>, &'d Spanned<DeValue<'i>>)>,
    known: RefCell<Vec<&'static str>>,
}

impl<'d, 'i> Section<'d, 'i> {
    /// Reads `table`, called `what` in errors.
    pub fn new(what: &'static str, table: &'d DeTable<'i>, span: Range<usize>) -> Self {
        let entries = table.iter().map(|(k, v)| (k.get_ref().as_ref(), (k.span(), v))).collect();
        Self { what, span, entries, known: RefCell::default() }
    }

    /// Reads a value that has to be a table.
    pub fn of(what: &'static str, value: &'d Spanned<DeValue<'i>>, faults: &mut Faults) -> Option<Self> {
        if let DeValue::Table(table) = value.get_ref() {
            return Some(Self::new(what, table, value.span()));
        }
        wrong_type(value, what, "a table", faults);
        None
    }

    /// The bytes of the table (of its header, for a `[table]`).
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// What errors call this table.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// Whether a key is there; makes it known.
    pub fn has(&self, key: &'static str) -> bool {
        self.value(key).is_some()
    }

    /// The value of a key as it stands; makes it known.
    pub fn value(&self, key: &'static str) -> Option<&'d Spanned<DeValue<'i>>> {
        let mut known = self.known.borrow_mut();
        if !known.contains(&key) {
            known.push(key);
        }
        self.entries.get(key).map(|(_, value)| *value)
    }

    /// The bytes of a key's name.
    pub fn key_span(&self, key: &str) -> Range<usize> {
        self.entries.get(key).map_or(self.span(), |(span, _)| span.clone())
    }

    /// Every entry, in the order of the file; for tables whose keys are data.
    pub fn entries(&self) -> Vec<(Field<String>, &'d Spanned<DeValue<'i>>)> {
        let mut all: Vec<_> = self
            .entries
            .iter()
            .map(|(key, (span, value))| (Field { value: (*key).to_owned(), span: span.clone() }, *value))
            .collect();
        all.sort_by_key(|(key, _)| key.span.start);
        all
    }

    /// A string, if the key is there.
    pub fn string(&self, key: &'static str, faults: &mut Faults) -> Option<Field<String>> {
        let value = self.value(key)?;
        string_of(value, key, faults)
    }

    /// A string that has to be there.
    pub fn required(&self, key: &'static str, faults: &mut Faults) -> Option<Field<String>> {
        if !self.has(key) {
            self.missing(key, "a string", faults);
        }
        self.string(key, faults)
    }

    /// Reports that a key is missing.
    pub fn missing(&self, key: &'static str, expected: &str, faults: &mut Faults) {
        faults.add(
            self.span(),
            format!("{} lacks `{key}`", self.what),
            Some(format!("`{key}` = {expected}")),
        );
    }

    /// A boolean; `default` if the key is absent.
    pub fn boolean(&self, key: &'static str, default: bool, faults: &mut Faults) -> bool {
        let Some(value) = self.value(key) else { return default };
        if let DeValue::Boolean(b) = value.get_ref() {
            return *b;
        }
        wrong_type(value, key, "true or false", faults);
        default
    }

    /// A whole number, if the key is there.
    pub fn integer(&self, key: &'static str, faults: &mut Faults) -> Option<Field<i64>> {
        let value = self.value(key)?;
        let number = match value.get_ref() {
            DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok(),
            _ => None,
        };
        if number.is_none() {
            wrong_type(value, key, "a whole number", faults);
        }
        number.map(|n| Field { value: n, span: value.span() })
    }

    /// A list of strings; empty if the key is absent.
    pub fn strings(&self, key: &'static str, faults: &mut Faults) -> Vec<Field<String>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            wrong_type(value, key, "a list of strings", faults);
            return Vec::new();
        };
        items.iter().filter_map(|item| string_of(item, key, faults)).collect()
    }

    /// A string, or a list of strings; none if the key is absent.
    pub fn one_or_more(&self, key: &'static str, faults: &mut Faults) -> Vec<Field<String>> {
        match self.value(key).map(Spanned::get_ref) {
            Some(DeValue::Array(_)) => self.strings(key, faults),
            _ => self.string(key, faults).into_iter().collect(),
        }
    }

    /// A table under a key, if it is there.
    pub fn section(
        &self,
        key: &'static str,
        what: &'static str,
        faults: &mut Faults,
    ) -> Option<Section<'d, 'i>> {
        Section::of(what, self.value(key)?, faults)
    }

    /// A list of tables (`[[key]]` or inline); empty if the key is absent.
    pub fn sections(
        &self,
        key: &'static str,
        what: &'static str,
        faults: &mut Faults,
    ) -> Vec<Section<'d, 'i>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            wrong_type(value, key, "a list of tables", faults);
            return Vec::new();
        };
        items.iter().filter_map(|item| Section::of(what, item, faults)).collect()
    }

    /// Refuses every key that nobody asked for.
    pub fn finish(self, faults: &mut Faults) {
        let mut known = self.known.into_inner();
        known.sort_unstable();
        for (key, (span, _)) in &self.entries {
            if !known.contains(key) {
                let message = format!("unknown key `{key}` in {}", self.what);
                let expected = Some(format!("one of: {}", known.join(", ")));
                faults.add_with_hint(
                    span.clone(),
                    message,
                    expected,
                    did_you_mean(key, known.iter().copied()),
                );
            }
        }
    }
}

/// Reports a value of the wrong TOML type.
pub(crate) fn wrong_type(value: &Spanned<DeValue<'_>>, what: &str, expected: &str, faults: &mut Faults) {
    let kind = value.get_ref().type_str();
    faults.add(value.span(), format!("`{what}` is of type {kind}"), Some(expected.to_owned()));
}

/// A value that has to be a string.
pub(crate) fn string_of(
    value: &Spanned<DeValue<'_>>,
    what: &str,
    faults: &mut Faults,
) -> Option<Field<String>> {
    if let DeValue::String(text) = value.get_ref() {
        return Some(Field { value: text.clone().into_owned(), span: value.span() });
    }
    wrong_type(value, what, "a string", faults);
    None
}
