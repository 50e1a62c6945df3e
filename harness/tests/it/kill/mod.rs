//! The kill matrix: a judge that cannot say no is worth nothing.
//!
//! A mock cloud with each of its deviations is judged, and has to be found out: under what the deviation is declared to
//! break, and under nothing else. A mock cloud without any shows nothing at all.

mod matrix;
mod mock;
mod open;
mod plan;
mod replies;
mod tables;
mod wrong;

use std::collections::BTreeSet;
use std::env;
use std::sync::{Arc, Mutex, PoisonError};

use harness::coverage::{self, Coverage, Kills};
use harness::event::{Edition, Outcome};
use harness::suite::Suite;
use mock_cloud::deviation::{self, Deviation};

use matrix::Rows;
use mock::{Found, Pace};
use open::Open;

/// Clouds that a thread judges at the same time: they wait for pretended work, too.
const AT_ONCE: usize = 4;

/// How many deviations are passed over for each that is judged, where a person waits.
const STRIDE: usize = 40;

/// What was found of a deviation in an edition.
struct Judged {
    deviation: &'static Deviation,
    edition: Edition,
    found: Found,
}

fn suite() -> Arc<Suite> {
    // Where another test has installed one, that one serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Arc::new(Suite::from_folder(&crate::committed::path("suites")).unwrap_or_else(|e| panic!("{e}")))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("it can be made")
}

/// Which deviations are judged: all of them with `CIMI_DEVIATIONS=all`, those that it names, or some of every area.
fn chosen() -> Vec<&'static Deviation> {
    let which = env::var("CIMI_DEVIATIONS").unwrap_or_default();
    let all = deviation::all();
    match which.as_str() {
        "all" => all.collect(),
        "" => all.enumerate().filter(|(at, _)| at.is_multiple_of(STRIDE)).map(|(_, it)| it).collect(),
        names => all.filter(|it| names.split(',').any(|name| name == it.name)).collect(),
    }
}

/// What a right cloud answers is then made wrong, one attribute at a time.
#[test]
fn a_right_cloud_shows_nothing_and_one_wrong_attribute_shows() {
    let suite = suite();
    let mut killed = tables::Killed::new();
    let mut faults = Vec::new();
    for edition in Edition::ALL {
        let heard = runtime().block_on(mock::judge(None, edition, Vec::new(), mock::HURRIED, &suite));
        assert!(heard.verdicts().len() > 300, "the whole suite was judged");
        let wrong = heard.findings(&[Outcome::Pass, Outcome::NotApplicable]);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let (found, more) = tables::kill(&heard.exchanges(), edition, &suite);
        killed.extend(found);
        killed.extend(runtime().block_on(replies::kill(&heard.events(), edition, &suite)));
        faults.extend(more);
    }
    assert!(faults.is_empty(), "one attribute is wrong, and this is reported:\n{}", faults.join("\n"));
    crate::committed::check(tables::TABLE, &tables::table(&killed));
}

/// Everything that could be verified is verified, and of everything that is verified a deviation is found out.
#[test]
fn the_coverage_is_what_the_report_says() {
    let suite = suite();
    let kills = Kills::read(&crate::committed::text(matrix::TABLE), &crate::committed::text(tables::TABLE));
    let coverage = Coverage::of(&suite, &kills);
    let unverified = coverage.unverified.iter().map(|id| format!("unverified {id}"));
    let alive = coverage.alive.iter().map(|id| format!("alive {id}"));
    let now = unverified.chain(alive).collect();
    let concerns = |line: &str| line.starts_with("unverified ") || line.starts_with("alive ");
    Open::read().check(&now, concerns, &[]);
    crate::committed::check("reports/coverage.md", &coverage::markdown(&coverage));
}

#[test]
fn every_deviation_is_found_out() {
    let suite = suite();
    let deviations = chosen();
    assert!(!deviations.is_empty(), "CIMI_DEVIATIONS names no deviation");
    let judged = judge_all(&deviations, &suite);
    let mut now = BTreeSet::new();
    let mut details = Vec::new();
    let mut rows = Rows::new();
    for one in &judged {
        tell(one);
        rows.extend(matrix::rows(one.deviation.name, one.deviation.breaks, one.edition, &one.found));
        let undeclared = one.found.iter().filter(|(id, _)| !one.deviation.breaks.contains(&id.as_str()));
        for (id, finders) in undeclared {
            let line = format!("excess {} {id}", one.deviation.name);
            details.push(format!("{line} ({}): {}", one.edition.name(), finders.example));
            now.insert(line);
        }
    }
    for deviation in &deviations {
        if !rows.keys().any(|(_, name, _)| name == deviation.name) {
            now.insert(format!("unfound {}", deviation.name));
        }
    }
    let concerns = |line: &str| {
        let mut words = line.split(' ');
        matches!(words.next(), Some("excess" | "unfound"))
            && words.next().is_some_and(|name| {
                deviations.iter().any(|it| it.name == name) || deviation::find(name).is_none()
            })
    };
    let open = Open::read();
    details.retain(|line| !line.split_once(" (").is_some_and(|(line, _)| open.has(line)));
    compare(rows, &deviations);
    open.check(&now, concerns, &details);
}

