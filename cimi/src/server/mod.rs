//! The server face (DSP0263 4): an axum router over a [`Provider`].
//!
//! Owns everything that is protocol: negotiation, query parameters, ETags, update semantics, error bodies, limits.
//! A provider owns what is behind it: which resources exist and what happens to them.

mod authorization;
mod body;
mod change;
mod create;
mod etag;
mod exchange;
mod expand;
mod fault;
mod methods;
mod negotiate;
pub mod options;
mod path;
pub mod provider;
mod read;
pub mod refusal;
mod rendered;
mod reply;
mod router;
mod serve;
mod stop;
#[cfg(test)]
mod tests;
mod version;

pub use authorization::credentials;
pub use options::{Clock, Options, Tokens};

pub use provider::{
    Action, Authorization, Done, ListRequest, Listing, Methods, Outcome, Path, Precondition, Provider,
    Representation, Target, TargetKind, Version,
};
pub use refusal::{Reason, Refusal};
pub use router::{refused, router};
pub use serve::{serve, serve_over};
pub use stop::asked_to_stop;
