//! The states of resources, and what leads from one to another.

use std::collections::BTreeMap;

use crate::event::Edition;
use crate::source::{Faults, Section, SourceError};

/// States by type of resource.
pub type States = BTreeMap<String, StateTable>;

/// The states of one type (DSP0263 5.8 and the clause of its operations).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateTable {
    /// Where it holds.
    pub editions: Vec<Edition>,
    /// States that stay until an operation is asked for.
    pub stable: Vec<String>,
    /// States on the way from one of these to another.
    pub transient: Vec<String>,
    /// What leads from one state to another.
    pub transitions: Vec<Transition>,
}

/// What an operation does to the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// `create`, `delete`, or the name of an action.
    pub operation: String,
    /// Where it holds.
    pub editions: Vec<Edition>,
    /// States in which it makes sense.
    pub from: Vec<String>,
    /// Transient states that it leads through.
    pub through: Vec<String>,
    /// The state after success, or a word for it: see the head of the file.
    pub to: String,
    /// The clause that says so.
    pub clause: String,
}

/// Reads `suites/spec/states.toml`.
pub(crate) fn read_states(file: &str, text: &str) -> Result<States, Vec<SourceError>> {
    let mut faults = Faults::new(file, text);
    let mut all = States::new();
    faults.document("the states", |faults, root| {
        let Some(resources) = root.section("resources", "the resources", faults) else { return };
        for (name, value) in resources.entries() {
            let table = Section::of("the states of a resource", value, faults);
            if let Some(table) = table.map(|section| table_of(&section, faults)) {
                all.insert(name.value, table);
            }
        }
        root.finish(faults);
    });
    faults.into_result(all)
}

fn table_of(section: &Section<'_, '_>, faults: &mut Faults) -> StateTable {
    let editions = super::editions(section, faults);
    let mut transitions = Vec::new();
    for transition in section.sections("transitions", "a transition", faults) {
        let own = super::editions(&transition, faults);
        let word = |key, faults: &mut Faults| transition.required(key, faults).map(|f| f.value);
        let (operation, to, clause) = (word("operation", faults), word("to", faults), word("clause", faults));
        let (from, through) = (strings(&transition, "from", faults), strings(&transition, "through", faults));
        if let (Some(operation), Some(to), Some(clause)) = (operation, to, clause) {
            let editions = if own.is_empty() { editions.clone() } else { own };
            transitions.push(Transition { operation, editions, from, through, to, clause });
        }
    }
    let (stable, transient) = (strings(section, "stable", faults), strings(section, "transient", faults));
    StateTable { editions, stable, transient, transitions }
}

fn strings(section: &Section<'_, '_>, key: &'static str, faults: &mut Faults) -> Vec<String> {
    section.strings(key, faults).into_iter().map(|field| field.value).collect()
}
