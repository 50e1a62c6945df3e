//! The life of the cloud: what operations do, how long they take, which states resources pass through.
//!
//! Owns one state machine per kind on top of the model's transitions, and the Jobs that carry them. Knows no clock (it is
//! told the time), no edition and no protocol.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::ovf::store::Store;
use crate::world::{Draft, Fields, Group, Id, Kind, Label, World};

pub mod agenda;
pub mod change;
pub(crate) mod chronicle;
pub mod connect;
pub(crate) mod defaults;
pub mod denial;
pub mod event;
pub mod fate;
pub mod image;
pub mod job;
pub mod ledger;
pub(crate) mod load;
pub mod log;
pub mod machine;
pub mod meter;
pub(crate) mod monitor;
pub(crate) mod nested;
mod network;
pub mod request;
pub mod sample;
pub mod scope;
pub mod settings;
pub(crate) mod site;
pub mod state;
mod stop;
pub mod system;
pub mod template;
pub mod volume;

pub use agenda::Agenda;
pub use change::Patch;
pub use denial::Denial;
pub use fate::Fate;
pub use job::{Accepted, Completion};
pub use ledger::{Account, Ledger, Limits};
pub use request::Request;
pub use settings::{Capabilities, Settings, Timing};

use job::Task;
use sample::Monitors;

/// A world that lives. A clone is a snapshot that goes on identically.
#[derive(Clone, Debug)]
pub struct Sim {
    world: World,
    agenda: Agenda,
    /// What running Jobs still have to do.
    tasks: BTreeMap<Id, Task>,
    /// Which Job works on a resource.
    busy: BTreeMap<Id, Id>,
    /// The Job that is being made up of others.
    within: Option<Id>,
    /// What Meters and logs have to do.
    monitors: Monitors,
    settings: Settings,
    /// Who has which address.
    leases: network::Leases,
    /// What it may take; none if there is no limit.
    account: Option<Account>,
    /// What goes wrong.
    fate: Fate,
    /// Which part of the Job that is being made up fails.
    doomed_part: Option<fate::DoomedPart>,
    /// The packages that Systems come from and go to.
    packages: Store,
}

impl Sim {
    /// An empty cloud of this label at a moment.
    pub fn new(now: Timestamp, settings: Settings, label: Label) -> Self {
        let mut world = World::new(now);
        world.insert(Group::of_cloud(Kind::CloudEntryPoint), Draft::new(label, Fields::new()));
        Self {
            world,
            agenda: Agenda::default(),
            tasks: BTreeMap::new(),
            busy: BTreeMap::new(),
            within: None,
            monitors: Monitors::default(),
            settings,
            leases: network::Leases::default(),
            account: None,
            fate: Fate::new(now),
            doomed_part: None,
            packages: Store::default(),
        }
    }

    /// What exists.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// What exists, to fill it from a seed.
    pub(crate) fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    /// What this cloud can and how long it takes.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The packages that Systems come from and go to.
    pub fn packages(&self) -> &Store {
        &self.packages
    }

    /// The packages, to add to them or to take some away.
    pub fn packages_mut(&mut self) -> &mut Store {
        &mut self.packages
    }

    /// Sets how long operations take from now on.
    pub fn set_timing(&mut self, timing: Timing) {
        self.settings.timing = timing;
    }

    /// When something happens by itself next.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.agenda.next()
    }

    /// Whether anything that somebody waits for is going to happen by itself.
    pub fn has_work(&self) -> bool {
        self.agenda.has_work()
    }

    /// Whether no Job is running, not even one that never ends.
    pub fn is_idle(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The Jobs that are running.
    pub fn running(&self) -> impl Iterator<Item = Id> {
        self.tasks.keys().copied()
    }

    /// Lives through everything that is due until `now`, each thing at its own moment.
    pub fn run_until(&mut self, now: Timestamp) {
        while let Some((due, event)) = self.agenda.take_due(now) {
            self.world.set_now(due);
            self.happen(event, now);
        }
        self.world.set_now(now);
    }

    /// Goes on at a later moment as if no time had passed until then: what is under way takes as long as it would have.
    pub(crate) fn resume(&mut self, now: Timestamp) {
        let by = now.duration_since(self.world.now());
        if by.is_positive() {
            self.agenda.postpone(by);
            self.tasks.values_mut().for_each(|task| task.postpone(by));
            self.fate.postpone(by);
            self.world.set_now(now);
        }
    }

    /// Lets time pass without anything happening: what is due by then happens later.
    pub(crate) fn wait_until(&mut self, now: Timestamp) {
        self.world.set_now(now);
    }

    /// Lives through the next event, whenever it is due; false if there is none.
    pub fn step(&mut self) -> bool {
        let Some(due) = self.agenda.next() else { return false };
        if let Some((due, event)) = self.agenda.take_due(due) {
            self.world.set_now(due);
            self.happen(event, due);
        }
        true
    }

    /// Does what is due. Time passes until `horizon` in one go.
    fn happen(&mut self, event: agenda::Event, horizon: Timestamp) {
        match event {
            agenda::Event::Step(job) => self.continue_job(job),
            agenda::Event::Retire(job) => self.retire(job),
            agenda::Event::Fate(number) => self.happen_by_fate(number),
            agenda::Event::Sample(meter) => self.take_sample(meter, horizon),
            agenda::Event::Expire(id) if id.kind() == Kind::Meter => self.remove(id),
            agenda::Event::Expire(log) => self.let_go(log),
        }
        self.write_chronicle();
        self.balance();
    }
}
