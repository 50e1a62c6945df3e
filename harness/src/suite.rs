//! The suite as a whole: tables, requirements, interpretations and cases, out of the binary or out of a folder.
//!
//! Owns where the files come from and what their names mean. Knows nothing of endpoints.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::case::{self, Case, Vocabulary};
use crate::event::{Clause, Edition, GENERATED, Place, Statement, Statements};
use crate::profile::{self, Profile};
use crate::source::{MAX_SOURCE_BYTES, Origin, SourceError};
use crate::spec::{
    self, Advice, Capability, Declared, Interpretation, Kind, Register, Requirement, States, Tables,
    Verification, Waits,
};

/// The files that the binary was built with: path below `suites/`, and text.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/suite_files.rs"));

/// A folder of suites has no more files than this.
const MAX_FILES: usize = 5_000;

/// Everything that the judge judges by.
#[derive(Debug, Clone)]
pub struct Suite {
    /// Tables of 1.x.
    pub v1: Tables,
    /// Tables of 2.0.0.
    pub v2: Tables,
    /// Capabilities of table 7.
    pub capabilities: Vec<Capability>,
    /// States of resources, and what leads from one to another.
    pub states: States,
    /// How long is waited for what.
    pub waits: Waits,
    /// Requirements by id.
    pub register: Register,
    /// Readings of the text.
    pub interpretations: Vec<Interpretation>,
    /// Cases, in the order of their files.
    pub cases: Vec<Case>,
    /// The clauses that requirements are listed under.
    pub clauses: Vec<Clause>,
    /// What is said to who has a finding.
    pub advice: Vec<Advice>,
    /// The files of cases, by the name that places in them have.
    pub texts: BTreeMap<String, String>,
    /// Profiles, by name.
    pub profiles: BTreeMap<String, Profile>,
    /// SHA-256 over names and texts of all files, in hexadecimal.
    pub digest: String,
}

/// Why a suite cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SuiteError {
    /// A file or folder cannot be read.
    #[error("{path}: cannot be read")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that every suite has is missing.
    #[error("the suite has no {0}")]
    Missing(&'static str),
    /// A folder holds more files than a suite can have.
    #[error("{0}: more than {MAX_FILES} files")]
    TooMany(PathBuf),
    /// A file of one's own has a case that is there already.
    #[error("{second}: a second case `{id}`\n  expected: another id; the first is at {first}")]
    Twice {
        /// The id.
        id: String,
        /// Where the second is written.
        second: Origin,
        /// Where the first is.
        first: Origin,
    },
    /// Something is wrong in the files.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Source(Vec<SourceError>),
}

impl Suite {
    /// The suite in the binary.
    ///
    /// # Errors
    /// When the binary was built with a broken suite, which a test rules out.
    pub fn embedded() -> Result<Self, SuiteError> {
        let files = EMBEDDED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        Self::of(&files, "suites")
    }

    /// The suite of a folder.
    ///
    /// # Errors
    /// When it cannot be read, or something is wrong in it.
    pub fn from_folder(folder: &Path) -> Result<Self, SuiteError> {
        let mut files = BTreeMap::new();
        walk(folder, folder, &mut files)?;
        Self::of(&files, &folder.display().to_string())
    }

