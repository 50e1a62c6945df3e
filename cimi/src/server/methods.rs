//! HTTP methods: which are known, which a target takes, and how `Allow` says so (RFC 9110 9.1, 10.2.1).
//!
//! Owns the mapping between [`Methods`] and HTTP. Knows no resource.

use http::{HeaderValue, Method};

use super::provider::Methods;
use super::refusal::Refusal;

/// What a request wants, once its method is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// GET, and HEAD: the same without the body.
    Read,
    /// PUT
    Update,
    /// DELETE
    Delete,
    /// POST
    Post,
    /// OPTIONS
    Options,
    /// A method of HTTP that nothing in CIMI takes.
    Foreign,
}

impl Verb {
    /// The verb of a method.
    ///
    /// # Errors
    /// `NotImplemented` for a method that nobody knows (RFC 9110 15.6.2).
    pub(super) fn of(method: &Method) -> Result<Self, Refusal> {
        Ok(match *method {
            Method::GET | Method::HEAD => Self::Read,
            Method::PUT => Self::Update,
            Method::DELETE => Self::Delete,
            Method::POST => Self::Post,
            Method::OPTIONS => Self::Options,
            Method::PATCH | Method::TRACE | Method::CONNECT => Self::Foreign,
            _ => {
                return Err(Refusal::not_implemented(format!(
                    "The method {} is unknown. Known are GET, HEAD, PUT, POST, DELETE and OPTIONS.",
                    method.as_str().chars().take(32).collect::<String>()
                )));
            }
        })
    }

    /// Whether a target with these methods takes it.
    pub(super) const fn is_in(self, methods: Methods) -> bool {
        match self {
            Self::Read => methods.contains(Methods::READ),
            Self::Update => methods.contains(Methods::UPDATE),
            Self::Delete => methods.contains(Methods::DELETE),
            Self::Post => methods.contains(Methods::POST),
            Self::Options => true,
            Self::Foreign => false,
        }
    }
}

/// The value of `Allow`.
pub(super) fn allow(methods: Methods) -> HeaderValue {
    HeaderValue::try_from(names(methods)).expect("method names are visible ASCII")
}

/// The methods as a list.
pub(super) fn names(methods: Methods) -> String {
    let named = [
        (Methods::READ, "GET, HEAD, "),
        (Methods::UPDATE, "PUT, "),
        (Methods::POST, "POST, "),
        (Methods::DELETE, "DELETE, "),
    ];
    let mut text: String =
        named.iter().filter(|(method, _)| methods.contains(*method)).map(|(_, name)| *name).collect();
    text.push_str("OPTIONS");
    text
}
