//! What the tables state, as requirements with ids of their own: `CLAUSE/TYPE.ATTRIBUTE:ASPECT`, and for what a type has
//! beside attributes `CLAUSE/TYPE:ASPECT.NAME`.
//!
//! An attribute that a type has of its base, or in common with every resource, is counted once, where it is declared.

use std::collections::BTreeMap;

use crate::event::Edition;

use super::{Absence, Attribute, Attributes, Capability, Kind, States, Tables};

/// The type under which the attributes of every resource are counted.
pub const COMMON: &str = "Resource";

/// Something that a table states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    /// `5.14.1/Machine.cpu:type`.
    pub id: String,
    /// Where it holds.
    pub editions: Vec<Edition>,
    /// The type of resource.
    pub owner: String,
    /// The attribute, and the field of its structure.
    pub path: Vec<String>,
    /// What is stated of it.
    pub aspect: Aspect,
    /// In words.
    pub summary: String,
}

/// What a table states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aspect {
    /// The type of an attribute.
    Type,
    /// The values of an attribute.
    Values,
    /// The bounds of an integer.
    Range,
    /// That providers send an attribute.
    Mandatory,
    /// An operation of a resource.
    Operation,
    /// What an operation does to the state.
    Transition,
    /// A capability.
    Capability,
}

impl Aspect {
    /// Every aspect.
    pub const ALL: [Self; 7] = [
        Self::Type,
        Self::Values,
        Self::Range,
        Self::Mandatory,
        Self::Operation,
        Self::Transition,
        Self::Capability,
    ];

    /// As ids have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Values => "values",
            Self::Range => "range",
            Self::Mandatory => "mandatory",
            Self::Operation => "operation",
            Self::Transition => "transition",
            Self::Capability => "capability",
        }
    }

    /// Of several, as a report has it.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Type => "types of attributes",
            Self::Values => "lists of values",
            Self::Range => "bounds of integers",
            Self::Mandatory => "mandatory attributes",
            Self::Operation => "operations",
            Self::Transition => "state transitions",
            Self::Capability => "capabilities",
        }
    }
}

impl Declared {
    /// The clause: what stands before the slash.
    pub fn clause(&self) -> &str {
        self.id.split('/').next().unwrap_or(&self.id)
    }

    /// The last part of the id: the operation or the capability.
    pub fn name(&self) -> &str {
        self.id.rsplit('.').next().unwrap_or_default()
    }
}

/// Everything that the tables state, by id.
pub fn declared(
    editions: [&Tables; 2],
    capabilities: &[Capability],
    states: &States,
) -> BTreeMap<String, Declared> {
    let mut all = All::default();
    for tables in editions {
        let at = tables.edition;
        all.attributes(at, "5.7.1", COMMON, &tables.common, &Attributes::new(), tables);
        for (name, resource) in &tables.types {
            let base = resource.base.as_ref().and_then(|base| tables.types.get(base));
            let inherited = base.map_or(&tables.common, |base| &base.attributes);
            let clause = word_of(&resource.clause);
            all.attributes(at, clause, name, &resource.attributes, inherited, tables);
            for operation in &resource.operations {
                let summary = format!("{operation} is an operation of {name}.");
                all.add(at, clause, (name, &[]), Aspect::Operation, Some(operation), summary);
            }
        }
    }
    for (name, table) in states {
        for transition in &table.transitions {
            let summary =
                format!("{} of {name} leads to the state: {}.", transition.operation, transition.to);
            for edition in &transition.editions {
                let clause = word_of(&transition.clause);
                let operation = Some(transition.operation.as_str());
                all.add(*edition, clause, (name, &[]), Aspect::Transition, operation, summary.clone());
            }
        }
    }
    for capability in capabilities {
        let Some((resource, name)) = capability.name.split_once('/') else { continue };
        for edition in &capability.editions {
            let summary =
                format!("The capability {name} of {resource} keeps what it says: {}.", capability.summary);
            all.add(*edition, "5.11.1", (resource, &[]), Aspect::Capability, Some(name), summary);
        }
    }
    all.0
}

/// `DSP8009 MachineVolume` is a clause of DSP8009.
fn word_of(clause: &str) -> &str {
    clause.split(' ').next().unwrap_or(clause)
}

#[derive(Default)]
struct All(BTreeMap<String, Declared>);

impl All {
    fn attributes(
        &mut self,
        edition: Edition,
        clause: &str,
        owner: &str,
        attributes: &Attributes,
        inherited: &Attributes,
        tables: &Tables,
    ) {
        let own = attributes.iter().filter(|(name, it)| !it.dialect && inherited.get(*name) != Some(it));
        for (name, attribute) in own {
            self.attribute(edition, clause, owner, &[name], attribute);
            let structure = match &attribute.kind {
                Kind::Structure(structure) => Some(structure),
                Kind::Array { of, .. } => match of.as_ref() {
                    Kind::Structure(structure) => Some(structure),
                    _ => None,
                },
                _ => None,
            };
            let fields = structure.and_then(|structure| tables.structures.get(structure));
            for (field, declared) in fields.into_iter().flat_map(|structure| &structure.fields) {
                self.attribute(edition, clause, owner, &[name, field], declared);
            }
        }
    }

    fn attribute(
        &mut self,
        edition: Edition,
        clause: &str,
        owner: &str,
        path: &[&String],
        attribute: &Attribute,
    ) {
        let name = format!("{owner}.{}", joined(path));
        let mut add = |aspect, summary| self.add(edition, clause, (owner, path), aspect, None, summary);
        add(Aspect::Type, format!("{name} is of type {}.", attribute.kind.name()));
        if !attribute.values.is_empty() && !attribute.open {
            add(Aspect::Values, format!("{name} is one of {}.", attribute.values.join(", ")));
        }
        let bound = |word: &str, bound: Option<i64>| bound.map(|bound| format!("at {word} {bound}"));
        let bounds: Vec<String> =
            [bound("least", attribute.min), bound("most", attribute.max)].into_iter().flatten().collect();
        if !bounds.is_empty() {
            add(Aspect::Range, format!("{name} is {}.", bounds.join(" and ")));
        }
        // What a structure has to have, nothing says.
        if path.len() == 1 && attribute.absence != Absence::Allowed {
            add(Aspect::Mandatory, format!("Providers send {name}."));
        }
    }

    fn add(
        &mut self,
        edition: Edition,
        clause: &str,
        (owner, path): (&str, &[&String]),
        aspect: Aspect,
        name: Option<&str>,
        summary: String,
    ) {
        let subject = if path.is_empty() { owner.to_owned() } else { format!("{owner}.{}", joined(path)) };
        let name = name.map(|name| format!(".{name}")).unwrap_or_default();
        let id = format!("{clause}/{subject}:{}{name}", aspect.name());
        let new = Declared {
            id: id.clone(),
            editions: Vec::new(),
            owner: owner.to_owned(),
            path: path.iter().map(|name| (*name).clone()).collect(),
            aspect,
            summary,
        };
        let declared = self.0.entry(id).or_insert(new);
        if !declared.editions.contains(&edition) {
            declared.editions.push(edition);
        }
    }
}

fn joined(path: &[&String]) -> String {
    path.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(".")
}
