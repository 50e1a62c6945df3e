//! The judge of CIMI endpoints: it drives or reads exchanges, holds them against the tables in `suites/`, and writes
//! one stream of events ([`event`]), from which everything shown to a reader is derived ([`report`]).
//!
//! The judge links no other crate of the workspace; module `target` alone may start servers of this workspace.

pub mod case;
pub mod check;
pub mod cli;
pub mod consumer;
pub mod coverage;
pub mod discovery;
mod edit;
pub mod engine;
pub mod event;
pub mod exit;
pub mod findings;
pub mod generate;
pub mod http;
pub mod judge;
pub mod links;
pub mod meaning;
pub mod profile;
mod redact;
pub mod report;
pub mod source;
pub mod spec;
pub mod suite;
pub mod target;
pub mod tree;
