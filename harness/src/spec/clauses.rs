//! The clauses that statements are listed under: numbers, and titles of our own.

use crate::event::Clause;
use crate::source::{Faults, SourceError};

/// Reads `suites/spec/clauses.toml`.
pub(crate) fn read_clauses(file: &str, text: &str) -> Result<Vec<Clause>, Vec<SourceError>> {
    let mut faults = Faults::new(file, text);
    let mut all: Vec<Clause> = Vec::new();
    faults.document("the clauses", |faults, root| {
        for section in root.sections("clause", "a clause", faults) {
            let (number, title) = (section.required("number", faults), section.required("title", faults));
            if let (Some(number), Some(title)) = (number, title) {
                if all.iter().any(|other| other.number == number.value) {
                    faults.add(number.span, format!("clause {} stands here twice", number.value), None);
                } else {
                    all.push(Clause { number: number.value, title: title.value });
                }
            }
            section.finish(faults);
        }
        root.finish(faults);
    });
    faults.into_result(all)
}

/// The number of the clause that a requirement is listed under: what stands before the slash of its id.
pub(crate) fn clause_of(id: &str) -> &str {
    id.split('/').next().unwrap_or(id)
}