    fn of(files: &BTreeMap<String, String>, root: &str) -> Result<Self, SuiteError> {
        let mut faults = Vec::new();
        let get = |name: &'static str| files.get(name).map(String::as_str).ok_or(SuiteError::Missing(name));
        let path = |name: &str| format!("{root}/{name}");
        let mut v1 = Tables::read(&path("spec/v1.toml"), get("spec/v1.toml")?).map_err(SuiteError::Source)?;
        let mut v2 = Tables::read(&path("spec/v2.toml"), get("spec/v2.toml")?).map_err(SuiteError::Source)?;
        let capabilities = "spec/capabilities.toml";
        let capabilities =
            keep(spec::read_capabilities(&path(capabilities), get(capabilities)?), &mut faults);
        for tables in [&mut v1, &mut v2] {
            let own = capabilities.iter().filter(|it| it.editions.contains(&tables.edition));
            tables.capabilities = own.map(|it| (it.name.clone(), it.clone())).collect();
        }
        let states = "spec/states.toml";
        let states = spec::read_states(&path(states), get(states)?).unwrap_or_else(|found| {
            faults.extend(found);
            States::new()
        });
        let waits = "spec/waits.toml";
        let waits = spec::read_waits(&path(waits), get(waits)?).unwrap_or_else(|found| {
            faults.extend(found);
            Waits::default()
        });
        let advice = optional(files, root, "advice.toml", spec::read_advice, &mut faults);
        let clauses = optional(files, root, "spec/clauses.toml", spec::read_clauses, &mut faults);
        let interpretations =
            optional(files, root, "interpretations.toml", spec::read_interpretations, &mut faults);
        let mut suite = Self {
            v1,
            v2,
            capabilities,
            states,
            waits,
            register: Register::new(),
            interpretations,
            cases: Vec::new(),
            clauses,
            advice,
            texts: BTreeMap::new(),
            profiles: BTreeMap::new(),
            digest: digest(files),
        };
        for (name, text) in files.iter().filter(|(name, _)| name.starts_with("requirements/")) {
            let read = keep(spec::read_requirements(&path(name), text), &mut faults);
            suite.register.extend(read.into_iter().map(|r| (r.id.clone(), r)));
        }
        let vocabulary = suite.vocabulary();
        for (name, text) in files.iter().filter(|(name, _)| name.starts_with("cases/")) {
            let area = name.split('/').nth(1).unwrap_or("");
            suite.cases.extend(keep(case::parse(&path(name), text, area, &vocabulary), &mut faults));
            suite.texts.insert(path(name), text.clone());
        }
        let texts: Vec<_> = files
            .iter()
            .filter(|(name, _)| name.starts_with("profiles/"))
            .map(|(name, text)| (profile_name(name), path(name), text.as_str()))
            .collect();
        suite.profiles = suite.known(|known| profile::read_all(&texts, known, &mut faults));
        if faults.is_empty() { Ok(suite) } else { Err(SuiteError::Source(faults)) }
    }

    /// The advice that is closest to a requirement.
    pub fn advice_on(&self, requirement: &Requirement) -> Option<&Advice> {
        let closeness = |advice: &&Advice| advice.closeness(requirement, crate::engine::known::glob);
        let all = self.advice.iter().filter(|advice| closeness(advice).is_some());
        all.min_by_key(closeness)
    }

    /// The line of a file of cases that a place points into.
    pub fn line_at(&self, place: &Place) -> Option<&str> {
        let line = usize::try_from(place.line).ok()?.checked_sub(1)?;
        self.texts.get(&place.file)?.lines().nth(line)
    }

    /// Everything that a run could judge, as its stream tells it.
    pub fn statements(&self) -> Statements {
        Statements {
            clauses: self.clauses.clone(),
            statements: self.register.values().map(statement).collect(),
        }
    }

    /// Adds the cases of a file of one's own; their area is the folder that it lies in.
    ///
    /// # Errors
    /// When it cannot be read, something is wrong in it, or the suite has a case of the same id.
    pub fn add_cases(&mut self, file: &Path) -> Result<(), SuiteError> {
        let read = File::open(file).and_then(|file| {
            let mut text = String::new();
            file.take(MAX_SOURCE_BYTES as u64 + 1).read_to_string(&mut text).map(|_| text)
        });
        let text = read.map_err(|source| SuiteError::Io { path: file.to_owned(), source })?;
        let folder = file.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or("own");
        let name = file.display().to_string();
        let cases = case::parse(&name, &text, folder, &self.vocabulary()).map_err(SuiteError::Source)?;
        for case in cases {
            if let Some(first) = self.cases.iter().find(|other| other.id == case.id) {
                return Err(SuiteError::Twice {
                    id: case.id,
                    second: case.origin,
                    first: first.origin.clone(),
                });
            }
            self.cases.push(case);
        }
        let digest = Sha256::new().chain_update(&self.digest).chain_update([0]).chain_update(&text);
        self.digest = hex::encode(digest.finalize());
        self.texts.insert(name, text);
        Ok(())
    }

