//! A mock cloud under judgement, with a deviation or without.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use harness::case::Role;
use harness::engine::{self, Settings};
use harness::event::{Edition, Formats, Verdict};
use harness::http::{Credentials, Endpoint, User};
use harness::suite::Suite;
use mock_cloud::deviation::Deviation;
use mock_cloud::{MockCloud, Seed};

use crate::heard::{Heard, settings};

/// How fast a cloud works, and how long it is waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// How many times as fast as its seed says.
    speed: f64,
    /// How much of the usual patience is had.
    patience: f64,
}

/// A cloud that is mostly done before it is asked again.
pub(crate) const HURRIED: Pace = Pace { speed: 100.0, patience: 0.003 };

/// A cloud that can be asked while it is at work.
pub(crate) const LEISURELY: Pace = Pace { speed: 1.0, patience: 0.1 };

/// How long a cloud that misbehaves is judged at most.
const LONGEST: Duration = Duration::from_mins(1);

/// Whom the clouds know: who judges, and who may only read.
const USERS: &str = r#"
[[users]]
name = "anna"
password = "anna-password"
role = "administer"

[[users]]
name = "rita"
password = "rita-password"
role = "read"
"#;

/// What was found broken: the requirement, and what found it in which formats.
pub(crate) type Found = BTreeMap<String, Finders>;

/// What found a requirement broken.
#[derive(Debug, Clone, Default)]
pub(crate) struct Finders {
    /// Cases and checks, each with its formats.
    pub(crate) by: BTreeMap<String, BTreeSet<&'static str>>,
    /// One of the findings, in words.
    pub(crate) example: String,
}

/// Judges a mock cloud by these cases, and by the checks of every response.
pub(crate) async fn judge(
    deviation: Option<&'static Deviation>,
    edition: Edition,
    mut cases: Vec<String>,
    pace: Pace,
    suite: &Arc<Suite>,
) -> Heard {
    let of = match edition {
        Edition::V1 => mock_cloud::Edition::V1,
        Edition::V2 => mock_cloud::Edition::V2,
    };
    let seed = Seed::builtin().followed_by(USERS);
    let builder = MockCloud::builder().edition(of).seed(seed).speed(pace.speed);
    let builder = deviation.into_iter().fold(builder, mock_cloud::Builder::deviation);
    let cloud = builder.start().await.expect("it starts");
    let cep: url::Url = cloud.base_uri().parse().expect("it is a URL");
    let name = deviation.map_or("right", |deviation| deviation.name);
    let reader = User { cep: cep.clone(), credentials: credentials("rita") };
    let endpoint = Endpoint {
        edition: Some(edition),
        credentials: credentials("anna"),
        users: BTreeMap::from([(Role::Reader, reader)]),
        ..Endpoint::open(name, cep)
    };
    if !cases.is_empty() {
        cases.push("protocol.every-response.*".to_owned());
    }
    let settings = Settings { patience: pace.patience, ..settings(cases) };
    let heard = Heard::default();
    let run = engine::run(vec![endpoint], Arc::clone(suite), settings, Box::new(heard.clone()));
    // A cloud that misbehaves may hold up whoever waits for it: then it is judged by what was heard by then.
    let longest = if deviation.is_some() { LONGEST } else { Duration::MAX };
    if let Ok(finished) = tokio::time::timeout(longest, run).await {
        finished.expect("the run can be made");
    }
    heard
}

fn credentials(user: &str) -> Credentials {
    Credentials::Basic { user: user.to_owned(), password: format!("{user}-password") }
}

/// What verdicts found broken.
pub(crate) fn found(verdicts: &[Verdict]) -> Found {
    let mut all = Found::new();
    for verdict in verdicts {
        for finding in &verdict.findings {
            let finders = all.entry(finding.requirement.clone()).or_default();
            let format = match verdict.format {
                Formats::Json => "json",
                Formats::Xml => "xml",
                Formats::Both => "both",
            };
            finders.by.entry(verdict.case.clone()).or_default().insert(format);
            if finders.example.is_empty() {
                finders.example = format!(
                    "{} at {}: expected {}, got {}",
                    verdict.case, finding.at, finding.expected, finding.got
                );
            }
        }
    }
    all
}
