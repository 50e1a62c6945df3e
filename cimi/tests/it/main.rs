//! Integration tests of the protocol crate: one binary, one module a concern.
#![allow(clippy::unwrap_used, reason = "what a test needs and does not get is its failure")]

mod documents;
mod query;
mod round_trip;
mod server;
