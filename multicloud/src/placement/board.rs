//! Where everything is: what rules count, kept up as more is placed.
//!
//! Owns numbers for places, and for each stage of a plan what its rules are about.

use std::collections::{BTreeMap, BTreeSet};

use super::combine::{Level, Plan, Stage};
use super::offer::{Domain, Place, Placed, Whose};

/// What is where.
#[derive(Clone, Debug)]
pub struct Board {
    ids: BTreeMap<(Domain, String), usize>,
    all: Tally,
    own: Tally,
    stages: Vec<Watched>,
}

/// How many there are of some machines.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// By place.
    counts: Vec<i64>,
    total: i64,
    spent: i64,
}

/// The numbers of a place: its account, provider and location, in the order of [`Domain::ALL`].
pub(super) type Spot = [usize; 3];

/// What the rules of a stage watch: places of those machines that each is about.
#[derive(Clone, Debug, Default)]
struct Watched {
    affinity: Vec<BTreeSet<usize>>,
    anti_affinity: Vec<BTreeSet<usize>>,
    among: BTreeMap<usize, i64>,
}

impl Board {
    /// What is placed, as a plan sees it.
    pub fn new(plan: &Plan, placed: &[Placed]) -> Self {
        let watched = |stage: &Stage| Watched {
            affinity: vec![BTreeSet::new(); stage.affinity.len()],
            anti_affinity: vec![BTreeSet::new(); stage.anti_affinity.len()],
            among: BTreeMap::new(),
        };
        let stages = plan.stages.iter().map(watched).collect();
        let mut board = Self { ids: BTreeMap::new(), all: Tally::default(), own: Tally::default(), stages };
        for machine in placed {
            board.put(plan, machine);
        }
        board
    }

    /// Counts a machine more, or many that are alike.
    pub fn put(&mut self, plan: &Plan, machine: &Placed) {
        let spot = self.spot(&machine.place);
        self.all.add(spot, machine);
        if machine.whose == Whose::Own {
            self.own.add(spot, machine);
        }
        for (stage, watched) in plan.stages.iter().zip(&mut self.stages) {
            for ((level, rule), seen) in stage.affinity.iter().zip(&mut watched.affinity) {
                if level.counts(machine) && rule.to.matches(machine) {
                    seen.insert(spot[rule.within as usize]);
                }
            }
            for ((level, rule), seen) in stage.anti_affinity.iter().zip(&mut watched.anti_affinity) {
                if level.counts(machine) && rule.to.matches(machine) {
                    seen.insert(spot[rule.within as usize]);
                }
            }
            if let Some((level, arrange)) = &stage.arrange
                && level.counts(machine)
                && arrange.among.as_ref().is_none_or(|among| among.matches(machine))
            {
                *watched.among.entry(spot[arrange.over as usize]).or_default() +=
                    machine.more.saturating_add(1);
            }
        }
    }

    /// The numbers of a place.
    pub(super) fn spot(&mut self, place: &Place) -> Spot {
        Domain::ALL.map(|domain| {
            let next = self.all.counts.len();
            let id = *self.ids.entry((domain, domain.of(place).to_owned())).or_insert(next);
            if id == next {
                self.all.counts.push(0);
                self.own.counts.push(0);
            }
            id
        })
    }

    /// The machines that rules of a level count.
    pub(super) fn counted_by(&self, level: Level) -> &Tally {
        if level == Level::Manager { &self.all } else { &self.own }
    }

    /// Of the machines that a stage spreads or packs, those in a place.
    pub(super) fn among(&self, stage: usize, id: usize) -> i64 {
        self.stages[stage].among.get(&id).copied().unwrap_or_default()
    }

    /// The places of the machines that a rule of affinity is about.
    pub(super) fn meant(&self, stage: usize, rule: usize) -> &BTreeSet<usize> {
        &self.stages[stage].affinity[rule]
    }

    /// The places of the machines that a rule of anti-affinity is about.
    pub(super) fn clashing(&self, stage: usize, rule: usize) -> &BTreeSet<usize> {
        &self.stages[stage].anti_affinity[rule]
    }

    /// Whether a machine that a rule of affinity is about is in a place. `None`: there is none anywhere.
    pub(super) fn near(&self, stage: usize, rule: usize, id: usize) -> Option<bool> {
        let places = &self.stages[stage].affinity[rule];
        (!places.is_empty()).then(|| places.contains(&id))
    }

    /// Whether a machine that a rule of anti-affinity is about is in a place.
    pub(super) fn clashes(&self, stage: usize, rule: usize, id: usize) -> bool {
        self.stages[stage].anti_affinity[rule].contains(&id)
    }
}

impl Tally {
    fn add(&mut self, spot: Spot, machine: &Placed) {
        let count = machine.more.saturating_add(1);
        for id in spot {
            self.counts[id] += count;
        }
        self.total += count;
        self.spent = self.spent.saturating_add(machine.price.saturating_mul(count));
    }

    /// Machines in a place.
    pub(super) fn count(&self, id: usize) -> i64 {
        self.counts.get(id).copied().unwrap_or_default()
    }

    /// Machines in all.
    pub(super) fn total(&self) -> i64 {
        self.total
    }

    /// What an hour of all of them costs.
    pub(super) fn spent(&self) -> i64 {
        self.spent
    }
}
