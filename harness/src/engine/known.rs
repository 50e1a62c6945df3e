//! The file of known deviations: what is expected to fail, why, and until when.
//!
//! An entry that fails as foreseen turns a failure into `known`; one that is no longer needed is told as `fixed`, so
//! that the file never outlives what it excuses.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::event::{Formats, Micros, Outcome, Reason, Verdict};
use crate::findings::place;
use crate::source::{Faults, Origin, Section, SourceError};

/// One known deviation.
#[derive(Debug, Clone)]
pub struct Known {
    /// The case, or a pattern with `*`; any if absent.
    pub case: Option<String>,
    /// The requirement, or a pattern with `*`; any if absent.
    pub requirement: Option<String>,
    /// The endpoint, or a pattern with `*`.
    pub endpoint: String,
    /// Why it is so.
    pub reason: String,
    /// The last day on which it counts.
    pub expires: Option<Date>,
    /// Where it is written.
    pub origin: Origin,
}

/// The known deviations of a run, and which of them were met.
#[derive(Debug, Default)]
pub struct KnownFile {
    entries: Vec<Known>,
    met: BTreeSet<usize>,
    judged: BTreeSet<usize>,
}

impl KnownFile {
    /// Reads a file of known deviations. Entries that have expired by `today` are faults: they have to be looked at.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub fn read(file: &str, text: &str, today: Date) -> Result<Self, Vec<SourceError>> {
        let mut faults = Faults::new(file, text);
        let mut entries = Vec::new();
        faults.document("a file of known deviations", |faults, root| {
            for section in root.sections("known", "a known deviation", faults) {
                entries.extend(entry(section, today, faults));
            }
            root.finish(faults);
        });
        faults.into_result(Self { entries, ..Self::default() })
    }

    /// Takes a verdict and says what it comes to in the light of what is known.
    pub fn apply(&mut self, mut verdict: Verdict) -> Verdict {
        let fits = |known: &Known, verdict: &Verdict| {
            glob(&known.endpoint, &verdict.endpoint)
                && known.case.as_ref().is_none_or(|c| glob(c, &verdict.case))
        };
        let entries: Vec<(usize, Known)> =
            self.entries.iter().cloned().enumerate().filter(|(_, known)| fits(known, &verdict)).collect();
        let judged = matches!(verdict.outcome, Outcome::Pass | Outcome::Warn | Outcome::Fail);
        let about = |known: &Known| {
            known.requirement.as_ref().is_none_or(|r| verdict.requirements.iter().any(|v| glob(r, v)))
        };
        if judged {
            self.judged.extend(entries.iter().filter(|(_, known)| about(known)).map(|(i, _)| *i));
        }
        if !matches!(verdict.outcome, Outcome::Fail | Outcome::Warn) {
            return verdict;
        }
        let excuse = |requirement: &str| {
            entries.iter().find(|(_, known)| known.requirement.as_ref().is_none_or(|r| glob(r, requirement)))
        };
        let excuses: Vec<Option<&(usize, Known)>> =
            verdict.findings.iter().map(|f| excuse(&f.requirement)).collect();
        self.met.extend(excuses.iter().flatten().map(|(i, _)| *i));
        if let Some(Some((_, known))) = excuses.first().filter(|_| excuses.iter().all(Option::is_some)) {
            verdict.outcome = Outcome::Known;
            verdict.reason =
                Some(Reason { text: format!("{} ({})", known.reason, known.origin), exchange: None });
        }
        verdict
    }

    /// A verdict for each entry that is no longer needed: what it speaks of was judged, and did not fail. It is told of the
    /// first of `endpoints` that the entry is about, or else of the first.
    pub fn leftovers(&self, endpoints: &[String]) -> Vec<Verdict> {
        let about = |known: &Known| {
            let fit = endpoints.iter().find(|name| glob(&known.endpoint, name)).or(endpoints.first());
            fit.unwrap_or(&known.endpoint).clone()
        };
        let unmet = self.entries.iter().enumerate().filter(|(i, _)| !self.met.contains(i));
        let verdict = |(i, known): (usize, &Known)| Verdict {
            endpoint: about(known),
            case: known.case.clone().or_else(|| known.requirement.clone()).unwrap_or_default(),
            format: Formats::Both,
            area: "known".to_owned(),
            title: format!("a known deviation: {}", known.reason),
            requirements: known.requirement.iter().cloned().collect(),
            outcome: Outcome::Fixed,
            findings: Vec::new(),
            exchanges: Vec::new(),
            duration: Micros(0),
            reason: Some(Reason {
                text: if self.judged.contains(&i) {
                    format!("what {} excuses holds: take the entry out", known.origin)
                } else {
                    format!("{} speaks of nothing that was judged", known.origin)
                },
                exchange: None,
            }),
            source: Some(place(&known.origin)),
        };
        unmet.map(verdict).collect()
    }
}

