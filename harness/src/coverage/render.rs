//! The three forms of the coverage: for a terminal, for a page, for programs.

use std::fmt::Write as _;

use super::{Coverage, Line, Stated};

/// What a number means, a line each.
const MEANING: &str = "\
statements: sentences with SHALL or SHOULD; testable: something of it can be verified at a provider; verified: by a case or by
a check of every response; covered: verified, and a mock cloud that breaks it is reported under its id.";

/// For a terminal.
pub fn text(coverage: &Coverage) -> String {
    let mut out = format!(
        "{:<10} {:>10} {:>9} {:>8}   {:>12} {:>9} {:>9} {:>8}\n",
        "clause", "statements", "testable", "covered", "requirements", "testable", "verified", "covered"
    );
    let total = ("all".to_owned(), coverage.total);
    for (clause, line) in coverage.clauses.iter().chain([&total]) {
        let _ = write!(out, "{clause:<10}");
        for (number, width) in numbers(*line).into_iter().zip([11, 10, 9, 15, 10, 10, 9]) {
            let _ = write!(out, "{number:>width$}");
        }
        out.push('\n');
    }
    let _ = writeln!(
        out,
        "\n{:<22} {:>8} {:>8} {:>8} {:>8}",
        "the tables state", "1.x", "covered", "2.0", "covered"
    );
    let total = ("all", coverage.tables_total);
    for (aspect, stated) in coverage.tables.iter().chain([&total]) {
        let Stated { v1, v1_covered, v2, v2_covered } = stated;
        let _ = writeln!(out, "{aspect:<22} {v1:>8} {v1_covered:>8} {v2:>8} {v2_covered:>8}");
    }
    let _ = writeln!(out, "\n{MEANING}");
    for (what, ids) in [("not verified", &coverage.unverified), ("no deviation found out", &coverage.alive)] {
        if !ids.is_empty() {
            let _ = writeln!(out, "\n{what} ({}):\n  {}", ids.len(), ids.join("\n  "));
        }
    }
    out
}

/// For a page.
pub fn markdown(coverage: &Coverage) -> String {
    let share = |part: usize, of: usize| {
        let tenths = (part * 1000).checked_div(of).unwrap_or(1000);
        format!("{part} of {of} ({}.{} %)", tenths / 10, tenths % 10)
    };
    let total = coverage.total;
    let stated = coverage.tables_total;
    let mut out = format!(
        "# Coverage\n\nMade by `cimi-conformance coverage --as markdown` from the suite, [the kill matrix](kill-matrix.md) and \
         [the table of wrong replies](kill-tables.tsv); a test compares. Covered are {} of the requirements that can be verified at \
         a provider, {} of the statements, and of what the tables state {} in 1.x and {} in 2.0.\n\n{}\n\n",
        share(total.covered, total.testable),
        share(total.covered_statements, total.testable_statements),
        share(stated.v1_covered, stated.v1),
        share(stated.v2_covered, stated.v2),
        MEANING.replace('\n', " ")
    );
    out.push_str(
        "| clause | statements | testable | covered | requirements | testable | verified | covered |\n|---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    let all = ("all".to_owned(), total);
    for (clause, line) in coverage.clauses.iter().chain([&all]) {
        let cells = numbers(*line).map(|number| number.to_string()).join(" | ");
        let _ = writeln!(out, "| {clause} | {cells} |");
    }
    out.push_str("\n## Tables\n\n| stated | 1.x | covered | 2.0 | covered |\n|---|--:|--:|--:|--:|\n");
    for (aspect, Stated { v1, v1_covered, v2, v2_covered }) in
        coverage.tables.iter().chain([&("all", stated)])
    {
        let _ = writeln!(out, "| {aspect} | {v1} | {v1_covered} | {v2} | {v2_covered} |");
    }
    for (what, ids) in [
        ("Not verified", &coverage.unverified),
        ("Verified, and no deviation is found out", &coverage.alive),
        ("Stated in tables, and not covered in every edition that has it", &coverage.unjudged),
    ] {
        if !ids.is_empty() {
            let _ = writeln!(out, "\n## {what}\n");
            for id in ids {
                let _ = writeln!(out, "- {id}");
            }
        }
    }
    out
}

/// For programs.
pub fn json(coverage: &Coverage) -> String {
    // Texts and numbers can always be written.
    serde_json::to_string_pretty(coverage).unwrap_or_default() + "\n"
}

fn numbers(line: Line) -> [usize; 7] {
    [
        line.statements,
        line.testable_statements,
        line.covered_statements,
        line.requirements,
        line.testable,
        line.verified,
        line.covered,
    ]
}
