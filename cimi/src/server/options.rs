//! What a server face can be told: clock, limits, texts.
//!
//! Owns the knobs and their defaults. Knows no request.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::data::DateTime;
use crate::limits::Limits;

/// Where the time of an error's Job comes from: time is an input.
pub type Clock = Arc<dyn Fn() -> DateTime + Send + Sync>;

/// How a face behaves, beside what its provider says.
#[derive(Clone)]
pub struct Options {
    /// The time of errors (`timeOfStatusChange`).
    pub now: Clock,
    /// Limits on requests.
    pub limits: Limits,
    /// Whether tokens are taken beside passwords, which whoever shows neither is told.
    pub tokens: Tokens,
    /// The realm of authentication. A double quote or a backslash in it is left out.
    pub realm: String,
    /// How long one request may take, its body included, before it is answered with 503.
    pub deadline: Duration,
    /// How many resources one `$expand`, or the templates of one creation, may read (400 beyond).
    pub expansions: usize,
    /// The path that this face serves, where a proxy in front of it strips or adds some; `None`: that of the base URI.
    pub mount: Option<String>,
}

/// Whether a server takes tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tokens {
    /// It takes passwords alone (RFC 7617).
    #[default]
    None,
    /// It takes bearer tokens as well (RFC 6750).
    Bearer,
}

impl Options {
    /// The defaults, with this clock: limits for servers, one minute a request, 4096 expansions.
    pub fn new(now: Clock) -> Self {
        Self {
            now,
            limits: Limits::SERVER,
            tokens: Tokens::None,
            realm: "CIMI".to_owned(),
            deadline: Duration::from_mins(1),
            expansions: 4096,
            mount: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("limits", &self.limits)
            .field("tokens", &self.tokens)
            .field("realm", &self.realm)
            .field("deadline", &self.deadline)
            .field("expansions", &self.expansions)
            .field("mount", &self.mount)
            .finish_non_exhaustive()
    }
}
