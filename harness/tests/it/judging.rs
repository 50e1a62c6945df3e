//! The judge over real servers: a cloud that misbehaves is found out. That the built-in targets are conformant is for
//! `tests/suite`.
//!
//! A judge that cannot say no is worth nothing: each deviation of the mock cloud must be reported, under a requirement
//! that it is declared to break.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use harness::engine::{self, Order, Settings};
use harness::event::{At, Edition, Event, Format, Sink, Verdict};
use harness::http::Endpoint;
use harness::profile::Selection;
use harness::spec::Verification;
use harness::suite::Suite;
use mock_cloud::MockCloud;
use mock_cloud::deviation::{self, Deviation};
use serde_json::Value;

/// How many times as fast as their seed says the clouds do their work.
const SPEED: f64 = 100.0;

/// How much of the usual patience is had with a cloud that misbehaves: it works a hundred times as fast.
const LITTLE: f64 = 0.005;

/// Clouds that a thread judges at the same time: they wait for pretended work, too.
const AT_ONCE: usize = 4;

/// Cases that are run before it is looked whether the deviation is found out.
const CASES_AT_ONCE: usize = 8;

/// Such looks at most: who breaks what many cases verify is found by the first of them.
const ROUNDS: usize = 3;

/// Threads that judge.
const THREADS: usize = 2;

/// Verdicts as they come.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<Verdict>>>);

impl Heard {
    fn verdicts(&self) -> MutexGuard<'_, Vec<Verdict>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What some verdict found wrong, recommendations among them: the requirement, and where and how it is broken.
    fn broken(&self) -> BTreeSet<(String, String)> {
        let verdicts = self.verdicts();
        let findings = verdicts.iter().flat_map(|verdict| &verdict.findings);
        findings
            .map(|f| {
                let place = match &f.at {
                    At::Body(body) => body.path.clone(),
                    other => format!("{other:?}"),
                };
                (f.requirement.clone(), format!("{place}: expected {}, got {}", f.expected, f.got))
            })
            .collect()
    }
}

impl Sink for Heard {
    fn take(&mut self, event: &Event) -> io::Result<()> {
        if let Event::Verdict(verdict) = event {
            self.verdicts().push((**verdict).clone());
        }
        Ok(())
    }
}

fn settings(only: Vec<String>) -> Settings {
    let all = Settings::new("test", jiff::Timestamp::UNIX_EPOCH);
    let selection = Selection { only, ..Selection::everything() };
    Settings { selection, order: Order::InStep, ..all }
}

/// What a mock cloud has: types with their attributes and operations, as its metadata says.
type Served = BTreeMap<String, BTreeSet<String>>;

async fn served(edition: mock_cloud::Edition) -> Served {
    let cloud = MockCloud::builder().edition(edition).start().await.expect("it starts");
    let metadata: Value = async {
        let request = reqwest::Client::new().get(format!("{}resourceMetadata", cloud.base_uri()));
        let reply = request.header("accept", "application/json").send().await?;
        reply.text().await
    }
    .await
    .ok()
    .and_then(|text| serde_json::from_str(&text).ok())
    .expect("it answers in JSON");
    let lists = metadata.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_array());
    let named = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let members = |of: &Value| {
        let lists = ["attributes", "actions"].into_iter().filter_map(|list| of[list].as_array());
        lists.flatten().map(named).collect()
    };
    lists.flatten().filter(|of| of["typeURI"].is_string()).map(|of| (named(of), members(of))).collect()
}

/// Whether a cloud has what a deviation needs to show; metadata of 1.x tells no more than the type.
fn is_served(deviation: &Deviation, v2: &Served, v1: &Served) -> bool {
    deviation.needs().iter().all(|need| match v2.get(need.ty) {
        Some(members) => need.member.is_empty() || members.contains(need.member),
        None => v1.contains_key(need.ty),
    })
}

