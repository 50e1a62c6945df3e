//! The same puzzle as an integer program: the best solution, with the proof that there is none better.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use good_lp::solvers::WithTimeLimit as _;
use good_lp::solvers::microlp::{MicroLpProblem, microlp};
use good_lp::{
    Expression, ProblemVariables, ResolutionError, Solution as _, SolutionStatus, SolverModel as _, Variable,
    constraint, variable,
};

use super::amounts::{Amounts, Quota};
use super::offer::Domain;
use super::puzzle::{Counted, Puzzle, Spec};

/// Options of all items that are still looked at: beyond that, a program takes longer than anybody waits.
const LARGEST: usize = 4000;

/// What the solver says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    /// The best.
    Best(Vec<usize>),
    /// One that holds; whether there is a better one was not found out in time.
    Some(Vec<usize>),
    /// There is none.
    None,
    /// It does not know.
    Unknown,
}

/// The variables of a program.
struct Model<'a> {
    puzzle: &'a Puzzle,
    /// Whether an item takes an option.
    takes: Vec<Vec<Variable>>,
    /// Whether a place has at least so many of the items that are arranged: with what that costs.
    levels: BTreeMap<usize, Vec<(Variable, i64)>>,
}

/// Solves a puzzle, within so much time for each of its two objectives.
pub(super) fn solve(puzzle: &Puzzle, time: Duration) -> Answer {
    let options: usize = puzzle.items.iter().map(|item| item.options.len()).sum();
    if options > LARGEST || time.is_zero() {
        return Answer::Unknown;
    }
    if puzzle.items.iter().any(|item| item.options.is_empty()) {
        return Answer::None;
    }
    if puzzle.arranged.is_none() {
        return best(puzzle, time, Goal::Offers(None));
    }
    // First how things lie, then, lying as well as that, how good the offers are.
    match best(puzzle, time, Goal::Lie) {
        Answer::Best(solution) => best(puzzle, time, Goal::Offers(Some(puzzle.cost(&solution).0))),
        other => other,
    }
}

/// What is to be least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    /// How things lie.
    Lie,
    /// How much worse the offers are than the best of each, while things lie no worse than this.
    Offers(Option<i64>),
}

fn best(puzzle: &Puzzle, time: Duration, goal: Goal) -> Answer {
    let mut variables = ProblemVariables::new();
    let model = Model::new(puzzle, &mut variables);
    let objective = match goal {
        Goal::Lie => model.lie(),
        Goal::Offers(_) => model.offers(),
    };
    let mut program = variables.minimise(objective).using(microlp).with_time_limit(time.as_secs_f64());
    model.constrain(&mut program);
    if let Goal::Offers(Some(most)) = goal {
        program.add_constraint(constraint!(model.lie() <= float(most)));
    }
    match program.solve() {
        Ok(solution) => {
            let is_taken = |option: &Variable| solution.value(*option) > 0.5;
            let taken = model.takes.iter().map(|options| options.iter().position(is_taken));
            let taken: Option<Vec<usize>> = taken.collect();
            // Floating point may have rounded a rule away: then nothing was found.
            match taken.filter(|taken| puzzle.holds(taken)) {
                Some(taken) if matches!(solution.status(), SolutionStatus::Optimal) => Answer::Best(taken),
                Some(taken) => Answer::Some(taken),
                None => Answer::Unknown,
            }
        }
        Err(ResolutionError::Infeasible) => Answer::None,
        Err(error) => {
            tracing::debug!(%error, "a program of placement was not solved");
            Answer::Unknown
        }
    }
}

impl<'a> Model<'a> {
    fn new(puzzle: &'a Puzzle, variables: &mut ProblemVariables) -> Self {
        let mut binary = || variables.add(variable().binary());
        let takes: Vec<Vec<Variable>> =
            puzzle.items.iter().map(|item| item.options.iter().map(|_| binary()).collect()).collect();
        let mut levels: BTreeMap<usize, Vec<(Variable, i64)>> = BTreeMap::new();
        if let Some(arranged) = &puzzle.arranged {
            for item in &arranged.items {
                for place in places(puzzle, *item, arranged.over) {
                    let there = arranged.there.get(&place).copied().unwrap_or_default();
                    let levels = levels.entry(place).or_default();
                    let more = i64::try_from(levels.len()).unwrap_or(i64::MAX);
                    levels.push((binary(), arranged.how.sign() * there.saturating_add(more)));
                }
            }
        }
        Self { puzzle, takes, levels }
    }

    fn lie(&self) -> Expression {
        self.levels.values().flatten().map(|(level, cost)| float(*cost) * *level).sum()
    }

    fn offers(&self) -> Expression {
        self.all().map(|(_, spec, takes)| float(spec.cost) * takes).sum()
    }

