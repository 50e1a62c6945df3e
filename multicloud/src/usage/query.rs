//! What is asked of intervals, and what is answered.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// From when.
    pub from: Timestamp,
    /// Until when; no later than now.
    pub to: Timestamp,
    /// Only what was a tenant's.
    pub tenant: Option<String>,
    /// What is told apart, each once.
    pub by: Vec<By>,
    /// How many rows at most.
    pub limit: usize,
}

/// What is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Whose it was.
    Tenant,
    /// Where it was.
    Account,
    /// Who ran that.
    Provider,
    /// What it was.
    Kind,
    /// Who had asked for it.
    User,
}

/// What was used of what is alike. What is not told apart, or not known, is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Whose it was; not there: the operator's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// Where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Who ran that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// What it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Who had asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// For how long machines were there, each counted, in seconds.
    pub machine_seconds: i64,
    /// For how long of that they ran.
    pub running_seconds: i64,
    /// Processors of those that ran, times seconds.
    pub cpu_seconds: i64,
    /// Memory of those that ran, in kibibytes times seconds.
    pub memory_kib_seconds: i64,
    /// Capacity of volumes, in kilobytes times seconds.
    pub storage_kb_seconds: i64,
    /// What that cost, in thousandths of the operator's currency: hours in which machines ran, at the price of the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<i64>,
}

impl By {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Tenant, Self::Account, Self::Provider, Self::Kind, Self::User];

    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Account => "account",
            Self::Provider => "provider",
            Self::Kind => "kind",
            Self::User => "user",
        }
    }
}

impl Row {
    /// What it says of what is told apart.
    pub fn part(&self, by: By) -> Option<&str> {
        match by {
            By::Tenant => self.tenant.as_deref(),
            By::Account => self.account.as_deref(),
            By::Provider => self.provider.as_deref(),
            By::Kind => self.kind.as_deref(),
            By::User => self.user.as_deref(),
        }
    }
}
