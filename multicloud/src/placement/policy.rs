//! Policies that can be used: everything in a draft that cannot be meant is refused here, with its place.

use std::fmt;

use cimi::model::attribute::Attribute;
use cimi::query::{Filter, OrderBy};
use serde::{Deserialize, Serialize};

use super::check::{Over, at_most, filter_over, order_over, within};
use super::draft::{self, Components, Draft, How, OnFailure, Part, Share};
use super::offer::{ATTRIBUTES, Domain, Offer, Place};

/// Fallbacks of one policy.
const FALLBACKS: usize = 8;
/// Rules of affinity, and of the opposite, of one policy.
const RULES: usize = 16;
/// The largest weight.
const WEIGHT: i64 = 1000;

/// A policy that can be used. Reads and writes itself as its [`Draft`].
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "Draft", into = "Draft")]
pub struct Policy {
    draft: Draft,
    pub(super) rules: Rules,
    pub(super) fallback: Vec<Fallback>,
}

/// What a policy says.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    pub(super) filter: Option<Filter>,
    pub(super) ranking: Option<Ranking>,
    pub(super) arrange: Option<Arrange>,
    pub(super) affinity: Vec<Near>,
    pub(super) anti_affinity: Vec<Near>,
    pub(super) max_share: Option<Share>,
    pub(super) budget: Option<i64>,
    pub(super) on_failure: Option<OnFailure>,
    pub(super) attempts: Option<u32>,
    pub(super) system: Components,
}

/// What makes one offer better than another.
#[derive(Clone, Debug)]
pub(super) enum Ranking {
    Order(OrderBy),
    Weights(Vec<(&'static str, i64)>),
}

/// How machines lie over places.
#[derive(Clone, Debug)]
pub(super) struct Arrange {
    pub(super) how: How,
    pub(super) over: Domain,
    pub(super) among: Option<Filter>,
}

/// Nearness to machines.
#[derive(Clone, Debug)]
pub(super) struct Near {
    pub(super) to: Filter,
    pub(super) within: Domain,
}

/// A fallback, ready to be applied.
#[derive(Clone, Debug)]
pub(super) struct Fallback {
    pub(super) name: String,
    drop: Vec<Part>,
    replace: Rules,
}

/// Why a policy cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// Where in the policy: `filter`, `fallback[0].replace.order-by`. Empty: it is no policy at all.
    pub key: String,
    /// Where in the text of that key, or in the whole text if there is no key, in characters from 1.
    pub column: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
}

impl Policy {
    /// A policy of a `$filter` and an `$orderby` alone.
    ///
    /// # Errors
    /// As [`Policy::read`].
    pub fn new(filter: Option<&str>, order_by: Option<&str>) -> Result<Self, PolicyError> {
        let (filter, order_by) = (filter.map(str::to_owned), order_by.map(str::to_owned));
        Self::read(Draft { filter, order_by, ..Draft::default() })
    }

    /// Checks a policy.
    ///
    /// # Errors
    /// If it compares what cannot be compared, or names what there is not: there, a slip of the pen would leave out every
    /// cloud.
    pub fn read(draft: Draft) -> Result<Self, PolicyError> {
        let rules = Rules::read(&draft, "")?;
        at_most(FALLBACKS, draft.fallback.len(), "fallback")?;
        let fallback = draft.fallback.iter().enumerate().map(|(at, written)| Fallback::read(at, written));
        Ok(Self { fallback: fallback.collect::<Result<_, _>>()?, rules, draft })
    }

    /// Reads a policy from JSON.
    ///
    /// # Errors
    /// As [`Policy::read`]; if it is no JSON or has other members, with the column.
    pub fn from_json(text: &str) -> Result<Self, PolicyError> {
        let draft: Draft = serde_json::from_str(text).map_err(|error| PolicyError {
            key: String::new(),
            column: Some(error.column().max(1)),
            message: error.to_string(),
            help: "see docs/placement.md for what a policy can say".to_owned(),
        })?;
        Self::read(draft)
    }

    /// The policy that something goes where it was decided before; `otherwise`: what a refusal there leads to.
    ///
    /// # Errors
    /// As [`Policy::read`]: a place's words cannot be quoted.
    pub fn pinned(place: &Place, otherwise: OnFailure) -> Result<Self, PolicyError> {
        let location = place.location.as_ref().map(|location| format!(" and location='{location}'"));
        let filter = format!("account='{}'{}", place.account, location.unwrap_or_default());
        let elsewhere =
            draft::Fallback { name: Some("elsewhere".to_owned()), drop: vec![Part::Filter], replace: None };
        let fallback = if otherwise == OnFailure::Next { vec![elsewhere] } else { Vec::new() };
        Self::read(Draft { filter: Some(filter), fallback, ..Draft::default() })
    }

    /// As it was written.
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// The names that a filter or an order may use.
    pub fn names() -> Vec<&'static str> {
        ATTRIBUTES.iter().map(|attribute| attribute.name).collect()
    }
}

impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        self.draft == other.draft
    }
}

impl TryFrom<Draft> for Policy {
    type Error = PolicyError;

    fn try_from(draft: Draft) -> Result<Self, PolicyError> {
        Self::read(draft)
    }
}

impl From<Policy> for Draft {
    fn from(policy: Policy) -> Self {
        policy.draft
    }
}

