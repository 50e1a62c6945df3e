//! Random lives of Machines and Volumes against a small model: legal and illegal operations, Jobs stopped and deleted, time
//! that passes or not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cimi::model::State;
use jiff::Timestamp;
use mock_cloud::Seed;
use mock_cloud::sim::{Completion, Request, Sim};
use mock_cloud::world::{Draft, Field, Fields, Group, Id, Kind, Label, Link, Usage};
use proptest::prelude::*;
use proptest::sample::Index;

#[derive(Clone, Debug)]
enum Step {
    CreateMachine(bool),
    CreateVolume,
    Act(Index, &'static str),
    Delete(Kind, Index),
    Connect(Index, Index),
    StopJob(Index),
    Pass(u16),
    Drain,
}

const OPERATIONS: [&str; 8] =
    ["start", "stop", "restart", "pause", "suspend", "capture", "snapshot", "restore"];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => any::<bool>().prop_map(Step::CreateMachine),
        1 => Just(Step::CreateVolume),
        8 => (any::<Index>(), 0..OPERATIONS.len()).prop_map(|(at, op)| Step::Act(at, OPERATIONS[op])),
        1 => (0..4_usize, any::<Index>()).prop_map(|(kind, at)| {
            Step::Delete([Kind::Machine, Kind::Volume, Kind::MachineImage, Kind::Job][kind], at)
        }),
        2 => (any::<Index>(), any::<Index>()).prop_map(|(a, b)| Step::Connect(a, b)),
        1 => any::<Index>().prop_map(Step::StopJob),
        3 => (0..200_u16).prop_map(Step::Pass),
        2 => Just(Step::Drain),
    ];
    prop::collection::vec(step, 1..60)
}

fn ids(sim: &Sim, kind: Kind) -> Vec<Id> {
    sim.world().members(Group::of_cloud(kind), 0).map(|record| record.id).collect()
}

fn pick(sim: &Sim, kind: Kind, at: Index) -> Option<Id> {
    let ids = ids(sim, kind);
    (!ids.is_empty()).then(|| *at.get(&ids))
}

fn request(sim: &Sim, step: &Step) -> Option<Request> {
    let first = |kind: Kind| ids(sim, kind).first().copied();
    Some(match *step {
        Step::CreateMachine(with_volume) => {
            let mut fields = Fields::new().with("machineConfig", first(Kind::MachineConfiguration)?);
            if with_volume {
                let item = Fields::new().with("volumeTemplate", first(Kind::VolumeTemplate)?);
                fields.set("volumeTemplates", vec![Field::from(item)]);
            }
            Request::Create {
                group: Group::of_cloud(Kind::Machine),
                draft: Draft::new(Label::default(), fields),
            }
        }
        Step::CreateVolume => {
            let fields = Fields::new().with("volumeConfig", first(Kind::VolumeConfiguration)?);
            Request::Create {
                group: Group::of_cloud(Kind::Volume),
                draft: Draft::new(Label::default(), fields),
            }
        }
        Step::Act(at, operation) => {
            let id = pick(sim, Kind::Machine, at)?;
            let mut parameters = Fields::new();
            parameters.set_some("image", pick(sim, Kind::MachineImage, at));
            Request::Act { id, operation: operation.to_owned(), parameters }
        }
        Step::Delete(kind, at) => Request::Delete { id: pick(sim, kind, at)? },
        Step::Connect(machine, volume) => Request::Insert {
            group: Group::inside(pick(sim, Kind::Machine, machine)?, Kind::MachineVolume),
            parameters: Fields::new().with("volume", pick(sim, Kind::Volume, volume)?),
        },
        Step::StopJob(at) => Request::Act {
            id: pick(sim, Kind::Job, at)?,
            operation: "stop".to_owned(),
            parameters: Fields::new(),
        },
        Step::Pass(_) | Step::Drain => return None,
    })
}

