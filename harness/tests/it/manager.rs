//! A manager over two mock clouds is judged as any endpoint, in both editions; what comes of it is a committed report.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use harness::engine::{self, Settings};
use harness::event::{At, Edition, Outcome, Verdict};
use harness::suite::Suite;
use harness::target::Targets;

use crate::heard::{Heard, settings};

const REPORT: &str = "reports/manager.md";

/// What is fine. A recommendation that is not followed is told in the report.
const FINE: [Outcome; 3] = [Outcome::Pass, Outcome::Warn, Outcome::NotApplicable];

/// The verdicts on a manager that speaks an edition, over a cloud of each.
async fn judged(edition: Edition, suite: &Arc<Suite>) -> Vec<Verdict> {
    let targets = Targets::with_manager_of(edition).await.expect("the targets start");
    let manager = targets.endpoints().iter().find(|endpoint| endpoint.name == "manager");
    let manager = manager.expect("it is among them").clone();
    let heard = Heard::default();
    let settings = Settings { generated: 1, seed: 1, ..settings(Vec::new()) };
    let run = engine::run(vec![manager], Arc::clone(suite), settings, Box::new(heard.clone()));
    assert!(run.await.expect("the run can be made").unreachable.is_empty());
    let findings = heard.findings(&FINE);
    assert!(findings.is_empty(), "{}:\n{}", edition.name(), findings.join("\n"));
    heard.verdicts()
}

/// Of each area, how many verdicts hold, are recommendations not followed, or are about what the manager does not offer.
fn rows(verdicts: &[Verdict]) -> BTreeMap<&str, [usize; 3]> {
    let mut rows: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for verdict in verdicts {
        let column = FINE.iter().position(|outcome| *outcome == verdict.outcome);
        rows.entry(&verdict.area).or_default()[column.expect("the others are none that are fine")] += 1;
    }
    rows
}

fn report(judged: &[(Edition, Vec<Verdict>)]) -> String {
    let mut text = String::from(
        "# The manager, judged\n\n\
         A manager over a mock cloud of each edition, judged by the whole suite in JSON and XML. Made by a test\n\
         (`harness/tests/it/manager.rs`), which fails where anything is found; no deviation is known.\n",
    );
    for (edition, verdicts) in judged {
        let rows = rows(verdicts);
        let sum = |column: usize| rows.values().map(|row| row[column]).sum::<usize>();
        write!(
            text,
            "\n## It speaks {}\n\n| area | holds | recommendation not followed | not offered |\n",
            edition.name()
        )
        .expect("it is a String");
        text += "|---|---|---|---|\n";
        for (area, [holds, warned, lacks]) in &rows {
            writeln!(text, "| {area} | {holds} | {warned} | {lacks} |").expect("it is a String");
        }
        writeln!(text, "| **all** | {} | {} | {} |", sum(0), sum(1), sum(2)).expect("it is a String");
        for verdict in verdicts.iter().filter(|verdict| verdict.outcome == Outcome::Warn) {
            let told = verdict.findings.iter().map(|found| {
                let at = match &found.at {
                    At::Body(at) => at.path.rsplit('/').next().unwrap_or_default(),
                    _ => "the whole",
                };
                format!(
                    "- {} ({}): {at}, expected {}, got {}",
                    found.requirement, verdict.case, found.expected, found.got
                )
            });
            let told: BTreeSet<String> = told.collect();
            writeln!(text, "\nNot followed:\n\n{}", Vec::from_iter(told).join("\n")).expect("it is a String");
        }
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_of_either_edition_is_conformant() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let suite = Arc::new(Suite::embedded().expect("the suite in the binary is whole"));
    let mut all = Vec::new();
    for edition in Edition::ALL {
        all.push((edition, judged(edition, &suite).await));
    }
    crate::committed::check(REPORT, &report(&all));
}
