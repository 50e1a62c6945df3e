//! How long is waited for what a cloud does, by the kind of resource.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::source::{Faults, Section, SourceError};

/// No kind is waited for longer than this; nor is anything, whatever patience is asked for: an hour.
pub const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// The waits for one kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Until it is at rest after a change.
    pub settle: Duration,
    /// Until it is no longer there, once deleted.
    pub gone: Duration,
    /// Until it is at rest at a cloud that does well: for estimates, never for verdicts.
    pub usual: Duration,
}

/// The waits for every kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waits {
    kinds: BTreeMap<String, Wait>,
}

impl Waits {
    /// The waits for a kind; the general ones where it has none of its own.
    pub fn of(&self, kind: &str) -> Wait {
        let none = Wait { settle: Duration::ZERO, gone: Duration::ZERO, usual: Duration::ZERO };
        self.kinds.get(kind).or_else(|| self.kinds.get("")).copied().unwrap_or(none)
    }
}

/// Reads `suites/spec/waits.toml`.
pub(crate) fn read_waits(file: &str, text: &str) -> Result<Waits, Vec<SourceError>> {
    let mut faults = Faults::new(file, text);
    let mut kinds = BTreeMap::new();
    faults.document("the waits", |faults, root| {
        for section in root.sections("wait", "a wait", faults) {
            let kind = section.required("kind", faults);
            let (settle, gone) = (seconds(&section, "settle", faults), seconds(&section, "gone", faults));
            let usual = seconds(&section, "usual", faults);
            if let (Some(kind), Some(settle), Some(gone), Some(usual)) = (kind, settle, gone, usual) {
                kinds.insert(kind.value, Wait { settle, gone, usual });
            }
            section.finish(faults);
        }
        if !kinds.contains_key("") {
            let expected = Some("a wait whose kind is \"\"".to_owned());
            faults.add(root.span(), "there is no wait for kinds that are not listed", expected);
        }
        root.finish(faults);
    });
    faults.into_result(Waits { kinds })
}

fn seconds(section: &Section<'_, '_>, key: &'static str, faults: &mut Faults) -> Option<Duration> {
    let expected = format!("seconds, 1 to {}", LONGEST_WAIT.as_secs());
    let Some(field) = section.integer(key, faults) else {
        section.missing(key, &expected, faults);
        return None;
    };
    let span = u64::try_from(field.value).ok().map(Duration::from_secs);
    let span = span.filter(|span| !span.is_zero() && *span <= LONGEST_WAIT);
    if span.is_none() {
        faults.add(field.span, format!("{} is no time to wait", field.value), Some(expected));
    }
    span
}
