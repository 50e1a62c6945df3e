//! The server face (DSP0263 4): an axum router over a [`Provider`].
//!
//! Owns everything that is protocol: negotiation, query parameters, ETags, update semantics, error bodies, limits.
//! A provider owns what is behind it: which resources exist and what happens to them.

mod path;
pub mod provider;
pub mod refusal;

pub use provider::{
    Action, Authorization, Done, ListRequest, Listing, Methods, Outcome, Path, Precondition, Provider,
    Representation, Target, TargetKind, Version,
};
pub use refusal::{Reason, Refusal};
