//! How much resources are used (DSP0263 table 51): a model of load, not a measurement.
//!
//! Owns the model: a number that depends on which resource it is, on the moment and on its state, and on nothing else, so that
//! the same requests bring the same samples. Knows no Meter.

use cimi::model::meter::Aspect;
use jiff::{SignedDuration, Timestamp};

use super::Sim;
use crate::world::{Group, Id, Kind, Record};

/// How many members of a group are looked at for what the group uses as a whole. What more there are count as these do on
/// average: a sample must not stop a cloud of a million Machines.
const LOOKED_AT: usize = 2048;

/// What one line of the network carries, in kilobits per second.
const LINE: i64 = 1_000_000;

/// Moments at which an average looks.
const LOOKS: i64 = 8;

const HOUR: i64 = 3_600_000;

/// Values come in these parts of their unit.
pub(super) const PARTS: i64 = 10;

/// What a group uses, and of how much.
#[derive(Clone, Copy, Default)]
struct Total {
    used: i64,
    whole: i64,
}

impl Sim {
    /// What a resource uses at a moment, in tenths of the aspect's unit.
    pub(super) fn load(&self, target: Id, aspect: Aspect, at: Timestamp) -> i64 {
        let total = match target.kind() {
            Kind::CloudEntryPoint => self.load_of_cloud(aspect, at),
            Kind::System => {
                let mut systems = vec![target];
                self.load_of_systems(&mut systems, aspect, at)
            }
            _ => self.world.get(target).map(|record| self.own_load(record, aspect, at)).unwrap_or_default(),
        };
        match aspect {
            Aspect::Cpu => total.used * 100 * PARTS / total.whole.max(1) / 1000,
            _ => total.used.saturating_mul(PARTS),
        }
    }

    /// What it uses on average from one moment to another, if it stays in its present state.
    pub(super) fn mean_load(&self, target: Id, aspect: Aspect, from: Timestamp, to: Timestamp) -> i64 {
        let whole = to.duration_since(from).as_millis();
        let sum: i64 = (0..LOOKS)
            .map(|look| {
                let past = whole * i128::from(2 * look + 1) / i128::from(2 * LOOKS);
                let past = SignedDuration::from_millis(i64::try_from(past).unwrap_or_default());
                self.load(target, aspect, from.checked_add(past).unwrap_or(to)) / LOOKS
            })
            .sum();
        sum
    }

    /// The most that it can use, in the aspect's unit; none if that is not known.
    pub(super) fn ceiling(&self, target: Id, aspect: Aspect) -> Option<i64> {
        let record = self.world.get(target)?;
        match (aspect, target.kind()) {
            (Aspect::Cpu, _) => Some(100),
            (_, Kind::CloudEntryPoint | Kind::System) => None,
            (Aspect::Memory, _) => record.fields.integer("memory"),
            (Aspect::Disk, Kind::Machine) => Some(self.disks(target)),
            (Aspect::Disk, _) => record.fields.integer("capacity"),
            (_, Kind::Machine) => Some(LINE * self.interfaces(target)),
            _ => Some(LINE),
        }
    }

    /// What a resource uses that is no group.
    fn own_load(&self, record: &Record, aspect: Aspect, at: Timestamp) -> Total {
        let id = record.id;
        let level = |of: i64| i64::try_from(i128::from(of) * i128::from(level(id, aspect, at)) / 1000);
        let part = |of: i64| level(of).unwrap_or(i64::MAX);
        let number = |name: &str| record.fields.integer(name).unwrap_or_default();
        let (used, whole) = match (aspect, id.kind()) {
            (Aspect::Cpu, _) => {
                // Thousandths of a core.
                let cores = number("cpu");
                (if record.is("STARTED") { part(cores * 1000) } else { 0 }, cores)
            }
            (Aspect::Memory, _) if record.is("STARTED") => (part(number("memory")), 0),
            // A paused Machine keeps what it has in memory, and does nothing with it.
            (Aspect::Memory, _) if record.is("PAUSED") => (number("memory") / 2, 0),
            (Aspect::Disk, _) if record.is("CREATING") => (0, 0),
            (Aspect::Disk, Kind::Machine) => (part(self.disks(id)), 0),
            (Aspect::Disk, _) => (part(number("capacity")), 0),
            (Aspect::Memory, _) => (0, 0),
            (_, Kind::Machine) if record.is("STARTED") => (part(LINE * self.interfaces(id)), 0),
            (_, Kind::Volume) => (if self.is_in_use(id) { part(LINE) } else { 0 }, 0),
            (_, Kind::Machine) => (0, 0),
            _ => (if record.is("STARTED") || record.is("ENABLED") { part(LINE) } else { 0 }, 0),
        };
        Total { used, whole }
    }

