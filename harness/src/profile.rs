//! Profiles: named choices among what the suite judges. A profile builds on others, adds to them, and takes away.
//!
//! Owns the files `suites/profiles/*.toml` and those that users write alike. Knows nothing of endpoints.

use std::collections::BTreeMap;

use crate::case::Case;
use crate::engine::known::glob;
use crate::event::{Edition, Verdict};
use crate::source::{Faults, Field, Section, SourceError, did_you_mean};

/// The profile of a run that names none.
pub const DEFAULT: &str = "full";

/// A named choice of cases and built-in checks.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Its name: that of its file.
    pub name: String,
    /// What it is for, a sentence.
    pub title: String,
    /// Profiles whose choice is its own, too.
    pub inherits: Vec<Profile>,
    /// What it adds to them.
    pub with: Choice,
    /// What it takes away from all that.
    pub without: Choice,
    /// Editions that it is for.
    pub editions: Vec<Edition>,
    /// Whether it leaves out cases that change something.
    pub read_only: bool,
}

/// Patterns (`*` stands for anything); what fits one is chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// Over ids of cases.
    pub cases: Vec<String>,
    /// Over areas.
    pub areas: Vec<String>,
    /// Over ids of requirements: whatever verifies one.
    pub requirements: Vec<String>,
}

/// Something that a profile may choose: a case, or a built-in check.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'s> {
    /// Its id.
    pub case: &'s str,
    /// Its area.
    pub area: &'s str,
    /// What it verifies.
    pub requirements: &'s [String],
    /// Whether it changes something.
    pub mutates: bool,
}

/// What patterns have to fit.
#[derive(Debug, Default)]
pub(crate) struct Known<'k> {
    pub(crate) cases: Vec<&'k str>,
    pub(crate) areas: Vec<&'k str>,
    pub(crate) requirements: Vec<&'k str>,
}

/// What a run judges: what a profile chooses, narrowed by patterns.
#[derive(Debug, Clone)]
pub struct Selection {
    /// The profile.
    pub profile: Profile,
    /// Ids to judge alone: patterns with `*`; all if there is none.
    pub only: Vec<String>,
    /// Ids to leave out: patterns with `*`.
    pub skip: Vec<String>,
}

impl Selection {
    /// Everything.
    pub fn everything() -> Self {
        let all = Choice { cases: vec!["*".to_owned()], ..Choice::default() };
        let profile = Profile {
            name: DEFAULT.to_owned(),
            title: String::new(),
            inherits: Vec::new(),
            with: all,
            without: Choice::default(),
            editions: Edition::ALL.to_vec(),
            read_only: false,
        };
        Self { profile, only: Vec::new(), skip: Vec::new() }
    }

    /// Whether something is judged in an edition.
    pub fn chooses(&self, subject: Subject<'_>, edition: Edition) -> bool {
        is_among(subject.case, &self.only, &self.skip) && self.profile.chooses(subject, edition)
    }

    /// What reports call it.
    pub fn name(&self) -> String {
        if self.only.is_empty() && self.skip.is_empty() {
            self.profile.name.clone()
        } else {
            format!("{}, chosen cases", self.profile.name)
        }
    }
}

/// Whether an id fits one of the patterns of `only`, or there is none, and none of `skip`.
pub(crate) fn is_among(id: &str, only: &[String], skip: &[String]) -> bool {
    let any = |patterns: &[String]| patterns.iter().any(|pattern| glob(pattern, id));
    (only.is_empty() || any(only)) && !any(skip)
}

impl<'s> From<&'s Case> for Subject<'s> {
    fn from(case: &'s Case) -> Self {
        Self { case: &case.id, area: &case.area, requirements: &case.requirements, mutates: case.mutates }
    }
}

impl<'s> From<&'s Verdict> for Subject<'s> {
    /// A built-in check, which changes nothing.
    fn from(verdict: &'s Verdict) -> Self {
        Self { case: &verdict.case, area: &verdict.area, requirements: &verdict.requirements, mutates: false }
    }
}

