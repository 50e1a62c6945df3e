use jiff::Timestamp;

use super::*;
use crate::sim::{Request, Settings};

/// A System with one started Machine under a service of this type.
struct Guarded {
    sim: Sim,
    system: Id,
    service: Id,
    machine: Id,
}

fn guarded(service: &str) -> Guarded {
    let now = Timestamp::constant(1_767_225_600, 0);
    let mut sim = Sim::new(now, Settings::default(), Label::default());
    let draft = |name: &str| Draft::new(Label::named(name), Fields::new());
    let system = sim.world.insert(Group::of_cloud(Kind::System), draft("system").in_state("MIXED"));
    let machine = sim.settle(Site::within(system, Kind::Machine), draft("web").in_state("STARTED"));
    let ty = format!("http://schemas.dmtf.org/cimi/2/SystemService/{service}");
    let fields = Fields::new().with("serviceType", ty);
    let group = Group::inside(system, Kind::SystemService);
    let created = sim.perform(Request::Create { group, draft: Draft::new(Label::default(), fields) });
    let service = created.unwrap().created.unwrap();
    let parameters = Fields::new().with("node", machine);
    sim.perform(Request::Act { id: service, operation: "addRM".to_owned(), parameters }).unwrap();
    while sim.has_work() {
        sim.step();
    }
    Guarded { sim, system, service, machine }
}

impl Guarded {
    fn covered(&self) -> Vec<Id> {
        self.sim.linked(Group::inside(self.service, Kind::ServiceMachine))
    }

    fn fail(&mut self) {
        self.sim.set_state(self.machine, "ERROR");
        while self.sim.has_work() {
            self.sim.step();
        }
    }
}

#[test]
fn a_backup_takes_over_when_its_machine_fails() {
    for service in ["highreliability/active", "highreliability/passive"] {
        let mut guarded = guarded(service);
        assert_eq!(guarded.covered(), [guarded.machine]);
        guarded.fail();
        let now = guarded.covered();
        assert_ne!(now, [guarded.machine], "{service}");
        assert_eq!(guarded.sim.state(now[0]), "STARTED");
        assert_eq!(guarded.sim.state(guarded.machine), "ERROR");
        assert_eq!(guarded.sim.state(guarded.system), "MIXED");
    }
}

#[test]
fn a_machine_is_restarted_elsewhere_after_a_disaster() {
    let mut guarded = guarded("disasterrecovery");
    guarded.sim.set_state(guarded.machine, "ERROR");
    assert_eq!(guarded.sim.state(guarded.system), "ERROR", "as all of its Machines are");
    while guarded.sim.has_work() {
        guarded.sim.step();
    }
    assert_eq!(guarded.sim.state(guarded.machine), "STARTED");
    assert_eq!(guarded.sim.state(guarded.system), "STARTED");
}
