//! Offers under the rules of one stage: which remain, and which is best. Kept up as more is placed, so that a thousand
//! decisions cost little more than one.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use cimi::query::orderby::Rank;

use super::board::{Board, Spot};
use super::combine::{Level, Stage};
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
    /// Rows by the place that machines are spread or packed over; in a single group if they are not.
    groups: BTreeMap<usize, Group>,
    by_account: BTreeMap<usize, Vec<usize>>,
    bounds: Vec<(i64, i64)>,
}

/// Rows, those that will not do among them. What is placed changes how groups compare, and in a group the rows of one account.
#[derive(Default)]
struct Group {
    /// By account, best first.
    rows: BTreeMap<usize, Vec<usize>>,
    /// The accounts, by the best row of each.
    accounts: Vec<usize>,
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
                let filter = left_out(stage, &offer);
                Row { offer, spot, filter, key: Key { rank: None, score: 0 } }
            })
            .collect();
        let bounds = bounds(stage, &rows);
        let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
        let mut by_account: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, row) in rows.iter_mut().enumerate() {
            row.key = Key::of(stage, &bounds, &row.offer);
            let account = row.spot[Domain::Account as usize];
            let group = groups.entry(group_of(stage, demand, row.spot)).or_default();
            group.rows.entry(account).or_default().push(index);
            by_account.entry(account).or_default().push(index);
        }
        for group in groups.values_mut() {
            group.sort(stage, &rows);
        }
        Self { stage, at, demand, rows, groups, by_account, bounds }
    }

    /// The best offer that will do.
    pub(super) fn best(&self, board: &Board) -> Option<usize> {
        let mut best: Option<(i64, usize)> = None;
        for (place, group) in &self.groups {
            let arranged = self.arranged(*place, board);
            if best.is_some_and(|(least, _)| least < arranged) {
                continue;
            }
            let Some(index) = self.best_in(group, board) else { continue };
            let is_better = best.is_none_or(|(least, other)| {
                arranged < least || compare(self.stage, &self.rows, index, other).is_lt()
            });
            if is_better {
                best = Some((arranged, index));
            }
        }
        best.map(|(_, index)| index)
    }

    fn best_in(&self, group: &Group, board: &Board) -> Option<usize> {
        let is_better = |one: usize, other: usize| compare(self.stage, &self.rows, one, other).is_lt();
        let mut best: Option<usize> = None;
        for rows in group.accounts.iter().filter_map(|account| group.rows.get(account)) {
            // No row of this account, or of those after it, is better than its first.
            if let (Some(best), Some(first)) = (best, rows.first())
                && is_better(best, *first)
            {
                break;
            }
            let found = rows.iter().copied().find(|index| self.bar(*index, board).is_none());
            best = match (best, found) {
                (Some(best), Some(found)) if is_better(best, found) => Some(best),
                (best, found) => found.or(best),
            };
        }
        best
    }

    /// All offers, those that will do first, best first.
    pub(super) fn all(&self, board: &Board) -> Vec<(usize, Option<Bar>)> {
        let mut judged: Vec<_> = (0..self.rows.len()).map(|index| (index, self.bar(index, board))).collect();
        let arranged =
            |index: usize| self.arranged(group_of(self.stage, self.demand, self.rows[index].spot), board);
        judged.sort_by(|(left, one), (right, other)| match (one, other) {
            (None, None) => arranged(*left)
                .cmp(&arranged(*right))
                .then_with(|| compare(self.stage, &self.rows, *left, *right)),
            // Those that will not do have no order among them but that of the offers.
            _ => one.is_some().cmp(&other.is_some()).then(left.cmp(right)),
        });
        judged
    }

    /// Of every offer how much worse it is than the best that a filter leaves: by its score, or by how many are better.
    /// `None`: a filter leaves it out, or its quota does.
    pub(super) fn costs(&self) -> Vec<(usize, Option<i64>)> {
        let will_do = |row: &Row| row.filter.is_none() && row.offer.left.lacks(row.offer.needs).is_none();
        let mut ranked: Vec<usize> =
            (0..self.rows.len()).filter(|index| will_do(&self.rows[*index])).collect();
        ranked.sort_by(|left, right| compare(self.stage, &self.rows, *left, *right));
        let mut costs: Vec<(usize, Option<i64>)> = (0..self.rows.len()).map(|index| (index, None)).collect();
        let (Some(best), mut better) = (ranked.first().copied(), 0) else { return costs };
        for (at, index) in ranked.iter().copied().enumerate() {
            let (row, best) = (&self.rows[index].key, &self.rows[best].key);
            if at > 0 && ranks(self.stage, &self.rows, ranked[at - 1], index).is_ne() {
                better += 1;
            }
            let weighted = matches!(self.stage.ranking, Some(Ranking::Weights(_)));
            costs[index].1 = Some(if weighted { best.score - row.score } else { better });
        }
        costs
    }

    /// An offer as it is now.
    pub(super) fn offer(&self, index: usize) -> &Offer {
        &self.rows[index].offer
    }

    /// How many are there already, and the score, where the stage has such.
    pub(super) fn marks(&self, index: usize, board: &Board) -> (Option<i64>, Option<i64>) {
        let row = &self.rows[index];
        let weighted = matches!(self.stage.ranking, Some(Ranking::Weights(_)));
        let place = group_of(self.stage, self.demand, row.spot);
        let arranged = self.stage.arrange.is_some().then(|| self.arranged(place, board).abs());
        (arranged, weighted.then_some(row.key.score))
    }

    /// After something was placed: the account's quota and count, and what depends on them.
    pub(super) fn placed(&mut self, taken: &Offer, board: &mut Board) {
        let account = board.spot(&taken.place)[Domain::Account as usize];
        let Some(indices) = self.by_account.get(&account) else { return };
        let (filters_move, ranking_moves) = (self.stage.filters_move(), self.stage.ranking_moves());
        for index in indices {
            let row = &mut self.rows[*index];
            row.offer.left = row.offer.left.left(taken.needs);
            row.offer.machines += taken.needs.machines;
            if filters_move {
                row.filter = left_out(self.stage, &row.offer);
            }
            if ranking_moves {
                row.key = Key::of(self.stage, &self.bounds, &row.offer);
            }
        }
        if ranking_moves {
            for group in self.groups.values_mut() {
                group.sort_account(account, self.stage, &self.rows);
            }
        }
    }

    /// How good the place of a group is: less is better.
    fn arranged(&self, place: usize, board: &Board) -> i64 {
        match (&self.stage.arrange, self.demand) {
            (Some((_, arrange)), Demand::Machine(_)) => {
                let count = board.among(self.at, place);
                if arrange.how == How::Pack { -count } else { count }
            }
            _ => 0,
        }
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
        for (rule, (level, share)) in stage.shares.iter().enumerate() {
            let counted = board.counted_by(*level);
            let all = counted.total() + 1;
            if (counted.count(row.spot[share.of as usize]) + 1) > (all * share.percent + 99) / 100 {
                return Some(Bar::Share(rule));
            }
        }
        let cost = |level: Level| board.counted_by(level).spent().saturating_add(row.offer.price);
        stage.budgets.iter().position(|(level, budget)| cost(*level) > *budget).map(Bar::Budget)
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
                let spent = board.counted_by(*level).spent();
                let words = format!("{} budget of {budget} an hour has {spent} spent", level.whose());
                (Code::Budget, words)
            }
            Bar::Quota { what, left, needs } => {
                (Code::Quota, format!("its quota leaves {left} of {what}, and this takes {needs}"))
            }
        }
    }
}

