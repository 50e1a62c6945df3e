//! From offers and a plan to a decision; one, or many at once.

use std::collections::BTreeMap;

use super::board::Board;
use super::combine::Plan;
use super::decision::{Code, Decision, Ranked, Rejected, TOLD, Tried};
use super::market::{Demand, Market};
use super::offer::{Offer, Place, Placed};

/// A decision with what it takes to carry it out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// For the record.
    pub decision: Decision,
    /// The offers that will do, best first, by their number among those given.
    pub order: Vec<usize>,
    /// The stage of the plan that was used.
    pub stage: usize,
}

/// Many of the same.
#[derive(Clone, Debug)]
pub struct Batch {
    /// What there is for it.
    pub offers: Vec<Offer>,
    /// What it is.
    pub demand: Demand,
}

/// Where one of many goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Pick {
    /// The offer, by its number in its batch.
    pub offer: usize,
    /// The stage of the plan that was used.
    pub stage: usize,
    /// Its place.
    pub place: Place,
    /// What an hour costs, in thousandths.
    pub price: i64,
}

impl Choice {
    /// Puts an offer that will do before all others.
    pub fn prefer(&mut self, offer: usize) {
        let Some(at) = self.order.iter().position(|index| *index == offer) else { return };
        self.order[..=at].rotate_right(1);
        // A long decision may not tell of it.
        if let Some(ranked) = self.decision.ranked.get_mut(..=at) {
            ranked.rotate_right(1);
        }
    }
}

/// Decides, beginning with a stage of the plan. `rejected`: what is out of the question whatever the policy.
pub fn decide(
    plan: &Plan,
    from: usize,
    offers: &[Offer],
    rejected: &[Rejected],
    demand: &Demand,
    placed: &[Placed],
) -> Choice {
    let mut board = Board::new(plan, placed);
    let mut choice = Choice { stage: from, ..Choice::default() };
    choice.decision.needs = offers.first().map(|offer| offer.needs).unwrap_or_default();
    for (at, stage) in plan.stages.iter().enumerate().skip(from) {
        let market = Market::new((at, stage), offers.to_vec(), demand, &mut board);
        choice.stage = at;
        choice.order.clear();
        choice.decision.rejected = rejected.to_vec();
        for (index, bar) in market.all(&board) {
            let offer = market.offer(index);
            if let Some(bar) = bar {
                let (code, reason) = market.tell(bar, &board);
                choice.decision.rejected.push(Rejected { place: offer.place.clone(), code, reason });
            } else {
                let (arranged, score) = market.marks(index, &board);
                let (place, price) = (offer.place.clone(), offer.price);
                choice.decision.ranked.push(Ranked { place, price, arranged, score });
                choice.order.push(index);
            }
        }
        if !choice.order.is_empty() {
            choice.decision.fallback.clone_from(&stage.fallback);
            break;
        }
        let mut tally: BTreeMap<Code, usize> = BTreeMap::new();
        for rejected in &choice.decision.rejected {
            *tally.entry(rejected.code).or_default() += 1;
        }
        choice.decision.tried.push(Tried { fallback: stage.fallback.clone(), rejected: tally });
    }
    choice.decision = choice.decision.shortened(TOLD);
    choice
}

/// Places many, each seeing those before it. `sequence`: which batch each is of. `None`: nothing is left for it.
pub fn decide_all(
    plan: &Plan,
    batches: &[Batch],
    sequence: impl IntoIterator<Item = usize>,
    placed: &[Placed],
) -> Vec<Option<Pick>> {
    let mut board = Board::new(plan, placed);
    let mut markets: Vec<Vec<Market<'_>>> = batches.iter().map(|_| Vec::new()).collect();
    let mut taken: Vec<Offer> = Vec::new();
    let mut picks = Vec::new();
    for batch in sequence {
        let Some(given) = batches.get(batch) else {
            picks.push(None);
            continue;
        };
        let mut pick = None;
        for (at, stage) in plan.stages.iter().enumerate() {
            if markets[batch].len() == at {
                let mut market = Market::new((at, stage), given.offers.clone(), &given.demand, &mut board);
                // What was placed meanwhile is on the board, but not in the offers as given.
                for offer in &taken {
                    market.placed(offer, &mut board);
                }
                markets[batch].push(market);
            }
            if let Some(index) = markets[batch][at].best(&board) {
                pick = Some((at, index, markets[batch][at].offer(index).clone()));
                break;
            }
        }
        let Some((stage, index, offer)) = pick else {
            picks.push(None);
            continue;
        };
        if let Demand::Machine(machine) = &given.demand {
            let placed = Placed { place: offer.place.clone(), price: offer.price, ..(**machine).clone() };
            board.put(plan, &placed);
        }
        for market in markets.iter_mut().flatten() {
            market.placed(&offer, &mut board);
        }
        picks.push(Some(Pick { offer: index, stage, place: offer.place.clone(), price: offer.price }));
        taken.push(offer);
    }
    picks
}