/// Says what was found of a deviation: `--nocapture` shows it to who mends one.
#[expect(clippy::print_stdout, reason = "a test shows it to who asks for it")]
fn tell(judged: &Judged) {
    let Deviation { name, breaks, .. } = judged.deviation;
    println!("{name} ({})", judged.edition.name());
    for id in breaks.iter().filter(|id| !judged.found.contains_key(**id)) {
        println!("    not found   {id}");
    }
    for (id, finders) in &judged.found {
        let word = if breaks.contains(&id.as_str()) { "found      " } else { "undeclared " };
        println!("    {word} {id} ({} times): {}", finders.by.len(), finders.example);
    }
}

/// Holds what was found out against the committed matrix; what was not judged stays as it was. Which case is the first to
/// find a deviation is told, and not compared: cases that run side by side may find it in another order.
fn compare(rows: Rows, deviations: &[&'static Deviation]) {
    let is_judged = |name: &str| deviations.iter().any(|it| it.name == name);
    let mut all = matrix::committed();
    let show = |(id, name, edition): &(String, String, Edition)| format!("{id} {name} {edition}");
    let lost = all.keys().filter(|key| is_judged(&key.1) && !rows.contains_key(*key));
    let mut changes: Vec<String> = lost.map(|key| format!("- {}", show(key))).collect();
    if deviations.len() == deviation::all().count() {
        changes
            .extend(rows.keys().filter(|key| !all.contains_key(*key)).map(|key| format!("+ {}", show(key))));
    }
    all.retain(|(_, name, _), _| !is_judged(name));
    all.extend(rows);
    if crate::committed::is_updated() {
        crate::committed::check(matrix::TABLE, &matrix::table(&all));
        crate::committed::check(matrix::PAGE, &matrix::page(&all));
        return;
    }
    let hint = "the matrix is another one; make it anew with INSTA_UPDATE=always, and read it";
    assert!(changes.is_empty(), "{hint}:\n{}", changes.join("\n"));
}

/// The page says what the table says.
#[test]
fn the_page_of_the_matrix_is_that_of_its_table() {
    crate::committed::check(matrix::PAGE, &matrix::page(&matrix::committed()));
}

/// Judges clouds with these deviations, some at a time.
fn judge_all(deviations: &[&'static Deviation], suite: &Arc<Suite>) -> Vec<Judged> {
    let queue: Mutex<Vec<_>> = Mutex::new(deviations.iter().rev().copied().collect());
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        let judge = || {
            let judges = (0..AT_ONCE).map(|_| take_turns(&queue, suite));
            runtime().block_on(futures::future::join_all(judges))
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(judge)).collect();
        let judged = threads.into_iter().flat_map(|thread| thread.join().expect("it does not panic"));
        judged.flatten().collect()
    })
}

/// Judges what is in a queue, one after the other, until it is empty. What a cloud in a hurry does not show at all is looked
/// for in one that takes its time.
async fn take_turns(queue: &Mutex<Vec<&'static Deviation>>, suite: &Arc<Suite>) -> Vec<Judged> {
    let mut judged = Vec::new();
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some(deviation) = next else { return judged };
        let mut all = in_editions(deviation, mock::HURRIED, suite).await;
        let is_found = |one: &Judged| deviation.breaks.iter().any(|id| one.found.contains_key(*id));
        if !all.iter().any(is_found) {
            all.extend(in_editions(deviation, mock::LEISURELY, suite).await);
        }
        judged.extend(all);
    }
}

/// Judges a deviation in each edition. In 1.x is looked for what 2.0 did not show.
async fn in_editions(deviation: &'static Deviation, pace: Pace, suite: &Arc<Suite>) -> Vec<Judged> {
    let mut judged = Vec::new();
    let mut sought = plan::verified(deviation, suite);
    for edition in Edition::ALL.into_iter().rev() {
        if !sought.iter().any(|requirement| requirement.editions.contains(&edition)) {
            continue;
        }
        let cases = plan::cases(deviation, edition, suite);
        let heard = mock::judge(Some(deviation), edition, cases, pace, suite).await;
        let found = mock::found(&heard.verdicts());
        sought.retain(|requirement| !found.contains_key(&requirement.id));
        judged.push(Judged { deviation, edition, found });
    }
    judged
}