impl Group {
    fn sort(&mut self, stage: &Stage, all: &[Row]) {
        for rows in self.rows.values_mut() {
            rows.sort_by(|left, right| compare(stage, all, *left, *right));
        }
        let mut accounts: Vec<(usize, usize)> =
            self.rows.iter().filter_map(|(account, rows)| Some((*rows.first()?, *account))).collect();
        accounts.sort_by(|(left, _), (right, _)| compare(stage, all, *left, *right));
        self.accounts = accounts.into_iter().map(|(_, account)| account).collect();
    }

    /// After the keys of an account's rows have changed.
    fn sort_account(&mut self, account: usize, stage: &Stage, all: &[Row]) {
        let Some(rows) = self.rows.get_mut(&account) else { return };
        rows.sort_by(|left, right| compare(stage, all, *left, *right));
        let Some(first) = rows.first().copied() else { return };
        self.accounts.retain(|known| *known != account);
        let is_before = |known: &usize| {
            let best = self.rows.get(known).and_then(|rows| rows.first());
            best.is_some_and(|best| compare(stage, all, *best, first).is_lt())
        };
        let at = self.accounts.partition_point(is_before);
        self.accounts.insert(at, account);
    }
}

impl Key {
    fn of(stage: &Stage, bounds: &[(i64, i64)], offer: &Offer) -> Self {
        match &stage.ranking {
            None => Self { rank: None, score: 0 },
            Some(Ranking::Order(order)) => Self { rank: Some(order.rank(offer)), score: 0 },
            Some(Ranking::Weights(weights)) => {
                let parts = weights.iter().zip(bounds).map(|((name, weight), (least, most))| {
                    // What is not known counts as the worst.
                    let worst = if *weight < 0 { *most } else { *least };
                    let value = offer.number(name).unwrap_or(worst).clamp(*least, *most);
                    let scaled = if most > least {
                        (i128::from(value) - i128::from(*least)) * i128::from(SCALE)
                            / (i128::from(*most) - i128::from(*least))
                    } else {
                        0
                    };
                    weight * i64::try_from(scaled).unwrap_or(SCALE)
                });
                Self { rank: None, score: parts.sum() }
            }
        }
    }
}

fn compare(stage: &Stage, rows: &[Row], left: usize, right: usize) -> Ordering {
    ranks(stage, rows, left, right).then(left.cmp(&right))
}

fn ranks(stage: &Stage, rows: &[Row], left: usize, right: usize) -> Ordering {
    let (a, b) = (&rows[left].key, &rows[right].key);
    match (&stage.ranking, &a.rank, &b.rank) {
        (Some(Ranking::Order(order)), Some(a), Some(b)) => order.compare(a, b),
        _ => b.score.cmp(&a.score),
    }
}

/// The place that machines are spread or packed over; the same for all offers if they are not.
fn group_of(stage: &Stage, demand: &Demand, spot: Spot) -> usize {
    match (&stage.arrange, demand) {
        (Some((_, arrange)), Demand::Machine(_)) => spot[arrange.over as usize],
        _ => 0,
    }
}

/// The filter that leaves an offer out.
fn left_out(stage: &Stage, offer: &Offer) -> Option<usize> {
    stage.filters.iter().position(|(_, filter)| !filter.matches(offer))
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
