//! Whether a state allows an operation, by the model's transitions (DSP0263 5.8, 5.14.1, 5.15.1).
//!
//! Owns the question and the text of the refusal. The transitions are the model's.

use std::time::Duration;

use cimi::model::{State, Transition};
use jiff::Timestamp;

use super::Sim;
use super::denial::Denial;
use super::fate::Occasion;
use super::job::{Effect, Order};
use crate::world::{Id, Kind};

impl Sim {
    /// The transition of an operation out of the present state.
    ///
    /// # Errors
    /// A conflict that names the states in which the operation is possible.
    pub(super) fn transition(&self, id: Id, operation: &str) -> Result<&'static Transition, Denial> {
        let kind = id.kind();
        let states = kind.states().ok_or_else(|| Denial::missing(no_operation(kind, operation)))?;
        let state = self.state(id);
        states.transition(operation, state).ok_or_else(|| {
            let from: Vec<_> = states
                .transitions
                .iter()
                .filter(|t| t.operation == operation)
                .flat_map(|t| t.from)
                .copied()
                .collect();
            if from.is_empty() {
                return Denial::missing(no_operation(kind, operation));
            }
            let possible = from.join(", ");
            Denial::conflict(
                id,
                format!(
                    "The {} is {state}; {operation} is possible in {possible}. Wait for such a state, or bring it about.",
                    kind.name()
                ),
            )
        })
    }

    /// Makes a resource pass through the states of a transition, to `to` or, if that is none, back to where it was.
    /// The first state is taken at once; the order waits in each as long as `stay` says.
    pub(super) fn pass(
        &mut self,
        order: Order,
        id: Id,
        transition: &'static Transition,
        to: Option<&'static str>,
        stay: impl Fn(&str) -> Duration,
        mut then: Vec<Effect>,
    ) -> Order {
        let before = self.state(id);
        let to = to.or(transition.to).unwrap_or(before);
        let mut order = order;
        for (at, state) in transition.through.iter().enumerate() {
            if let Some(next) = transition.through.get(at + 1) {
                order = order.then(stay(state), [Effect::State(id, next)]);
            } else {
                then.insert(0, Effect::State(id, to));
                order = order.then(stay(state), std::mem::take(&mut then));
            }
        }
        if let Some(first) = transition.through.first() {
            self.set_state(id, first);
        }
        order.undone_by([Effect::State(id, before)])
    }

    /// Refuses while the resource is in a state that it leaves by itself, or in error.
    ///
    /// # Errors
    /// A conflict that names the present state.
    pub(super) fn require_settled(&self, id: Id, what: &str) -> Result<(), Denial> {
        let Some(states) = id.kind().states() else { return Ok(()) };
        let state = self.state(id);
        let broken = matches!(state, "ERROR" | "FAILED");
        if broken || states.find(state).is_none_or(cimi::model::State::is_transient) {
            let name = id.kind().name();
            return Err(Denial::conflict(
                id,
                format!("The {name} is {state}; {what} is possible once it is in a stable state."),
            ));
        }
        Ok(())
    }

    /// The state in which a new resource comes to rest (5.14.2.1, 5.16.2.1, ...): the one asked for, else that of capability
    /// `DefaultInitialState`, else that of the model.
    ///
    /// # Errors
    /// If it is none of the stable states that capability `InitialStates` lists.
    pub(super) fn initial_state(&self, kind: Kind, asked: Option<&str>) -> Result<&'static str, Denial> {
        let capabilities = &self.settings.capabilities;
        let states = kind.states().ok_or_else(|| Denial::bad(format!("A {} has no state.", kind.name())))?;
        let possible = capabilities.words(kind.name(), "InitialStates");
        let born = states.creation().and_then(|creation| creation.to).unwrap_or("STOPPED");
        let default = capabilities.word(kind.name(), "DefaultInitialState").unwrap_or(born);
        let name = asked.unwrap_or(default);
        match states.find(name) {
            Some(State::Stable(state)) if possible.is_empty() || possible.contains(&state) => Ok(state),
            _ => Err(Denial::bad(format!(
                "initialState is {name}; a new {} can be {}.",
                kind.name(),
                if possible.is_empty() {
                    "in any of its stable states".to_owned()
                } else {
                    possible.join(", ")
                }
            ))),
        }
    }

    /// Moves a resource to a state, with what follows from it for others: its Systems, and the services that it is under.
    pub(super) fn set_state(&mut self, id: Id, state: &'static str) {
        let before = self.state(id);
        self.settle_averages(id);
        self.world.set_state(id, state);
        if id.kind() == Kind::Machine && before != state {
            self.reckon_systems_of(id);
            if matches!(state, "ERROR" | "FAILED") {
                self.recover(id);
            }
        }
    }

    /// Its present state; empty if it has none.
    pub(super) fn state(&self, id: Id) -> &'static str {
        self.world.get(id).and_then(|record| record.state).unwrap_or_default()
    }

    /// Whether an operation is not possible now and will be in a moment: a Job is at the resource, and leaves it in a state that
    /// offers it (4.2: `available` of an operation).
    pub fn will_offer(&self, id: Id, operation: &str) -> bool {
        let bound_for =
            self.busy.get(&id).and_then(|job| self.tasks.get(job)).and_then(|task| task.leaves(id));
        match (id.kind().states(), bound_for) {
            (Some(states), Some(state)) => states.offers(operation, state),
            _ => false,
        }
    }

    /// Whether requests for an operation are denied now, and will not be later: there is no room at present.
    pub fn has_no_room(&self, kind: Kind, operation: &str, resource: Option<&str>, now: Timestamp) -> bool {
        self.fate.denies(now, &Occasion { kind: Some(kind), operation, resource })
    }

    /// Whether an operation is offered now: by the state, and by what this cloud can (5.8).
    pub fn offers(&self, id: Id, operation: &str) -> bool {
        let Some(record) = self.world.get(id) else { return false };
        if id.kind() == Kind::Job && self.tasks.contains_key(&id) && !self.is_stoppable(id) {
            return false;
        }
        match (id.kind().states(), record.state) {
            (Some(states), Some(state)) => states.offers(operation, state),
            _ if id.kind() == Kind::SystemService => self.service_offers(id, operation),
            _ if id.kind() == Kind::Meter && operation == "start" => !self.is_running(id),
            _ if id.kind() == Kind::Meter && operation == "stop" => self.is_running(id),
            _ => operation == "delete" || (operation == "export" && id.kind() == Kind::SystemTemplate),
        }
    }
}

fn no_operation(kind: Kind, operation: &str) -> String {
    format!("{} has no operation {operation}.", kind.name())
}
