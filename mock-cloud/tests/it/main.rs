//! The mock cloud over its protocol: in both editions and formats, on the virtual clock.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there, with the place")]

mod support;
mod system;

mod cli;
mod control;
mod crowd;
mod deviations;
mod dialect_client;
mod dialects;
mod docs;
mod embedding;
mod errors;
mod fault;
mod fault_wire;
mod golden;
mod image;
mod job;
mod log;
mod machine;
mod metadata;
mod meter;
mod network;
mod network_documents;
mod network_v1;
mod ovf;
mod quota;
mod random;
mod replay;
mod roles;
mod scenario;
mod scenes;
mod seed;
mod soak;
mod template;
mod tenants;
mod tls;
mod traffic;
mod update;
mod users;
mod volume;
