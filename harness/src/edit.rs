//! How an edit of a reply is written: `status 201 → 202`, `add header Location`, `/state: "RUNNING" → "STARTED"`.
//!
//! Owns the notation alone. Who writes one has made sure that the reply would pass with it.

use crate::event::At;

/// Into a list, or out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// In.
    In,
    /// Out.
    Out,
}

/// Another value in place of what is there.
pub(crate) fn replace(at: &At, got: &str, wanted: &str) -> String {
    match at {
        At::Status => format!("status {got} → {wanted}"),
        At::Header(name) => format!("header {name}: {got} → {wanted}"),
        At::Body(at) if at.path.is_empty() => format!("body: {got} → {wanted}"),
        At::Body(at) => format!("{}: {got} → {wanted}", at.path),
        At::Exchange => format!("{got} → {wanted}"),
    }
}

/// A value where there is none.
pub(crate) fn add(at: &At, wanted: &str) -> String {
    format!("{}: {wanted}", add_something(at))
}

/// Something where there is nothing; what, is left to the server.
pub(crate) fn add_something(at: &At) -> String {
    format!("add {}", name(at))
}

/// Nothing in place of what is there.
pub(crate) fn remove(at: &At) -> String {
    format!("remove {}", name(at))
}

/// Members of a list.
pub(crate) fn member(at: &At, members: &str, way: Way) -> String {
    match way {
        Way::In => format!("add {members} to {}", name(at)),
        Way::Out => format!("remove {members} from {}", name(at)),
    }
}

fn name(at: &At) -> String {
    match at {
        At::Status => "a status".to_owned(),
        At::Header(name) => format!("header {name}"),
        At::Body(at) if at.path.is_empty() => "a body".to_owned(),
        At::Body(at) => at.path.clone(),
        At::Exchange => "a reply".to_owned(),
    }
}
