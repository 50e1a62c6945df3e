//! `explain`: a case, a requirement or an interpretation, in words.

use std::fmt::Write as _;

use crate::spec::Verification;
use crate::suite::Suite;

/// Explains a case, a requirement or an interpretation.
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
    } else {
        let known =
            suite.register.keys().map(String::as_str).chain(suite.cases.iter().map(|c| c.id.as_str()));
        let known = known.chain(suite.interpretations.iter().map(|i| i.id.as_str()));
        let hint = crate::source::did_you_mean(id, known).map(|hint| format!("; {hint}")).unwrap_or_default();
        return Err(format!("`{id}` is no case, requirement or interpretation{hint}"));
    }
    Ok(out)
}

fn interpretation(suite: &Suite, id: &str) -> Option<String> {
    let found = suite.interpretations.iter().find(|i| i.id == id)?;
    let mut out = format!("interpretation {id}\n");
    for (key, text) in &found.words {
        let _ = writeln!(out, "  {key}: {}", text.replace('\n', "\n    "));
    }
    Some(out)
}
