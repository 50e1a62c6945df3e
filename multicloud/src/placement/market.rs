//! Offers under the rules of one stage: which remain, and which is best. Kept up as more is placed, so that a thousand
//! decisions cost little more than one.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use cimi::query::orderby::Rank;

use super::board::{Board, Spot};
use super::combine::Stage;
use super::decision::Code;
use super::draft::How;
use super::offer::{Domain, Offer, Placed};
use super::policy::Ranking;

/// The scale that weighted attributes are brought to.
const SCALE: i64 = 1000;

/// What is to be placed.
#[derive(Clone, Debug, PartialEq)]
pub enum Demand {
    /// A machine as it will be known, its place aside.
    Machine(Box<Placed>),
    /// Something that no rule counts.
    Other,
}

/// Offers under the rules of a stage.
pub(super) struct Market<'a> {
    stage: &'a Stage,
    at: usize,
    demand: &'a Demand,
    rows: Vec<Row>,
    /// Rows, best first; those that are barred among them.
    sorted: Vec<usize>,
    /// Rows by place.
    by_place: BTreeMap<usize, Vec<usize>>,
    bounds: Vec<(i64, i64)>,
}

struct Row {
    offer: Offer,
    spot: Spot,
    /// The filter that leaves it out.
    filter: Option<usize>,
    key: Key,
}

/// What makes an offer better.
struct Key {
    arranged: i64,
    rank: Option<Rank>,
    score: i64,
}

/// Why an offer will not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bar {
    Filter(usize),
    Affinity(usize),
    AntiAffinity(usize),
    Share(usize),
    Budget(usize),
    Quota { what: &'static str, left: i64, needs: i64 },
}

impl<'a> Market<'a> {
    /// Offers as a stage sees them now.
    pub(super) fn new(
        (at, stage): (usize, &'a Stage),
        offers: Vec<Offer>,
        demand: &'a Demand,
        board: &mut Board,
    ) -> Self {
        let mut rows: Vec<Row> = offers
            .into_iter()
            .map(|offer| {
                let spot = board.spot(&offer.place);
                let filter = stage.filters.iter().position(|(_, filter)| !filter.matches(&offer));
                Row { offer, spot, filter, key: Key { arranged: 0, rank: None, score: 0 } }
            })
            .collect();
        let bounds = bounds(stage, &rows);
        for row in &mut rows {
            row.key = Key::of(stage, at, &bounds, demand, row, board);
        }
        let mut by_place: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, row) in rows.iter().enumerate() {
            for id in row.spot {
                by_place.entry(id).or_default().push(index);
            }
        }
        let sorted = (0..rows.len()).collect();
        let mut market = Self { stage, at, demand, rows, sorted, by_place, bounds };
        let mut sorted = std::mem::take(&mut market.sorted);
        sorted.sort_by(|left, right| market.compare(*left, *right));
        market.sorted = sorted;
        market
    }

    /// The best offer that will do.
    pub(super) fn best(&self, board: &Board) -> Option<usize> {
        self.sorted.iter().copied().find(|index| self.bar(*index, board).is_none())
    }

    /// All offers, those that will do first, best first.
    pub(super) fn all(&self, board: &Board) -> impl Iterator<Item = (usize, Option<Bar>)> {
        let judged: Vec<_> = self.sorted.iter().map(|index| (*index, self.bar(*index, board))).collect();
        let mut barred: Vec<_> = judged.iter().copied().filter(|(_, bar)| bar.is_some()).collect();
        // Those that will not do have no order among them but that of the offers.
        barred.sort_by_key(|(index, _)| *index);
        judged.into_iter().filter(|(_, bar)| bar.is_none()).chain(barred)
    }

    /// An offer as it is now.
    pub(super) fn offer(&self, index: usize) -> &Offer {
        &self.rows[index].offer
    }

    /// How many are there already, and the score, where the stage has such.
    pub(super) fn marks(&self, index: usize) -> (Option<i64>, Option<i64>) {
        let key = &self.rows[index].key;
        let weighted = matches!(self.stage.ranking, Some(Ranking::Weights(_)));
        (self.stage.arrange.is_some().then(|| key.arranged.abs()), weighted.then_some(key.score))
    }

    /// After something was placed: the account's quota and count, and the ranks that depend on what is where.
    pub(super) fn placed(&mut self, taken: &Offer, board: &mut Board) {
        let spot = board.spot(&taken.place);
        for index in self.by_place.get(&spot[Domain::Account as usize]).cloned().unwrap_or_default() {
            let offer = &mut self.rows[index].offer;
            offer.left = offer.left.left(taken.needs);
            offer.machines += taken.needs.machines;
        }
        if !self.stage.is_moved() {
            return;
        }
        let mut moved: Vec<usize> =
            spot.iter().filter_map(|id| self.by_place.get(id)).flatten().copied().collect();
        moved.sort_unstable();
        moved.dedup();
        for index in moved {
            self.sort_anew(index, board);
        }
    }

    fn sort_anew(&mut self, index: usize, board: &Board) {
        let old = self.sorted.binary_search_by(|other| self.compare(*other, index));
        let row = &mut self.rows[index];
        row.filter = self.stage.filters.iter().position(|(_, filter)| !filter.matches(&row.offer));
        self.rows[index].key =
            Key::of(self.stage, self.at, &self.bounds, self.demand, &self.rows[index], board);
        if let Ok(old) = old {
            self.sorted.remove(old);
            let new = self.sorted.binary_search_by(|other| self.compare(*other, index));
            self.sorted.insert(new.unwrap_or_else(|place| place), index);
        }
    }