    /// Every option of every item with its variable.
    fn all(&self) -> impl Iterator<Item = (usize, &Spec, Variable)> {
        let items = self.puzzle.items.iter().zip(&self.takes).enumerate();
        items.flat_map(|(at, (item, takes))| {
            item.options.iter().zip(takes).map(move |(spec, takes)| (at, spec, *takes))
        })
    }

    /// Whether an item is in a place, as a sum of which at most one is 1.
    fn is_in(&self, item: usize, place: usize) -> Expression {
        let options = self.puzzle.items[item].options.iter().zip(&self.takes[item]);
        options.filter(|(spec, _)| spec.spot.contains(&place)).map(|(_, takes)| *takes).sum()
    }

    fn constrain(&self, program: &mut MicroLpProblem) {
        for takes in &self.takes {
            let taken: Expression = takes.iter().copied().sum();
            program.add_constraint(constraint!(taken == 1));
        }
        for (account, quota) in &self.puzzle.quotas {
            self.keep_quota(program, *account, *quota);
        }
        for (one, other, within) in &self.puzzle.apart {
            for place in places(self.puzzle, *one, *within) {
                let both = self.is_in(*one, place) + self.is_in(*other, place);
                program.add_constraint(constraint!(both <= 1));
            }
        }
        for near in &self.puzzle.near {
            for place in places(self.puzzle, near.item, near.within).difference(&near.placed) {
                let others: Expression = near.others.iter().map(|other| self.is_in(*other, *place)).sum();
                program.add_constraint(constraint!(self.is_in(near.item, *place) <= others));
            }
        }
        let counted = |item: &usize| self.puzzle.items[*item].counted == Counted::Yes;
        let counted: Vec<usize> = (0..self.takes.len()).filter(counted).collect();
        for (place, room) in self.puzzle.caps.iter().flat_map(|cap| &cap.room) {
            let there: Expression = counted.iter().map(|item| self.is_in(*item, *place)).sum();
            program.add_constraint(constraint!(there <= float(*room)));
        }
        if let Some(budget) = self.puzzle.budget {
            let all = self.all().filter(|(item, ..)| counted.contains(item));
            keep(program, all.map(|(_, spec, takes)| (spec.price, takes)), budget);
        }
        self.fill_levels(program);
    }

    fn keep_quota(&self, program: &mut MicroLpProblem, account: usize, quota: Quota) {
        let there = |(_, spec, _): &(usize, &Spec, Variable)| spec.spot[Domain::Account as usize] == account;
        let mut keep = |left: Option<i64>, amount: fn(Amounts) -> i64| {
            let Some(left) = left else { return };
            let needs = self.all().filter(there).map(|(_, spec, takes)| (amount(spec.needs), takes));
            keep(program, needs.filter(|(needs, _)| *needs > 0), left);
        };
        keep(quota.machines, |needs| needs.machines);
        keep(quota.cpu, |needs| needs.cpu);
        keep(quota.memory, |needs| needs.memory);
        keep(quota.volumes, |needs| needs.volumes);
        keep(quota.storage, |needs| needs.storage);
    }

    /// As many levels of a place are filled as items are in it, from below.
    fn fill_levels(&self, program: &mut MicroLpProblem) {
        let Some(arranged) = &self.puzzle.arranged else { return };
        for (place, levels) in &self.levels {
            let filled: Expression = levels.iter().map(|(level, _)| *level).sum();
            let there: Expression = arranged.items.iter().map(|item| self.is_in(*item, *place)).sum();
            program.add_constraint(constraint!(filled == there));
            for pair in levels.windows(2) {
                program.add_constraint(constraint!(pair[1].0 <= pair[0].0));
            }
        }
    }
}

/// A sum of amounts within a limit, brought to a scale that floating point is good at.
fn keep(program: &mut MicroLpProblem, amounts: impl Iterator<Item = (i64, Variable)>, limit: i64) {
    let amounts: Vec<(i64, Variable)> = amounts.collect();
    let Some(most) = amounts.iter().map(|(amount, _)| *amount).max().filter(|most| *most > 0) else { return };
    let sum: Expression =
        amounts.into_iter().map(|(amount, takes)| float(amount) / float(most) * takes).sum();
    program.add_constraint(constraint!(sum <= float(limit) / float(most)));
}

/// The places of a kind that an item could be in.
fn places(puzzle: &Puzzle, item: usize, within: Domain) -> BTreeSet<usize> {
    puzzle.items[item].options.iter().map(|spec| spec.spot[within as usize]).collect()
}

/// A number as the solver takes it. What is beyond 2^53 is rounded: solutions are held against the rules themselves.
#[expect(clippy::cast_precision_loss, reason = "see above")]
fn float(number: i64) -> f64 {
    number as f64
}