impl Rules {
    fn read(draft: &Draft, under: &str) -> Result<Self, PolicyError> {
        let key = |name: &str| format!("{under}{name}");
        let filter = draft.filter.as_deref().map(|text| filter_over(Over::Offers, text, &key("filter")));
        let arrange = draft.arrange.as_ref().map(|written| Arrange::read(written, &key("arrange.among")));
        if let Some(share) = draft.max_share {
            within(1..=100, share.percent, &key("max-share.percent"))?;
        }
        if let Some(budget) = draft.budget {
            within(0..=i64::MAX, budget, &key("budget"))?;
        }
        if let Some(attempts) = draft.attempts {
            within(1..=1000, i64::from(attempts), &key("attempts"))?;
        }
        Ok(Self {
            filter: filter.transpose()?,
            ranking: Ranking::read(draft, under)?,
            arrange: arrange.transpose()?,
            affinity: nears(&draft.affinity, &key("affinity"))?,
            anti_affinity: nears(&draft.anti_affinity, &key("anti-affinity"))?,
            max_share: draft.max_share,
            budget: draft.budget,
            on_failure: draft.on_failure,
            attempts: draft.attempts,
            system: draft.system.unwrap_or_default(),
        })
    }

    /// These rules after a fallback.
    pub(super) fn after(mut self, fallback: &Fallback) -> Self {
        for part in &fallback.drop {
            match part {
                Part::Filter => self.filter = None,
                Part::Ranking => self.ranking = None,
                Part::Arrange => self.arrange = None,
                Part::Affinity => self.affinity.clear(),
                Part::AntiAffinity => self.anti_affinity.clear(),
                Part::MaxShare => self.max_share = None,
                Part::Budget => self.budget = None,
            }
        }
        let new = &fallback.replace;
        let or = |new: &Vec<Near>, old: Vec<Near>| if new.is_empty() { old } else { new.clone() };
        Self {
            filter: new.filter.clone().or(self.filter),
            ranking: new.ranking.clone().or(self.ranking),
            arrange: new.arrange.clone().or(self.arrange),
            affinity: or(&new.affinity, self.affinity),
            anti_affinity: or(&new.anti_affinity, self.anti_affinity),
            max_share: new.max_share.or(self.max_share),
            budget: new.budget.or(self.budget),
            on_failure: new.on_failure.or(self.on_failure),
            attempts: new.attempts.or(self.attempts),
            system: new.system.over(self.system),
        }
    }
}

impl Ranking {
    fn read(draft: &Draft, under: &str) -> Result<Option<Self>, PolicyError> {
        let Some(order) = &draft.order_by else {
            let weights = draft.weights.iter().map(|(name, weight)| {
                let key = format!("{under}weights.{name}");
                let attribute = ATTRIBUTES.iter().find(|it| it.name == name);
                let numeric = attribute.filter(|it| Offer::is_numeric(it));
                let numeric = numeric.ok_or_else(|| PolicyError {
                    key: key.clone(),
                    column: None,
                    message: format!("offers have no number `{name}`"),
                    help: format!("an offer has the numbers {}", Offer::numbers().join(", ")),
                })?;
                within(-WEIGHT..=WEIGHT, *weight, &key)?;
                Ok((numeric.name, *weight))
            });
            let weights: Vec<_> = weights.collect::<Result<_, _>>()?;
            return Ok((!weights.is_empty()).then_some(Self::Weights(weights)));
        };
        if !draft.weights.is_empty() {
            return Err(PolicyError {
                key: format!("{under}weights"),
                column: None,
                message: "a policy has either an order or weights".to_owned(),
                help: "remove order-by, or weights".to_owned(),
            });
        }
        Ok(Some(Self::Order(order_over(Over::Offers, order, &format!("{under}order-by"))?)))
    }
}

impl Arrange {
    fn read(written: &draft::Arrange, key: &str) -> Result<Self, PolicyError> {
        let among =
            written.among.as_deref().map(|text| filter_over(Over::Machines, text, key)).transpose()?;
        Ok(Self { how: written.how, over: written.over, among })
    }
}

impl Fallback {
    fn read(at: usize, written: &draft::Fallback) -> Result<Self, PolicyError> {
        let replace = match &written.replace {
            None => Rules::default(),
            Some(draft) if !draft.fallback.is_empty() => {
                return Err(PolicyError {
                    key: format!("fallback[{at}].replace.fallback"),
                    column: None,
                    message: "a fallback has no fallbacks of its own".to_owned(),
                    help: "write them one after the other".to_owned(),
                });
            }
            Some(draft) => Rules::read(draft, &format!("fallback[{at}].replace."))?,
        };
        let name = written.name.clone().unwrap_or_else(|| format!("fallback {}", at + 1));
        Ok(Self { name, drop: written.drop.clone(), replace })
    }
}

impl Offer {
    fn is_numeric(attribute: &Attribute) -> bool {
        matches!(attribute.ty, cimi::model::Type::Integer)
    }

    fn numbers() -> Vec<&'static str> {
        ATTRIBUTES.iter().filter(|it| Self::is_numeric(it)).map(|attribute| attribute.name).collect()
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PolicyError {}

fn nears(written: &[draft::Near], key: &str) -> Result<Vec<Near>, PolicyError> {
    at_most(RULES, written.len(), key)?;
    let rules = written.iter().enumerate().map(|(at, near)| {
        let to = filter_over(Over::Machines, &near.to, &format!("{key}[{at}].to"))?;
        Ok(Near { to, within: near.within })
    });
    rules.collect()
}