    fn compare(&self, left: usize, right: usize) -> Ordering {
        let (a, b) = (&self.rows[left].key, &self.rows[right].key);
        let ranks = || match (&self.stage.ranking, &a.rank, &b.rank) {
            (Some(Ranking::Order(order)), Some(a), Some(b)) => order.compare(a, b),
            _ => b.score.cmp(&a.score),
        };
        a.arranged.cmp(&b.arranged).then_with(ranks).then(left.cmp(&right))
    }

    /// Why an offer will not do now.
    fn bar(&self, index: usize, board: &Board) -> Option<Bar> {
        let (stage, row) = (self.stage, &self.rows[index]);
        if let Some(filter) = row.filter {
            return Some(Bar::Filter(filter));
        }
        if let Some((what, left, needs)) = row.offer.left.lacks(row.offer.needs) {
            return Some(Bar::Quota { what, left, needs });
        }
        for (rule, (_, near)) in stage.affinity.iter().enumerate() {
            if board.near(self.at, rule, row.spot[near.within as usize]) == Some(false) {
                return Some(Bar::Affinity(rule));
            }
        }
        for (rule, (_, near)) in stage.anti_affinity.iter().enumerate() {
            if board.clashes(self.at, rule, row.spot[near.within as usize]) {
                return Some(Bar::AntiAffinity(rule));
            }
        }
        if matches!(self.demand, Demand::Other) {
            return None;
        }
        for (rule, (_, share)) in stage.shares.iter().enumerate() {
            let all = board.total() + 1;
            if (board.count(row.spot[share.of as usize]) + 1) > (all * share.percent + 99) / 100 {
                return Some(Bar::Share(rule));
            }
        }
        let cost = board.spent().saturating_add(row.offer.price);
        stage.budgets.iter().position(|(_, budget)| cost > *budget).map(Bar::Budget)
    }

    /// A bar in words.
    pub(super) fn tell(&self, bar: Bar, board: &Board) -> (Code, String) {
        let stage = self.stage;
        match bar {
            Bar::Filter(at) => {
                let (level, filter) = &stage.filters[at];
                (Code::Filter, format!("{} filter {} leaves it out", level.whose(), filter.text()))
            }
            Bar::Affinity(at) => {
                let (level, near) = &stage.affinity[at];
                let (to, within) = (near.to.text(), near.within.name());
                let words = format!("{} affinity wants the same {within} as {to}", level.whose());
                (Code::Affinity, words)
            }
            Bar::AntiAffinity(at) => {
                let (level, near) = &stage.anti_affinity[at];
                let (to, within) = (near.to.text(), near.within.name());
                let words = format!("{} anti-affinity wants another {within} than {to}", level.whose());
                (Code::AntiAffinity, words)
            }
            Bar::Share(at) => {
                let (level, share) = &stage.shares[at];
                let (percent, of) = (share.percent, share.of.name());
                let words =
                    format!("{} max-share leaves one {of} {percent} % of all machines", level.whose());
                (Code::Share, words)
            }
            Bar::Budget(at) => {
                let (level, budget) = &stage.budgets[at];
                let spent = board.spent();
                let words = format!("{} budget of {budget} an hour has {spent} spent", level.whose());
                (Code::Budget, words)
            }
            Bar::Quota { what, left, needs } => {
                (Code::Quota, format!("its quota leaves {left} of {what}, and this takes {needs}"))
            }
        }
    }
}

impl Key {
    fn of(
        stage: &Stage,
        at: usize,
        bounds: &[(i64, i64)],
        demand: &Demand,
        row: &Row,
        board: &Board,
    ) -> Self {
        let arranged = match (&stage.arrange, demand) {
            (Some(arrange), Demand::Machine(_)) => {
                let count = board.among(at, row.spot[arrange.over as usize]);
                if arrange.how == How::Pack { -count } else { count }
            }
            _ => 0,
        };
        match &stage.ranking {
            None => Self { arranged, rank: None, score: 0 },
            Some(Ranking::Order(order)) => Self { arranged, rank: Some(order.rank(&row.offer)), score: 0 },
            Some(Ranking::Weights(weights)) => {
                let parts = weights.iter().zip(bounds).map(|((name, weight), (least, most))| {
                    // What is not known counts as the worst.
                    let worst = if *weight < 0 { *most } else { *least };
                    let value = row.offer.number(name).unwrap_or(worst).clamp(*least, *most);
                    let scaled = if most > least {
                        (i128::from(value) - i128::from(*least)) * i128::from(SCALE)
                            / (i128::from(*most) - i128::from(*least))
                    } else {
                        0
                    };
                    weight * i64::try_from(scaled).unwrap_or(SCALE)
                });
                Self { arranged, rank: None, score: parts.sum() }
            }
        }
    }
}

/// The least and the most of each weighted attribute, over the offers that no filter leaves out.
fn bounds(stage: &Stage, rows: &[Row]) -> Vec<(i64, i64)> {
    let Some(Ranking::Weights(weights)) = &stage.ranking else { return Vec::new() };
    let of = |name: &str| {
        let remaining = rows.iter().filter(|row| row.filter.is_none());
        let numbers = remaining.filter_map(|row| row.offer.number(name));
        numbers.fold(None, |bounds: Option<(i64, i64)>, number| {
            Some(bounds.map_or((number, number), |(least, most)| (least.min(number), most.max(number))))
        })
    };
    weights.iter().map(|(name, _)| of(name).unwrap_or((0, 0))).collect()
}
