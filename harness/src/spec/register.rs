//! The register of requirements, and the entries that say how the text is read where it leaves room.

use std::collections::BTreeMap;

use crate::event::{Edition, Level, Party};
use crate::source::{Faults, Field, Section, SourceError};

/// Every requirement, by id.
pub type Register = BTreeMap<String, Requirement>;

/// A requirement of the text, in our own words.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// `clause/slug`.
    pub id: String,
    /// How binding it is.
    pub level: Level,
    /// Whom it binds.
    pub party: Party,
    /// Where it holds.
    pub editions: Vec<Edition>,
    /// Facts of an endpoint without which it says nothing.
    pub when: Vec<String>,
    /// Where it comes from, if not from DSP0263.
    pub source: Option<String>,
    /// The sentences that it accounts for, `clause#ordinal`.
    pub rows: Vec<String>,
    /// Readings of the text that it rests on.
    pub interpretations: Vec<String>,
    /// What it says.
    pub summary: String,
    /// How it is verified.
    pub verification: Verification,
}

/// How a requirement is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// By these built-in checks, and by the cases that name it.
    Checks(Vec<String>),
    /// Not at all, and why.
    Untestable(String),
}

/// A reading of the text where it leaves room.
#[derive(Debug, Clone)]
pub struct Interpretation {
    /// Its id.
    pub id: String,
    /// Every other word of its entry: key and text, in the order of the file.
    pub words: Vec<(String, String)>,
}

impl Requirement {
    /// The clause: what stands before the slash.
    pub fn clause(&self) -> &str {
        self.source.as_deref().unwrap_or_else(|| self.id.split('/').next().unwrap_or(&self.id))
    }
}

/// Reads one file of `suites/requirements`.
pub(crate) fn read_requirements(file: &str, text: &str) -> Result<Vec<Requirement>, Vec<SourceError>> {
    let mut faults = Faults::new(file, text);
    let mut all = Vec::new();
    faults.document("a file of requirements", |faults, root| {
        for section in root.sections("requirement", "a requirement", faults) {
            all.extend(requirement(section, faults));
        }
        root.finish(faults);
    });
    faults.into_result(all)
}

fn requirement(section: Section<'_, '_>, faults: &mut Faults) -> Option<Requirement> {
    let strings = |key: &'static str, faults: &mut Faults| -> Vec<String> {
        section.strings(key, faults).into_iter().map(|f| f.value).collect()
    };
    let id = section.required("id", faults)?.value;
    let level = section.required("level", faults)?;
    let level =
        word(&level, &[("shall", Level::Shall), ("should", Level::Should), ("may", Level::May)], faults)?;
    let party = section.required("party", faults)?;
    let party = word(&party, &[("provider", Party::Provider), ("consumer", Party::Consumer)], faults)?;
    let editions = section.strings("editions", faults);
    let names = Edition::ALL.map(|e| (e.name(), e));
    let editions = editions.iter().filter_map(|field| word(field, &names, faults)).collect();
    let checks = strings("checks", faults);
    let verification = match section.string("untestable", faults) {
        Some(reason) => Verification::Untestable(reason.value),
        None => Verification::Checks(checks),
    };
    let requirement = Requirement {
        level,
        party,
        editions,
        when: strings("when", faults),
        source: section.string("source", faults).map(|f| f.value),
        rows: strings("rows", faults),
        interpretations: strings("interpretations", faults),
        summary: section.required("summary", faults)?.value,
        verification,
        id,
    };
    section.finish(faults);
    Some(requirement)
}

fn word<T: Copy>(field: &Field<String>, of: &[(&str, T)], faults: &mut Faults) -> Option<T> {
    let found = of.iter().find(|(name, _)| *name == field.value).map(|(_, value)| *value);
    if found.is_none() {
        let names: Vec<&str> = of.iter().map(|(name, _)| *name).collect();
        faults.add(
            field.span.clone(),
            format!("`{}` is no choice here", field.value),
            Some(format!("one of: {}", names.join(", "))),
        );
    }
    found
}

/// Reads `suites/interpretations.toml`.
pub(crate) fn read_interpretations(file: &str, text: &str) -> Result<Vec<Interpretation>, Vec<SourceError>> {
    let mut faults = Faults::new(file, text);
    let mut all = Vec::new();
    faults.document("the interpretations", |faults, root| {
        for section in root.sections("interpretation", "an interpretation", faults) {
            let Some(id) = section.required("id", faults) else { continue };
            let words = section.entries().into_iter().filter(|(key, _)| key.value != "id");
            let words = words.map(|(key, value)| (key.value, plain(value.get_ref()))).collect();
            all.push(Interpretation { id: id.value, words });
        }
    });
    faults.into_result(all)
}

fn plain(value: &toml::de::DeValue<'_>) -> String {
    match value {
        toml::de::DeValue::String(text) => text.to_string(),
        toml::de::DeValue::Array(items) => {
            items.iter().map(|i| plain(i.get_ref())).collect::<Vec<_>>().join("\n")
        }
        toml::de::DeValue::Table(table) => {
            let pairs = table.iter().map(|(k, v)| format!("{}: {}", k.get_ref(), plain(v.get_ref())));
            pairs.collect::<Vec<_>>().join("; ")
        }
        toml::de::DeValue::Boolean(b) => b.to_string(),
        toml::de::DeValue::Integer(n) => n.as_str().to_owned(),
        toml::de::DeValue::Float(n) => n.as_str().to_owned(),
        toml::de::DeValue::Datetime(d) => d.to_string(),
    }
}
