//! What is said to who has a finding: what usually causes it, and what mends it. Prose, tied to requirements and checks.

use crate::source::{Faults, SourceError};

use super::{Requirement, Verification};

/// What begins the name of a built-in check where a requirement's could stand.
const CHECK: &str = "check:";

/// Advice on some requirements.
#[derive(Debug, Clone)]
pub struct Advice {
    /// Requirements, as patterns with `*`, and built-in checks, as `check:NAME`.
    pub about: Vec<String>,
    /// What usually causes a finding, the most usual first.
    pub causes: Vec<String>,
    /// What mends it.
    pub fix: String,
}

impl Advice {
    /// How closely it is about a requirement: by its id, by a pattern, by a check; nothing where it is not.
    pub fn closeness(&self, requirement: &Requirement, fits: impl Fn(&str, &str) -> bool) -> Option<usize> {
        let checks = match &requirement.verification {
            Verification::Checks(checks) => checks.as_slice(),
            Verification::Untestable(_) => &[],
        };
        let close = |about: &String| match about.strip_prefix(CHECK) {
            Some(check) => checks.iter().position(|named| named == check).map(|at| 2 + at),
            None if *about == requirement.id => Some(0),
            None => fits(about, &requirement.id).then_some(1),
        };
        self.about.iter().filter_map(close).min()
    }
}

/// Reads `suites/advice.toml`.
pub(crate) fn read_advice(file: &str, text: &str) -> Result<Vec<Advice>, Vec<SourceError>> {
    let mut faults = Faults::new(file, text);
    let mut all = Vec::new();
    faults.document("the advice", |faults, root| {
        for section in root.sections("advice", "a piece of advice", faults) {
            let about = section.strings("about", faults);
            let causes = section.strings("causes", faults);
            for (key, list) in [("about", &about), ("causes", &causes)] {
                if list.is_empty() {
                    section.missing(key, "a list with a string in it", faults);
                }
            }
            if let Some(fix) = section.required("fix", faults) {
                let texts =
                    |fields: Vec<crate::source::Field<String>>| fields.into_iter().map(|f| f.value).collect();
                all.push(Advice { about: texts(about), causes: texts(causes), fix: fix.value });
            }
            section.finish(faults);
        }
        root.finish(faults);
    });
    faults.into_result(all)
}
