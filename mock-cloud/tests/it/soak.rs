//! Long and crowded lives: 100,000 steps on the virtual clock against a model, and many clients at once on the wall clock.
//!
//! The model is written from the text's own tables (DSP0263 5.14.1.2, 5.15.1.2, 5.17.1), not from the declarations that the
//! cloud obeys.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use mock_cloud::Seed;
use mock_cloud::sim::{Completion, Request, Sim};
use mock_cloud::world::{Draft, Fields, Group, Id, Kind, Label};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRng, TestRunner};

use crate::random::hold;

const STEPS: usize = 100_000;

/// Jobs are not kept: what is looked at stays small.
const SEED: &str = "[capabilities.Job]\nJobRetention = 0\n\
    [[machineConfigs]]\nhandle = \"m\"\n[[volumeConfigs]]\nhandle = \"v\"\n";

/// The invariants of the whole world are looked at after so many steps.
const LOOK: usize = 100;

/// As many Machines or Volumes at most: a world that grows without end would only be slow.
const CROWD: usize = 40;

/// What was ordered of a Machine or Volume: where it is now, where it will be, and where it is when its Job is stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Life {
    now: &'static str,
    /// None: it will be gone.
    goal: Option<&'static str>,
    back: Option<&'static str>,
    job: Option<Id>,
}

#[derive(Clone, Debug, Default)]
struct Model {
    machines: BTreeMap<Id, Life>,
    volumes: BTreeMap<Id, Life>,
}

#[derive(Clone, Debug)]
enum Step {
    Machine,
    Volume,
    Act(Index, &'static str),
    Snapshot(Index),
    Delete(Index),
    DeleteVolume(Index),
    Stop(Index),
    Pass(u16),
    Drain,
}

fn step() -> impl Strategy<Value = Step> {
    let operations = prop::sample::select(vec!["start", "stop", "restart", "pause", "suspend"]);
    prop_oneof![
        2 => Just(Step::Machine),
        1 => Just(Step::Volume),
        10 => (any::<Index>(), operations).prop_map(|(at, operation)| Step::Act(at, operation)),
        1 => any::<Index>().prop_map(Step::Snapshot),
        1 => any::<Index>().prop_map(Step::Delete),
        1 => any::<Index>().prop_map(Step::DeleteVolume),
        1 => any::<Index>().prop_map(Step::Stop),
        4 => (0..120_u16).prop_map(Step::Pass),
        3 => Just(Step::Drain),
    ]
}

/// What an operation does to a Machine in a state (table 16, 5.14.1.2): the state on the way, and the one at the end.
fn machine_table(state: &str, operation: &str) -> Option<(&'static str, &'static str)> {
    Some(match (operation, state) {
        ("start", "STOPPED" | "PAUSED" | "SUSPENDED") | ("restart", "STOPPED") => ("STARTING", "STARTED"),
        ("stop", "STARTED" | "PAUSED" | "SUSPENDED" | "STOPPING") => ("STOPPING", "STOPPED"),
        ("restart", "STARTED") => ("STOPPING", "STARTED"),
        ("pause", "STARTED") => ("PAUSING", "PAUSED"),
        ("suspend", "STARTED") => ("SUSPENDING", "SUSPENDED"),
        _ => return None,
    })
}

fn is_settled(life: &Life) -> bool {
    life.goal == Some(life.now)
}

fn pick(lives: &BTreeMap<Id, Life>, at: Index) -> Option<(Id, Life)> {
    let all: Vec<_> = lives.iter().collect();
    (!all.is_empty()).then(|| *at.get(&all)).map(|(id, life)| (*id, life.clone()))
}

struct Soak {
    sim: Sim,
    model: Model,
    config: Id,
    volume_config: Id,
}

impl Soak {
    fn new() -> Self {
        let seed = Seed::new("soak.toml", SEED);
        let sim = seed.grow(Timestamp::UNIX_EPOCH).unwrap().sim;
        let first = |kind| Id::new(kind, 1).unwrap();
        let (config, volume_config) = (first(Kind::MachineConfiguration), first(Kind::VolumeConfiguration));
        Self { sim, model: Model::default(), config, volume_config }
    }