impl Choice {
    fn fits(&self, subject: Subject<'_>) -> bool {
        let any = |patterns: &[String], text: &str| patterns.iter().any(|pattern| glob(pattern, text));
        any(&self.cases, subject.case)
            || any(&self.areas, subject.area)
            || subject.requirements.iter().any(|id| any(&self.requirements, id))
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Profile {
    /// Whether it has something judged, in an edition.
    pub fn chooses(&self, subject: Subject<'_>, edition: Edition) -> bool {
        let inherited = || self.inherits.iter().any(|parent| parent.chooses(subject, edition));
        self.editions.contains(&edition)
            && !(self.read_only && subject.mutates)
            && (self.with.fits(subject) || inherited())
            && !self.without.fits(subject)
    }
}

/// Reads the profiles of a suite: names (of files) with their texts.
pub(crate) fn read_all(
    files: &[(String, String, &str)],
    known: &Known<'_>,
    faults: &mut Vec<SourceError>,
) -> BTreeMap<String, Profile> {
    let mut profiles = BTreeMap::new();
    let mut waiting: Vec<_> = files.iter().collect();
    // Each round reads those whose parents are read; what is left in the end goes in a circle, or wants what is not there.
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|(name, path, text)| {
            if parents(text)
                .iter()
                .any(|parent| files.iter().any(|f| f.0 == *parent) && !profiles.contains_key(parent))
            {
                return true;
            }
            match read(name, path, text, &profiles, known) {
                Ok(profile) => {
                    profiles.insert(name.clone(), profile);
                }
                Err(found) => faults.extend(found),
            }
            false
        });
        if waiting.len() == before {
            for (name, path, text) in waiting.drain(..) {
                faults.extend(read(name, path, text, &profiles, known).err().into_iter().flatten());
            }
        }
    }
    profiles
}

