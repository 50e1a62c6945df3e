//! What can go wrong, as data.
//!
//! Owns the misfortunes and their particulars. Those of messages are carried out by whoever carries messages, the rest by the
//! simulation; neither is known here.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use cimi::server::Reason;
use serde::{Deserialize, Serialize};

use super::value::{Percent, Share, Span};

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Effect {
    /// A request waits before the cloud sees it.
    Latency(Latency),
    /// A request is refused before the cloud sees it.
    Refuse(Refuse),
    /// The connection is closed without a reply.
    Drop(When),
    /// What is asked for is done, and nobody answers: the client waits until it gives up.
    LoseReply,
    /// Only this share of the body of a reply arrives; then the connection is closed.
    Truncate(Share),
    /// The body of a reply arrives at so many bytes a second.
    Slow(NonZeroU32),
    /// The cloud is full: what takes room is refused, to be asked for again later.
    Capacity,
    /// The tenant has all that it may have: what would be more is refused.
    Quota,
    /// A Job fails on its way.
    JobFails(Failure),
    /// A Job gets so far, and stays there, RUNNING. It can still be stopped.
    JobNeverEnds(Percent),
    /// The Job of the n-th component of a System fails, counted from 1 in the order in which the Job of the System does them.
    ComponentFails(NonZeroU32),
    /// A resource changes though nobody asked for it.
    Happens(Happening),
}

/// What a misfortune is about: each domain is asked about on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domain {
    /// A request or its reply.
    Message,
    /// Whether a request is done at all.
    Denial,
    /// What becomes of a Job.
    Job,
    /// What becomes of a component of a System.
    Component,
    /// What becomes of a resource.
    Event,
}

/// How long a request waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Latency {
    /// Always the same.
    Fixed(Span),
    /// Anything between two bounds, each as likely.
    Uniform(Uniform),
    /// Gauss's; never less than nothing.
    Normal(Normal),
    /// With this mean: often short, sometimes very long.
    Exponential(Span),
}

/// The bounds of a uniform distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Uniform {
    /// At least.
    pub from: Span,
    /// At most.
    pub to: Span,
}

/// Mean and standard deviation of a normal distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Normal {
    /// The mean.
    pub mean: Span,
    /// The standard deviation.
    pub deviation: Span,
}

/// How a request is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Refuse {
    /// The status: 429, 503 or another that a request can be refused with.
    pub status: u16,
    /// When to come again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Span>,
    /// The text for the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// When a connection is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Before the cloud has seen the request.
    Before,
    /// After what it asks for has been done.
    After,
}

/// How a Job fails.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Failure {
    /// How far it gets.
    pub at: Percent,
    /// What it leaves.
    pub leaves: Leaves,
    /// What its `statusMessage` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What a Job that fails leaves (DSP0263 5.17.1 has no rule).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leaves {
    /// What it was at is in state ERROR; what has no such state is as it is, or gone if it was to be made.
    #[default]
    Error,
    /// Everything as it was.
    Undone,
}

/// A change that nobody asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Happening {
    /// What changes.
    pub change: Change,
    /// How long after the operation that the fault is about began.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub after: Span,
    /// Of a fault that is about no operation: again and again after so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Span>,
}

/// What changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Change {
    /// The resource moves to this state. A Job that is at it fails.
    State(String),
    /// It has another name.
    Name(String),
    /// Attributes have these values: numbers, texts or truths.
    Set(BTreeMap<String, serde_json::Value>),
    /// It is gone.
    Deleted,
}

impl Effect {
    pub(crate) const fn domain(&self) -> Domain {
        match self {
            Self::Latency(_)
            | Self::Refuse(_)
            | Self::Drop(_)
            | Self::LoseReply
            | Self::Truncate(_)
            | Self::Slow(_) => Domain::Message,
            Self::Capacity | Self::Quota => Domain::Denial,
            Self::JobFails(_) | Self::JobNeverEnds(_) => Domain::Job,
            Self::ComponentFails(_) => Domain::Component,
            Self::Happens(_) => Domain::Event,
        }
    }

    /// Whether it concerns requests of an operation, where a fault names none. Room is taken by what is made or started.
    pub(super) fn concerns(&self, operation: &str) -> bool {
        match self {
            Self::Capacity => matches!(operation, "create" | "start"),
            Self::Quota => operation == "create",
            _ => true,
        }
    }
}

impl Latency {
    /// Draws from the distribution; at most `Span`'s longest.
    pub(crate) fn draw(&self, chance: &mut fastrand::Rng) -> Duration {
        let seconds = match self {
            Self::Fixed(span) => return span.duration(),
            Self::Uniform(Uniform { from, to }) => {
                let (from, to) = (from.duration().as_secs_f64(), to.duration().as_secs_f64());
                from + (to - from) * chance.f64()
            }
            Self::Normal(Normal { mean, deviation }) => {
                // Box and Muller's; 1 - x is never 0.
                let radius = (-2.0 * (1.0 - chance.f64()).ln()).sqrt();
                let angle = std::f64::consts::TAU * chance.f64();
                mean.duration().as_secs_f64() + deviation.duration().as_secs_f64() * radius * angle.cos()
            }
            Self::Exponential(mean) => -mean.duration().as_secs_f64() * (1.0 - chance.f64()).ln(),
        };
        let drawn = Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::ZERO);
        Span::new(drawn).duration()
    }
}

impl Refuse {
    /// The reason that has this status.
    pub(crate) fn reason(&self) -> Option<Reason> {
        Reason::ALL.iter().copied().find(|reason| reason.status() == self.status)
    }
}

fn is_nothing(span: &Span) -> bool {
    span.duration().is_zero()
}
