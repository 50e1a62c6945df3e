//! Clients before the judge: ours pass, bad ones are found out, and the stage itself is right.
//!
//! What both come to is a committed report, `reports/client.md`; `INSTA_UPDATE=always` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use harness::consumer::{self, Rules};
use harness::event::{Edition, Exchange, ExchangeId, Format, Verdict};
use harness::suite::Suite;
use harness::target::stage::{Stage, Terms};
use url::Url;

mod habits;
mod ours;
mod program;
mod raw;

/// A stage, and what was asked of it.
struct Session {
    stage: Stage,
    heard: Arc<Mutex<Vec<Exchange>>>,
}

impl Session {
    async fn start(edition: Edition) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let listener = {
            let heard = Arc::clone(&heard);
            Arc::new(move |mut exchange: Exchange| {
                let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                exchange.n = ExchangeId(heard.len() as u64 + 1);
                heard.push(exchange);
            })
        };
        let terms = Terms { edition, port: 0, user: None };
        Self { stage: Stage::start(&terms, listener).await.unwrap(), heard }
    }

    fn cep(&self) -> Url {
        Url::parse(self.stage.cep()).unwrap()
    }

    fn exchanges(&self) -> Vec<Exchange> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What it comes to for whoever came, as one client.
    fn verdicts(&self, suite: &Suite, edition: Edition) -> Vec<Verdict> {
        consumer::judge(&self.exchanges(), "client", &self.cep(), &Rules::new(suite, edition))
    }
}

/// Every edition in every format.
fn everywhere() -> impl Iterator<Item = (Edition, Format)> {
    Edition::ALL.into_iter().flat_map(|edition| Format::ALL.map(|format| (edition, format)))
}

fn suite() -> Suite {
    Suite::from_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../suites")).unwrap()
}

/// The requirements under which something was found, with the first finding of each.
fn found(verdicts: &[Verdict]) -> BTreeMap<&str, String> {
    let mut all = BTreeMap::new();
    for finding in verdicts.iter().flat_map(|verdict| &verdict.findings) {
        all.entry(finding.requirement.as_str()).or_insert_with(|| {
            format!("expected {}; got {} ({:?})", finding.expected, finding.got, finding.exchange)
        });
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_report_of_clients_is_up_to_date() {
    let suite = suite();
    let mut text = String::from(
        "# Clients before the judge\n\n\
         What the clients of this project come to before `cimi-conformance serve`, and that bad clients are found out.\n\
         A test writes this page anew and compares. How clients are judged: [docs/judging-clients.md](../docs/judging-clients.md).\n",
    );
    text += &ours::report(&suite).await;
    text += &habits::report().await;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports/client.md");
    if std::env::var("INSTA_UPDATE").is_ok_and(|it| it == "always") {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "reports/client.md is not up to date; INSTA_UPDATE=always writes it:\n{text}");
}

/// A row of a table in Markdown.
fn row(text: &mut String, cells: &[&str]) {
    writeln!(text, "| {} |", cells.join(" | ")).unwrap();
}

#[test]
fn the_page_tells_of_every_verdict_and_every_step() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/judging-clients.md");
    let page = std::fs::read_to_string(path).unwrap();
    for case in consumer::cases() {
        assert!(page.contains(&format!("`{case}`")), "the page does not name {case}");
    }
    for (at, step) in consumer::guide().into_iter().enumerate() {
        assert!(page.contains(&format!("\n{}. {step}\n", at + 1)), "step {} is not {step}", at + 1);
    }
}
