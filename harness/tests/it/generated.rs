//! Cases that the judge generates: they find nothing at right servers, whatever the seed, and each law and story finds who breaks it.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::StreamExt as _;
use harness::engine::{self, Past, Settings};
use harness::event::{CaseFile, Edition, Event, Format, Outcome};
use harness::http::Endpoint;
use harness::profile::Selection;
use harness::suite::Suite;
use harness::target::Targets;
use mock_cloud::MockCloud;
use mock_cloud::deviation;

use crate::heard::{Heard, settings};

/// How many times as fast as their seed says the clouds do their work.
const SPEED: f64 = 100.0;

/// How much of the usual patience is had: the clouds work a hundred times as fast.
const LITTLE: f64 = 0.005;

/// Seeds that the built-in targets are judged with, where a person or CI waits; `CIMI_SEEDS=100` judges them with a hundred.
const SEEDS: u64 = 1;

/// Seeds that a walk is tried with, until it comes by what is wrong.
const MOST_SEEDS: u64 = 20;

/// Clouds that are judged at the same time.
const AT_ONCE: usize = 3;

/// What is fine: what is recommended and not done (a Job of the manager that runs has no return code) is nothing new.
const FINE: [Outcome; 3] = [Outcome::Pass, Outcome::Warn, Outcome::NotApplicable];

/// Settings that generate so many cases of each kind, and run those alone that fit.
fn generating(seed: u64, generated: u32, only: &str) -> Settings {
    Settings { seed, generated, patience: LITTLE, ..settings(vec![only.to_owned()]) }
}