/// What must hold at any moment, of every kind.
pub(crate) fn hold(sim: &Sim) {
    let world = sim.world();
    let mut connected = BTreeMap::<Id, usize>::new();
    let mut transient = BTreeSet::new();
    let mut used = Usage::NONE;
    let mut counts = BTreeMap::<(Kind, &str), u64>::new();
    for kind in Kind::ALL {
        let all = Group::of_cloud(kind);
        assert_eq!(world.count(all), world.members(all, 0).count());
        for record in world.members(all, 0) {
            used = used.plus(Usage::of(kind, &record.fields));
            *counts.entry((kind, record.state.unwrap_or_default())).or_default() += 1;
            record.fields.each_resource(&mut |to| {
                assert!(world.get(to).is_some(), "{:?} refers to {to:?}, which is gone", record.id);
                assert!(world.referrers_of(to).contains(&record.id), "{to:?} does not know {:?}", record.id);
            });
            if let Some(owner) = record.owner {
                assert!(world.get(owner).is_some(), "{:?} has no owner", record.id);
                assert!(world.components(owner).contains(&record.id), "{owner:?} lacks {:?}", record.id);
            }
            for component in world.components(record.id) {
                assert_eq!(world.get(component).and_then(|component| component.owner), Some(record.id));
            }
            if let (Kind::MachineVolume, Some(Link::Resource(volume))) = (kind, record.fields.link("volume"))
            {
                *connected.entry(*volume).or_default() += 1;
            }
            if let (Some(states), Some(state)) = (kind.states(), record.state) {
                match states.find(state) {
                    Some(State::Transient(_)) => drop(transient.insert(record.id)),
                    Some(State::Stable(_)) => {}
                    None => panic!("{:?} is {state}", record.id),
                }
            }
        }
    }
    assert_eq!(world.usage(), used);
    let told = world.census().counts().map(|(kind, state, count)| ((kind, state), count));
    assert_eq!(told.collect::<BTreeMap<_, _>>(), counts);
    assert!(connected.values().all(|count| *count == 1), "a Volume is shared: {connected:?}");
    assert_eq!(transient.is_empty(), !sim.has_work(), "{transient:?}");
}

/// The states that an operation may lead from and to, by the model's own transitions.
fn follows(kind: Kind, operation: &str, before: &str, after: &str) -> bool {
    let transition = kind.states().and_then(|states| states.transition(operation, before));
    transition.is_some_and(|t| t.through.first().copied().or(t.to).unwrap_or(before) == after)
}

/// Lives through all steps; before each, the cloud becomes what `next` makes of it. Returns the world at the end.
fn live(steps: &[Step], next: fn(Sim) -> Sim) -> String {
    let mut sim = Seed::builtin().grow(Timestamp::UNIX_EPOCH).unwrap().sim;
    for step in steps {
        sim = next(sim);
        match step {
            Step::Pass(ms) => {
                let now = sim.world().now() + Duration::from_millis((*ms).into());
                sim.run_until(now);
            }
            Step::Drain => while sim.has_work() && sim.step() {},
            step => {
                let Some(request) = request(&sim, step) else { continue };
                let before = sim.clone();
                let subject = match &request {
                    Request::Act { id, operation, .. } if id.kind() == Kind::Machine => {
                        Some((*id, operation.clone()))
                    }
                    _ => None,
                };
                let state = |sim: &Sim, id: Id| sim.world().get(id).and_then(|r| r.state).unwrap_or_default();
                let was = subject.as_ref().map(|(id, _)| state(&sim, *id));
                match sim.perform(request) {
                    Ok(accepted) => {
                        let job = sim.world().get(accepted.job).unwrap().state;
                        let running = accepted.completion == Completion::Running;
                        assert_eq!(job, Some(if running { "RUNNING" } else { "SUCCESS" }));
                        if let (Some((id, operation)), Some(was)) = (&subject, was) {
                            let is = state(&sim, *id);
                            assert!(follows(Kind::Machine, operation, was, is), "{operation}: {was} -> {is}");
                        }
                    }
                    Err(denial) => {
                        assert!((400..500).contains(&denial.reason.status()), "{denial:?}");
                        assert_eq!(
                            format!("{:?}", before.world()),
                            format!("{:?}", sim.world()),
                            "a refusal changed something"
                        );
                    }
                }
            }
        }
        hold(&sim);
    }
    format!("{:?}", sim.world())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn invariants_hold(steps in steps()) {
        live(&steps, |sim| sim);
    }

    #[test]
    fn a_snapshot_goes_on_identically(steps in steps()) {
        prop_assert_eq!(live(&steps, |sim| sim), live(&steps, |sim| sim.clone()));
    }
}