fn entry(section: Section<'_, '_>, today: Date, faults: &mut Faults) -> Option<Known> {
    let origin = faults.origin(section.span().start);
    let case = section.string("case", faults).map(|f| f.value);
    let requirement = section.string("requirement", faults).map(|f| f.value);
    let endpoint = section.string("endpoint", faults).map_or_else(|| "*".to_owned(), |f| f.value);
    let reason = section.required("reason", faults).map(|f| f.value);
    let mut expires = None;
    if let Some(field) = section.string("expires", faults) {
        match field.value.parse::<Date>() {
            Ok(date) if date < today => {
                let hint = "look at it again: take it out, or give it another date".to_owned();
                faults.add_with_hint(field.span, format!("this entry expired on {date}"), None, Some(hint));
            }
            Ok(date) => expires = Some(date),
            Err(_) => faults.add(
                field.span,
                format!("`{}` is no date", field.value),
                Some("\"2027-01-31\"".to_owned()),
            ),
        }
    }
    if case.is_none() && requirement.is_none() {
        faults.add(
            section.span(),
            "a known deviation of nothing",
            Some("`case`, `requirement` or both".to_owned()),
        );
    }
    section.finish(faults);
    Some(Known { case, requirement, endpoint, reason: reason?, expires, origin })
}

/// Whether a text fits a pattern in which `*` stands for any run of characters.
pub fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{ExchangeId, Finding};
    use crate::findings::blank;

    const FILE: &str = "[[known]]\nrequirement = \"5.5.*\"\nendpoint = \"old-*\"\nreason = \"issue 7\"\n[[known]]\ncase = \"a.b\"\nreason = \"r\"\n";

    fn verdict(endpoint: &str, case: &str, findings: &[&str]) -> Verdict {
        let finding =
            |id: &&str| Finding { exchange: Some(ExchangeId(1)), ..blank(id, &crate::spec::Register::new()) };
        let findings: Vec<Finding> = findings.iter().map(finding).collect();
        Verdict {
            endpoint: endpoint.to_owned(),
            case: case.to_owned(),
            format: Formats::Json,
            area: "a".to_owned(),
            title: "t".to_owned(),
            requirements: vec!["5.5.4/x".to_owned()],
            outcome: crate::findings::outcome(&findings),
            findings,
            exchanges: Vec::new(),
            duration: Micros(0),
            reason: None,
            source: None,
        }
    }

    fn today() -> Date {
        "2026-06-01".parse().unwrap()
    }

    /// Applies the file to verdicts; the outcomes, and the reasons of entries left.
    fn check(verdicts: Vec<Verdict>) -> (Vec<Outcome>, Vec<String>) {
        let mut file = KnownFile::read("known.toml", FILE, today()).unwrap();
        let outcomes = verdicts.into_iter().map(|v| file.apply(v).outcome).collect();
        (
            outcomes,
            file.leftovers(&["new".to_owned()])
                .into_iter()
                .filter_map(|v| v.reason)
                .map(|r| r.text)
                .collect(),
        )
    }

    #[test]
    fn what_is_known_is_known_and_what_is_fixed_is_told() {
        let (outcomes, left) = check(vec![
            verdict("old-1", "x", &["5.5.4/y"]),
            verdict("old-1", "x", &["5.5.4/y", "4.1/z"]),
            verdict("new", "x", &["5.5.4/y"]),
            verdict("new", "a.b", &[]),
        ]);
        assert_eq!(outcomes, [Outcome::Known, Outcome::Fail, Outcome::Fail, Outcome::Pass]);
        assert_eq!(left, ["what known.toml:5:1 excuses holds: take the entry out"]);
        let (_, left) = check(vec![verdict("new", "a.b", &["q/q"])]);
        assert_eq!(left, ["known.toml:1:1 speaks of nothing that was judged"]);
    }

    #[test]
    fn a_wrong_file_says_where() {
        let text = "[[known]]\nreason = \"r\"\nexpires = \"2026-05-31\"\n[[known]]\ncase = \"a.b\"\nexpires = \"soon\"\nwhy = 1\n";
        let faults = KnownFile::read("known.toml", text, today()).unwrap_err();
        insta::assert_snapshot!(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn patterns() {
        for (pattern, text, fits) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("a*c", "abc", true),
            ("a*d", "abc", false),
            ("*", "", true),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }
}