fn seeds() -> u64 {
    let asked = std::env::var("CIMI_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    asked.unwrap_or(SEEDS)
}

fn suite() -> Arc<Suite> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Arc::new(Suite::embedded().expect("the suite in the binary is whole"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_generated_finds_nothing_at_the_built_in_targets() {
    let suite = suite();
    let targets = Targets::start().await.expect("the targets start");
    for seed in 1..=seeds() {
        let heard = Heard::default();
        let all = generating(seed, 8, "*");
        let skip = suite.cases.iter().map(|case| case.id.clone()).collect();
        let settings = Settings { patience: 1.0, selection: Selection { skip, ..all.selection }, ..all };
        let run = engine::run(targets.endpoints().to_vec(), suite.clone(), settings, Box::new(heard.clone()));
        let finished = run.await.expect("the run can be made");
        assert!(finished.unreachable.is_empty());
        let judged = heard.verdicts().iter().filter(|verdict| verdict.area == "generated").count();
        assert!(judged > 200, "only {judged} cases were generated");
        let findings = heard.findings(&FINE);
        assert!(findings.is_empty(), "seed {seed}:\n{}", findings.join("\n"));
    }
}

/// What was heard of a cloud, with a deviation or without, judged by these settings.
async fn judged(name: Option<&str>, edition: Edition, suite: &Arc<Suite>, settings: Settings) -> Heard {
    let of = match edition {
        Edition::V1 => mock_cloud::Edition::V1,
        Edition::V2 => mock_cloud::Edition::V2,
    };
    let find = |name: &str| deviation::find(name).unwrap_or_else(|| panic!("there is no deviation {name}"));
    let builder = MockCloud::builder().edition(of).speed(SPEED);
    let cloud = name.map(find).into_iter().fold(builder, mock_cloud::Builder::deviation).start().await;
    let cloud = cloud.expect("it starts");
    let cep = cloud.base_uri().parse().expect("it is a URL");
    let endpoint = Endpoint { edition: Some(edition), ..Endpoint::open(name.unwrap_or("right"), cep) };
    let heard = Heard::default();
    let finished = engine::run(vec![endpoint], suite.clone(), settings, Box::new(heard.clone())).await;
    assert!(finished.expect("the run can be made").unreachable.is_empty(), "{name:?} cannot be judged");
    heard
}

fn broken(heard: &Heard) -> BTreeSet<String> {
    let verdicts = heard.verdicts();
    verdicts.iter().flat_map(|verdict| verdict.findings.iter().map(|f| f.requirement.clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_law_and_story_finds_who_breaks_it() {
    let broken_by = [
        ("law.filter-and", "filter-last-counts"),
        ("law.filter-or", "filter-ignored"),
        ("law.filter-not", "filter-bounds-included"),
        ("law.filter-not", "filter-value-first-swapped"),
        ("law.filter-nested", "filter-and-or-alike"),
        ("law.range", "range-from-zero"),
        ("law.range", "last-not-implied"),
        ("law.count", "count-after-paging"),
        ("law.select", "select-with-items-whole"),
        ("law.expand", "expand-not-on-collections"),
        ("law.orderby", "orderby-desc-ignored"),
        ("law.orderby", "orderby-integers-as-text"),
        ("body.make", "direct-attributes-lost"),
        ("body.update", "partial-resets-the-rest"),
        ("body.update", "partial-resets-nothing"),
        ("body.update", "read-only-refused"),
        ("body.wrong", "unknown-attribute-accepted"),
        ("body.wrong", "partial-unlisted-ignored"),
        ("body.promise", "vscope-not-enforced"),
    ];
    let suite = suite();
    let judged = broken_by.map(|(law, name)| {
        let suite = suite.clone();
        async move {
            // Collections whose names begin so; nested expressions need luck to be wrong.
            let number = if law == "law.filter-nested" { 48 } else { 16 };
            let settings = generating(7, number, &format!("{law}.machine*"));
            let settings = Settings { formats: vec![Format::Json], ..settings };
            (law, name, broken(&judged(Some(name), Edition::V2, &suite, settings).await))
        }
    });
    let mut judged = futures::stream::iter(judged).buffered(AT_ONCE);
    let mut missed = Vec::new();
    while let Some((law, name, broken)) = judged.next().await {
        let declared = deviation::find(name).expect("it was judged").breaks;
        if !declared.iter().any(|requirement| broken.contains(*requirement)) {
            missed.push(format!("{name} breaks {declared:?}, and {law} found {broken:?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// What a walk at a cloud came to.
async fn walked(name: Option<&str>, suite: &Arc<Suite>, seed: u64) -> Heard {
    let settings = Settings { formats: vec![Format::Json], ..generating(seed, 1, "walk.machine") };
    judged(name, Edition::V2, suite, settings).await
}

/// The case files that a run left.
fn files(heard: &Heard) -> Vec<CaseFile> {
    let case = |event: Event| match event {
        Event::Case(file) => Some(file),
        _ => None,
    };
    let mut all: Vec<CaseFile> = heard.events().into_iter().filter_map(case).collect();
    all.sort_by(|a, b| a.file.cmp(&b.file));
    all
}

/// A walk that finds something, of those with these seeds.
async fn first_that_finds(name: &str, suite: &Arc<Suite>, first: u64) -> (u64, Heard, CaseFile) {
    for seed in first..first + MOST_SEEDS {
        let heard = walked(Some(name), suite, seed).await;
        if let Some(file) = files(&heard).into_iter().next() {
            return (seed, heard, file);
        }
    }
    panic!("no walk finds {name}")
}

/// A walk finds what breaks the states of a Machine, leaves out of itself what does not matter, and leaves a file that finds
/// the same at that cloud and nothing at a right one.
#[tokio::test(flavor = "multi_thread")]
async fn a_walk_finds_a_fault_and_leaves_the_shortest_way_to_it() {
    let right = suite();
    // Which deviation, what it breaks, and what the shortest walk to it does: a Machine is STOPPED at first; and a
    // seed that comes before one that finds it.
    for (name, requirement, shortest, first) in [
        ("restart-stops", "5.14.1.2/restart-to", &["restart"][..], 0),
        ("start-of-paused-refused", "5.14.1.2/start-resumes", &["start", "start", "start"], 20),
        ("state-by-update", "5.8/state-changes-only-by-operation", &["start", "select"], 0),
    ] {
        let (_, heard, file) = first_that_finds(name, &right, first).await;
        let found = broken(&heard);
        assert!(found.contains(requirement), "{name}: {found:?}");
        let done = file.text.lines().filter(|line| line.starts_with("name = \"do-")).count();
        assert!(done <= shortest.len(), "{name} needs {shortest:?}:\n{}", file.text);
        assert!(shortest.iter().all(|word| file.text.contains(word)), "{name}:\n{}", file.text);

        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("walk.machine.toml");
        std::fs::write(&path, &file.text).expect("it can be written");
        let mut suite = Suite::clone(&right);
        suite.add_cases(&path).unwrap_or_else(|error| panic!("{error}"));
        let suite = Arc::new(suite);
        let again = broken(&walked(Some(name), &suite, 0).await);
        assert!(again.contains(requirement), "the file of {name} finds {again:?}:\n{}", file.text);
        let none = walked(None, &suite, 0).await;
        assert_eq!(none.findings(&FINE), Vec::<String>::new(), "{}", file.text);
        assert_eq!(none.verdicts().len(), 1, "the file was run, and the walk was not");
    }
}

/// What was generated is generated again from the seed in the recording, and what was shortened is shortened again.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_generated_is_judged_again_from_its_seed() {
    let suite = suite();
    let (seed, _, _) = first_that_finds("restart-stops", &suite, 0).await;
    for (name, only, number) in [("restart-stops", "walk.*", 1), ("filter-ignored", "law.*", 4)] {
        let heard = judged(Some(name), Edition::V2, &suite, generating(seed, number, only)).await;
        assert!(!broken(&heard).is_empty() && !files(&heard).is_empty(), "{name} is found");
        let past = Past::of(heard.events()).expect("it is a whole run");
        let again = Heard::default();
        // Another seed and number: those of the recording count.
        let asked = generating(seed + 1, 0, "*");
        engine::again(Arc::new(past), suite.clone(), asked, Box::new(again.clone())).await.expect("it can");
        let sorted = |heard: &Heard| {
            let mut all = heard.verdicts();
            all.sort_by_key(|verdict| (verdict.case.clone(), verdict.format));
            all
        };
        assert_eq!(sorted(&heard), sorted(&again), "{name}");
        assert_eq!(files(&heard), files(&again), "{name}");
    }
}
