//! One resource as the cloud holds it.
//!
//! Owns the common attributes (DSP0263 table 5), the state and the rest as fields.

use cimi::Map;
use jiff::Timestamp;

use super::components::Components;
use super::field::{Fields, Group};
use super::id::Id;

/// A resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Which one.
    pub id: Id,
    /// The resource that it is a child component of (5.10.2): it goes with that one. None for what belongs to the cloud itself.
    pub owner: Option<Id>,
    /// The human-readable part.
    pub label: Label,
    /// When it was created.
    pub created: Timestamp,
    /// When its attributes were last explicitly updated; a change of state does not count (table 5).
    pub updated: Timestamp,
    /// Its state; none if its kind has no states.
    pub state: Option<&'static str>,
    /// Its other attributes.
    pub fields: Fields,
    /// What lives inside it.
    pub(super) components: Components,
    /// Changes with every change of the resource, explicit or not.
    pub version: u64,
}

/// What a consumer may say about a resource of any kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Label {
    /// `name`
    pub name: Option<Box<str>>,
    /// `description`
    pub description: Option<Box<str>>,
    /// `properties`
    pub properties: Option<Box<Map>>,
}

/// A resource that is to be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// The human-readable part.
    pub label: Label,
    /// Its first state.
    pub state: Option<&'static str>,
    /// Its other attributes.
    pub fields: Fields,
}

impl Record {
    /// The collection that its address is in.
    pub fn home(&self) -> Group {
        let kind = self.id.kind();
        Group { owner: self.owner.filter(|_| kind.is_addressed_below()), kind }
    }

    /// The collection that it is a child component of, its `parent` (5.10.2).
    pub fn parent(&self) -> Group {
        let kind = self.id.kind();
        match self.owner {
            Some(owner) if !kind.is_addressed_below() => Group::inside(owner, kind.listed_by(owner.kind())),
            owner => Group { owner, kind },
        }
    }

    /// Whether it is in this state.
    pub fn is(&self, state: &str) -> bool {
        self.state == Some(state)
    }
}

impl Label {
    /// With only a name.
    pub fn named(name: &str) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }
}

impl Draft {
    /// A resource with these attributes.
    pub fn new(label: Label, fields: Fields) -> Self {
        Self { label, state: None, fields }
    }

    /// In this state.
    #[must_use]
    pub fn in_state(mut self, state: &'static str) -> Self {
        self.state = Some(state);
        self
    }
}

#[cfg(test)]
mod tests;
