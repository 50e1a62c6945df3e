//! Roles, and what each may do: the table.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A role, each more than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Sees what is the tenant's.
    Viewer,
    /// Creates, changes, deletes it.
    Operator,
    /// Decides who else may, in the tenant.
    TenantAdmin,
    /// Everything, in all tenants and for all.
    CloudAdmin,
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Look at what one may see.
    See,
    /// Create, change, delete resources of the tenant, and stop its jobs.
    Change,
    /// Create, change, delete users of the tenant, and their tokens.
    Staff,
    /// Change what is shared by all, and whatever else there is.
    Rule,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Operator, Self::TenantAdmin, Self::CloudAdmin];

    /// Whether who has this role may do that.
    pub const fn may(self, act: Act) -> bool {
        match act {
            Act::See => true,
            Act::Change => !matches!(self, Self::Viewer),
            Act::Staff => matches!(self, Self::TenantAdmin | Self::CloudAdmin),
            Act::Rule => matches!(self, Self::CloudAdmin),
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::TenantAdmin => "tenant-admin",
            Self::CloudAdmin => "cloud-admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
