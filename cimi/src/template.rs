//! Creation through templates (DSP0263 4.2.1.1): by reference, overridden, erased in part, or by value.
//!
//! Owns what a create request and a template together say. Fetches no template and creates nothing. A template may name
//! its parts (a configuration, a credential) the same two ways: the same functions serve for them.

use crate::model;
use crate::value::{Attributes, Value};

#[cfg(test)]
mod tests;

/// What to create from: the attributes of a template with those that the request gives beside its `href`. Each of these
/// replaces the template's as a whole; `null` and an empty value erase it. A template by value has no `base`.
///
/// The attributes that every resource has (`id`, `name`, `created`, ...) are the template's own and are left out: they are
/// nothing to create from.
#[must_use]
pub fn merge(base: &Attributes, overrides: &Attributes) -> Attributes {
    let mut merged = base.filtered(|name| !model::is_common(name));
    replace(&mut merged, overrides.iter().filter(|(name, _)| !model::is_common(name)));
    merged
}

/// Sets on a new resource what a create request says of it beside the template: `name`, `description`, `properties`. As in
/// a partial update, what the request does not mention stays as the template's instantiation left it.
pub fn set_common(create: &Attributes, resource: &mut Attributes) {
    replace(resource, create.iter().filter(|(name, _)| model::is_set_on_creation(name)));
}

fn replace<'a>(attributes: &mut Attributes, by: impl Iterator<Item = (&'a str, &'a Value)>) {
    for (name, value) in by {
        if value.is_empty() || *value == Value::Null {
            attributes.remove(name);
        } else {
            attributes.set(name.to_owned(), value.clone());
        }
    }
}
