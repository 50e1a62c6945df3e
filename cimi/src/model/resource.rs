//! How a resource type is declared (DSP0263 5.7 to 5.17): one declaration for both editions.
//!
//! Owns the shape of a declaration. The declarations themselves are in the sibling modules, one a family.

use super::attribute::Attribute;
use crate::edition::{Edition, Span};

/// A resource type. Everything else about it (codecs, validation, metadata, documentation) is derived from this.
#[derive(Debug)]
pub struct ResourceType {
    /// `Machine`: the XML root, and the end of the type URI.
    pub name: &'static str,
    /// The clause that defines it; for types that only V1 has, `DSP8009` and the element.
    pub clause: &'static str,
    /// The editions that have it.
    pub span: Span,
    /// What kind of thing it is on the wire.
    pub form: Form,
    /// Its attributes beside those of its form ([`Form::frame`]), in the order of serialization.
    pub attributes: &'static [Attribute],
    /// What can be done with it beside read, update and delete.
    pub operations: &'static [Operation],
    /// Its states and how they change.
    pub states: Option<&'static States>,
}

/// What a type is on the wire, and with that the attributes around its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A resource with the common attributes of table 5 before its own and `operations` behind them.
    Resource,
    /// A `Collection` (5.5.12): XML root `Collection` whatever its name.
    Collection {
        /// The type of its members.
        member: &'static str,
        /// The JSON array, and in V2 the XML wrapper, that holds them.
        grouping: &'static str,
        /// The XML element of one member.
        element: &'static str,
    },
    /// A request to create (4.2.1.1, 5.5.12.1): `MachineCreate`.
    Create {
        /// The type that it creates.
        creates: &'static str,
    },
    /// A request to act (4.2.1.5).
    Action,
}

/// An operation beside CRUD.
#[derive(Debug)]
pub struct Operation {
    /// `start`: the end of its URI; `add`, `insert` and `remove` are bare names on the wire (4.2).
    pub name: &'static str,
    /// The editions that have it.
    pub span: Span,
    /// Its input parameters beside `properties`.
    pub parameters: &'static [Attribute],
}

/// The states of a type.
#[derive(Debug)]
pub struct States {
    /// All of them, in the order of the text.
    pub all: &'static [State],
    /// How they change.
    pub transitions: &'static [Transition],
}

/// A state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Held until an operation changes it (5.8).
    Stable(&'static str),
    /// Held only while an operation runs; left without a further request.
    Transient(&'static str),
}

/// A change of state by an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The operation: one of [`ResourceType::operations`], or `create`, `delete`.
    pub operation: &'static str,
    /// The states in which it is offered.
    pub from: &'static [&'static str],
    /// The state while it runs; empty if it has none.
    pub through: &'static str,
    /// The state after success; empty if it is that of before, or if the resource is gone.
    pub to: &'static str,
}

impl ResourceType {
    /// Declares a resource with the common attributes, in both editions.
    pub const fn resource(
        name: &'static str,
        clause: &'static str,
        attributes: &'static [Attribute],
    ) -> Self {
        Self {
            name,
            clause,
            span: Span::Both,
            form: Form::Resource,
            attributes,
            operations: &[],
            states: None,
        }
    }

    /// Declares a collection. `grouping` is the JSON array, `element` the XML element of one member.
    pub const fn collection(
        name: &'static str,
        clause: &'static str,
        member: &'static str,
        grouping: &'static str,
        element: &'static str,
    ) -> Self {
        Self {
            name,
            clause,
            span: Span::Both,
            form: Form::Collection { member, grouping, element },
            attributes: &[],
            operations: &[],
            states: None,
        }
    }

    /// Declares the request that creates a `creates`; its own attributes are the template and accessories.
    pub const fn create(
        name: &'static str,
        clause: &'static str,
        creates: &'static str,
        attributes: &'static [Attribute],
    ) -> Self {
        Self {
            name,
            clause,
            span: Span::Both,
            form: Form::Create { creates },
            attributes,
            operations: &[],
            states: None,
        }
    }

    /// With these operations.
    #[must_use]
    pub const fn operations(mut self, operations: &'static [Operation]) -> Self {
        self.operations = operations;
        self
    }

    /// With these states.
    #[must_use]
    pub const fn states(mut self, states: &'static States) -> Self {
        self.states = Some(states);
        self
    }

    /// Only in this edition.
    #[must_use]
    pub const fn only(mut self, span: Span) -> Self {
        self.span = span;
        self
    }

    /// Whether `edition` has it.
    pub const fn is_in(&self, edition: Edition) -> bool {
        self.span.contains(edition)
    }

    /// Its operation of this name in `edition`.
    pub fn operation(&self, edition: Edition, name: &str) -> Option<&'static Operation> {
        self.operations.iter().find(|op| op.name == name && op.span.contains(edition))
    }
}

impl States {
    /// Whether an operation is offered in a state.
    pub fn offers(&self, operation: &str, state: &str) -> bool {
        self.transition(operation, state).is_some()
    }

    /// The transition of `operation` out of `state`.
    pub fn transition(&self, operation: &str, state: &str) -> Option<&'static Transition> {
        self.transitions.iter().find(|t| t.operation == operation && t.from.contains(&state))
    }

    /// The state of this name.
    pub fn find(&self, name: &str) -> Option<State> {
        self.all.iter().copied().find(|state| state.name() == name)
    }
}

impl State {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stable(name) | Self::Transient(name) => name,
        }
    }

    /// Whether it is left without a further request.
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Transient(_))
    }
}
