//! The suite as tests: a trial for each case, representation and built-in target, named `TARGET::CASE::FORMAT`.
//!
//! A thin door onto the engine: what the arguments of the test binary choose is run once, and each trial reads its verdict.
//! libtest knows three ends of a test, the engine nine: pass, warn and flaky pass; known and not-applicable are ignored,
//! with the reason; fail, fixed, blocked and error fail. `again::TARGET` judges the same run again from what it recorded.

mod verdicts;

use std::process::ExitCode;
use std::sync::Arc;

use harness::event::{Edition, Formats};
use harness::suite::Suite;
use harness::target::Targets;
use libtest_mimic::{Arguments, Trial};

use verdicts::{Key, Verdicts};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let suite = Arc::new(Suite::embedded().expect("the suite in the binary is whole"));
    let keys: Vec<Key> =
        Targets::NAMES.iter().flat_map(|(name, edition)| keys(&suite, name, *edition)).collect();
    let chosen: Vec<Key> = keys.iter().filter(|key| is_chosen(&key.name(), &arguments)).cloned().collect();
    let repeated: Vec<&str> = Targets::NAMES
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| is_chosen(&again(name), &arguments))
        .collect();
    let verdicts =
        Arc::new(if arguments.list { Verdicts::default() } else { Verdicts::of(&suite, &chosen, &repeated) });
    let judged = keys.into_iter().map(|key| {
        let verdicts = verdicts.clone();
        Trial::ignorable_test(key.name(), move || verdicts.told(&key))
    });
    let twice = Targets::NAMES.iter().map(|(name, _)| {
        let verdicts = verdicts.clone();
        Trial::test(again(name), move || verdicts.told_again(name))
    });
    libtest_mimic::run(&arguments, judged.chain(twice).collect()).exit_code()
}

fn again(target: &str) -> String {
    format!("again::{target}")
}

/// All that the suite has for a target.
fn keys(suite: &Suite, target: &str, edition: Edition) -> Vec<Key> {
    let of = |case: &str, format| Key { target: target.to_owned(), case: case.to_owned(), format };
    let cases = suite.cases.iter().filter(|case| case.editions.contains(&edition));
    let written =
        cases.flat_map(|case| case.formats.iter().map(|format| of(&case.id, Formats::from(*format))));
    let builtin = harness::findings::pseudo_cases().map(|case| of(&case, Formats::Both));
    written.chain(builtin).collect()
}

/// Whether the arguments ask for a trial, as libtest-mimic understands them.
fn is_chosen(name: &str, arguments: &Arguments) -> bool {
    let fits =
        |filter: &String| if arguments.exact { name == filter } else { name.contains(filter.as_str()) };
    arguments.filter.as_ref().is_none_or(fits) && !arguments.skip.iter().any(fits)
}
