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
    /// Its attributes beside those of its form, in the order of serialization. One that has the name of an attribute of
    /// the form takes its place.
    pub attributes: &'static [Attribute],
    /// The attributes of its form that 1.x does not have here.
    pub v1_lacks: &'static [&'static str],
    /// Attributes that servers of 1.x send although the schema does not have them. They are read with their type, and
    /// written in JSON if a document has them; XML, which the schema closes, is written without them.
    pub v1_dialect: &'static [Attribute],
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
    /// An item of an enhanced Collection (5.5.12): a resource of another type with accessory attributes in front of its own.
    Item {
        /// The type of the resource.
        resource: &'static str,
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
    /// Its input parameters beside `properties`; each is an attribute of `Action`, too.
    pub parameters: &'static [Attribute],
    /// The type of its request: `Action`, or the type of which the operation makes a new resource (5.14.7.1).
    pub request: &'static str,
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
    /// The operation: one of [`ResourceType::operations`], or `create`, or `delete`.
    pub operation: &'static str,
    /// The states in which it is offered; none for `create`.
    pub from: &'static [&'static str],
    /// The states while it runs, one after the other.
    pub through: &'static [&'static str],
    /// The state after success. None if it is that of before, if it depends on other resources, or if the resource is gone.
    pub to: Option<&'static str>,
}

impl ResourceType {
    /// Declares a resource with the common attributes, in both editions.
    pub const fn resource(
        name: &'static str,
        clause: &'static str,
        attributes: &'static [Attribute],
    ) -> Self {
        Self::new(name, clause, Form::Resource, attributes)
    }

    /// Declares a collection. `grouping` is the JSON array, `element` the XML element of one member.
    pub const fn collection(
        name: &'static str,
        clause: &'static str,
        member: &'static str,
        grouping: &'static str,
        element: &'static str,
    ) -> Self {
        Self::new(name, clause, Form::Collection { member, grouping, element }, &[])
    }

    /// Declares the item of an enhanced collection of `resource`; its own attributes are the accessories.
    pub const fn item(
        name: &'static str,
        clause: &'static str,
        resource: &'static str,
        attributes: &'static [Attribute],
    ) -> Self {
        Self::new(name, clause, Form::Item { resource }, attributes)
    }

    /// Declares the request that creates a `creates`; its own attributes are the template and accessories.
    pub const fn create(
        name: &'static str,
        clause: &'static str,
        creates: &'static str,
        attributes: &'static [Attribute],
    ) -> Self {
        Self::new(name, clause, Form::Create { creates }, attributes)
    }

    /// Declares the request to act, with the parameters of all operations.
    pub const fn action(name: &'static str, clause: &'static str, attributes: &'static [Attribute]) -> Self {
        Self::new(name, clause, Form::Action, attributes)
    }

    const fn new(
        name: &'static str,
        clause: &'static str,
        form: Form,
        attributes: &'static [Attribute],
    ) -> Self {
        Self {
            name,
            clause,
            span: Span::Both,
            form,
            attributes,
            v1_lacks: &[],
            v1_dialect: &[],
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

    /// Only in CIMI 1.x.
    #[must_use]
    pub const fn v1(mut self) -> Self {
        self.span = Span::V1;
        self
    }

    /// Only in CIMI 2.0.
    #[must_use]
    pub const fn v2(mut self) -> Self {
        self.span = Span::V2;
        self
    }

    /// In 1.x without these attributes of its form.
    #[must_use]
    pub const fn v1_lacks(mut self, names: &'static [&'static str]) -> Self {
        self.v1_lacks = names;
        self
    }

    /// With these attributes that servers of 1.x are known to send.
    #[must_use]
    pub const fn v1_dialect(mut self, attributes: &'static [Attribute]) -> Self {
        self.v1_dialect = attributes;
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

impl Operation {
    /// Declares an operation of both editions without parameters.
    pub const fn new(name: &'static str) -> Self {
        Self { name, span: Span::Both, parameters: &[], request: "Action" }
    }

    /// With these parameters.
    #[must_use]
    pub const fn with(mut self, parameters: &'static [Attribute]) -> Self {
        self.parameters = parameters;
        self
    }

    /// With a representation of the new resource as its request.
    #[must_use]
    pub const fn making(mut self, ty: &'static str) -> Self {
        self.request = ty;
        self
    }

    /// Only in CIMI 2.0.
    #[must_use]
    pub const fn v2(mut self) -> Self {
        self.span = Span::V2;
        self
    }
}

impl Transition {
    /// Declares that a new resource goes `through` these states and is then in state `to`.
    pub const fn create(through: &'static [&'static str], to: Option<&'static str>) -> Self {
        Self { operation: "create", from: &[], through, to }
    }

    /// Declares that a resource in one of the states `from` can be deleted and goes `through` these states until it is gone.
    pub const fn delete(from: &'static [&'static str], through: &'static [&'static str]) -> Self {
        Self { operation: "delete", from, through, to: None }
    }

    /// Declares an operation offered in the states `from`, which goes `through` states and, if it changes the state for good,
    /// leads `to` another one.
    pub const fn new(
        operation: &'static str,
        from: &'static [&'static str],
        through: &'static [&'static str],
        to: Option<&'static str>,
    ) -> Self {
        Self { operation, from, through, to }
    }
}

impl States {
    /// How a new resource comes to its first stable state.
    pub fn creation(&self) -> Option<&'static Transition> {
        self.transitions.iter().find(|t| t.operation == "create")
    }

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
