//! Whole systems: all components placed at once, so that none takes the place that another needs.
//!
//! Each component keeps all rules that it would keep alone, the others being there. Of the solutions, the best is searched for
//! as an integer program; a greedy search answers if that takes too long.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::board::Board;
use super::combine::{Level, Plan, Stage};
use super::decide::{Batch, Pick, decide};
use super::decision::{Decision, Rejected};
use super::market::{Demand, Market};
use super::offer::{Domain, Offer, Placed};
use super::program::{self, Answer};
use super::puzzle::{Arranged, Cap, Counted, Item, Near, Puzzle, Spec};

#[cfg(test)]
mod tests;

/// How much may be spent on one solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// For each objective of the integer program. Zero: it is not tried.
    pub time: Duration,
    /// Steps of the greedy search.
    pub steps: usize,
}

/// Places for all.
#[derive(Clone, Debug, PartialEq)]
pub struct Joint {
    /// One for each component.
    pub picks: Vec<Pick>,
    /// How good it is.
    pub quality: Quality,
}

/// How good a solution is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// There is none better.
    Best,
    /// It keeps all rules; there may be a better one.
    Good,
}

impl Default for Effort {
    /// What somebody who waits for a reply may be kept for.
    fn default() -> Self {
        Self { time: Duration::from_millis(500), steps: 20_000 }
    }
}

/// Places all components, by the first stage of the plan that leaves places for all. `None`: there is none, or none was found.
pub fn together(plan: &Plan, components: &[Batch], placed: &[Placed], effort: Effort) -> Option<Joint> {
    together_with(plan, components, &[], placed, effort)
}

/// The same with pairs of components of which the first has to be at the account of the second.
pub fn together_with(
    plan: &Plan,
    components: &[Batch],
    tied: &[(usize, usize)],
    placed: &[Placed],
    effort: Effort,
) -> Option<Joint> {
    plan.stages.iter().enumerate().find_map(|(at, stage)| {
        let mut board = Board::new(plan, placed);
        let mut puzzle = puzzle((at, stage), components, &mut board);
        puzzle.near.extend(tied.iter().map(|(item, other)| Near {
            item: *item,
            within: Domain::Account,
            placed: BTreeSet::new(),
            others: vec![*other],
        }));
        let (solution, quality) = solve(&puzzle, effort)?;
        let picks = solution.iter().zip(&puzzle.items).zip(components).map(|((option, item), component)| {
            let offer = item.options[*option].offer;
            let Offer { place, price, .. } = &component.offers[offer];
            Pick { offer, stage: at, place: place.clone(), price: *price }
        });
        Some(Joint { picks: picks.collect(), quality })
    })
}

fn solve(puzzle: &Puzzle, effort: Effort) -> Option<(Vec<usize>, Quality)> {
    match program::solve(puzzle, effort.time) {
        Answer::Best(solution) => Some((solution, Quality::Best)),
        Answer::None => None,
        Answer::Unknown => puzzle.greedy(effort.steps).map(|solution| (solution, Quality::Good)),
        Answer::Some(found) => {
            let greedy = puzzle.greedy(effort.steps);
            let better = greedy.filter(|greedy| puzzle.cost(greedy) < puzzle.cost(&found));
            Some((better.unwrap_or(found), Quality::Good))
        }
    }
}

/// The components under the rules of a stage, as numbers.
fn puzzle((at, stage): (usize, &Stage), components: &[Batch], board: &mut Board) -> Puzzle {
    let mut puzzle = Puzzle::default();
    for component in components {
        let market = Market::new((at, stage), component.offers.clone(), &component.demand, board);
        let options = market.costs().into_iter().filter(|(_, cost)| cost.is_some());
        let options: Vec<Spec> = options
            .map(|(offer, cost)| {
                let Offer { price, needs, place, .. } = &component.offers[offer];
                Spec { offer, cost: cost.unwrap_or(0), price: *price, spot: board.spot(place), needs: *needs }
            })
            .collect();
        for option in &options {
            let account = option.spot[Domain::Account as usize];
            puzzle.quotas.insert(account, component.offers[option.offer].left);
        }
        let counted = if matches!(component.demand, Demand::Machine(_)) { Counted::Yes } else { Counted::No };
        puzzle.items.push(Item { options, counted });
    }
    rules_between((at, stage), components, board, &mut puzzle);
    limits(stage, board, &mut puzzle);
    puzzle.arranged = arranged((at, stage), components, board, &puzzle);
    puzzle
}

