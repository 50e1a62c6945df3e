//! `list`: what the suite has, a line each.

use std::fmt::Write as _;

use clap::ValueEnum;

use crate::suite::Suite;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Listed {
    /// Cases.
    Cases,
    /// Requirements.
    Requirements,
    /// Interpretations of the text.
    Interpretations,
}

/// Lists it.
pub(super) fn list(suite: &Suite, what: Listed) -> String {
    let mut out = String::new();
    match what {
        Listed::Cases => {
            for case in &suite.cases {
                let _ = writeln!(out, "{:<48} {}", case.id, case.title);
            }
        }
        Listed::Requirements => {
            for requirement in suite.register.values() {
                let _ = writeln!(out, "{:<48} {} {}", requirement.id, requirement.level, requirement.summary);
            }
        }
        Listed::Interpretations => {
            for interpretation in &suite.interpretations {
                let question = interpretation
                    .words
                    .iter()
                    .find(|(k, _)| k == "question")
                    .map_or("", |(_, v)| v.as_str());
                let _ = writeln!(out, "{:<32} {question}", interpretation.id);
            }
        }
    }
    out
}
