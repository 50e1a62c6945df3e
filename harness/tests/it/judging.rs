//! The judge over real servers: the built-in targets are conformant, and a cloud that misbehaves is found out.
//!
//! A judge that cannot say no is worth nothing: each deviation of the mock cloud must be reported, under a requirement
//! that it is declared to break.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use harness::engine::{self, KnownFile, Settings};
use harness::event::{Edition, Event, Format, Outcome, Sink, Verdict};
use harness::exit::ExitCode;
use harness::http::{Credentials, Endpoint, Limits};
use harness::suite::Suite;
use harness::target::Targets;
use mock_cloud::MockCloud;
use mock_cloud::deviation::{self, Deviation};

/// Verdicts as they come.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<Verdict>>>);

impl Heard {
    fn verdicts(&self) -> MutexGuard<'_, Vec<Verdict>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line for each finding: case, requirement, expected, got.
    fn findings(&self) -> Vec<String> {
        let verdicts = self.verdicts();
        let wrong = verdicts.iter().filter(|verdict| {
            !matches!(verdict.outcome, Outcome::Pass | Outcome::Warn | Outcome::NotApplicable)
        });
        wrong
            .flat_map(|verdict| {
                let name = format!(
                    "{:?} {} {} {:?}",
                    verdict.outcome, verdict.endpoint, verdict.case, verdict.format
                );
                let lines = verdict
                    .findings
                    .iter()
                    .map(|f| format!("  {}: expected {:?}, got {:?}", f.requirement, f.expected, f.got));
                std::iter::once(name).chain(lines).collect::<Vec<_>>()
            })
            .collect()
    }

    /// The requirements that some verdict found broken, recommendations among them.
    fn broken(&self) -> BTreeSet<String> {
        let verdicts = self.verdicts();
        verdicts.iter().flat_map(|verdict| &verdict.findings).map(|f| f.requirement.clone()).collect()
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
    Settings {
        run: "test".to_owned(),
        started: jiff::Timestamp::UNIX_EPOCH,
        command: Vec::new(),
        profile: "chosen".to_owned(),
        only,
        skip: Vec::new(),
        formats: Format::ALL.to_vec(),
        read_only: false,
        limits: Limits::default(),
        known: KnownFile::default(),
    }
}

async fn judge(endpoints: Vec<Endpoint>, suite: &Suite, only: Vec<String>) -> (ExitCode, Heard) {
    let heard = Heard::default();
    let finished = engine::run(endpoints, suite, settings(only), Box::new(heard.clone())).await;
    (finished.expect("the run can be made").code, heard)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_built_in_targets_are_conformant() {
    let suite = Suite::embedded().expect("the suite in the binary is whole");
    let targets = Targets::start().await.expect("the targets start");
    let (code, heard) = judge(targets.endpoints().to_vec(), &suite, Vec::new()).await;
    assert!(heard.verdicts().len() > 1000, "the whole suite was judged");
    assert_eq!(code, ExitCode::Conformant, "{}", heard.findings().join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_deviation_is_found_out() {
    let suite = Suite::embedded().expect("the suite in the binary is whole");
    let mut missed = Vec::new();
    for deviation in deviation::ALL {
        let broken = judged_with(deviation, &suite).await;
        if !deviation.breaks.iter().any(|requirement| broken.contains(*requirement)) {
            missed.push(format!(
                "{}: breaks {:?}, but found were {broken:?}",
                deviation.name, deviation.breaks
            ));
        }
    }
    assert!(missed.is_empty(), "not found out:\n{}", missed.join("\n"));
}

/// What is found broken at a mock cloud with a deviation, by the checks of every response and the cases concerned.
async fn judged_with(deviation: &'static Deviation, suite: &Suite) -> BTreeSet<String> {
    let cloud = MockCloud::builder().deviation(deviation).speed(50.0).start().await.expect("it starts");
    let endpoint = Endpoint {
        name: deviation.name.to_owned(),
        cep: cloud.base_uri().parse().expect("it is a URL"),
        credentials: Credentials::Nobody,
        edition: Some(Edition::V2),
    };
    let concerned = suite.cases.iter().filter(|case| {
        case.requirements.iter().any(|requirement| deviation.breaks.contains(&requirement.as_str()))
    });
    // The first case reads collections and resources of every kind: food for the checks of every response.
    let only = ["protocol.every-response.*", "serialization.same*", "machine.create.by-value"];
    let only = only.into_iter().map(str::to_owned).chain(concerned.map(|case| case.id.clone())).collect();
    judge(vec![endpoint], suite, only).await.1.broken()
}
