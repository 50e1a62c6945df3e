//! Between the manager's terms and the wire: references, editions, refusals.

use cimi::model::{Schema, Type};
use cimi::server::{Path, Refusal, Version};
use cimi::{Attributes, Edition, Reference, Value};

use super::North;
use super::place::Place;
use crate::access::Denied;
use crate::account::Account;
use crate::app::{AppError, Problem, reference};
use crate::connector::CloudError;
use crate::kind::Kind;
use crate::record::Id;
use crate::terms::{declaration, translated};

/// Whether a reference may name a component of the same template (5.13.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    Known,
    Unknown,
}

impl North {
    /// An absolute URI of a path.
    pub(super) fn uri(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// What a record refers to, as an absolute URI.
    fn absolute(&self, path: &str) -> String {
        // Components of a template refer to each other by name.
        if reference::names_a_type(path) || path.starts_with('#') { path.to_owned() } else { self.uri(path) }
    }

    /// A record's attributes as this edition shows them: those that the type has, references absolute.
    pub(super) fn outward(&self, schema: &Schema, attributes: &Attributes) -> Attributes {
        let shown = translated(schema.name(), self.out_all(attributes), Edition::V2, self.edition);
        let known = shown.into_iter().filter(|(name, _)| schema.attribute(name.as_str()).is_some());
        known.collect()
    }

    /// `None` for a reference to what is not seen: for whoever asks it is not there.
    fn out_value(&self, value: &Value) -> Option<Value> {
        Some(match value {
            Value::Ref(reference) => {
                if reference.href.as_deref().is_some_and(|path| !self.sees(path)) {
                    return None;
                }
                Value::Ref(Reference {
                    href: reference.href.as_deref().map(|path| self.absolute(path)),
                    attributes: self.out_all(&reference.attributes),
                })
            }
            Value::Array(items) => {
                let seen: Vec<Value> = items.iter().filter_map(|item| self.out_value(item)).collect();
                if seen.is_empty() && !items.is_empty() {
                    return None;
                }
                Value::Array(seen)
            }
            Value::Structure(fields) => {
                let seen = self.out_all(fields);
                // A structure is about what it refers to: without that, it is about nothing.
                if seen.len() < fields.len() {
                    return None;
                }
                Value::Structure(seen)
            }
            other => other.clone(),
        })
    }

    pub(super) fn sees(&self, path: &str) -> bool {
        let everything = self.app.actor().tenant().is_none();
        everything || reference::parse(path).is_none_or(|(_, id)| self.app.inventory().resource(id).is_some())
    }

    fn out_all(&self, attributes: &Attributes) -> Attributes {
        let mut out = Attributes::with_capacity(attributes.len());
        for (name, value) in attributes.iter() {
            out.set_some(name.to_owned(), self.out_value(value));
        }
        out
    }

    /// The attributes of a type that a request gives, in the manager's terms: the words of CIMI 2.0, references as paths to
    /// what there is.
    ///
    /// # Errors
    /// `BadRequest` if a reference points to nothing, outside, or to something of another type than declared.
    pub(super) fn inward(&self, ty: &str, attributes: Attributes) -> Result<Attributes, Refusal> {
        let ours = translated(ty, attributes, self.edition, Edition::V2);
        let names = if ty == "SystemTemplate" { Names::Known } else { Names::Unknown };
        self.in_resource(names, ty, ours)
    }

    /// The attributes of a resource of a type.
    fn in_resource(&self, names: Names, ty: &str, attributes: Attributes) -> Result<Attributes, Refusal> {
        self.in_all(names, &|name| declaration(ty, name).map(|it| it.ty), attributes)
    }

    fn in_all(
        &self,
        names: Names,
        ty: &dyn Fn(&str) -> Option<Type>,
        attributes: Attributes,
    ) -> Result<Attributes, Refusal> {
        attributes
            .into_iter()
            .map(|(name, value)| {
                let value = self.in_value(names, name.as_str(), ty(name.as_str()), value)?;
                Ok((name, value))
            })
            .collect()
    }

    fn in_value(&self, names: Names, name: &str, ty: Option<Type>, value: Value) -> Result<Value, Refusal> {
        Ok(match (value, ty) {
            (Value::Ref(reference), ty) => {
                let to = if let Some(Type::Ref(to)) = ty { to } else { "" };
                let path = |href: String| match names {
                    Names::Known if href.starts_with('#') => Ok(href),
                    _ => self.path_of(name, to, &href),
                };
                let href = reference.href.map(path).transpose()?;
                Value::Ref(Reference { href, attributes: self.in_resource(names, to, reference.attributes)? })
            }
            (Value::Array(items), ty) => {
                let ty = if let Some(Type::Array(item)) = ty { Some(item.ty) } else { None };
                let items = items.into_iter().map(|item| self.in_value(names, name, ty, item));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            (Value::Structure(fields), ty) => {
                let declared = if let Some(Type::Structure(it)) = ty { it.fields } else { &[] };
                let ty = |name: &str| declared.iter().find(|field| field.name == name).map(|it| it.ty);
                Value::Structure(self.in_all(names, &ty, fields)?)
            }
            // A URI that may well be of one of the manager's resources.
            (Value::String(uri), _) if name == "imageLocation" => {
                let ours = Path::resolve(&self.base, &uri).filter(|_| uri.contains('/'));
                Value::String(ours.map_or(uri, |path| path.path))
            }
            (other, _) => other,
        })
    }

    /// The path of a reference, absolute or relative to the base URI (5.5.10).
    pub(super) fn path_of(&self, name: &str, ty: &str, href: &str) -> Result<String, Refusal> {
        if ty.is_empty() && reference::names_a_type(href) {
            return Ok(href.to_owned());
        }
        let shown = || href.chars().take(256).collect::<String>();
        let path = Path::resolve(&self.base, href).filter(|path| path.query.is_empty());
        let place = path.as_ref().and_then(|path| Place::of(self.edition, &path.path));
        let Some((path, place)) = path.zip(place) else {
            return Err(Refusal::bad_request(format!(
                "{name} refers to `{}`, which is no resource of this manager. Refer to resources that it lists.",
                shown()
            )));
        };
        let inventory = self.app.inventory();
        let found = match place {
            Place::Resource(kind, id) => {
                inventory.resource(id).filter(|it| it.kind == kind).map(|_| kind.type_name())
            }
            Place::Job(id) => inventory.job(id).map(|_| "Job"),
            Place::Metadatum(_) => Some("ResourceMetadata"),
            Place::EntryPoint => Some("CloudEntryPoint"),
            _ => None,
        };
        match found {
            Some(found) if found == ty || ty.is_empty() || is_credential(ty) && is_credential(found) => {
                Ok(path.path)
            }
            Some(found) => Err(Refusal::bad_request(format!(
                "{name} refers to `{}`, which is a {found}. Expected a {ty}.",
                shown()
            ))),
            None => {
                Err(Refusal::bad_request(format!("{name} refers to `{}`, where there is nothing.", shown())))
            }
        }
    }
}

/// 1.x gives a machine a template of credentials, 2.0 a credential; servers of both take both.
fn is_credential(ty: &str) -> bool {
    matches!(Kind::of_type(ty), Some(Kind::Credential | Kind::CredentialTemplate))
}

/// The version of a record, as ETags carry it.
pub(super) fn version(id: Id, version: i64) -> Version {
    Version(format!("{}.{version}", id.0))
}

/// A cloud's error as this face says it.
pub(super) fn cloud(account: &Account, error: &CloudError) -> Refusal {
    app(AppError::at(&account.name, error))
}

/// A refusal at the door as this face says it.
pub(super) fn denied(denied: Denied) -> Refusal {
    match denied {
        Denied::Unknown(message) => Refusal::unauthorized(message),
        Denied::Forbidden(message) => Refusal::forbidden(message),
        Denied::Throttled(seconds) => {
            Refusal::too_many_requests(Denied::Throttled(seconds).to_string()).retry_after(seconds)
        }
        Denied::Unavailable => Refusal::unavailable(Denied::Unavailable.to_string()).retry_after(1),
    }
}

/// A use case's refusal as this face says it.
pub(super) fn app(error: AppError) -> Refusal {
    let message = error.message;
    let mut refusal = match error.problem {
        Problem::NotFound => Refusal::not_found(message),
        Problem::Invalid => Refusal::bad_request(message),
        Problem::Conflict => Refusal::conflict(message),
        Problem::Changed => Refusal::precondition_failed(message),
        Problem::Forbidden => Refusal::forbidden(message),
        Problem::Unsupported => Refusal::not_implemented(message),
        Problem::Unavailable(seconds) => Refusal::unavailable(message).retry_after(seconds),
        Problem::Internal => Refusal::internal(message),
    };
    refusal.details = error.details;
    refusal
}
