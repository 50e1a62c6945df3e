//! Systems have the state that their machines have: kept with every change of one.

use std::collections::BTreeSet;

use super::{Edit, Writer};
use crate::access::Sight;
use crate::kind::Kind;
use crate::record::Id;
use crate::system;

impl Writer {
    /// Gives systems the state that their machines have by now (DSP0263 5.13.1).
    pub(super) fn reckon(&mut self) {
        let Edit { resources, forget_resources, .. } = &self.edit;
        let touched = resources.keys().chain(forget_resources);
        let mut systems: BTreeSet<Id> = self
            .inventory
            .read(|state| touched.flat_map(|id| state.systems_of(*id, &Sight::Everything)).collect());
        systems.extend(resources.values().filter(|it| it.kind == Kind::System).map(|it| it.id));
        for mut whole in systems.into_iter().filter_map(|id| self.resource(id)).collect::<Vec<_>>() {
            if !system::is_own(&whole) {
                continue;
            }
            let machines = system::components(&whole.attributes).into_iter();
            let machines =
                machines.filter(|it| it.kind == Kind::Machine).filter_map(|it| self.resource(it.id));
            let states = machines.map(|machine| machine.attributes.text("state").map(str::to_owned));
            let state = system::state(&whole.attributes, states);
            let Some(state) = state.filter(|state| whole.attributes.text("state") != Some(state)) else {
                continue;
            };
            whole.attributes.set("state", state);
            match self.edit.resources.get_mut(&whole.id) {
                Some(edited) => *edited = whole,
                None => self.put_resource(whole),
            }
        }
    }
}
