//! What starts and stops, and what is enabled and disabled (DSP0263 5.16.1.2, 5.16.5.3, 5.16.9.3, 5.16.13.2, 5.16.17.2).
//!
//! Owns the recursion of a Network over all that is in it. States and transitions are the model's.

use std::time::Duration;

use super::super::Sim;
use super::super::denial::Denial;
use super::super::job::{Accepted, Effect, Order};
use crate::world::{Group, Id, Kind};

/// The collections of a Network whose members start and stop with it.
const PARTS: [Kind; 4] =
    [Kind::NetworkSegment, Kind::NetworkNetworkPort, Kind::NetworkNetworkService, Kind::Subnetwork];

impl Sim {
    /// Performs an operation on a resource of the network families.
    pub(in crate::sim) fn act_on_network(&mut self, id: Id, operation: &str) -> Result<Accepted, Denial> {
        let known = ["start", "stop", "enable", "disable"].into_iter().find(|known| *known == operation);
        let Some(operation) = known else {
            return Err(Denial::missing(format!("{} has no operation {operation}.", id.kind().name())));
        };
        match id.kind() {
            Kind::Network => self.run_network(id, operation),
            _ => self.switch(id, operation),
        }
    }

    /// Starts or stops a Network and, each in a Job of its own, all that is in it.
    fn run_network(&mut self, id: Id, operation: &'static str) -> Result<Accepted, Denial> {
        let transition = self.transition(id, operation)?;
        let before = self.state(id);
        let wait = self.settings.timing.of(Kind::Network, operation);
        let order = Order::new(operation, id).spoilt_by([Effect::State(id, before)]);
        let order = self.pass(order, id, transition, None, |_| wait, Vec::new());
        let parts = self.parts_of(id);
        self.order_made(order, !parts.is_empty(), |sim| {
            for part in parts {
                sim.bring(part, operation == "start");
            }
            Ok(())
        })
    }

    /// Everything that starts and stops with a Network, endpoints behind their segments.
    fn parts_of(&self, network: Id) -> Vec<Id> {
        let mut parts = Vec::new();
        for part in PARTS.into_iter().flat_map(|kind| self.linked(Group::inside(network, kind))) {
            let endpoints = match part.kind() {
                Kind::ProtocolSegment => self.linked(Group::inside(part, Kind::SegmentEndpoint)),
                _ => Vec::new(),
            };
            for id in std::iter::once(part).chain(endpoints) {
                if !parts.contains(&id) {
                    parts.push(id);
                }
            }
        }
        parts
    }

    /// Brings a part up or down, unless it is, or is about to be: a nested Job. If it cannot, that fails.
    pub(super) fn bring(&mut self, part: Id, up: bool) {
        let on_and_off = matches!(part.kind(), Kind::ProtocolEndpoint | Kind::NetworkInterface);
        let (operation, there) = match (on_and_off, up) {
            (false, true) => ("start", ["STARTED", "STARTING"]),
            (false, false) => ("stop", ["STOPPED", "STOPPING"]),
            (true, true) => ("enable", ["ENABLED", ""]),
            (true, false) => ("disable", ["DISABLED", ""]),
        };
        if there.contains(&self.state(part)) {
            return;
        }
        if let Err(denial) = self.act_on_network(part, operation) {
            self.order_failed(&Order::new(operation, part), &denial);
        }
    }

    /// A transition that touches nothing else; one without a state on the way is complete at once.
    fn switch(&mut self, id: Id, operation: &'static str) -> Result<Accepted, Denial> {
        let transition = self.transition(id, operation)?;
        let order = Order::new(operation, id);
        if transition.through.is_empty() {
            let to = transition.to.map(|to| Effect::State(id, to));
            let effects: Vec<Effect> = to.into_iter().collect();
            return Ok(self.order(order.then(Duration::ZERO, effects)));
        }
        let wait = self.settings.timing.of(id.kind(), operation);
        let order = self.pass(order, id, transition, None, |_| wait, Vec::new());
        Ok(self.order(order))
    }
}
