//! `list`: what the suite has, a line each.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};

use crate::suite::Suite;

mod page;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What to list.
    #[arg(value_enum, default_value = "cases")]
    what: Listed,
    /// Interpretations alone: as a page, with all that there is to say.
    #[arg(long)]
    markdown: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Listed {
    /// Cases.
    Cases,
    /// Requirements.
    Requirements,
    /// What the tables of attributes, operations, states and capabilities state.
    Tables,
    /// Interpretations of the text.
    Interpretations,
    /// Profiles: choices among all that.
    Profiles,
}

/// Lists it.
pub(super) fn list(suite: &Suite, arguments: &Arguments) -> Result<String, String> {
    let mut out = String::new();
    match arguments.what {
        Listed::Interpretations if arguments.markdown => return Ok(page::of(suite)),
        _ if arguments.markdown => {
            return Err("--markdown: only interpretations are listed as a page; leave it out".to_owned());
        }
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
        Listed::Tables => {
            for declared in suite.declared().values() {
                let _ = writeln!(out, "{:<64} {}", declared.id, declared.summary);
            }
        }
        Listed::Profiles => {
            for profile in suite.profiles.values() {
                let _ = writeln!(out, "{:<16} {}", profile.name, profile.title);
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
    Ok(out)
}
