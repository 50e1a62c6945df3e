//! `coverage`: how much of the specification the suite covers.

use clap::{Args, ValueEnum};

use crate::coverage::{self, Coverage, Kills};
use crate::suite::Suite;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// In which form.
    #[arg(long = "as", value_enum, default_value = "text")]
    form: Form,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    Text,
    Markdown,
    Json,
}

/// Counts and tells.
pub(super) fn coverage(suite: &Suite, arguments: &Arguments) -> String {
    let coverage = Coverage::of(suite, &Kills::embedded());
    match arguments.form {
        Form::Text => coverage::text(&coverage),
        Form::Markdown => coverage::markdown(&coverage),
        Form::Json => coverage::json(&coverage),
    }
}
