//! What a template refers to or gives by value (DSP0263 4.2.1.1): configurations, images, credentials.
//!
//! Owns the resolution of such an attribute. The template itself has been resolved by the protocol.

use cimi::model::capability;

use super::Sim;
use super::denial::Denial;
use crate::world::{Field, Fields, Id, Kind, Link};

/// An attribute of a template that stands for a resource.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ingredient {
    /// The attribute.
    pub(super) attribute: &'static str,
    /// The kinds of resources that it may refer to; the first names it in refusals.
    pub(super) kinds: &'static [Kind],
    /// The capability that lets consumers give it by value: resource type and name.
    pub(super) by_value: (&'static str, &'static str),
}

/// What it comes to.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    /// The resource referred to; none if it is given by value.
    pub(super) id: Option<Id>,
    /// Its attributes, overridden by those given beside the reference.
    pub(super) fields: Fields,
}

impl Sim {
    /// Resolves an attribute of a template; none if the template does not have it.
    pub(super) fn resolve(&self, fields: &Fields, what: Ingredient) -> Result<Option<Resolved>, Denial> {
        let Ingredient { attribute, kinds, by_value } = what;
        let Some(field) = fields.get(attribute) else { return Ok(None) };
        let name = kinds[0].name();
        let beside = field.fields().cloned().unwrap_or_default();
        let id = match field.link() {
            Some(Link::Resource(id)) if kinds.contains(&id.kind()) => *id,
            Some(_) => {
                return Err(Denial::bad(format!("{attribute} must refer to a {name} of this cloud.")));
            }
            // What no capability speaks of, every cloud takes (4.2.1.1).
            None if self.settings.capabilities.has(by_value.0, by_value.1)
                || capability::find(by_value.0, by_value.1).is_none() =>
            {
                return Ok(Some(Resolved { id: None, fields: beside }));
            }
            None => {
                return Err(Denial::bad(format!(
                    "{attribute} is given by value; this cloud takes references only (capability {}).",
                    by_value.1
                )));
            }
        };
        let record = self
            .world
            .get(id)
            .ok_or_else(|| Denial::bad(format!("{attribute} refers to a {name} that does not exist.")))?;
        if let Some(state) = record.state
            && state != "AVAILABLE"
        {
            return Err(Denial::conflict(
                id,
                format!("The {name} in {attribute} is {state}, not AVAILABLE."),
            ));
        }
        Ok(Some(Resolved { id: Some(id), fields: record.fields.clone().overlaid(&beside) }))
    }
}

/// The items of an array of structures that each hold a reference, with the structure's other fields.
pub(super) fn items<'a>(fields: &'a Fields, array: &str) -> impl Iterator<Item = &'a Fields> {
    fields.items(array).iter().filter_map(Field::fields)
}
