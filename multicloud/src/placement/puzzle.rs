//! Several things that want places together, as numbers: what excludes what, what it costs, and a greedy search.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::amounts::{Amounts, Quota};
use super::board::Spot;
use super::draft::How;
use super::offer::Domain;

/// Things to place, and the rules between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Puzzle {
    pub(super) items: Vec<Item>,
    /// What is left to each account.
    pub(super) quotas: BTreeMap<usize, Quota>,
    /// Pairs that must not share a place of a kind.
    pub(super) apart: Vec<(usize, usize, Domain)>,
    pub(super) near: Vec<Near>,
    pub(super) caps: Vec<Cap>,
    /// What they may cost together.
    pub(super) budget: Option<i64>,
    pub(super) arranged: Option<Arranged>,
}

/// One thing, and where it could go.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Item {
    pub(super) options: Vec<Spec>,
    pub(super) counted: Counted,
}

/// Whether shares, budgets and arrangements count a thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Counted {
    #[default]
    Yes,
    No,
}

/// An offer as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spec {
    /// Its number among the offers given.
    pub(super) offer: usize,
    /// How much worse it is than the best.
    pub(super) cost: i64,
    pub(super) price: i64,
    pub(super) spot: Spot,
    pub(super) needs: Amounts,
}

/// A thing that must share a place with something.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Near {
    pub(super) item: usize,
    pub(super) within: Domain,
    /// Places where there is such a thing already.
    pub(super) placed: BTreeSet<usize>,
    /// Items that are such things.
    pub(super) others: Vec<usize>,
}

/// How many more a place of a kind may take.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cap {
    pub(super) of: Domain,
    pub(super) room: BTreeMap<usize, i64>,
}

/// How things are to lie over places.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Arranged {
    pub(super) how: How,
    pub(super) over: Domain,
    /// What is there already.
    pub(super) there: BTreeMap<usize, i64>,
    /// The items that are counted.
    pub(super) items: BTreeSet<usize>,
}

/// What a solution costs: first how it lies, then how good its offers are. Less is better.
pub(super) type Cost = (i64, i64);

/// For each item, its option; `None`: not yet.
type Partial = [Option<usize>];

impl Puzzle {
    /// Whether a whole solution keeps all rules.
    pub(super) fn holds(&self, solution: &[usize]) -> bool {
        let partial: Vec<Option<usize>> = solution.iter().copied().map(Some).collect();
        solution.len() == self.items.len()
            && solution.iter().zip(&self.items).all(|(at, item)| *at < item.options.len())
            && self.fits(&partial)
    }

    /// What a whole solution costs.
    pub(super) fn cost(&self, solution: &[usize]) -> Cost {
        let spec = |item: usize| &self.items[item].options[solution[item]];
        let arranged = self.arranged.as_ref().map_or(0, |arranged| {
            let mut there = arranged.there.clone();
            let mut cost = 0;
            for item in &arranged.items {
                let count = there.entry(spec(*item).spot[arranged.over as usize]).or_default();
                cost += arranged.how.sign() * *count;
                *count += 1;
            }
            cost
        });
        (arranged, (0..self.items.len()).map(|item| spec(item).cost).sum())
    }