    fn live(&mut self, step: &Step) {
        match step {
            Step::Machine if self.model.machines.len() < CROWD => self.create(Kind::Machine),
            Step::Volume if self.model.volumes.len() < CROWD => self.create(Kind::Volume),
            Step::Machine | Step::Volume => {}
            Step::Act(at, operation) => self.act(*at, operation),
            Step::Snapshot(at) => self.snapshot(*at),
            Step::Delete(at) => self.delete(Kind::Machine, *at),
            Step::DeleteVolume(at) => self.delete(Kind::Volume, *at),
            Step::Stop(at) => self.stop(*at),
            Step::Pass(ms) => {
                let now = self.sim.world().now() + Duration::from_millis((*ms).into());
                self.sim.run_until(now);
                self.catch_up();
            }
            Step::Drain => {
                while self.sim.has_work() && self.sim.step() {}
                for lives in [&mut self.model.machines, &mut self.model.volumes] {
                    lives.retain(|_, life| life.goal.is_some());
                    for life in lives.values_mut() {
                        (life.now, life.job) = (life.goal.unwrap(), None);
                    }
                }
            }
        }
        self.agree();
    }

    fn create(&mut self, kind: Kind) {
        let (fields, goal) = match kind {
            Kind::Machine => (Fields::new().with("machineConfig", self.config), "STOPPED"),
            _ => (Fields::new().with("volumeConfig", self.volume_config), "AVAILABLE"),
        };
        let draft = Draft::new(Label::default(), fields);
        let accepted = self.sim.perform(Request::Create { group: Group::of_cloud(kind), draft }).unwrap();
        assert_eq!(accepted.completion, Completion::Running);
        let life = Life { now: "CREATING", goal: Some(goal), back: None, job: Some(accepted.job) };
        self.lives(kind).insert(accepted.created.unwrap(), life);
    }

    fn act(&mut self, at: Index, operation: &'static str) {
        let Some((id, life)) = pick(&self.model.machines, at) else { return };
        let request = Request::Act { id, operation: operation.to_owned(), parameters: Fields::new() };
        let result = self.sim.perform(request);
        match (machine_table(life.now, operation), result) {
            (Some((way, goal)), Ok(accepted)) => {
                // What is overtaken (a stop by another stop) leads back to where that would have.
                let back = if is_settled(&life) { Some(life.now) } else { life.back };
                let life = Life { now: way, goal: Some(goal), back, job: Some(accepted.job) };
                self.model.machines.insert(id, life);
            }
            (None, Err(denial)) => assert_eq!(denial.reason.status(), 409, "{denial:?}"),
            (expected, found) => panic!("{operation} of a Machine that is {life:?}: {expected:?}, {found:?}"),
        }
    }

    fn snapshot(&mut self, at: Index) {
        let Some((id, life)) = pick(&self.model.volumes, at) else { return };
        let request = Request::Act { id, operation: "snapshot".to_owned(), parameters: Fields::new() };
        match (life.now, self.sim.perform(request)) {
            ("AVAILABLE", Ok(accepted)) => {
                let back = Some("AVAILABLE");
                let life = Life { now: "CAPTURING", goal: back, back, job: Some(accepted.job) };
                self.model.volumes.insert(id, life);
            }
            (state, result) => assert!(state != "AVAILABLE" && result.is_err(), "{state}: {result:?}"),
        }
    }

