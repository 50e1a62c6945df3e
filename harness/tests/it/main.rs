//! The integration tests of the harness, one binary.

mod judging;
mod pairing;
mod safe;
mod tidy;