/// The names that a file inherits, as far as it can be read.
fn parents(text: &str) -> Vec<String> {
    let table: Option<toml::Table> = text.parse().ok();
    let inherits = table.as_ref().and_then(|table| table.get("inherits")).and_then(toml::Value::as_array);
    inherits.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

/// Reads one profile, over those that it may inherit.
///
/// # Errors
/// Everything that is wrong in it.
pub(crate) fn read(
    name: &str,
    path: &str,
    text: &str,
    profiles: &BTreeMap<String, Profile>,
    known: &Known<'_>,
) -> Result<Profile, Vec<SourceError>> {
    let mut faults = Faults::new(path, text);
    let mut profile = Profile {
        name: name.to_owned(),
        title: String::new(),
        inherits: Vec::new(),
        with: Choice::default(),
        without: Choice::default(),
        editions: Vec::new(),
        read_only: false,
    };
    faults.document("a profile", |faults, root| {
        profile.title = root.required("title", faults).map(|field| field.value).unwrap_or_default();
        for field in root.strings("inherits", faults) {
            match profiles.get(&field.value) {
                Some(parent) => profile.inherits.push(parent.clone()),
                None => no_parent(&field, name, profiles, faults),
            }
        }
        profile.with = choice(&root, known, faults);
        if let Some(section) = root.section("without", "what is taken away", faults) {
            profile.without = choice(&section, known, faults);
            section.finish(faults);
        }
        profile.editions = editions(&root, faults);
        profile.read_only = root.boolean("read-only", false, faults);
        if profile.with.is_empty() && !root.has("inherits") {
            let expected = "`inherits`, `cases`, `areas` or `requirements`".to_owned();
            faults.add(root.span(), "a profile that chooses nothing", Some(expected));
        }
        root.finish(faults);
    });
    faults.into_result(profile)
}

fn no_parent(field: &Field<String>, name: &str, profiles: &BTreeMap<String, Profile>, faults: &mut Faults) {
    let message = if field.value == name {
        format!("the profile `{name}` inherits itself")
    } else {
        format!("`{}` is no profile, or inherits `{name}`", field.value)
    };
    let hint = did_you_mean(&field.value, profiles.keys().map(String::as_str));
    faults.add_with_hint(
        field.span.clone(),
        message,
        Some("a profile of the suite; `cimi-conformance list profiles` shows them".to_owned()),
        hint,
    );
}

fn choice(section: &Section<'_, '_>, known: &Known<'_>, faults: &mut Faults) -> Choice {
    Choice {
        cases: patterns(section, "cases", &known.cases, faults),
        areas: patterns(section, "areas", &known.areas, faults),
        requirements: patterns(section, "requirements", &known.requirements, faults),
    }
}

/// Patterns of which each fits something.
fn patterns(
    section: &Section<'_, '_>,
    key: &'static str,
    known: &[&str],
    faults: &mut Faults,
) -> Vec<String> {
    let fields = section.strings(key, faults);
    for field in &fields {
        if !known.iter().any(|name| glob(&field.value, name)) {
            let hint = did_you_mean(&field.value, known.iter().copied());
            let message = format!("`{}` fits none of the {key} of the suite", field.value);
            let expected = format!("a pattern over them; `cimi-conformance list` shows {key}");
            faults.add_with_hint(field.span.clone(), message, Some(expected), hint);
        }
    }
    fields.into_iter().map(|field| field.value).collect()
}

fn editions(section: &Section<'_, '_>, faults: &mut Faults) -> Vec<Edition> {
    if !section.has("editions") {
        return Edition::ALL.to_vec();
    }
    let named = |field: &Field<String>, faults: &mut Faults| {
        let edition = Edition::ALL.into_iter().find(|edition| edition.name() == field.value);
        if edition.is_none() {
            let message = format!("`{}` is no edition", field.value);
            faults.add(field.span.clone(), message, Some("\"v1\" or \"v2\"".to_owned()));
        }
        edition
    };
    section.strings("editions", faults).iter().filter_map(|field| named(field, faults)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known<'static> {
        Known {
            cases: vec!["machine.create", "query.select"],
            areas: vec!["machine", "query"],
            requirements: vec!["5.14/x", "4.1/y"],
        }
    }

    fn all(texts: &[(&str, &str)]) -> Result<BTreeMap<String, Profile>, Vec<String>> {
        let files: Vec<_> =
            texts.iter().map(|(name, text)| ((*name).to_owned(), format!("{name}.toml"), *text)).collect();
        let mut faults = Vec::new();
        let profiles = read_all(&files, &known(), &mut faults);
        if faults.is_empty() { Ok(profiles) } else { Err(faults.iter().map(ToString::to_string).collect()) }
    }

    #[test]
    fn profiles_build_on_each_other() {
        let profiles = all(&[
            ("a-child", "title = \"t\"\ninherits = [\"base\"]\neditions = [\"v1\"]\nrequirements = [\"4.1/*\"]\n[without]\ncases = [\"machine.*\"]\n"),
            ("base", "title = \"t\"\nareas = [\"machine\"]\n"),
            ("reader", "title = \"t\"\ninherits = [\"base\"]\nread-only = true\n"),
        ])
        .unwrap();
        let requirements = ["4.1/y".to_owned()];
        let query =
            Subject { case: "query.select", area: "query", requirements: &requirements, mutates: false };
        let machine = Subject { case: "machine.create", area: "machine", requirements: &[], mutates: true };
        let chosen = |name: &str, subject, edition| profiles[name].chooses(subject, edition);
        assert!(chosen("base", machine, Edition::V2) && !chosen("base", query, Edition::V2));
        assert!(chosen("a-child", query, Edition::V1) && !chosen("a-child", query, Edition::V2));
        assert!(!chosen("a-child", machine, Edition::V1), "taken away");
        assert!(!chosen("reader", machine, Edition::V2));
        assert!(chosen("reader", Subject { mutates: false, ..machine }, Edition::V2));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let texts = [
            ("empty", "title = \"t\"\n"),
            ("loop-a", "title = \"t\"\ninherits = [\"loop-b\"]\n"),
            ("loop-b", "title = \"t\"\ninherits = [\"loop-a\"]\n"),
            ("wrong", "cases = [\"machne.*\"]\nareas = [\"querry\"]\neditions = [\"v3\"]\nwhy = 1\n"),
        ];
        insta::assert_snapshot!(all(&texts).unwrap_err().join("\n"));
    }
}
