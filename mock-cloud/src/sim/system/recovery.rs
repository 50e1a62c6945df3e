//! What a service does when a Machine fails (DSP0263 5.13.3.1, 5.13.3.2).
//!
//! Owns the reaction. That a Machine fails is decided elsewhere.

use std::time::Duration;

use cimi::model::system::Service;

use crate::sim::Sim;
use crate::sim::job::{Effect, Order};
use crate::world::{Field, Id, Kind};

/// Until a failure is noticed where a service has no heartbeat, in milliseconds.
const HEARTBEAT: u64 = 1000;

impl Sim {
    /// Lets the services that cover a Machine recover from its failure: the backup takes over, or the Machine is restarted
    /// in another data center.
    pub(in crate::sim) fn recover(&mut self, machine: Id) {
        let links =
            self.world.referrers_of(machine).into_iter().filter(|id| id.kind() == Kind::ServiceMachine);
        let covered: Vec<_> = links
            .filter_map(|link| {
                let record = self.world.get(link)?;
                let primary = record.fields.resource("machine") == Some(machine);
                primary.then_some((link, record.owner?, record.fields.resource("backupmachine")))
            })
            .collect();
        for (link, service, backup) in covered {
            match (self.service(service), backup) {
                (Some(Service::DisasterRecovery), _) => {
                    let wait = self.heartbeat(service) + self.settings.timing.of(Kind::Machine, "create");
                    let order = Order::new("restore", service).affecting(machine);
                    self.order(order.then(wait, [Effect::State(machine, "STARTED")]));
                }
                (Some(_), Some(backup)) => self.take_over(link, service, machine, backup),
                _ => {}
            }
        }
    }

    fn take_over(&mut self, link: Id, service: Id, failed: Id, backup: Id) {
        let start = match self.state(backup) {
            "STARTED" => Duration::ZERO,
            _ => self.settings.timing.of(Kind::Machine, "start"),
        };
        let effects = [
            Effect::State(backup, "STARTED"),
            Effect::Set(link, "machine", backup.into()),
            Effect::Set(link, "backupmachine", failed.into()),
        ];
        let wait = self.heartbeat(service) + start;
        let order = Order::new("swapBackup", service).affecting(failed).affecting(backup);
        self.order(order.then(wait, effects));
    }

    /// How long it takes to notice a failure.
    fn heartbeat(&self, service: Id) -> Duration {
        let parameters = self.world.get(service).and_then(|record| record.fields.get("parameters"));
        let given = match parameters {
            Some(Field::Map(map)) => map.get("heartbeat").and_then(|text| text.parse().ok()),
            _ => None,
        };
        Duration::from_millis(given.unwrap_or(HEARTBEAT))
    }
}
