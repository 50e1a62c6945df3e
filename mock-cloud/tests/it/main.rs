//! The mock cloud over its protocol: in both editions and formats, on the virtual clock.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there, with the place")]

mod support;
mod system;

mod control;
mod crowd;
mod deviations;
mod dialect_client;
mod dialects;
mod embedding;
mod errors;
mod fault;
mod fault_wire;
mod golden;
mod image;
mod job;
mod machine;
mod metadata;
mod ovf;
mod quota;
mod random;
mod replay;
mod seed;
mod soak;
mod template;
mod tenants;
mod update;
mod users;
mod volume;
