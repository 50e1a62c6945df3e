//! The sentences of DSP0263 with SHALL or SHOULD, as a list beside the project, against the register.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use harness::suite::Suite;
use libtest_mimic::{Failed, Trial};

use crate::component::Component;

const NORMATIVE: Component = Component {
    what: "list of the normative sentences",
    remedy: "set CIMI_SHARED to the folder that holds spec/normative.tsv",
    find: normative,
};

fn normative() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let shared = env::var_os("CIMI_SHARED").map_or_else(beside, PathBuf::from);
    Some(shared.join("spec/normative.tsv")).filter(|file| file.is_file())
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![NORMATIVE.trial("normative::every_sentence_is_accounted_for", check)]
}

/// Every sentence of clauses 4 to 7 and Annex A is accounted for by some requirement, and no requirement by a sentence that
/// there is not.
fn check(file: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(file)?;
    let mut sentences = BTreeSet::new();
    for line in text.lines().skip(1) {
        let mut cells = line.split('\t');
        if let (Some(clause), Some(ordinal)) = (cells.next(), cells.next()) {
            sentences.insert(format!("{clause}#{ordinal}"));
        }
    }
    let suite = Suite::embedded()?;
    let accounted: BTreeSet<String> =
        suite.register.values().flat_map(|requirement| requirement.rows.iter().cloned()).collect();
    let is_meant = |row: &&String| row.starts_with(['4', '5', '6', '7', 'A']);
    let meant = sentences.iter().filter(is_meant).count();
    if meant != 558 {
        return Err(format!("{meant} sentences in clauses 4 to 7 and Annex A, not 529 and 29").into());
    }
    let missing: Vec<_> = sentences.iter().filter(is_meant).filter(|row| !accounted.contains(*row)).collect();
    let unknown: Vec<_> = accounted.difference(&sentences).collect();
    if missing.is_empty() && unknown.is_empty() {
        return Ok(());
    }
    Err(format!("not accounted for: {missing:?}; accounted for and not there: {unknown:?}").into())
}
