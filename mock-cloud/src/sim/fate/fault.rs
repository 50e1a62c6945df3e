//! A fault: one declaration of what goes wrong where, when and how often.
//!
//! Owns the declaration and what makes sense in one. Which faults there are, and how often each has struck, is the book's.

use std::num::NonZeroU64;
use std::time::Duration;

use cimi::Edition;
use serde::{Deserialize, Serialize};

use super::effect::{Change, Domain, Effect, Happening, Latency};
use super::value::{Moment, Share, Span};
use crate::world::Kind;

/// Operations that every resource or collection has (DSP0263 4.2), beside those of its type.
const COMMON: [&str; 7] = ["create", "read", "list", "update", "delete", "insert", "remove"];

/// What goes wrong where, when and how often.
///
/// Where nothing is said, everything is meant: a fault without a kind is about resources of every kind. Of the occasions that
/// fit, the first `skip` are let pass, then every `every`-th counts, of these chance picks `probability`, and after `times` hits
/// the fault is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fault {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tenant: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) operation: Option<String>,
    /// The name of a resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) resource: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) from: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<Moment>,
    #[serde(default, skip_serializing_if = "is_none")]
    pub(super) skip: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) times: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) every: Option<NonZeroU64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) probability: Option<Share>,
    pub(super) effect: Effect,
}

/// A fault that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{subject}: {message}")]
pub struct FaultError {
    /// Which fault: its name, or what it is about.
    subject: String,
    message: String,
    /// What may have been meant.
    hint: Option<String>,
}

impl Fault {
    /// A fault of everybody, everywhere, always.
    pub fn new(effect: Effect) -> Self {
        Self {
            name: None,
            tenant: None,
            kind: None,
            operation: None,
            resource: None,
            from: None,
            until: None,
            skip: 0,
            times: None,
            every: None,
            probability: None,
            effect,
        }
    }

    /// Every request waits so long.
    pub fn latency(duration: Duration) -> Self {
        Self::new(Effect::Latency(Latency::Fixed(duration.into()))).named("latency")
    }

    /// With a name, shown where faults are listed.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Of this tenant alone.
    #[must_use]
    pub fn of_tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// About resources of this kind, and their collection.
    #[must_use]
    pub fn on_kind(mut self, kind: Kind) -> Self {
        self.kind = Some(kind.name().to_owned());
        self
    }

    /// About this operation: `create`, `read`, `list`, `update`, `delete`, or the bare name of another.
    #[must_use]
    pub fn on(mut self, operation: impl Into<String>) -> Self {
        self.operation = Some(operation.into());
        self
    }

    /// About the resource of this name.
    #[must_use]
    pub fn on_resource(mut self, name: impl Into<String>) -> Self {
        self.resource = Some(name.into());
        self
    }

    /// From this moment on, after the cloud began.
    #[must_use]
    pub fn from(mut self, after: Duration) -> Self {
        self.from = Some(Moment::After(after.into()));
        self
    }

    /// Until this moment, after the cloud began.
    #[must_use]
    pub fn until(mut self, after: Duration) -> Self {
        self.until = Some(Moment::After(after.into()));
        self
    }

    /// Letting the first so many occasions pass.
    #[must_use]
    pub fn skip(mut self, occasions: u64) -> Self {
        self.skip = occasions;
        self
    }

    /// So many times.
    #[must_use]
    pub fn times(mut self, hits: u64) -> Self {
        self.times = Some(hits);
        self
    }

    /// On every so-manieth occasion, the first one included.
    #[must_use]
    pub fn every(mut self, occasions: NonZeroU64) -> Self {
        self.every = Some(occasions);
        self
    }

    /// With this probability.
    #[must_use]
    pub fn with_probability(mut self, share: Share) -> Self {
        self.probability = Some(share);
        self
    }

    /// Its name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What goes wrong.
    pub fn effect(&self) -> &Effect {
        &self.effect
    }

    /// Whether it makes sense.
    ///
    /// # Errors
    /// What does not, and what was expected.
    pub fn check(&self) -> Result<(), FaultError> {
        let kind = self.checked_kind()?;
        self.check_operation(kind)?;
        if let (Some(Moment::After(from)), Some(Moment::After(until))) = (self.from, self.until)
            && from >= until
        {
            return Err(self.wrong(format!("it ends (until {until}) before it begins (from {from})")));
        }
        match &self.effect {
            Effect::Refuse(refuse) if refuse.reason().is_none_or(|reason| reason.status() < 400) => {
                let known: Vec<_> =
                    cimi::server::Reason::ALL.iter().map(|reason| reason.status().to_string()).collect();
                Err(self.wrong(format!(
                    "status {} refuses nothing here; one of {} was expected",
                    refuse.status,
                    known.join(", ")
                )))
            }
            Effect::Latency(Latency::Uniform(bounds)) if bounds.from > bounds.to => {
                Err(self.wrong(format!("latency is from {} to {}, which is less", bounds.from, bounds.to)))
            }
            Effect::Happens(happening) => self.check_happening(happening, kind),
            _ => Ok(()),
        }
    }

