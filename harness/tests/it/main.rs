//! The integration tests of the harness, one binary.

mod pairing;
mod tidy;
