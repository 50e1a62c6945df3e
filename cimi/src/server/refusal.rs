//! Every way in which a request is refused: status and clause, declared once.
//!
//! Owns the mapping from reason to HTTP. The text is for the caller; what the log needs goes to `tracing` where it happens.

use std::fmt;

use crate::query::QueryError;
use crate::update::UpdateError;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason: decides the status.
    pub reason: Reason,
    /// What was wrong, where, what was expected, what to do: for the caller.
    pub message: String,
    /// The resources concerned, absolute URIs: `affectedResources` of the error's Job.
    pub affected: Vec<String>,
    /// Seconds to wait, for 429 and 503.
    pub retry_after: Option<u64>,
    /// Further remarks, one nested Job each (4.2.2).
    pub details: Vec<String>,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $function:ident;)*) => {
        /// The reasons for a refusal.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }
        }

        impl Refusal {
            $(
                $(#[$doc])*
                pub fn $function(message: impl Into<String>) -> Self {
                    Self::new(Reason::$name, message)
                }
            )*
        }
    };
}

reasons! {
    /// The request cannot be understood, or asks for what the model forbids.
    BadRequest = 400, bad_request;
    /// Credentials are missing or wrong.
    Unauthorized = 401, unauthorized;
    /// The caller may not do this.
    Forbidden = 403, forbidden;
    /// Nothing is there, as far as this caller may know.
    NotFound = 404, not_found;
    /// The method is not for this target.
    MethodNotAllowed = 405, method_not_allowed;
    /// No acceptable serialization.
    NotAcceptable = 406, not_acceptable;
    /// The state of the resource forbids it now.
    Conflict = 409, conflict;
    /// The resource is not of the version that If-Match names.
    PreconditionFailed = 412, precondition_failed;
    /// The body is too large.
    PayloadTooLarge = 413, payload_too_large;
    /// The URI is too long.
    UriTooLong = 414, uri_too_long;
    /// The body is in no serialization that CIMI has.
    UnsupportedMediaType = 415, unsupported_media_type;
    /// Too many requests.
    TooManyRequests = 429, too_many_requests;
    /// Our own fault. Its text is for the log: the caller reads a general one with the number of the request.
    Internal = 500, internal;
    /// This provider does not do that.
    NotImplemented = 501, not_implemented;
    /// Not now: this part of the provider is out of reach.
    Unavailable = 503, unavailable;
    /// The provider has no room for what is asked for (RFC 4918 11.5).
    Exhausted = 507, exhausted;
}

impl Refusal {
    /// A refusal without particulars.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), affected: Vec::new(), retry_after: None, details: Vec::new() }
    }

    /// With a resource concerned.
    #[must_use]
    pub fn affecting(mut self, uri: impl Into<String>) -> Self {
        self.affected.push(uri.into());
        self
    }

    /// With seconds to wait.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

impl From<QueryError> for Refusal {
    /// A query parameter that cannot be used.
    fn from(error: QueryError) -> Self {
        Self::bad_request(format!("The URI has a query parameter that cannot be used. {error}"))
    }
}

impl From<UpdateError> for Refusal {
    /// A PUT that asks for what cannot be.
    fn from(error: UpdateError) -> Self {
        Self::bad_request(format!("The update cannot be made: {error}."))
    }
}