    /// The kind that it is about.
    pub(super) fn kind(&self) -> Option<Kind> {
        let name = self.kind.as_deref()?;
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    fn checked_kind(&self) -> Result<Option<Kind>, FaultError> {
        let Some(name) = &self.kind else { return Ok(None) };
        let names: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
        match self.kind() {
            Some(kind) => Ok(Some(kind)),
            None => Err(self.unknown("kind", name, &names)),
        }
    }

    fn check_operation(&self, kind: Option<Kind>) -> Result<(), FaultError> {
        let Some(name) = &self.operation else { return Ok(()) };
        let mut names = COMMON.to_vec();
        for kind in Kind::ALL.into_iter().filter(|it| kind.is_none_or(|kind| kind == *it)) {
            for schema in Edition::ALL.into_iter().filter_map(|edition| kind.schema(edition)) {
                names.extend(schema.operations().map(|operation| operation.name));
            }
        }
        if !names.contains(&name.as_str()) {
            names.sort_unstable();
            names.dedup();
            return Err(self.unknown("operation", name, &names));
        }
        let reads = matches!(name.as_str(), "read" | "list");
        if reads && self.effect.domain() != Domain::Message {
            return Err(self.wrong(format!("{name} changes nothing, so that this never happens there")));
        }
        Ok(())
    }

    fn check_happening(&self, happening: &Happening, kind: Option<Kind>) -> Result<(), FaultError> {
        if happening.again.is_some_and(|again| again.duration() < Duration::from_millis(1)) {
            return Err(self.wrong("again is less than 1ms".to_owned()));
        }
        if self.operation.is_some() && happening.again.is_some() {
            return Err(self.wrong(
                "again is for what happens without an operation; leave operation out, or say every"
                    .to_owned(),
            ));
        }
        let Some(kind) = kind else {
            return match (&happening.change, &self.operation) {
                (Change::Name(_) | Change::Deleted, Some(_)) => Ok(()),
                _ => {
                    Err(self.wrong("it does not say to which kind that happens: kind is missing".to_owned()))
                }
            };
        };
        match &happening.change {
            Change::State(state) => {
                let states = kind.states().map(|states| states.all).unwrap_or_default();
                let stable: Vec<&str> =
                    states.iter().filter(|state| !state.is_transient()).map(|state| state.name()).collect();
                if stable.contains(&state.as_str()) {
                    Ok(())
                } else {
                    Err(self.unknown("state", state, &stable))
                }
            }
            Change::Set(values) => {
                let names: Vec<&str> = kind.card().attributes.iter().map(|held| held.name).collect();
                if let Some(name) = values.keys().find(|name| !names.contains(&name.as_str())) {
                    return Err(self.unknown("attribute", name, &names));
                }
                match values.iter().find(|(_, value)| super::strike::field(value).is_none()) {
                    Some((name, _)) => {
                        Err(self.wrong(format!("{name} is set to what is no whole number, text or truth")))
                    }
                    None => Ok(()),
                }
            }
            Change::Name(_) | Change::Deleted => Ok(()),
        }
    }

    pub(super) fn too_many(&self) -> FaultError {
        self.wrong(format!("there are {} faults already, which is all that a cloud has", super::MOST_FAULTS))
    }

    fn unknown(&self, what: &str, name: &str, names: &[&str]) -> FaultError {
        let expected =
            if names.is_empty() { "none".to_owned() } else { format!("one of {}", names.join(", ")) };
        let mut error = self.wrong(format!("{name} is no {what} here; expected {expected}"));
        error.hint = crate::names::nearest(name, names).map(|near| format!("did you mean `{near}`?"));
        error
    }

    fn wrong(&self, message: String) -> FaultError {
        let subject = self.name.as_ref().map_or("a fault".to_owned(), |name| format!("fault {name}"));
        FaultError { subject, message, hint: None }
    }
}

impl FaultError {
    /// What may have been meant.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl From<Duration> for Moment {
    fn from(duration: Duration) -> Self {
        Self::After(Span::new(duration))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_none(number: &u64) -> bool {
    *number == 0
}