/// The editions of those requirements of a deviation that something verifies today.
fn verified_in(deviation: &Deviation, suite: &Arc<Suite>) -> BTreeSet<Edition> {
    let verified = deviation.breaks.iter().filter(|id| {
        let named = suite.cases.iter().any(|case| case.requirements.iter().any(|named| named == *id));
        named || is_checked(id, suite)
    });
    verified
        .filter_map(|id| suite.register.get(*id))
        .flat_map(|requirement| requirement.editions.clone())
        .collect()
}

fn is_checked(id: &str, suite: &Arc<Suite>) -> bool {
    let verification = suite.register.get(id).map(|requirement| &requirement.verification);
    matches!(verification, Some(Verification::Checks(checks)) if !checks.is_empty())
}

/// How long a cloud that misbehaves is judged at most.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// How many deviations are passed over for each that is judged, where a person or CI waits. `CIMI_DEVIATIONS=all` judges them
/// all, which takes some minutes of two processors.
const STRIDE: usize = 40;

/// Which deviations are judged: all, or some of every area, among them the ones that are not found yet.
fn is_chosen(at: usize) -> bool {
    std::env::var_os("CIMI_DEVIATIONS").is_some_and(|which| which == "all") || at.is_multiple_of(STRIDE)
}

/// A deviation must be found out under a requirement that it is declared to break, wherever one of these is verified
/// today, by a check of every response or by a case. Those in `unfound.txt` should be found and are not yet: the list may
/// only get shorter.
#[test]
fn every_deviation_is_found_out() {
    let suite = Arc::new(Suite::embedded().expect("the suite in the binary is whole"));
    // Where another test has installed one, that one serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let of = |edition| runtime().block_on(served(edition));
    let (v2, v1) = (of(mock_cloud::Edition::V2), of(mock_cloud::Edition::V1));
    let excused: BTreeSet<&str> = include_str!("unfound.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let strange: Vec<_> = excused.iter().filter(|name| deviation::find(name).is_none()).collect();
    assert!(strange.is_empty(), "unfound.txt names what is no deviation: {strange:?}");
    let due = deviation::all()
        .filter(|deviation| is_served(deviation, &v2, &v1) && !verified_in(deviation, &suite).is_empty());
    let chosen = due.enumerate().filter(|(at, _)| is_chosen(*at)).map(|(_, deviation)| deviation);
    let mut queue: Vec<&'static Deviation> = chosen.collect();
    assert!(queue.len() > 8, "only {} deviations are judged", queue.len());
    queue.reverse();
    let queue = Mutex::new(queue);
    let usual = runtime().block_on(usual(&suite));
    let judged: Vec<_> = std::thread::scope(|scope| {
        let judge = || {
            let judges = (0..AT_ONCE).map(|_| judge_all(&queue, &excused, &usual, &suite));
            runtime().block_on(futures::future::join_all(judges))
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(judge)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("it does not panic")).flatten().collect()
    });
    let mut wrong = Vec::new();
    for (deviation, broken) in judged {
        let found = deviation.breaks.iter().any(|requirement| broken.contains(*requirement));
        if found == excused.contains(deviation.name) {
            let what = if found { "is found, take it out of unfound.txt" } else { "is not found" };
            wrong.push(format!("{} {what}: breaks {:?}, found {broken:?}", deviation.name, deviation.breaks));
        }
    }
    wrong.sort_unstable();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("it can be made")
}

/// Judges deviations of a queue, one after the other, until it is empty.
async fn judge_all(
    queue: &Mutex<Vec<&'static Deviation>>,
    excused: &BTreeSet<&str>,
    usual: &Usual,
    suite: &Arc<Suite>,
) -> Vec<(&'static Deviation, BTreeSet<String>)> {
    let mut judged = Vec::new();
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some(deviation) = next else { return judged };
        let broken = judged_with(deviation, excused.contains(deviation.name), usual, suite).await;
        judged.push((deviation, broken));
    }
}