    fn delete(&mut self, kind: Kind, at: Index) {
        let Some((id, life)) = pick(self.lives(kind), at) else { return };
        match (is_settled(&life), self.sim.perform(Request::Delete { id })) {
            (true, Ok(accepted)) => {
                let gone =
                    Life { now: "DELETING", goal: None, back: Some(life.now), job: Some(accepted.job) };
                self.lives(kind).insert(id, gone);
            }
            (settled, result) => assert!(!settled && result.is_err(), "{life:?}: {result:?}"),
        }
    }

    /// Stops the Job of a Machine: it is again what it was before, or was never there.
    fn stop(&mut self, at: Index) {
        let Some((id, life)) = pick(&self.model.machines, at) else { return };
        let Some(job) = life.job else { return };
        let request = Request::Act { id: job, operation: "stop".to_owned(), parameters: Fields::new() };
        if self.sim.perform(request).is_err() {
            return;
        }
        while self.sim.world().get(job).is_some_and(|record| record.is("STOPPING")) && self.sim.step() {}
        self.catch_up();
        if self.sim.world().get(job).is_none_or(|record| !record.is("STOPPED")) {
            return;
        }
        match life.back {
            Some(back) => {
                let life = Life { now: back, goal: Some(back), back: None, job: None };
                self.model.machines.insert(id, life);
            }
            None => drop(self.model.machines.remove(&id)),
        }
    }

    /// What has ended by itself has come to where it was going.
    fn catch_up(&mut self) {
        let sim = &self.sim;
        for lives in [&mut self.model.machines, &mut self.model.volumes] {
            for life in lives.values_mut() {
                let over =
                    |job: Id| sim.world().get(job).is_none_or(|job| job.is("SUCCESS") || job.is("STOPPED"));
                if life.job.is_some_and(over) {
                    life.job = None;
                    life.now = life.goal.unwrap_or("gone");
                }
            }
            lives.retain(|_, life| life.goal.is_some() || life.job.is_some());
            // On the way of a restart there are two states.
            for (id, life) in lives.iter_mut().filter(|(_, life)| life.now == "STOPPING") {
                if sim.world().get(*id).is_some_and(|record| record.is("STARTING")) {
                    life.now = "STARTING";
                }
            }
        }
    }

    /// The world is what the model says.
    fn agree(&self) {
        for (kind, lives) in [(Kind::Machine, &self.model.machines), (Kind::Volume, &self.model.volumes)] {
            let members = self.sim.world().members(Group::of_cloud(kind), 0);
            let found = members.map(|record| (record.id, record.state.unwrap_or_default()));
            let expected = lives.iter().map(|(id, life)| (*id, life.now));
            if !found.eq(expected.clone()) {
                let members = self.sim.world().members(Group::of_cloud(kind), 0);
                let found: Vec<_> = members.map(|record| (record.id, record.state)).collect();
                panic!("found {found:?}, expected {:?}", expected.collect::<Vec<_>>());
            }
        }
    }

    fn lives(&mut self, kind: Kind) -> &mut BTreeMap<Id, Life> {
        if kind == Kind::Machine { &mut self.model.machines } else { &mut self.model.volumes }
    }
}

/// A failure names its step; the same seed brings it again.
#[test]
fn a_hundred_thousand_steps_are_as_the_model_says() {
    let rng = TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut soak = Soak::new();
    // A snapshot that is lived on with the same steps, until the next one is taken.
    let mut copy: Option<Sim> = None;
    let steps = step();
    for at in 0..STEPS {
        let step = steps.new_tree(&mut runner).unwrap().current();
        if let Some(sim) = copy.take() {
            let mut other = Soak {
                sim,
                model: soak.model.clone(),
                config: soak.config,
                volume_config: soak.volume_config,
            };
            other.live(&step);
            soak.live(&step);
            assert_eq!(
                format!("{:?}", other.sim.world()),
                format!("{:?}", soak.sim.world()),
                "step {at}: {step:?}"
            );
        } else {
            soak.live(&step);
        }
        if at % LOOK == 0 {
            hold(&soak.sim);
            copy = Some(soak.sim.clone());
        }
    }
}
