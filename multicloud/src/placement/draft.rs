//! A policy as it is written: data, in JSON or in the TOML of the configuration. What it means is checked in `policy`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::offer::Domain;

/// A policy as written. Everything in it may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Draft {
    /// A `$filter` over offers: what it does not hold for is out of the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// An `$orderby` over offers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_by: Option<String>,
    /// Instead of an order: numeric attributes, each with how much more (or, below zero, less) of it is better. Attributes are
    /// brought to the same scale, from the least to the most of all offers that remain.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, i64>,
    /// Whether machines are spread or packed, before order and weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrange: Option<Arrange>,
    /// What it must be near to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub affinity: Vec<Near>,
    /// What it must not be near to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub anti_affinity: Vec<Near>,
    /// How much of all one cloud may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_share: Option<Share>,
    /// What an hour of all machines together may cost, in thousandths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<i64>,
    /// What to do when the cloud that was chosen refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<OnFailure>,
    /// How many clouds are asked at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// How the components of a system are made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<Components>,
    /// What to try when nothing is left, one after the other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fallback: Vec<Fallback>,
}

/// How the components of a system are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Components {
    /// How places are chosen for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Gather>,
    /// What becomes of those that were made if another one cannot be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<Broken>,
}

impl Components {
    /// What these say, and what others say of which they say nothing.
    pub(super) fn over(self, other: Self) -> Self {
        Self { place: self.place.or(other.place), on_failure: self.on_failure.or(other.on_failure) }
    }
}

/// How places are chosen for the components of a system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Gather {
    /// For all at once, before the first is made.
    #[default]
    Together,
    /// For one after the other, when it is made.
    OneByOne,
}

/// What becomes of what was made of a system if one of its components cannot be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Broken {
    /// It is deleted again.
    #[default]
    Undo,
    /// It stays, and the system is marked as being in error.
    Keep,
}

/// How machines lie over places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Arrange {
    /// Which way.
    pub how: How,
    /// Over which places.
    #[serde(default)]
    pub over: Domain,
    /// A `$filter` over machines: those that are counted; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub among: Option<String>,
}

/// The two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Where there are fewest, first.
    Spread,
    /// Where there are most, first.
    Pack,
}

/// Nearness to other machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Near {
    /// A `$filter` over machines.
    pub to: String,
    /// What counts as near: the same one of these.
    #[serde(default)]
    pub within: Domain,
}

/// A share of all machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Share {
    /// In hundredths, rounded up to whole machines: the first one may be anywhere.
    pub percent: i64,
    /// Of what.
    #[serde(default)]
    pub of: Domain,
}

/// What to do when the cloud that was chosen refuses for want of capacity or quota, or is out of reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// Ask the next, within the same job.
    #[default]
    Next,
    /// Ask nobody else.
    Stop,
}

/// A way out: the policy as it was before, with parts dropped or replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fallback {
    /// What decisions call it; absent: its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Parts that no longer hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drop: Vec<Part>,
    /// Parts that hold instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    pub replace: Option<Box<Draft>>,
}

/// The parts of a policy that a fallback can drop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// `filter`
    Filter,
    /// `order-by` and `weights`
    Ranking,
    /// `arrange`
    Arrange,
    /// `affinity`
    Affinity,
    /// `anti-affinity`
    AntiAffinity,
    /// `max-share`
    MaxShare,
    /// `budget`
    Budget,
}
