//! Recordings of three real servers, judged: every finding is in a snapshot, and each was reviewed by hand against the
//! bytes and the text. The recordings are not part of the project.

use std::env;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use harness::event::{At, Exchange};
use harness::judge::{judge, read_folder};
use harness::suite::Suite;
use libtest_mimic::{Failed, Trial};

use crate::component::Component;

const CAPTURES: Component = Component {
    what: "recordings of real servers",
    remedy: "set CIMI_SHARED to the folder that holds captures/",
    find: captures,
};

/// The folder of recordings: below `CIMI_SHARED`, or beside the project.
fn captures() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let shared = env::var_os("CIMI_SHARED").map_or_else(beside, PathBuf::from);
    Some(shared.join("captures")).filter(|folder| folder.is_dir())
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        CAPTURES.trial("captures::deltacloud", |folder| check(folder, "deltacloud")),
        CAPTURES.trial("captures::stratuslab", |folder| check(folder, "stratuslab")),
        CAPTURES.trial("captures::osaddon", |folder| check(folder, "osaddon")),
    ]
}

/// Judges one recording and compares what was found with the snapshot.
fn check(folder: &Path, server: &str) -> Result<(), Failed> {
    let suite = Suite::embedded()?;
    let exchanges = read_folder(&folder.join(server), server, 1)?;
    let judgement = judge(&exchanges, server, &suite, None);
    let mut out = format!("{} exchanges, edition {}\n", exchanges.len(), judgement.edition);
    for (subject, finding) in judgement.gathered.findings() {
        let file = finding.exchange.and_then(|n| source(&exchanges, n.0)).unwrap_or("");
        let at = match &finding.at {
            At::Body(at) if at.path.is_empty() => "body".to_owned(),
            At::Body(at) => at.path.clone(),
            other => other.to_string(),
        };
        writeln!(
            out,
            "{} ({}) {subject}\n    {file} {at}\n    expected {}\n    got {}",
            finding.requirement, finding.level, finding.expected, finding.got
        )?;
    }
    insta::assert_snapshot!(format!("captures_{server}"), out);
    Ok(())
}

/// The file that an exchange was read from.
fn source(exchanges: &[Exchange], n: u64) -> Option<&str> {
    let exchange = exchanges.iter().find(|e| e.n.0 == n)?;
    exchange.source.as_ref().map(|place| place.file.as_str())
}
