//! The CIMI model (DSP0263 5): every resource type declared once, for both editions.
//!
//! Codecs, validation, metadata, generators and reference tables are derived from these declarations. Knows no
//! serialization and no protocol.

pub mod attribute;
mod common;
pub mod machine;
pub mod resource;
pub mod schema;

pub use attribute::{Attribute, Constraints, Item, Layout, Structure, Type, Values};
pub use resource::{Form, Operation, ResourceType, State, States, Transition};
pub use schema::{Registry, Schema, registry, schema};

/// All declarations, family by family.
fn declarations() -> impl Iterator<Item = &'static ResourceType> {
    [machine::TYPES].into_iter().flatten().copied()
}
