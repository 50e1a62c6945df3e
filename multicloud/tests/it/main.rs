//! The manager over HTTP, with real mock clouds behind it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there, with the place")]

mod support;

mod binary;
mod change;
mod configuration;
mod crash;
mod decision;
mod docs;
mod editions;
mod listing;
mod outage;
mod placement;
mod refusal;
mod restart;
mod silent;
mod store;
mod union;
mod unknown_outcome;
