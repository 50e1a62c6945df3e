//! The CIMI model (DSP0263 5): every resource type declared once, for both editions.
//!
//! Codecs, validation, metadata, generators and reference tables are derived from these declarations. Knows no
//! serialization and no protocol.

pub mod attribute;
pub mod capability;
mod common;
mod credential;
mod entry_point;
pub mod event;
mod image;
mod interface;
mod job;
mod machine;
pub mod metadata;
pub mod meter;
pub mod network;
mod network_v1;
mod request;
pub mod resource;
pub mod schema;
mod switch;
pub mod system;
mod system_v1;
#[cfg(test)]
mod tests;
pub mod unit;
mod volume;

pub use attribute::{Attribute, Constraints, Item, Layout, Structure, Type, Values};
pub use capability::Capability;
pub use common::{is_common, is_set_on_creation};
pub use resource::{Form, Operation, ResourceType, State, States, Transition};
pub use schema::{Registry, Schema, generic, registry, schema};

/// All declarations, family by family.
fn declarations() -> impl Iterator<Item = &'static ResourceType> {
    [
        entry_point::TYPES,
        metadata::TYPES,
        system::TYPES,
        system_v1::TYPES,
        machine::TYPES,
        interface::TYPES,
        image::TYPES,
        credential::TYPES,
        volume::TYPES,
        network::TYPES,
        network_v1::TYPES,
        job::TYPES,
        meter::TYPES,
        event::TYPES,
        request::TYPES,
    ]
    .into_iter()
    .flatten()
}
