//! Several policies to one plan: what a manager, a tenant, a template and a request say about one decision.
//!
//! A pure function. What forbids adds up: all filters, affinities, shares and budgets hold. What prefers is said by the
//! narrowest that says anything. Fallbacks of the narrowest come first, and each relaxes only what its own policy said.

use cimi::query::filter::Expr;
use cimi::query::{Filter, Lookup};

use super::draft::{Broken, Components, Gather, OnFailure, Share};
use super::offer::{Offer, Placed, Whose};
use super::policy::{Arrange, Near, Policy, Ranking, Rules};

/// Clouds that are asked at most if no policy says otherwise.
const ATTEMPTS: u32 = 16;

/// Who says a policy; the widest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The operator, in the configuration.
    Manager,
    /// The tenant.
    Tenant,
    /// The template that is created from.
    Template,
    /// The request itself.
    Request,
}

/// A policy, and who says it.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Who.
    pub level: Level,
    /// What.
    pub policy: Policy,
}

/// What holds for one decision: first as all policies say it, then after one fallback after the other.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) stages: Vec<Stage>,
}

/// What has to be known of what is placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counting {
    /// Nothing.
    Nothing,
    /// How many machines are where.
    Numbers,
    /// Which machines are where.
    Machines,
}

/// All rules that hold together.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    /// The fallback that led here.
    pub(super) fallback: Option<String>,
    pub(super) filters: Vec<(Level, Filter)>,
    pub(super) ranking: Option<Ranking>,
    pub(super) arrange: Option<(Level, Arrange)>,
    pub(super) affinity: Vec<(Level, Near)>,
    pub(super) anti_affinity: Vec<(Level, Near)>,
    pub(super) shares: Vec<(Level, Share)>,
    pub(super) budgets: Vec<(Level, i64)>,
    pub(super) on_failure: OnFailure,
    pub(super) attempts: u32,
    pub(super) system: Components,
}

/// Combines policies.
pub fn combine(layers: &[Layer]) -> Plan {
    let mut layers: Vec<&Layer> = layers.iter().collect();
    layers.sort_by_key(|layer| layer.level);
    let mut rules: Vec<(Level, Rules)> =
        layers.iter().map(|layer| (layer.level, layer.policy.rules.clone())).collect();
    let mut stages = vec![Stage::of(&rules, None)];
    for (at, layer) in layers.iter().enumerate().rev() {
        for fallback in &layer.policy.fallback {
            rules[at].1 = std::mem::take(&mut rules[at].1).after(fallback);
            stages.push(Stage::of(&rules, Some(fallback.name.clone())));
        }
    }
    Plan { stages }
}

impl Level {
    /// Whether rules of this level are about a machine: the operator's are about all, the others about their tenant's own.
    pub(super) fn counts(self, machine: &Placed) -> bool {
        self == Self::Manager || machine.whose == Whose::Own
    }

    /// Whose policy it is, in words.
    pub(super) const fn whose(self) -> &'static str {
        match self {
            Self::Manager => "the policy's",
            Self::Tenant => "the tenant's",
            Self::Template => "the template's",
            Self::Request => "the request's",
        }
    }
}

impl Plan {
    /// What decisions depend on of what is placed.
    pub fn counts(&self) -> Counting {
        self.stages.iter().map(Stage::counts).max().unwrap_or(Counting::Nothing)
    }

    /// Whether a rule is about this very machine, and not only about how many there are.
    pub fn is_about(&self, machine: &impl Lookup) -> bool {
        self.stages.iter().any(|stage| {
            let near = stage.affinity.iter().chain(&stage.anti_affinity).map(|(_, near)| &near.to);
            let among = stage.arrange.iter().filter_map(|(_, arrange)| arrange.among.as_ref());
            near.chain(among).any(|filter| filter.matches(machine))
        })
    }

    /// Fallbacks, and the rules as written before them.
    pub fn stages(&self) -> usize {
        self.stages.len()
    }

    /// How the components of a system are made.
    pub fn components(&self) -> (Gather, Broken) {
        let said = self.stages.first().map(|stage| stage.system).unwrap_or_default();
        (said.place.unwrap_or_default(), said.on_failure.unwrap_or_default())
    }

    /// What to do when a cloud refuses, and how many are asked at most, in a stage.
    pub fn persistence(&self, stage: usize) -> (OnFailure, u32) {
        self.stages.get(stage).map_or((OnFailure::Stop, 1), |stage| (stage.on_failure, stage.attempts))
    }
}

impl Stage {
    fn counts(&self) -> Counting {
        let among = self.arrange.as_ref().is_some_and(|(_, arrange)| arrange.among.is_some());
        if among || !self.affinity.is_empty() || !self.anti_affinity.is_empty() {
            Counting::Machines
        } else if self.arrange.is_some() || !self.shares.is_empty() || !self.budgets.is_empty() {
            Counting::Numbers
        } else {
            Counting::Nothing
        }
    }

    fn of(rules: &[(Level, Rules)], fallback: Option<String>) -> Self {
        let mut stage = Self {
            fallback,
            filters: Vec::new(),
            ranking: None,
            arrange: None,
            affinity: Vec::new(),
            anti_affinity: Vec::new(),
            shares: Vec::new(),
            budgets: Vec::new(),
            on_failure: OnFailure::default(),
            attempts: ATTEMPTS,
            system: Components::default(),
        };
        for (level, rules) in rules {
            let of = |near: &Near| (*level, near.clone());
            stage.filters.extend(rules.filter.clone().map(|filter| (*level, filter)));
            stage.affinity.extend(rules.affinity.iter().map(of));
            stage.anti_affinity.extend(rules.anti_affinity.iter().map(of));
            stage.shares.extend(rules.max_share.map(|share| (*level, share)));
            stage.budgets.extend(rules.budget.map(|budget| (*level, budget)));
            stage.ranking = rules.ranking.clone().or(stage.ranking);
            stage.arrange = rules.arrange.clone().map(|arrange| (*level, arrange)).or(stage.arrange);
            stage.on_failure = rules.on_failure.unwrap_or(stage.on_failure);
            stage.attempts = rules.attempts.unwrap_or(stage.attempts);
            stage.system = rules.system.over(stage.system);
        }
        stage
    }

    /// Whether what is placed changes how the offers of its account are ranked.
    pub(super) fn ranking_moves(&self) -> bool {
        match &self.ranking {
            None => false,
            Some(Ranking::Order(order)) => order.keys().iter().any(|key| Offer::is_moving(&key.attribute)),
            Some(Ranking::Weights(weights)) => weights.iter().any(|(name, _)| Offer::is_moving(name)),
        }
    }

    /// Whether what is placed changes which offers of its account the filters leave.
    pub(super) fn filters_move(&self) -> bool {
        self.filters.iter().any(|(_, filter)| is_moving(filter.expr()))
    }
}

fn is_moving(expr: &Expr) -> bool {
    match expr {
        Expr::Or(terms) | Expr::And(terms) => terms.iter().any(is_moving),
        Expr::Compare(comparison) => Offer::is_moving(comparison.attribute()),
        Expr::Property(_) => false,
    }
}
