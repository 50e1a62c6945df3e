//! The kill matrix: which deviation is found out under which requirement, where, and by what. Committed twice: as a table
//! that `coverage` reads, and as a page.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use harness::event::Edition;

use super::mock::Found;

pub(crate) const TABLE: &str = "reports/kill-matrix.tsv";
pub(crate) const PAGE: &str = "reports/kill-matrix.md";

const HEAD: &str = "requirement\tdeviation\tedition\tfound by\n";

/// A row: requirement, deviation, edition; and what finds it.
pub(crate) type Rows = BTreeMap<(String, String, Edition), String>;

/// The rows of one deviation in one edition.
pub(crate) fn rows(deviation: &str, breaks: &[&str], edition: Edition, found: &Found) -> Rows {
    let declared = found.iter().filter(|(id, _)| breaks.contains(&id.as_str()));
    let row = |(id, finders): (&String, &super::mock::Finders)| {
        // What runs beside others may find it or not, by chance; what is first is found by most.
        let by = finders.by.keys().next().cloned().unwrap_or_default();
        ((id.clone(), deviation.to_owned(), edition), by)
    };
    declared.map(row).collect()
}

/// The committed table.
pub(crate) fn committed() -> Rows {
    let text = crate::committed::text(TABLE);
    let row = |line: &str| {
        let mut cells = line.split('\t').map(str::to_owned);
        let (requirement, deviation, edition) = (cells.next()?, cells.next()?, cells.next()?);
        let edition = Edition::ALL.into_iter().find(|it| it.name() == edition)?;
        Some(((requirement, deviation, edition), cells.next()?))
    };
    text.lines().skip(1).filter_map(row).collect()
}

pub(crate) fn table(rows: &Rows) -> String {
    let mut out = HEAD.to_owned();
    for ((requirement, deviation, edition), by) in rows {
        let _ = writeln!(out, "{requirement}\t{deviation}\t{}\t{by}", edition.name());
    }
    out
}

/// The page: a line a requirement.
pub(crate) fn page(rows: &Rows) -> String {
    let mut by_requirement: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for (requirement, deviation, edition) in rows.keys() {
        let deviations = by_requirement.entry(requirement).or_default();
        deviations.entry(deviation).or_default().insert(edition.name());
    }
    let deviations: BTreeSet<&String> = rows.keys().map(|(_, deviation, _)| deviation).collect();
    let mut out = format!(
        "# Kill matrix\n\n\
         A test judges a mock cloud with each deviation that it can have, and this is what was found out: {} requirements, each \
         under its own id, by {} deviations. [kill-matrix.tsv](kill-matrix.tsv) says by which case or check. Made by \
         `CIMI_DEVIATIONS=all INSTA_UPDATE=always cargo test -p harness kill`.\n\n\
         | requirement | deviations that are found out under it |\n|---|---|\n",
        by_requirement.len(),
        deviations.len()
    );
    for (requirement, deviations) in by_requirement {
        let named = deviations.iter().map(|(name, editions)| {
            let editions: Vec<&str> = editions.iter().copied().collect();
            format!("{name} ({})", editions.join(", "))
        });
        let _ = writeln!(out, "| {requirement} | {} |", named.collect::<Vec<_>>().join(", "));
    }
    out
}
