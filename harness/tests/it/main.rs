//! The integration tests of the harness, one binary.

mod again;
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails there, with the place")]
mod client;
mod equal;
mod har;
mod judging;
mod pages;
mod pairing;
mod safe;
mod tidy;
mod walkthrough;