    /// The tables of an edition.
    pub fn tables(&self, edition: Edition) -> &Tables {
        match edition {
            Edition::V1 => &self.v1,
            Edition::V2 => &self.v2,
        }
    }

    /// The profile of a file that a user wrote.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub fn profile_of(&self, file: &str, text: &str) -> Result<Profile, Vec<SourceError>> {
        self.known(|known| profile::read(&profile_name(file), file, text, &self.profiles, known))
    }

    /// What profiles may choose among.
    fn known<T>(&self, then: impl FnOnce(&profile::Known<'_>) -> T) -> T {
        let kinds = crate::generate::kinds(self).into_iter().map(|kind| kind.id);
        let beside: Vec<String> = crate::findings::pseudo_cases().chain(kinds).collect();
        let mut areas: Vec<&str> = self.cases.iter().map(|case| case.area.as_str()).collect();
        areas.dedup();
        areas.push(GENERATED);
        then(&profile::Known {
            cases: self
                .cases
                .iter()
                .map(|case| case.id.as_str())
                .chain(beside.iter().map(String::as_str))
                .collect(),
            areas,
            requirements: self.register.keys().map(String::as_str).collect(),
        })
    }

    /// What the tables state, each as a requirement of its own.
    pub fn declared(&self) -> BTreeMap<String, Declared> {
        spec::declared([&self.v1, &self.v2], &self.capabilities, &self.states)
    }

    /// The names that cases may use.
    pub fn vocabulary(&self) -> Vocabulary {
        let mut vocabulary = Vocabulary {
            requirements: self.register.keys().cloned().collect(),
            capabilities: self.capabilities.iter().map(|c| c.name.clone()).collect(),
            ..Vocabulary::default()
        };
        for tables in [&self.v1, &self.v2] {
            if let Some(entry) = tables.types.get("CloudEntryPoint") {
                let collections =
                    entry.attributes.iter().filter(|(_, a)| matches!(a.kind, Kind::Collection { .. }));
                vocabulary.facts.extend(collections.map(|(name, _)| name.clone()));
            }
            vocabulary.facts.extend(tables.types.keys().map(|name| fact_of(name)));
            vocabulary.types.extend(tables.types.keys().chain(tables.collections.keys()).cloned());
        }
        vocabulary
    }
}

fn statement(requirement: &Requirement) -> Statement {
    Statement {
        id: requirement.id.clone(),
        clause: spec::clause_of(&requirement.id).to_owned(),
        level: requirement.level,
        party: requirement.party,
        editions: requirement.editions.clone(),
        summary: requirement.summary.clone(),
        source: requirement.source.clone(),
        untestable: match &requirement.verification {
            Verification::Untestable(reason) => Some(reason.clone()),
            Verification::Checks(_) => None,
        },
    }
}