/// Affinity and its opposite, to what is placed and to one another.
fn rules_between((at, stage): (usize, &Stage), components: &[Batch], board: &Board, puzzle: &mut Puzzle) {
    let is_meant = |component: &Batch, rule: &super::policy::Near| match &component.demand {
        Demand::Machine(machine) => rule.to.matches(&**machine),
        Demand::Other => false,
    };
    for (number, (_, rule)) in stage.anti_affinity.iter().enumerate() {
        let places = board.clashing(at, number);
        for (item, options) in puzzle.items.iter_mut().enumerate() {
            options.options.retain(|option| !places.contains(&option.spot[rule.within as usize]));
            let meant =
                components.iter().enumerate().filter(|(other, it)| *other != item && is_meant(it, rule));
            puzzle.apart.extend(meant.map(|(other, _)| (item, other, rule.within)));
        }
    }
    for (number, (_, rule)) in stage.affinity.iter().enumerate() {
        let placed = board.meant(at, number);
        for item in 0..components.len() {
            let meant =
                components.iter().enumerate().filter(|(other, it)| *other != item && is_meant(it, rule));
            let others: Vec<usize> = meant.map(|(other, _)| other).collect();
            if !(placed.is_empty() && others.is_empty()) {
                puzzle.near.push(Near { item, within: rule.within, placed: placed.clone(), others });
            }
        }
    }
}

/// Shares and budgets: those of all machines there will be then.
fn limits(stage: &Stage, board: &Board, puzzle: &mut Puzzle) {
    let counted = puzzle.items.iter().filter(|item| item.counted == Counted::Yes).count();
    let counted = i64::try_from(counted).unwrap_or(i64::MAX);
    for (level, share) in &stage.shares {
        let there = board.counted_by(*level);
        let all = there.total().saturating_add(counted);
        let most = (all.saturating_mul(share.percent).saturating_add(99)) / 100;
        let places: BTreeSet<usize> = puzzle
            .items
            .iter()
            .flat_map(|item| item.options.iter().map(|option| option.spot[share.of as usize]))
            .collect();
        let room: BTreeMap<usize, i64> =
            places.into_iter().map(|place| (place, (most - there.count(place)).max(0))).collect();
        puzzle.caps.push(Cap { of: share.of, room });
    }
    let left = |(level, budget): &(Level, i64)| budget.saturating_sub(board.counted_by(*level).spent());
    puzzle.budget = stage.budgets.iter().map(left).min();
}

fn arranged(
    (at, stage): (usize, &Stage),
    components: &[Batch],
    board: &Board,
    puzzle: &Puzzle,
) -> Option<Arranged> {
    let (_, rule) = stage.arrange.as_ref()?;
    let is_counted = |component: &Batch| match &component.demand {
        Demand::Machine(machine) => rule.among.as_ref().is_none_or(|among| among.matches(&**machine)),
        Demand::Other => false,
    };
    let items = components.iter().enumerate().filter(|(_, it)| is_counted(it)).map(|(item, _)| item);
    let spots = puzzle.items.iter().flat_map(|item| &item.options).map(|option| option.spot);
    let there = spots.map(|spot| spot[rule.over as usize]).map(|place| (place, board.among(at, place)));
    Some(Arranged { how: rule.how, over: rule.over, there: there.collect(), items: items.collect() })
}

impl Joint {
    /// Why one of the components goes where it goes: the decision that it is beside all others. `rejected`: what was out of the
    /// question for it before.
    pub fn explain(
        &self,
        plan: &Plan,
        components: &[Batch],
        number: usize,
        rejected: &[Rejected],
        placed: &[Placed],
    ) -> Decision {
        let (Some(component), Some(pick)) = (components.get(number), self.picks.get(number)) else {
            return Decision::default();
        };
        let mut offers = component.offers.clone();
        let mut all = placed.to_vec();
        for (at, (other, pick)) in components.iter().zip(&self.picks).enumerate() {
            let Some(taken) = other.offers.get(pick.offer).filter(|_| at != number) else { continue };
            for offer in offers.iter_mut().filter(|offer| offer.place.account == taken.place.account) {
                offer.left = offer.left.left(taken.needs);
                offer.machines += taken.needs.machines;
            }
            if let Demand::Machine(machine) = &other.demand {
                let (place, price) = (taken.place.clone(), taken.price);
                all.push(Placed { place, price, ..(**machine).clone() });
            }
        }
        let mut choice = decide(plan, pick.stage, &offers, rejected, &component.demand, &all);
        choice.prefer(pick.offer);
        choice.decision
    }
}
