//! What is read in JSON and in XML means the same: where it does not, that is a finding of its own, and no other.

use std::sync::Arc;

use harness::engine::{self, Settings};
use harness::event::{Outcome, Verdict};
use harness::http::Endpoint;
use harness::suite::Suite;
use mock_cloud::{MockCloud, deviation};

use crate::heard::{Heard, settings};

/// What checks of every response find: requirement, and how it is broken.
type Found = Vec<(String, String)>;

/// The verdict of the comparison at a cloud with a deviation or with none, what it found, and what all others found.
async fn compared(deviation: Option<&str>) -> (Outcome, Found, Found) {
    let builder = deviation.into_iter().fold(MockCloud::builder(), |builder, name| {
        builder.deviation(deviation::find(name).expect("there is such a deviation"))
    });
    let cloud = builder.start().await.expect("it starts");
    let endpoint = Endpoint::open("mock", cloud.base_uri().parse().expect("it is a URL"));
    let checks = vec!["protocol.every-response.*".to_owned()];
    let settings = Settings { read_only: true, ..settings(checks) };
    let (heard, suite) = (Heard::default(), Suite::embedded().expect("the suite in the binary is whole"));
    let run = engine::run(vec![endpoint], Arc::new(suite), settings, Box::new(heard.clone()));
    run.await.expect("the run can be made");
    let verdicts = heard.verdicts();
    let (mut compared, others): (Vec<_>, Vec<_>) =
        verdicts.iter().partition(|verdict| verdict.case == "protocol.every-response.json-xml-equal");
    let verdict = compared.pop().expect("there is one verdict");
    let found = |verdicts: Vec<&Verdict>| {
        let findings = verdicts.into_iter().flat_map(|verdict| &verdict.findings);
        findings.map(|f| (f.requirement.clone(), format!("{}: {}", f.expected, f.got))).collect()
    };
    (verdict.outcome, found(vec![verdict]), found(others))
}

#[tokio::test(flavor = "multi_thread")]
async fn names_in_capitals_in_xml_are_found_as_that() {
    let (outcome, found, usual) = compared(None).await;
    assert_eq!((outcome, found), (Outcome::Pass, Vec::new()));
    let (outcome, found, others) = compared(Some("xml-json-differ")).await;
    assert_eq!((outcome, others), (Outcome::Fail, usual));
    assert!(
        !found.is_empty() && found.iter().all(|(requirement, _)| requirement == "4.1.4/same-meaning"),
        "{found:?}"
    );
    assert!(found.iter().any(|(_, what)| what.contains(", as in JSON: ")), "{found:?}");
}
