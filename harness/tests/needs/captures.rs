//! Recordings of three real servers, judged: every finding is in a snapshot, and each was reviewed by hand against the
//! bytes and the text. The recordings are not part of the project.

use std::env;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use harness::event::{At, Exchange};
use harness::judge::{Judgement, judge, read_folder};
use harness::suite::Suite;
use libtest_mimic::{Failed, Trial};

use crate::component::Component;
use crate::peers::{DELTACLOUD, OSADDON, STRATUSLAB, Said, Server};

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
        CAPTURES.trial("captures::deltacloud", |folder| check(folder, &DELTACLOUD)),
        CAPTURES.trial("captures::stratuslab", |folder| check(folder, &STRATUSLAB)),
        CAPTURES.trial("captures::osaddon", |folder| check(folder, &OSADDON)),
    ]
}

/// Judges one recording and compares what was found with what the notes say, and with the snapshot.
fn check(folder: &Path, notes: &Server) -> Result<(), Failed> {
    let server = notes.name;
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
    compare(notes, &judgement)?;
    insta::assert_snapshot!(format!("captures_{server}"), out);
    Ok(())
}

/// Every statement has its finding, and every finding its statement.
fn compare(notes: &Server, judgement: &Judgement) -> Result<(), Failed> {
    let found: Vec<(&str, &str)> = judgement
        .gathered
        .findings()
        .map(|(subject, finding)| (finding.requirement.as_str(), subject))
        .collect();
    let fits = |(requirement, subject): (&str, &str), (is, about): &(&str, &str)| {
        *is == requirement && about.starts_with(subject)
    };
    let mut text = String::new();
    let mut looked_at: Vec<(&str, &str)> = notes.beside.iter().map(|(id, about, _)| (*id, *about)).collect();
    for (statement, said) in notes.notes {
        match said {
            Said::Found(findings) => {
                for wanted in *findings {
                    if !found.iter().any(|is| fits(*wanted, is)) {
                        writeln!(text, "not found: {statement}: {wanted:?}")?;
                    }
                }
                looked_at.extend(*findings);
            }
            Said::Allowed(why) | Said::Unseen(why) if why.is_empty() => {
                writeln!(text, "no reason: {statement}")?;
            }
            Said::Allowed(_) | Said::Unseen(_) => {}
        }
    }
    for is in &found {
        if !looked_at.iter().any(|wanted| fits(*wanted, is)) {
            writeln!(text, "nobody looked at: {is:?}")?;
        }
    }
    for (requirement, subject, why) in notes.beside {
        if why.is_empty() || !found.iter().any(|is| fits((requirement, subject), is)) {
            writeln!(text, "not found: {requirement} {subject}: {why}")?;
        }
    }
    if text.is_empty() { Ok(()) } else { Err(text.into()) }
}

/// The file that an exchange was read from.
fn source(exchanges: &[Exchange], n: u64) -> Option<&str> {
    let exchange = exchanges.iter().find(|e| e.n.0 == n)?;
    exchange.source.as_ref().map(|place| place.file.as_str())
}
