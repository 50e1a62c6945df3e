use super::{Clause, Coverage, Kills};
use crate::suite::Suite;

#[test]
fn nothing_is_covered_that_was_not_found_out() {
    let suite = Suite::embedded().unwrap();
    let nothing = Coverage::of(&suite, &Kills::default());
    assert!(nothing.total.verified > 0, "much is verified");
    assert_eq!(nothing.total.covered, 0);
    assert_eq!(nothing.total.covered_statements, 0);
    assert_eq!((nothing.tables_total.v1_covered, nothing.tables_total.v2_covered), (0, 0));
    let kills = Kills::read(
        "head\n5.17.1/progress-range\tname\tv2\tcase\nno such\tname\tv2\tcase\n",
        "head\n5.14.1/Machine.cpu:type\tv2\tjson\nno such\tv2\tjson\n",
    );
    let one = Coverage::of(&suite, &kills);
    assert_eq!(one.total.covered, 1);
    assert_eq!((one.tables_total.v1_covered, one.tables_total.v2_covered), (0, 1));
}

#[test]
fn clauses_are_in_the_order_of_the_text() {
    let mut clauses = ["http", "5.10", "Annex A", "5.2.1", "5.2", "4"].map(|name| Clause(name.to_owned()));
    clauses.sort();
    assert_eq!(clauses.map(|clause| clause.0), ["4", "5.2", "5.2.1", "5.10", "Annex A", "http"]);
}