/// The fact that stands for a sample of a type: its name with a small first letter.
pub fn fact_of(type_name: &str) -> String {
    let mut letters = type_name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// What tells these files from others.
fn digest(files: &BTreeMap<String, String>) -> String {
    let mut digest = Sha256::new();
    for (name, text) in files {
        for part in [name.as_bytes(), &[0], text.as_bytes(), &[0]] {
            digest.update(part);
        }
    }
    hex::encode(digest.finalize())
}

/// The name of a profile: that of its file.
fn profile_name(file: &str) -> String {
    let name = Path::new(file).file_stem().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// What a file has that a suite may lack.
fn optional<T>(
    files: &BTreeMap<String, String>,
    root: &str,
    name: &str,
    read: impl Fn(&str, &str) -> Result<Vec<T>, Vec<SourceError>>,
    faults: &mut Vec<SourceError>,
) -> Vec<T> {
    files.get(name).map_or_else(Vec::new, |text| keep(read(&format!("{root}/{name}"), text), faults))
}

fn keep<T>(read: Result<Vec<T>, Vec<SourceError>>, faults: &mut Vec<SourceError>) -> Vec<T> {
    read.unwrap_or_else(|found| {
        faults.extend(found);
        Vec::new()
    })
}

fn walk(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) -> Result<(), SuiteError> {
    let fail = |path: &Path| {
        let path = path.to_owned();
        move |source| SuiteError::Io { path, source }
    };
    for entry in fs::read_dir(folder).map_err(fail(folder))? {
        let path = entry.map_err(fail(folder))?.path();
        if path.is_dir() {
            walk(root, &path, files)?;
        } else if path.extension().is_some_and(|e| e == "toml") {
            let text = fs::read_to_string(&path).map_err(fail(&path))?;
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            files.insert(name, text);
        }
        if files.len() > MAX_FILES {
            return Err(SuiteError::TooMany(root.to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Verification;

    #[test]
    fn every_requirement_is_listed_under_a_clause_that_has_its_place_in_the_tree() {
        let suite = Suite::embedded().unwrap();
        let numbers: Vec<&str> = suite.clauses.iter().map(|clause| clause.number.as_str()).collect();
        for id in suite.register.keys() {
            assert!(numbers.contains(&spec::clause_of(id)), "{id}: add its clause to spec/clauses.toml");
        }
        for number in &numbers {
            if let Some((above, _)) = number.rsplit_once('.') {
                assert!(numbers.contains(&above), "{number}: add the clause above it");
            }
        }
    }

    #[test]
    fn every_check_has_its_advice_and_all_advice_is_about_something() {
        let suite = Suite::embedded().unwrap();
        let about: Vec<&String> = suite.advice.iter().flat_map(|advice| &advice.about).collect();
        for check in crate::check::names().filter(|check| *check != "representation") {
            assert!(
                about.iter().any(|one| **one == format!("check:{check}")),
                "advice.toml: add check:{check}"
            );
        }
        for one in about.iter().filter(|one| !one.starts_with("check:")) {
            let fits = suite.register.keys().any(|id| crate::engine::known::glob(one, id));
            assert!(fits, "advice.toml: {one} is about no requirement");
        }
    }

    #[test]
    fn the_suite_in_the_binary_is_sound() {
        let suite = Suite::embedded().unwrap_or_else(|e| panic!("{e}"));
        let known: Vec<&str> = crate::check::names().chain(crate::consumer::names()).collect();
        for requirement in suite.register.values() {
            if let Verification::Checks(checks) = &requirement.verification {
                for check in checks {
                    assert!(
                        known.contains(&check.as_str()),
                        "{} names the check {check}, which there is not",
                        requirement.id
                    );
                }
            }
            for id in &requirement.interpretations {
                assert!(
                    suite.interpretations.iter().any(|i| i.id == *id),
                    "{} names the interpretation {id}",
                    requirement.id
                );
            }
        }
    }

    #[test]
    fn a_file_of_ones_own_adds_cases_that_are_not_there_yet() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mine.toml");
        let case = |id: &str| {
            format!(
                "[[case]]\nid = \"{id}\"\ntitle = \"t\"\nrequirements = [\"4.2.1.2/read\"]\n[[case.step]]\nget = \"${{cep}}\"\nexpect = [{{ status = 200 }}]\n"
            )
        };
        let mut suite = Suite::embedded().unwrap();
        let before = (suite.cases.len(), suite.digest.clone());
        fs::write(&file, case("mine.own")).unwrap();
        suite.add_cases(&file).unwrap();
        assert_eq!(suite.cases.len(), before.0 + 1);
        assert_ne!(suite.digest, before.1, "other cases are another suite");
        let error = suite.add_cases(&file).unwrap_err().to_string();
        assert!(error.contains("mine.toml:1:1: a second case `mine.own`"), "{error}");
        fs::write(&file, case("bad")).unwrap();
        let error = suite.add_cases(&file).unwrap_err().to_string();
        assert!(error.contains("`bad` is no id of a case"), "{error}");
    }
}
