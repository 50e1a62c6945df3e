//! The specification as data: the resource tables of both editions, capabilities, and the register of requirements.
//!
//! Owns the types that `suites/spec` and `suites/requirements` are read into. Knows nothing of bytes on a wire, of
//! checks or of verdicts.

mod advice;
mod attribute;
mod clauses;
mod declared;
mod register;
mod states;
mod tables;
mod waits;

#[cfg(test)]
mod tests;

pub use advice::Advice;
pub(crate) use advice::read_advice;
pub use attribute::{Absence, Attribute, Attributes, Duty, Kind, Scalar, place_of};
pub(crate) use clauses::{clause_of, read_clauses};
pub use declared::{Aspect, COMMON, Declared, declared};
pub use register::{Interpretation, Register, Requirement, Verification};
pub(crate) use register::{read_interpretations, read_requirements};
pub(crate) use states::read_states;
pub use states::{StateTable, States, Transition};
pub(crate) use tables::read_capabilities;
pub use tables::{
    Action, ActionTarget, Capability, Collection, Creation, ResourceType, Structure, StructureStyle, Tables,
};
pub(crate) use waits::read_waits;
pub use waits::{LONGEST_WAIT, Wait, Waits};

/// The editions of a table; none where it does not say.
fn editions(
    section: &crate::source::Section<'_, '_>,
    faults: &mut crate::source::Faults,
) -> Vec<crate::event::Edition> {
    let names = section.strings("editions", faults);
    crate::event::Edition::ALL
        .into_iter()
        .filter(|edition| names.iter().any(|name| name.value == edition.name()))
        .collect()
}
