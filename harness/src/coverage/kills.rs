//! What tests of the judge have shown it to find out, as they left it in `reports/`: a mock cloud with each deviation
//! (`kill-matrix.tsv`), and recorded replies with one thing wrong (`kill-tables.tsv`).

use std::collections::{BTreeMap, BTreeSet};

use crate::event::Edition;

const MATRIX: &str = include_str!("../../../reports/kill-matrix.tsv");
const TABLES: &str = include_str!("../../../reports/kill-tables.tsv");

/// What the judge is known to find out.
#[derive(Debug, Clone, Default)]
pub struct Kills {
    /// Deviations that are found out under a requirement.
    pub deviations: BTreeMap<String, BTreeSet<String>>,
    /// Cases and checks that found some deviation out.
    pub finders: BTreeSet<String>,
    /// Where a wrong reply is found out under what a table states: editions and formats.
    pub stated: BTreeMap<String, BTreeSet<(Edition, String)>>,
}

impl Kills {
    /// Those of the reports that the judge was built with.
    pub fn embedded() -> Self {
        Self::read(MATRIX, TABLES)
    }

    /// Those of two tables.
    pub fn read(matrix: &str, tables: &str) -> Self {
        let mut kills = Self::default();
        for [requirement, deviation, _, finder] in matrix.lines().skip(1).filter_map(cells::<4>) {
            kills.deviations.entry(requirement.to_owned()).or_default().insert(deviation.to_owned());
            kills.finders.insert(finder.to_owned());
        }
        for [id, edition, format] in tables.lines().skip(1).filter_map(cells::<3>) {
            let Some(edition) = Edition::ALL.into_iter().find(|it| it.name() == edition) else { continue };
            kills.stated.entry(id.to_owned()).or_default().insert((edition, format.to_owned()));
        }
        kills
    }
}

fn cells<const N: usize>(line: &str) -> Option<[&str; N]> {
    line.split('\t').collect::<Vec<_>>().try_into().ok()
}
