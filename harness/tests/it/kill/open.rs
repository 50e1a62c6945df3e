//! What is still open, as a list that may only get shorter: `open.txt`, one thing a line.
//!
//! `unverified ID`     a testable requirement with neither a case nor a check
//! `alive ID`          a requirement that is verified, and of which no deviation is found out
//! `unfound NAME`      a deviation that is found under nothing that it is declared to break
//! `excess NAME ID`    a deviation that is found under something else as well

use std::collections::BTreeSet;

const FILE: &str = "harness/tests/it/kill/open.txt";

/// The list.
#[derive(Debug)]
pub(crate) struct Open(BTreeSet<String>);

impl Open {
    pub(crate) fn read() -> Self {
        let text = crate::committed::text(FILE);
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self(lines.map(str::to_owned).collect())
    }

    pub(crate) fn has(&self, line: &str) -> bool {
        self.0.contains(line)
    }

    /// Fails where what is found open now is not in the list, or what is in the list is not open any more. `concerns` says
    /// of which lines that can be told.
    #[track_caller]
    pub(crate) fn check(&self, now: &BTreeSet<String>, concerns: impl Fn(&str) -> bool, details: &[String]) {
        let done: Vec<&String> =
            self.0.iter().filter(|line| concerns(line) && !now.contains(*line)).collect();
        if crate::committed::is_updated() && !done.is_empty() {
            let text = crate::committed::text(FILE);
            let kept = text.lines().filter(|line| !done.iter().any(|it| it.as_str() == line.trim()));
            let kept: Vec<&str> = kept.collect();
            let kept = kept.join("\n") + "\n";
            std::fs::write(crate::committed::path(FILE), kept).expect("it can be written");
        }
        let done = if crate::committed::is_updated() { Vec::new() } else { done };
        let new: Vec<&String> = now.iter().filter(|line| !self.has(line)).collect();
        assert!(
            done.is_empty() && new.is_empty(),
            "{FILE} may only get shorter.\nTake these out (INSTA_UPDATE=always does), they are done:\n{done:#?}\nMend these, the list does not have them:\n{new:#?}\n{}",
            details.join("\n")
        );
    }
}