    /// A solution found by giving each its best place, the one with the least choice first, and going back where that leads
    /// nowhere. `None`: there is none, or none was found in so many steps.
    pub(super) fn greedy(&self, steps: usize) -> Option<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.items.len()).collect();
        order.sort_by_key(|item| (self.items[*item].options.len(), *item));
        let mut partial = vec![None; self.items.len()];
        let mut left = steps;
        // Of each item that has a place, the options that are still to be tried, the best last.
        let mut open: Vec<Vec<usize>> = Vec::new();
        while open.len() < order.len() {
            let item = order[open.len()];
            let mut options = self.by_preference(item, &partial);
            loop {
                let depth = open.len();
                let next = self.first_that_fits(order[depth], &mut options, &mut partial, &mut left)?;
                if next {
                    open.push(options);
                    break;
                }
                options = open.pop()?;
            }
        }
        partial.into_iter().collect()
    }

    /// Gives an item the best of its options that fits. `None`: out of steps.
    fn first_that_fits(
        &self,
        item: usize,
        options: &mut Vec<usize>,
        partial: &mut Partial,
        left: &mut usize,
    ) -> Option<bool> {
        while let Some(option) = options.pop() {
            *left = left.checked_sub(1)?;
            partial[item] = Some(option);
            if self.fits(partial) {
                return Some(true);
            }
        }
        partial[item] = None;
        Some(false)
    }

    /// An item's options, the best last.
    fn by_preference(&self, item: usize, partial: &Partial) -> Vec<usize> {
        let counts =
            self.arranged.as_ref().filter(|arranged| arranged.items.contains(&item)).map(|arranged| {
                let mut there = arranged.there.clone();
                for other in &arranged.items {
                    if let Some(spec) = self.spec(*other, partial) {
                        *there.entry(spec.spot[arranged.over as usize]).or_default() += 1;
                    }
                }
                (arranged, there)
            });
        let lies = |spec: &Spec| {
            counts.as_ref().map_or(0, |(arranged, there)| {
                let count = there.get(&spec.spot[arranged.over as usize]).copied().unwrap_or_default();
                arranged.how.sign() * count
            })
        };
        let mut options: Vec<usize> = (0..self.items[item].options.len()).collect();
        options.sort_by_key(|at| {
            let spec = &self.items[item].options[*at];
            Reverse((lies(spec), spec.cost, *at))
        });
        options
    }

    fn spec(&self, item: usize, partial: &Partial) -> Option<&Spec> {
        partial[item].map(|option| &self.items[item].options[option])
    }

    /// Whether what has a place keeps the rules, as far as that can be told.
    fn fits(&self, partial: &Partial) -> bool {
        let placed = || (0..self.items.len()).filter_map(|item| Some((item, self.spec(item, partial)?)));
        let counted = || placed().filter(|(item, _)| self.items[*item].counted == Counted::Yes);

        let mut taken: BTreeMap<usize, Amounts> = BTreeMap::new();
        for (_, spec) in placed() {
            let taken = taken.entry(spec.spot[Domain::Account as usize]).or_default();
            *taken = taken.plus(spec.needs);
        }
        let quota = |account: &usize| self.quotas.get(account).copied().unwrap_or(Quota::NONE);
        let within_quotas = taken.iter().all(|(account, taken)| quota(account).lacks(*taken).is_none());

        let within_caps = self.caps.iter().all(|cap| {
            let mut room = cap.room.clone();
            counted().all(|(_, spec)| {
                let room = room.entry(spec.spot[cap.of as usize]).or_insert(i64::MAX);
                *room = room.saturating_sub(1);
                *room >= 0
            })
        });

        let same = |one: &Spec, other: &Spec, within: Domain| {
            one.spot[within as usize] == other.spot[within as usize]
        };
        let all_apart = self.apart.iter().all(|(one, other, within)| {
            let both = self.spec(*one, partial).zip(self.spec(*other, partial));
            both.is_none_or(|(one, other)| !same(one, other, *within))
        });

        let all_near = self.near.iter().all(|near| {
            let Some(spec) = self.spec(near.item, partial) else { return true };
            near.placed.contains(&spec.spot[near.within as usize])
                || near.others.iter().any(|other| {
                    self.spec(*other, partial).is_none_or(|other| same(spec, other, near.within))
                })
        });

        let cost = counted().fold(0, |sum: i64, (_, spec)| sum.saturating_add(spec.price));
        within_quotas
            && within_caps
            && all_apart
            && all_near
            && self.budget.is_none_or(|budget| cost <= budget)
    }
}

impl How {
    /// What a machine more in a place costs for each that is there.
    pub(super) const fn sign(self) -> i64 {
        match self {
            Self::Spread => 1,
            Self::Pack => -1,
        }
    }
}
