//! Tests across the crate's seams, one module a subject.

mod tidy;
