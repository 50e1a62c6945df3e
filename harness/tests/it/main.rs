//! The integration tests of the harness, one binary.

mod again;
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails there, with the place")]
mod client;
mod committed;
mod equal;
mod generated;
mod har;
mod heard;
mod kill;
mod manager;
mod pages;
mod pairing;
mod safe;
mod shapes;
mod tidy;
mod walkthrough;
