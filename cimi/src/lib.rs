//! CIMI (DMTF DSP0263, ISO/IEC 19831) as a library: the protocol that provider, manager and tools speak.
//!
//! - [`model`]: every resource type of both editions, declared once;
//! - [`document`], [`value`]: what is said about a resource, free of any serialization;
//! - [`codec`]: documents to JSON and XML and back;
//! - [`query`], [`update`], [`template`]: the query language, the semantics of PUT and of creation through templates;
//! - `server` (feature): the HTTP face over a `Provider`;
//! - `testing` (feature): documents of every type for property tests;
//! - `client` (feature): a consumer that finds everything from the Cloud Entry Point.
//!
//! Outside of `server` and `client` there is no I/O, no clock and no randomness.

#[cfg(feature = "client")]
pub mod client;
pub mod codec;
pub mod data;
pub mod document;
pub mod edition;
pub mod extension;
pub mod finding;
pub mod foreign;
pub mod limits;
pub mod model;
pub mod query;
#[cfg(feature = "server")]
pub mod server;
pub mod template;
#[cfg(feature = "testing")]
pub mod testing;
pub mod update;
pub mod validate;
pub mod value;

pub use document::Document;
pub use edition::{Edition, Span};
pub use limits::Limits;
pub use value::{Attributes, Map, Name, Reference, Value};
