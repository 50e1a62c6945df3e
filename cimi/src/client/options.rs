//! What a client may be told: credentials, deadlines, limits.

use std::fmt;
use std::time::Duration;

use crate::codec::Format;
use crate::edition::Edition;
use crate::extension::Extensions;
use crate::limits::Limits;

use super::Dialect;

/// Settings of a client. `Options::default()` suits most servers.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who asks.
    pub credentials: Credentials,
    /// For one request, from connecting to the last byte of the reply.
    pub deadline: Duration,
    /// For connecting alone.
    pub connect_deadline: Duration,
    /// The serialization; found out if absent (JSON first).
    pub format: Option<Format>,
    /// The edition; found out if absent.
    pub edition: Option<Edition>,
    /// The dialect; found out if absent.
    pub dialect: Option<&'static Dialect>,
    /// What replies may amount to.
    pub limits: Limits,
    /// Requests for the pages of one collection.
    pub pages: usize,
    /// Certificates of further authorities, PEM.
    pub authorities: Vec<Vec<u8>>,
    /// The proxy that all requests go through, an `http` or `https` URI; absent: what the environment says.
    pub proxy: Option<String>,
    /// Extension attributes that are expected to have a type (5.1).
    pub extensions: Extensions,
    /// `User-Agent`.
    pub agent: String,
}

/// Who asks. Sent to the endpoint's own origin only.
#[derive(Clone, Default)]
pub enum Credentials {
    /// Nobody.
    #[default]
    None,
    /// RFC 7617.
    Basic {
        /// User.
        user: String,
        /// Password.
        password: String,
    },
    /// RFC 6750.
    Bearer(String),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            credentials: Credentials::None,
            deadline: Duration::from_secs(30),
            connect_deadline: Duration::from_secs(5),
            format: None,
            edition: None,
            dialect: None,
            limits: Limits::CLIENT,
            pages: 10_000,
            authorities: Vec::new(),
            proxy: None,
            extensions: Extensions::NONE,
            agent: concat!("cimi/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl fmt::Debug for Credentials {
    /// Never shows a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Basic { user, .. } => write!(f, "Basic({user})"),
            Self::Bearer(_) => f.write_str("Bearer"),
        }
    }
}
