//! The samples of Meters (DSP0263 5.17.3.1.1), taken as time passes.
//!
//! Owns when they are taken and how many are kept. A Meter that has slept for a year takes only those samples that would still
//! be there: the work is bounded by what is kept, not by the time that has passed.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use cimi::model::meter::Aspect;
use jiff::Timestamp;

use super::Sim;
use super::agenda::{Event, Slot};
use super::job::after;
use super::load::PARTS;
use super::meter::span;
use crate::world::{Change, Draft, Fields, Group, Id, Kind, Label};

/// How many samples of a Meter are kept; then the oldest goes.
pub const KEPT: usize = 120;

/// What there is to do for Meters and logs.
#[derive(Clone, Debug, Default)]
pub(super) struct Monitors {
    /// The Meters that run, and when each of them takes its next sample.
    pub(super) ticks: BTreeMap<Id, Slot>,
    /// When a Meter expires, or a log lets go of its oldest Event.
    pub(super) ends: BTreeMap<Id, Slot>,
    /// What has been measured since the last sample, by the resource and the Meter, for those that take averages.
    averages: BTreeMap<(Id, Id), Average>,
    /// The log of each resource that has one.
    pub(super) logs: BTreeMap<Id, Id>,
}

/// A measurement that goes on.
#[derive(Clone, Debug)]
struct Average {
    aspect: Aspect,
    /// Until when it has been measured.
    until: Timestamp,
    /// What has been measured since the last sample: value times milliseconds, and milliseconds.
    sum: i128,
    length: i128,
    /// The averages between the last samples, the latest last.
    recent: VecDeque<i64>,
    /// How many of them make up an interval.
    needed: usize,
}

impl Sim {
    /// Lets a Meter record samples: the first at once, or, of an average, once there is something to average.
    pub(super) fn start_meter(&mut self, meter: Id) {
        let now = self.world.now();
        let Some((target, aspect)) = self.measured(meter) else { return };
        let Some(record) = self.world.get(meter) else { return };
        let interval = interval(&record.fields);
        let is_average = record.fields.text("timeScope") == Some("Interval");
        let length = span(&record.fields).unwrap_or(interval);
        if is_average {
            let average = Average {
                aspect,
                until: begin(after(now, seconds(interval)), length, now),
                sum: 0,
                length: 0,
                recent: VecDeque::new(),
                needed: usize::try_from(length / interval).map_or(KEPT, |needed| needed.clamp(1, KEPT)),
            };
            self.monitors.averages.insert((target, meter), average);
        }
        self.plan_sample(meter, after(now, seconds(interval)));
        if !is_average {
            let value = self.load(target, aspect, now);
            self.record_sample(meter, aspect, value);
        }
    }

    /// Lets a Meter record no more samples.
    pub(super) fn stop_meter(&mut self, meter: Id) {
        if let Some(slot) = self.monitors.ticks.remove(&meter) {
            self.agenda.cancel(slot);
        }
        self.monitors.averages.retain(|(_, of), _| *of != meter);
    }

    /// Forgets a Meter that is gone.
    pub(super) fn forget_meter(&mut self, meter: Id) {
        self.stop_meter(meter);
        if let Some(slot) = self.monitors.ends.remove(&meter) {
            self.agenda.cancel(slot);
        }
    }

    /// A Meter takes a sample. `horizon` is until when time passes in one go.
    pub(super) fn take_sample(&mut self, meter: Id, horizon: Timestamp) {
        self.monitors.ticks.remove(&meter);
        let now = self.world.now();
        let stop = self.moment(meter, "stopTime");
        if stop.is_some_and(|stop| stop <= now) {
            self.run_meter(meter, false);
            return;
        }
        let Some((target, aspect)) = self.measured(meter) else { return };
        let Some(record) = self.world.get(meter) else { return };
        let interval = interval(&record.fields);
        let length = span(&record.fields).unwrap_or(interval);
        let key = (target, meter);
        let needed = self.monitors.averages.get(&key).map_or(0, |average| average.needed);
        let last = stop.map_or(horizon, |stop| stop.min(horizon));
        let ahead = last.duration_since(now).as_secs().max(0) / interval;
        let skipped = ahead - i64::try_from(KEPT + needed).unwrap_or(i64::MAX);
        if skipped > 0 {
            self.plan_sample(meter, after(now, seconds(skipped.saturating_mul(interval))));
            return;
        }
        let value = if self.monitors.averages.contains_key(&key) {
            self.settle_average(key);
            let next = after(now, seconds(interval));
            self.monitors.averages.get_mut(&key).map(|average| average.close(begin(next, length, now)))
        } else {
            Some(self.load(target, aspect, now))
        };
        if let Some(value) = value {
            self.record_sample(meter, aspect, value);
        }
        self.plan_sample(meter, after(now, seconds(interval)));
    }

