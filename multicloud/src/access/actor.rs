//! Who asks, and what of the resources they see and may change.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::role::{Act, Role};
use crate::directory::Snapshot;
use crate::event;
use crate::kind::{self, Kind};
use crate::record::{Job, Resource};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The user; nobody: the manager itself, or whoever is on loopback while there are no users.
    pub user: Option<Arc<str>>,
    /// What they may do.
    pub role: Role,
    /// What they see.
    pub sight: Sight,
}

/// What somebody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Everything.
    Everything,
    /// What is a tenant's, and what is shared by those who may use an account.
    Tenant {
        /// Its name.
        name: Arc<str>,
        /// The accounts that it may use.
        accounts: Arc<BTreeSet<String>>,
    },
}

impl Actor {
    /// The manager itself, or whoever is to be treated like it.
    pub fn manager() -> Self {
        Self { user: None, role: Role::CloudAdmin, sight: Sight::Everything }
    }

    /// Somebody in a tenant.
    pub fn in_tenant(user: &str, role: Role, tenant: &str, directory: &Snapshot) -> Self {
        let sight = Sight::Tenant { name: tenant.into(), accounts: directory.usable_by(tenant) };
        Self { user: Some(user.into()), role, sight }
    }

    /// Whoever goes on with what somebody in a tenant has begun, when nobody waits for it any more.
    pub fn for_tenant(tenant: &str, directory: &Snapshot) -> Self {
        Self { user: None, ..Self::in_tenant("", Role::Operator, tenant, directory) }
    }

    /// The tenant for which they act.
    pub fn tenant(&self) -> Option<&str> {
        match &self.sight {
            Sight::Everything => None,
            Sight::Tenant { name, .. } => Some(name),
        }
    }

    /// Whether they may do something at all.
    pub fn may(&self, act: Act) -> bool {
        self.role.may(act)
    }

    /// What they see of what has happened: what concerns their tenant; who was let in and who was not, only as who decides
    /// about that.
    pub fn scope(&self) -> event::Scope {
        let access = if self.may(Act::Staff) { event::Access::Shown } else { event::Access::Hidden };
        let tenant = self.tenant().map(str::to_owned);
        event::Scope { tenant, shared: event::Shared::Hidden, access }
    }

    /// Whether they may change a resource: one of the tenant's, or, for who rules, any.
    pub fn may_change(&self, resource: &Resource) -> bool {
        self.may(if self.sight.owns(resource.owner.as_deref()) { Act::Change } else { Act::Rule })
    }

    /// Whether they may stop or delete a job.
    pub fn may_change_job(&self, job: &Job) -> bool {
        self.may(if self.sight.owns(job.owner.as_deref()) { Act::Change } else { Act::Rule })
    }
}

impl Sight {
    /// Whether a resource is seen.
    pub fn has(&self, resource: &Resource) -> bool {
        let accounts = resource.replicas.iter().map(|replica| replica.account.as_str());
        self.has_record(resource.kind, resource.owner.as_deref(), accounts)
    }

    /// Whether a resource of this kind, of this owner, at these accounts is seen.
    pub fn has_record<'a>(
        &self,
        kind: Kind,
        owner: Option<&str>,
        at: impl IntoIterator<Item = &'a str>,
    ) -> bool {
        match self {
            Self::Everything => true,
            Self::Tenant { name, accounts } => owner.map_or_else(
                || {
                    let mut at = at.into_iter().peekable();
                    is_shared(kind) && (at.peek().is_none() || at.any(|account| accounts.contains(account)))
                },
                |owner| owner == &**name,
            ),
        }
    }

    /// Whether a job is seen.
    pub fn has_job(&self, job: &Job) -> bool {
        match self {
            Self::Everything => true,
            Self::Tenant { name, .. } => job.owner.as_deref() == Some(&**name),
        }
    }

    /// Whether an account is used for what is created.
    pub fn has_account(&self, account: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Tenant { accounts, .. } => accounts.contains(account),
        }
    }

    fn owns(&self, owner: Option<&str>) -> bool {
        match self {
            Self::Everything => true,
            Self::Tenant { name, .. } => owner == Some(&**name),
        }
    }
}

/// Whether what belongs to nobody is there for all: what things are made from, and nothing else.
pub fn is_shared(kind: Kind) -> bool {
    match kind.role() {
        kind::Role::Configuration | kind::Role::Template | kind::Role::Image => true,
        kind::Role::Secret => kind == Kind::CredentialTemplate,
        kind::Role::Log => kind == Kind::EventLogTemplate,
        kind::Role::Thing | kind::Role::Whole => false,
    }
}
