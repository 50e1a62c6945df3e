//! `rerun`: what a run was asked for, asked again, of the same endpoints: all of it, or what failed.
//!
//! The stream has the command line of the run, which has no secrets: files that hold them are read again, and what is given
//! after `--` takes the place of what was given then.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser as _};
use jiff::Timestamp;

use crate::engine::Pick;
use crate::event::{Outcome, Verdict};
use crate::report::{self, Run};

use super::{Asked, Cli, Command, Common, run, with_source};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder of the run (or its stream).
    run: PathBuf,
    /// Just what failed, was blocked, flaky or in error.
    #[arg(long)]
    failed: bool,
    /// Options of `run` to take the place of those given then, such as credentials.
    #[arg(last = true, value_name = "OPTIONS")]
    options: Vec<String>,
}

/// The run asked for again.
pub(super) fn rerun(arguments: &Arguments, common: &Common, now: Timestamp) -> Result<Asked, String> {
    let before = report::read(&arguments.run).map_err(|error| with_source(&error))?;
    let mut command = renewed(&before.header.command, &arguments.options);
    // The seed of a run that was given none is the one that it took.
    if !command.iter().any(|word| word == "--seed" || word.starts_with("--seed=")) {
        command.extend(["--seed".to_owned(), before.header.seed.to_string()]);
    }
    let cannot = |error: clap::Error| {
        format!("the command line of the run cannot be read again:\n  {}\n{error}", command.join(" "))
    };
    let mut cli = Cli::try_parse_from(&command).map_err(cannot)?;
    cli.common.out.clone_from(&common.out);
    if common.suites.is_some() {
        cli.common.suites.clone_from(&common.suites);
    }
    let endpoints = match &cli.command {
        None => Vec::new(),
        Some(Command::Run(arguments)) => arguments.all()?,
        Some(_) => return Err(format!("{}: no run at endpoints", arguments.run.display())),
    };
    let again = arguments.failed.then(|| picks(&before));
    if again.as_ref().is_some_and(BTreeSet::is_empty) {
        return Err(format!("{}: nothing failed there", arguments.run.display()));
    }
    let suite = super::load(&cli.common)?;
    let mut job = run::job(endpoints, suite, &cli.common, now, command)?;
    job.settings.again = again;
    Ok(Asked::Run(Box::new(job)))
}

/// What failed. A check of every exchange is run with the cases whose exchanges it found wrong.
fn picks(run: &Run) -> BTreeSet<Pick> {
    let failed = |verdict: &&Verdict| {
        matches!(verdict.outcome, Outcome::Fail | Outcome::Error | Outcome::Flaky | Outcome::Blocked)
    };
    let pick = |verdict: &Verdict, case: &str, format| (verdict.endpoint.clone(), case.to_owned(), format);
    let mut picks = BTreeSet::new();
    for verdict in run.verdicts.iter().filter(failed) {
        picks.insert(pick(verdict, &verdict.case, verdict.format));
        for finding in verdict.findings.iter().filter(|_| verdict.source.is_none()) {
            let Some(exchange) = run.evidence_for(finding).map(|evidence| &evidence.exchange) else {
                continue;
            };
            if let (Some(case), Some(format)) = (&exchange.case, exchange.format) {
                picks.insert(pick(verdict, case, format.into()));
            }
        }
    }
    picks
}

/// Of the ways to show who one is, one is used.
const CREDENTIALS: [&str; 3] = ["user", "password-file", "token-file"];

/// A command line with options in place of those of the same name; where its run went is another place each time.
fn renewed(command: &[String], options: &[String]) -> Vec<String> {
    let name =
        |word: &str| word.strip_prefix("--").map(|word| word.split('=').next().unwrap_or(word).to_owned());
    let mut given: BTreeSet<String> = options.iter().filter_map(|word| name(word)).collect();
    given.insert("out".to_owned());
    if CREDENTIALS.iter().any(|one| given.contains(*one)) {
        given.extend(CREDENTIALS.map(str::to_owned));
    }
    let mut kept = Vec::new();
    let mut words = command.iter();
    while let Some(word) = words.next() {
        match name(word).filter(|name| given.contains(name)) {
            Some(name) if !word.contains('=') && takes_value(&name) => drop(words.next()),
            Some(_) => {}
            None => kept.push(word.clone()),
        }
    }
    kept.extend(options.iter().cloned());
    kept
}

/// Whether an option of the program, or of `run`, has a value beside it.
fn takes_value(name: &str) -> bool {
    let program = Cli::command();
    let of_run = program.get_subcommands().filter(|command| command.get_name() == "run");
    let arguments = program.get_arguments().chain(of_run.flat_map(clap::Command::get_arguments));
    arguments
        .filter(|argument| argument.get_long() == Some(name))
        .any(|argument| argument.get_action().takes_values())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(command: &str, options: &str, expected: &str) {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(renewed(&words(command), &words(options)).join(" "), expected);
    }

    #[test]
    fn options_take_the_place_of_those_given_before() {
        check("c run --cep http://h/ --out old --read-only", "", "c run --cep http://h/ --read-only");
        check("c --out=old --format json", "--format xml", "c --format xml");
        check(
            "c run --cep http://h/ --user me --password-file p",
            "--token-file t",
            "c run --cep http://h/ --token-file t",
        );
        check("c run --read-only --cep http://h/", "--read-only", "c run --cep http://h/ --read-only");
    }
}