    /// The time to stop has changed: the next sample is not after it.
    pub(super) fn replan_sample(&mut self, meter: Id) {
        let Some(record) = self.world.get(meter) else { return };
        let next = after(self.world.now(), seconds(interval(&record.fields)));
        if let Some(slot) = self.monitors.ticks.remove(&meter) {
            let due = self.agenda.due(slot);
            self.agenda.cancel(slot);
            self.plan_sample(meter, due.min(next));
        }
    }

    /// A resource is about to change: what has been measured of it until now, and of what it is part of, is settled.
    pub(super) fn settle_averages(&mut self, id: Id) {
        if self.monitors.averages.is_empty() {
            return;
        }
        let first = Id::CLOUD;
        let of = |target: Id| (target, first)..;
        let own = self.monitors.averages.range(of(id)).take_while(|((target, _), _)| *target == id);
        let mut keys: Vec<(Id, Id)> = own.map(|(key, _)| *key).collect();
        let groups = self.monitors.averages.keys().filter(|(target, _)| {
            *target != id && matches!(target.kind(), Kind::CloudEntryPoint | Kind::System)
        });
        keys.extend(groups.copied());
        for key in keys {
            self.settle_average(key);
        }
    }

    fn settle_average(&mut self, key: (Id, Id)) {
        let now = self.world.now();
        let Some(average) = self.monitors.averages.get(&key) else { return };
        let (from, aspect) = (average.until, average.aspect);
        let length = now.duration_since(from).as_millis();
        if length <= 0 {
            return;
        }
        let mean = self.mean_load(key.0, aspect, from, now);
        if let Some(average) = self.monitors.averages.get_mut(&key) {
            average.sum += i128::from(mean) * length;
            average.length += length;
            average.until = now;
        }
    }

    fn plan_sample(&mut self, meter: Id, due: Timestamp) {
        let due = self.moment(meter, "stopTime").map_or(due, |stop| stop.min(due).max(self.world.now()));
        let slot = self.agenda.plan(due, Event::Sample(meter));
        self.monitors.ticks.insert(meter, slot);
    }

    fn record_sample(&mut self, meter: Id, aspect: Aspect, value: i64) {
        let group = Group::inside(meter, Kind::Sample);
        let (whole, part) = (value / PARTS, value % PARTS);
        let text = if aspect == Aspect::Cpu { format!("{whole}.{part}") } else { whole.to_string() };
        let fields = Fields::new().with("timestamp", self.world.now()).with("value", text);
        self.world.insert(group, Draft::new(Label::default(), fields));
        let too_many = self.world.count(group) > KEPT;
        let oldest = self.world.members(group, 0).next().map(|record| record.id).filter(|_| too_many);
        if let Some(oldest) = oldest {
            self.world.remove(oldest);
        }
        self.world.edit(meter, Change::Implicit, |_| {});
    }
}

impl Average {
    /// The average over an interval that ends now; what begins to count for the next one does so at `begin`.
    fn close(&mut self, begin: Timestamp) -> i64 {
        let mean = i64::try_from(self.sum / self.length.max(1)).unwrap_or(i64::MAX);
        (self.sum, self.length, self.until) = (0, 0, begin);
        self.recent.push_back(mean);
        while self.recent.len() > self.needed {
            self.recent.pop_front();
        }
        let count = i128::try_from(self.recent.len().max(1)).unwrap_or(1);
        let sum: i128 = self.recent.iter().map(|mean| i128::from(*mean)).sum();
        i64::try_from(sum / count).unwrap_or(i64::MAX)
    }
}

/// Since when what is measured belongs to the interval that ends at `next`: an interval may be shorter than the time between samples.
fn begin(next: Timestamp, length: i64, now: Timestamp) -> Timestamp {
    let begin = next.checked_sub(jiff::SignedDuration::from_secs(length)).unwrap_or(now);
    begin.max(now)
}

/// The seconds between two samples.
fn interval(fields: &Fields) -> i64 {
    fields.integer("sampleInterval").unwrap_or(60).max(1)
}

fn seconds(number: i64) -> Duration {
    Duration::from_secs(u64::try_from(number).unwrap_or_default())
}