/// What is found broken at a mock cloud with a deviation, until it is found out. The cases concerned are run a few at a
/// time, in JSON before XML, 2.0 before 1.x; what is not expected to be found is looked for in the first of these only.
async fn judged_with(
    deviation: &'static Deviation,
    is_excused: bool,
    usual: &Usual,
    suite: &Arc<Suite>,
) -> BTreeSet<String> {
    let mut broken = BTreeSet::new();
    let formats = if is_excused { &Format::ALL[..1] } else { &Format::ALL[..] };
    let editions = if is_excused { 1 } else { Edition::ALL.len() };
    for edition in verified_in(deviation, suite).into_iter().rev().take(editions) {
        for format in formats {
            for cases in rounds(deviation, edition, suite).into_iter().take(ROUNDS) {
                let wrong = judged_by(Some(deviation), edition, *format, cases, suite).await;
                broken.extend(wrong.difference(usual).map(|(requirement, _)| requirement.clone()));
                if deviation.breaks.iter().any(|requirement| broken.contains(*requirement)) {
                    return broken;
                }
            }
        }
    }
    broken
}

/// The cases that are concerned, a few at a time, those of the first requirement first. What reads resources of every
/// kind is food for the checks of every response.
fn rounds(deviation: &Deviation, edition: Edition, suite: &Arc<Suite>) -> Vec<Vec<String>> {
    let mut ids: Vec<String> = Vec::new();
    for requirement in deviation.breaks {
        for case in &suite.cases {
            let names = case.requirements.iter().any(|named| named == requirement);
            if names && case.editions.contains(&edition) && !ids.contains(&case.id) {
                ids.push(case.id.clone());
            }
        }
    }
    let mut rounds: Vec<Vec<String>> = ids.chunks(CASES_AT_ONCE).map(<[String]>::to_vec).collect();
    if deviation.breaks.iter().any(|id| is_checked(id, suite)) {
        let at = rounds.len().min(1);
        rounds.insert(at, vec!["serialization.same*".to_owned()]);
    }
    rounds
}

/// What is wrong with a cloud without any deviation: it tells nothing of one.
type Usual = BTreeSet<(String, String)>;

async fn usual(suite: &Arc<Suite>) -> Usual {
    let mut usual = Usual::new();
    for edition in Edition::ALL {
        for format in Format::ALL {
            let cases = vec!["serialization.same*".to_owned()];
            usual.extend(judged_by(None, edition, format, cases, suite).await);
        }
    }
    usual
}

/// What some cases, and the checks of every response, find wrong.
async fn judged_by(
    deviation: Option<&'static Deviation>,
    edition: Edition,
    format: Format,
    mut cases: Vec<String>,
    suite: &Arc<Suite>,
) -> BTreeSet<(String, String)> {
    let of = match edition {
        Edition::V1 => mock_cloud::Edition::V1,
        Edition::V2 => mock_cloud::Edition::V2,
    };
    let builder = MockCloud::builder().edition(of).speed(SPEED);
    let builder = deviation.into_iter().fold(builder, mock_cloud::Builder::deviation);
    let cloud = builder.start().await.expect("it starts");
    let cep = cloud.base_uri().parse().expect("it is a URL");
    let name = deviation.map_or("right", |deviation| deviation.name);
    let endpoint = Endpoint { edition: Some(edition), ..Endpoint::open(name, cep) };
    cases.push("protocol.every-response.*".to_owned());
    let settings = Settings { formats: vec![format], patience: LITTLE, ..settings(cases) };
    let heard = Heard::default();
    let run = engine::run(vec![endpoint], Arc::clone(suite), settings, Box::new(heard.clone()));
    // Where what is deleted stays, the judge waits long for each thing that it made to go: its verdicts are heard by then.
    if let Ok(finished) = tokio::time::timeout(PATIENCE, run).await {
        finished.expect("the run can be made");
    }
    let broken = heard.broken();
    broken.into_iter().map(|(id, how)| (id, how.replace(cloud.base_uri(), ""))).collect()
}
