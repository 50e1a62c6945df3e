//! Between the manager's terms and the wire: references, editions, refusals.

use cimi::model::Schema;
use cimi::server::{Precondition, Refusal, Version};
use cimi::{Attributes, Edition, Reference, Value};

use super::North;
use crate::app::{AppError, Problem};
use crate::connector::CloudError;
use crate::record::Id;
use crate::terms::renamed;

impl North {
    /// An absolute URI of a path.
    pub(super) fn uri(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A record's attributes as this edition shows them: those that the type has, references absolute.
    pub(super) fn outward(&self, schema: &Schema, attributes: &Attributes) -> Attributes {
        let mut shown = Attributes::with_capacity(attributes.len() + 6);
        for (name, value) in attributes.iter().filter(|(name, _)| schema.attribute(name).is_some()) {
            shown.set(name.to_owned(), renamed(self.out_value(value), Edition::V2, self.edition));
        }
        shown
    }

    fn out_value(&self, value: &Value) -> Value {
        match value {
            Value::Ref(reference) => Value::Ref(Reference {
                href: reference.href.as_deref().map(|path| self.uri(path)),
                attributes: self.out_all(&reference.attributes),
            }),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.out_value(item)).collect()),
            Value::Structure(fields) => Value::Structure(self.out_all(fields)),
            other => other.clone(),
        }
    }

    fn out_all(&self, attributes: &Attributes) -> Attributes {
        let mut out = Attributes::with_capacity(attributes.len());
        for (name, value) in attributes.iter() {
            out.set(name.to_owned(), self.out_value(value));
        }
        out
    }

    /// A request's attributes in the manager's terms: references as paths, namespaces of CIMI 2.0.
    pub(super) fn inward(&self, attributes: Attributes) -> Result<Attributes, Refusal> {
        let mut ours = Attributes::with_capacity(attributes.len());
        for (name, value) in attributes {
            let value = if name.as_str() == "imageLocation" { self.location(value) } else { value };
            ours.set(name, renamed(self.in_value(value)?, self.edition, Edition::V2));
        }
        Ok(ours)
    }

    /// A URI that may well be of one of the manager's resources.
    fn location(&self, value: Value) -> Value {
        match value.as_str().and_then(|uri| uri.strip_prefix(&self.base)) {
            Some(path) => Value::String(path.to_owned()),
            None => value,
        }
    }

    fn in_value(&self, value: Value) -> Result<Value, Refusal> {
        Ok(match value {
            Value::Ref(reference) => {
                let href = reference.href.map(|href| self.path_of(&href)).transpose()?;
                Value::Ref(Reference { href, attributes: self.inward(reference.attributes)? })
            }
            Value::Array(items) => {
                Value::Array(items.into_iter().map(|item| self.in_value(item)).collect::<Result<_, _>>()?)
            }
            Value::Structure(fields) => Value::Structure(self.inward(fields)?),
            other => other,
        })
    }

    /// The path of a reference, absolute or relative to the base URI.
    pub(super) fn path_of(&self, href: &str) -> Result<String, Refusal> {
        let path = href.strip_prefix(&self.base).unwrap_or(href);
        match super::place::Place::of(path) {
            Some(_) => Ok(path.to_owned()),
            None => Err(Refusal::bad_request(format!(
                "`{}` is no resource of this manager. Refer to resources that it lists.",
                href.chars().take(256).collect::<String>()
            ))),
        }
    }
}

/// The version of a record, as ETags carry it.
pub(super) fn version(id: Id, version: i64) -> Version {
    Version(format!("{}.{version}", id.0))
}

/// The version that a precondition demands of a record; `None` if it demands nothing.
pub(super) fn demanded(precondition: &Precondition, id: Id, now: i64) -> Result<Option<i64>, Refusal> {
    precondition.check(&version(id, now))?;
    Ok(match precondition {
        Precondition::None => None,
        Precondition::Versions(_) => Some(now),
    })
}

/// A cloud's error as this face says it.
pub(super) fn cloud(error: CloudError) -> Refusal {
    app(AppError::from(error))
}

/// A use case's refusal as this face says it.
pub(super) fn app(error: AppError) -> Refusal {
    let message = error.message;
    let mut refusal = match error.problem {
        Problem::NotFound => Refusal::not_found(message),
        Problem::Invalid => Refusal::bad_request(message),
        Problem::Conflict => Refusal::conflict(message),
        Problem::Changed => Refusal::precondition_failed(message),
        Problem::Unsupported => Refusal::not_implemented(message),
        Problem::Unavailable(seconds) => Refusal::unavailable(message).retry_after(seconds),
        Problem::Internal => Refusal::internal(message),
    };
    refusal.details = error.details;
    refusal
}