    fn load_of_cloud(&self, aspect: Aspect, at: Timestamp) -> Total {
        let mut total = Total::default();
        for kind in parts(aspect) {
            let group = Group::of_cloud(*kind);
            let count = self.world.count(group);
            let members = self.world.members(group, 0).take(LOOKED_AT);
            total.add(members.map(|record| self.own_load(record, aspect, at)), count);
        }
        total
    }

    /// What a System uses with the Systems in it: each of its components once.
    fn load_of_systems(&self, systems: &mut Vec<Id>, aspect: Aspect, at: Timestamp) -> Total {
        let mut at_system = 0;
        let mut members: Vec<Id> = Vec::new();
        while let Some(&system) = systems.get(at_system) {
            at_system += 1;
            for (_, link) in Kind::System.collections() {
                for id in self.linked(Group::inside(system, link)) {
                    if id.kind() == Kind::System {
                        if !systems.contains(&id) && systems.len() < LOOKED_AT {
                            systems.push(id);
                        }
                    } else if parts(aspect).contains(&id.kind()) {
                        members.push(id);
                    }
                }
            }
        }
        members.sort_unstable();
        members.dedup();
        let mut total = Total::default();
        let records = members.iter().take(LOOKED_AT).filter_map(|id| self.world.get(*id));
        total.add(records.map(|record| self.own_load(record, aspect, at)), members.len());
        total
    }

    fn disks(&self, machine: Id) -> i64 {
        let disks = self.world.members(Group::inside(machine, Kind::Disk), 0);
        disks.filter_map(|disk| disk.fields.integer("capacity")).sum()
    }

    fn interfaces(&self, machine: Id) -> i64 {
        let kinds = [Kind::MachineNetworkInterface, Kind::NetworkInterface];
        let count: usize = kinds.iter().map(|kind| self.world.count(Group::inside(machine, *kind))).sum();
        i64::try_from(count).unwrap_or(i64::MAX / LINE)
    }

    /// Whether a Machine that runs has a Volume.
    fn is_in_use(&self, volume: Id) -> bool {
        self.world.referrers_of(volume).into_iter().any(|link| {
            let machine = self.world.get(link).filter(|_| link.kind() == Kind::MachineVolume);
            machine.and_then(|link| self.world.get(link.owner?)).is_some_and(|machine| machine.is("STARTED"))
        })
    }
}

impl Total {
    /// Adds what members use, of whom only the first have been looked at.
    fn add(&mut self, members: impl Iterator<Item = Self>, count: usize) {
        let (mut sum, mut seen) = (Self::default(), 0_usize);
        for member in members {
            sum.used = sum.used.saturating_add(member.used);
            sum.whole = sum.whole.saturating_add(member.whole);
            seen += 1;
        }
        let scaled = |part: i64| {
            let scaled = i128::from(part) * count as i128 / seen.max(1) as i128;
            i64::try_from(scaled).unwrap_or(i64::MAX)
        };
        self.used = self.used.saturating_add(scaled(sum.used));
        self.whole = self.whole.saturating_add(scaled(sum.whole));
    }
}

/// What the use of a group is the sum of.
const fn parts(aspect: Aspect) -> &'static [Kind] {
    match aspect {
        Aspect::Cpu | Aspect::Memory => &[Kind::Machine],
        Aspect::Disk => &[Kind::Machine, Kind::Volume],
        Aspect::Bandwidth => &[Kind::Network],
        Aspect::InputBandwidth | Aspect::OutputBandwidth => &[],
    }
}

/// How busy a resource is in an aspect at a moment, in thousandths: it goes up and down over hours, each resource and aspect in
/// its own time, with a little that changes from minute to minute.
fn level(id: Id, aspect: Aspect, at: Timestamp) -> i64 {
    let own = mix(id.number() ^ ((id.kind() as u64) << 48) ^ ((aspect as u64) << 40));
    let draw = |shift: u32, below: u64| i64::try_from((own >> shift) % below).unwrap_or_default();
    let (base, swing) = (150 + draw(0, 350), 100 + draw(12, 300));
    let period = HOUR * (1 + draw(24, 24));
    let moment = at.as_millisecond();
    let place = (moment + draw(32, 86_400_000)).rem_euclid(period);
    let up = (period - (2 * place - period).abs()) * 1000 / period;
    let minute = u64::try_from(moment.div_euclid(60_000)).unwrap_or_default();
    let noise = i64::try_from(mix(own ^ minute) % 60).unwrap_or_default();
    (base + swing * up / 1000 + noise).min(1000)
}

/// Scatters bits (the finisher of `SplitMix64`).
const fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
