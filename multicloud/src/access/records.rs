//! Who sees and who changes records of the directory.

use super::actor::Actor;
use super::authenticate::Denied;
use super::role::Act;
use crate::directory::{
    Account, Entry, Location, Mapping, Policy, Provider, Record, Snapshot, Switch, Tenant, Token, User,
};

/// A sort of record that is guarded.
pub trait Guarded: Record {
    /// Whether an actor sees a record.
    fn is_seen(entry: &Entry<Self>, actor: &Actor, known: &Snapshot) -> bool;

    /// The record as an actor sees it.
    #[must_use]
    fn shown(&self, actor: &Actor) -> Self {
        let _ = actor;
        self.clone()
    }

    /// Whether an actor may make, change or delete a record that they see. `before`: as it is; `after`: as it is to be.
    ///
    /// # Errors
    /// [`Denied::Forbidden`]
    fn may_change(
        before: Option<&Entry<Self>>,
        after: Option<(&Self, Switch)>,
        actor: &Actor,
        known: &Snapshot,
    ) -> Result<(), Denied> {
        let _ = (before, after, known);
        must(actor, Act::Rule, Self::SORT.noun())
    }
}

fn must(actor: &Actor, act: Act, noun: &str) -> Result<(), Denied> {
    if actor.may(act) {
        return Ok(());
    }
    Err(Denied::Forbidden(format!("As {}, you may not do that with a {noun}.", actor.role)))
}

impl Guarded for Policy {
    fn is_seen(_: &Entry<Self>, _: &Actor, _: &Snapshot) -> bool {
        true
    }
}

impl Guarded for Location {
    fn is_seen(_: &Entry<Self>, _: &Actor, _: &Snapshot) -> bool {
        true
    }
}

impl Guarded for Provider {
    fn is_seen(_: &Entry<Self>, _: &Actor, _: &Snapshot) -> bool {
        true
    }

    /// What it is told of is between the operator and it.
    fn shown(&self, actor: &Actor) -> Self {
        if actor.may(Act::Rule) {
            return self.clone();
        }
        Self { parameters: std::collections::BTreeMap::new(), ..self.clone() }
    }
}

impl Guarded for Mapping {
    /// What clouds call their things is between the operator and them.
    fn is_seen(_: &Entry<Self>, actor: &Actor, _: &Snapshot) -> bool {
        actor.may(Act::Rule)
    }
}

impl Guarded for Account {
    fn is_seen(entry: &Entry<Self>, actor: &Actor, _: &Snapshot) -> bool {
        actor.sight.has_account(&entry.name)
    }

    /// What it is told of, and who else uses it, is none of a tenant's business.
    fn shown(&self, actor: &Actor) -> Self {
        let Some(tenant) = actor.tenant().filter(|_| !actor.may(Act::Rule)) else { return self.clone() };
        Self {
            parameters: std::collections::BTreeMap::new(),
            tenants: vec![tenant.to_owned()],
            owner: self.owner.clone().filter(|owner| owner == tenant),
            ..self.clone()
        }
    }
}

impl Guarded for Tenant {
    fn is_seen(entry: &Entry<Self>, actor: &Actor, _: &Snapshot) -> bool {
        actor.tenant().is_none_or(|tenant| tenant == entry.name)
    }
}

impl Guarded for User {
    /// Oneself, and, for who decides about them, those who are in the tenant.
    fn is_seen(entry: &Entry<Self>, actor: &Actor, _: &Snapshot) -> bool {
        actor.user.as_deref() == Some(entry.name.as_str())
            || actor.may(Act::Staff)
                && actor.tenant().is_none_or(|tenant| entry.record.role_in(tenant).is_some())
    }

    /// In which other tenants they are is none of this one's business.
    fn shown(&self, actor: &Actor) -> Self {
        let mut shown = self.clone();
        if let Some(tenant) = actor.tenant().filter(|_| !actor.may(Act::Rule)) {
            shown.roles.retain(|grant| grant.tenant.as_deref() == Some(tenant));
        }
        shown
    }

    /// A tenant's admin decides about who is in that tenant and nowhere else. Everybody may change what is said of
    /// themselves, but not their roles.
    fn may_change(
        before: Option<&Entry<Self>>,
        after: Option<(&Self, Switch)>,
        actor: &Actor,
        _: &Snapshot,
    ) -> Result<(), Denied> {
        if actor.may(Act::Rule) && actor.tenant().is_none() {
            return Ok(());
        }
        let oneself = before.filter(|entry| actor.user.as_deref() == Some(entry.name.as_str()));
        if let (Some(before), Some((after, switch))) = (oneself, after)
            && before.record.roles == after.roles
            && before.switch == switch
        {
            return Ok(());
        }
        must(actor, Act::Staff, "user")?;
        let Some(tenant) = actor.tenant() else { return Ok(()) };
        let here_alone = |user: &Self| {
            !user.roles.is_empty() && user.roles.iter().all(|grant| grant.tenant.as_deref() == Some(tenant))
        };
        let after = after.map(|(after, _)| after);
        if before.map(|entry| &entry.record).into_iter().chain(after).all(here_alone) {
            return Ok(());
        }
        let message =
            format!("An admin of {tenant} decides about those who have roles in {tenant} and nowhere else.");
        Err(Denied::Forbidden(message))
    }
}

impl Guarded for Token {
    fn is_seen(entry: &Entry<Self>, actor: &Actor, known: &Snapshot) -> bool {
        let user = known.get::<User>(&entry.record.user);
        user.is_some_and(|user| User::is_seen(user, actor, known))
    }

    /// One's own; those of others only to be disabled and deleted: who makes one can be whom it is of.
    fn may_change(
        before: Option<&Entry<Self>>,
        after: Option<(&Self, Switch)>,
        actor: &Actor,
        known: &Snapshot,
    ) -> Result<(), Denied> {
        let whose = before.map(|entry| entry.record.user.as_str());
        let whose = whose.or(after.map(|(token, _)| token.user.as_str())).unwrap_or_default();
        if after.is_some_and(|(token, _)| token.user != whose) {
            return Err(Denied::Forbidden("A token stays whose it is.".to_owned()));
        }
        if actor.user.as_deref() == Some(whose) || actor.may(Act::Rule) && actor.tenant().is_none() {
            return Ok(());
        }
        match (before, known.get::<User>(whose)) {
            (Some(_), Some(user)) => User::may_change(Some(user), None, actor, known),
            _ => must(actor, Act::Rule, "token of somebody else"),
        }
    }
}
