//! Operations on a System: the same operation on every Machine and nested System in it (DSP0263 5.13.1.2).
//!
//! Owns the recursion. A component that does not take the operation in its state is left as it is.

use crate::sim::Sim;
use crate::sim::denial::Denial;
use crate::sim::job::{Accepted, Order};
use crate::world::{Fields, Group, Id, Kind};

impl Sim {
    /// Performs one of the recursive operations.
    pub(super) fn operate_system(
        &mut self,
        system: Id,
        operation: &'static str,
        parameters: &Fields,
    ) -> Result<Accepted, Denial> {
        self.transition(system, operation)?;
        self.order_whole(Order::new(operation, system), |sim| {
            sim.operate_components(system, operation, parameters);
            Ok(())
        })
    }

    fn operate_components(&mut self, system: Id, operation: &'static str, parameters: &Fields) {
        for kind in [Kind::SystemMachine, Kind::SystemSystem] {
            for component in self.linked(Group::inside(system, kind)) {
                if self.is_there_already(component, operation) {
                    continue;
                }
                let result = match component.kind() {
                    Kind::Machine => self.act_on_machine(component, operation, parameters),
                    _ => self.operate_system(component, operation, parameters),
                };
                if let Err(denial) = result {
                    self.order_failed(&Order::new(operation, component), &denial);
                }
            }
        }
    }

    /// Whether a component is in the state that an operation leads to: there is nothing to do.
    fn is_there_already(&self, component: Id, operation: &str) -> bool {
        let state = self.state(component);
        let goal = component.kind().states().into_iter().flat_map(|states| states.transitions);
        operation != "restart" && goal.filter(|t| t.operation == operation).any(|t| t.to == Some(state))
    }
}
