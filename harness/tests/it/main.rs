//! The integration tests of the harness, one binary.

mod equal;
mod har;
mod judging;
mod pages;
mod pairing;
mod safe;
mod tidy;
mod walkthrough;
