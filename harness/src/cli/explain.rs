//! `explain`: a case, a requirement, an interpretation or a profile, in words.

use std::fmt::Write as _;

use crate::coverage::Kills;
use crate::event::Edition;
use crate::profile::{Profile, Subject};
use crate::spec::{Declared, Requirement, Verification};
use crate::suite::Suite;

/// Explains a case, a requirement, an interpretation or a profile.
pub(super) fn explain(suite: &Suite, id: &str) -> Result<String, String> {
    let mut out = String::new();
    if let Some(requirement) = suite.register.get(id) {
        let _ = writeln!(
            out,
            "{} ({}, {}; clause {})\n  {}",
            requirement.id,
            requirement.level,
            requirement.party,
            requirement.clause(),
            requirement.summary
        );
        match &requirement.verification {
            Verification::Untestable(reason) => {
                let _ = writeln!(out, "  not testable: {reason}");
            }
            Verification::Checks(checks) if !checks.is_empty() => {
                let _ = writeln!(out, "  built-in checks: {}", checks.join(", "));
            }
            Verification::Checks(_) => {}
        }
        for case in suite.cases.iter().filter(|c| c.requirements.iter().any(|r| r == id)) {
            let _ = writeln!(out, "  case {} ({})", case.id, case.origin);
        }
        out.push_str(&advice(suite, requirement));
        if let Some(deviations) = Kills::embedded().deviations.get(id) {
            let deviations: Vec<&str> = deviations.iter().map(String::as_str).collect();
            let _ = writeln!(out, "  found out under it: {}", deviations.join(", "));
        }
        for name in &requirement.interpretations {
            out.push_str(&interpretation(suite, name).unwrap_or_default());
        }
    } else if let Some(case) = suite.cases.iter().find(|c| c.id == id) {
        let _ = writeln!(out, "{}\n  {}\n  {}", case.id, case.title, case.origin);
        for need in &case.needs {
            let _ = writeln!(out, "  needs {}", need.text);
        }
        for name in &case.requirements {
            let summary = suite.register.get(name).map_or("", |r| r.summary.as_str());
            let _ = writeln!(out, "  {name}: {summary}");
        }
    } else if let Some(text) = interpretation(suite, id) {
        out.push_str(&text);
    } else if let Some(profile) = suite.profiles.get(id) {
        out.push_str(&choice(suite, profile));
    } else if let Some(declared) = suite.declared().get(id) {
        out.push_str(&stated(suite, declared));
    } else {
        let known =
            suite.register.keys().map(String::as_str).chain(suite.cases.iter().map(|c| c.id.as_str()));
        let known = known.chain(suite.interpretations.iter().map(|i| i.id.as_str()));
        let known = known.chain(suite.profiles.keys().map(String::as_str));
        let hint = crate::source::did_you_mean(id, known).map(|hint| format!("; {hint}")).unwrap_or_default();
        return Err(format!(
            "`{id}` is no case, requirement, interpretation or profile, and no table states it{hint}"
        ));
    }
    Ok(out)
}

/// A profile: what it is made of, and the cases that it comes to.
fn choice(suite: &Suite, profile: &Profile) -> String {
    let mut out = format!("profile {}\n  {}\n", profile.name, profile.title);
    let parents: Vec<&str> = profile.inherits.iter().map(|parent| parent.name.as_str()).collect();
    let mut line = |key: &str, values: &[&str]| {
        if !values.is_empty() {
            let _ = writeln!(out, "  {key} {}", values.join(", "));
        }
    };
    line("inherits", &parents);
    for (word, choice) in [("with", &profile.with), ("without", &profile.without)] {
        for (key, patterns) in
            [("cases", &choice.cases), ("areas", &choice.areas), ("requirements", &choice.requirements)]
        {
            let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
            line(&format!("{word} {key}"), &patterns);
        }
    }
    if profile.read_only {
        line("reads", &["alone"]);
    }
    for edition in Edition::ALL {
        let chosen = suite.cases.iter().filter(|case| {
            case.editions.contains(&edition) && profile.chooses(Subject::from(*case), edition)
        });
        let _ = writeln!(out, "  {} cases in {}", chosen.count(), edition.name());
    }
    out
}

/// What a table states, and whether it is covered.
fn stated(suite: &Suite, declared: &Declared) -> String {
    let kills = Kills::embedded();
    let mut out = format!("{} (tables; clause {})\n  {}\n", declared.id, declared.clause(), declared.summary);
    for edition in &declared.editions {
        let covered = crate::coverage::is_covered(declared, *edition, suite, &kills);
        let places = kills.stated.get(&declared.id).into_iter().flatten();
        let formats: Vec<&str> =
            places.filter(|(place, _)| place == edition).map(|(_, format)| format.as_str()).collect();
        let how = match (covered, formats.is_empty()) {
            (false, _) => "not covered: nothing wrong is reported".to_owned(),
            (true, true) => "covered by cases".to_owned(),
            (true, false) => format!("covered: a wrong reply is reported in {}", formats.join(" and ")),
        };
        let _ = writeln!(out, "  {edition}: {how}");
    }
    out
}

/// What usually causes a finding, and what mends it.
fn advice(suite: &Suite, requirement: &Requirement) -> String {
    let Some(advice) = suite.advice_on(requirement) else { return String::new() };
    let causes = advice.causes.iter().fold("  usual causes:\n".to_owned(), |mut text, cause| {
        let _ = writeln!(text, "    - {cause}");
        text
    });
    format!("{causes}  fix: {}\n", advice.fix)
}

fn interpretation(suite: &Suite, id: &str) -> Option<String> {
    let found = suite.interpretations.iter().find(|i| i.id == id)?;
    let mut out = format!("interpretation {id}\n");
    for (key, text) in &found.words {
        let _ = writeln!(out, "  {key}: {}", text.replace('\n', "\n    "));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_is_explained_with_its_causes_and_its_mending() {
        let suite = Suite::embedded().unwrap();
        let text = explain(&suite, "5.5.12/count-not-less").unwrap();
        for part in ["shall", "clause 5.5.12", "usual causes:", "fix: ", "built-in checks: collection-count"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
