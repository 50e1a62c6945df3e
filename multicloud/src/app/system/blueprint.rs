//! What a `SystemTemplate` describes (DSP0263 5.13.4), read and put in order.
//!
//! Owns component descriptors: which kind each is of, how many of it there are, and the references `#name` by which they point
//! to each other, in any order but not in a circle. Creates nothing.

use std::collections::{BTreeMap, BTreeSet};

use cimi::{Attributes, Name, Reference, Value};

use super::{NOT_MEASURED, lists};
use crate::app::reference::Beside;
use crate::app::{AppError, Problem};
use crate::connector::Parts;
use crate::kind::Kind;
use crate::record::Id;

#[cfg(test)]
mod tests;

/// Components that a system has at most, those of systems in it aside: more is a mistake, or an attack.
const MOST: usize = 1000;

/// What a descriptor says beside what its component is made of.
const BESIDE: [&str; 5] = ["name", "description", "properties", "type", "quantity"];

/// What templates are looked up with: what a reference means, or why it means nothing.
pub(super) type Meant<'a> = &'a dyn Fn(&Reference, Beside) -> Result<Attributes, String>;

/// A component to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Component {
    /// What.
    pub(super) kind: Kind,
    /// Name, description, properties.
    pub(super) common: Attributes,
    /// Where it comes from.
    pub(super) origin: Origin,
    /// The names by which it refers to others, each with the position of that one, which comes before.
    pub(super) needs: BTreeMap<String, usize>,
}

/// Where a component comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Origin {
    /// It is made from this template: everything that it says, its path in `href` if it has one.
    Template(Reference),
    /// It is there already.
    Known(Id),
}

/// The components that a template describes, what is referred to before what refers to it. `said`: what stands beside
/// references to templates.
///
/// # Errors
/// `Invalid` with the item and what would be right; `Unsupported` for what the manager does not make.
pub(super) fn read(
    template: &Attributes,
    said: Beside,
    meant: Meant<'_>,
) -> Result<Vec<Component>, AppError> {
    if !template.items("serviceDescriptors").is_empty() {
        return Err(invalid("serviceDescriptors: this manager has no services of systems"));
    }
    if !template.items("meterTemplates").is_empty() {
        return Err(invalid(format!("meterTemplates: {NOT_MEASURED}")));
    }
    let mut components = Vec::new();
    for (at, item) in template.items("componentDescriptors").iter().enumerate() {
        let descriptor =
            item.as_attributes().ok_or_else(|| invalid("a component descriptor is a structure"))?;
        let (component, quantity) = one(descriptor, said, meant).map_err(|error| AppError {
            message: format!("componentDescriptors, item {}: {}", at + 1, error.message),
            ..error
        })?;
        if components.len() + quantity > MOST {
            return Err(invalid(format!("a system has up to {MOST} components here")));
        }
        components.extend((1..=quantity).map(|number| numbered(&component, number, quantity)));
    }
    ordered(&components)
}

/// A descriptor, and how many it asks for.
fn one(descriptor: &Attributes, said: Beside, meant: Meant<'_>) -> Result<(Component, usize), AppError> {
    let ty = descriptor.text("type").ok_or_else(|| invalid("type is missing: the URI of a resource type"))?;
    let expected = ty.rsplit('/').next().unwrap_or_default();
    let mut sources = descriptor.iter().filter(|(name, _)| !BESIDE.contains(name));
    let (name, value) = sources.next().ok_or_else(|| {
        invalid("it does not say what it is made of: give a template, or an existing resource")
    })?;
    if let Some((other, _)) = sources.next() {
        return Err(invalid(format!("it has {name} and {other}: give one of them")));
    }
    let (kind, is_template) = meaning(name)
        .ok_or_else(|| unsupported(format!("{name}: this manager makes no such component of a system")))?;
    if kind.type_name() != expected {
        return Err(invalid(format!("type is {expected}, but {name} is for a {}", kind.type_name())));
    }
    let Value::Ref(reference) = value else {
        return Err(invalid(format!("{name} is no reference")));
    };
    let origin = if is_template {
        let said = if reference.attributes.is_empty() { Beside::Overrides } else { said };
        let attributes = meant(reference, said).map_err(|reason| invalid(format!("{name}: {reason}")))?;
        Origin::Template(Reference { href: reference.href.clone(), attributes })
    } else {
        let known = reference.href.as_deref().and_then(crate::app::reference::parse);
        let (_, id) = known
            .filter(|(found, _)| *found == kind)
            .ok_or_else(|| invalid(format!("{name} must refer to a {} that is there", kind.type_name())))?;
        Origin::Known(id)
    };
    let quantity = descriptor.integer("quantity").unwrap_or(1);
    let quantity = usize::try_from(quantity).ok().filter(|quantity| *quantity > 0);
    let quantity = quantity.ok_or_else(|| invalid("quantity must be a number greater than 0"))?;
    let common = descriptor.filtered(cimi::model::is_set_on_creation);
    Ok((Component { kind, common, origin, needs: BTreeMap::new() }, quantity))
}

/// The kind that an attribute of a descriptor is about, and whether it names a template for it.
fn meaning(attribute: &str) -> Option<(Kind, bool)> {
    let is_listed =
        |kind: &Kind| Parts::all().iter().any(|parts| parts.owner() == Kind::System && lists(*parts, *kind));
    Kind::ALL.into_iter().filter(is_listed).find_map(|kind| {
        let mut name = kind.type_name().to_owned();
        name.get_mut(..1)?.make_ascii_lowercase();
        match attribute.strip_prefix(name.as_str())? {
            "" => Some((kind, false)),
            "Template" => Some((kind, true)),
            _ => None,
        }
    })
}

/// One of several, by its number (table 14).
fn numbered(component: &Component, number: usize, of: usize) -> Component {
    let mut one = component.clone();
    if let Some(name) = component.common.text("name").filter(|_| of > 1) {
        one.common.set("name", format!("{name}{number}"));
    }
    one
}

/// What is referred to before what refers to it, otherwise in the order of the template.
fn ordered(components: &[Component]) -> Result<Vec<Component>, AppError> {
    let position = |name: &str| {
        let mut found = (0..components.len()).filter(|at| components[*at].common.text("name") == Some(name));
        match (found.next(), found.next()) {
            (Some(at), None) => Ok(at),
            (None, _) => Err(invalid(format!("#{name} refers to no component of this template"))),
            _ => Err(invalid(format!("#{name} refers to several components of that name"))),
        }
    };
    let mut needs: Vec<BTreeMap<String, usize>> = Vec::new();
    for component in components {
        let mut symbols_of = BTreeSet::new();
        if let Origin::Template(template) = &component.origin {
            symbols(&template.attributes, &mut symbols_of);
        }
        let found: Result<_, AppError> =
            symbols_of.into_iter().map(|name| position(&name).map(|at| (name, at))).collect();
        needs.push(found?);
    }
    let mut order: Vec<usize> = Vec::new();
    let mut place: BTreeMap<usize, usize> = BTreeMap::new();
    while order.len() < components.len() {
        let ready = (0..components.len())
            .find(|at| !place.contains_key(at) && needs[*at].values().all(|need| place.contains_key(need)));
        let Some(at) = ready else { return Err(invalid(circle(components, &needs, &place))) };
        place.insert(at, order.len());
        order.push(at);
    }
    let one = |at: usize| {
        let needs = needs[at].iter().map(|(name, need)| (name.clone(), place[need])).collect();
        Component { needs, ..components[at].clone() }
    };
    Ok(order.into_iter().map(one).collect())
}

/// Names a circle among what has no place: from any of them, each one's first need leads into it.
fn circle(
    components: &[Component],
    needs: &[BTreeMap<String, usize>],
    place: &BTreeMap<usize, usize>,
) -> String {
    let mut path: Vec<usize> = Vec::new();
    let mut at = (0..components.len()).find(|at| !place.contains_key(at)).unwrap_or_default();
    while !path.contains(&at) {
        path.push(at);
        let Some(next) = needs[at].values().copied().find(|need| !place.contains_key(need)) else { break };
        at = next;
    }
    path.push(at);
    let from = path.iter().position(|one| *one == at).unwrap_or_default();
    let names = path[from..].iter().map(|at| components[*at].common.text("name").unwrap_or("?"));
    format!("components refer to each other in a circle: {}", names.collect::<Vec<_>>().join(" -> "))
}

/// The names that attributes refer to components by.
fn symbols(attributes: &Attributes, names: &mut BTreeSet<String>) {
    for (_, value) in attributes.iter() {
        symbols_in(value, names);
    }
}

fn symbols_in(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Ref(reference) => {
            names
                .extend(reference.href.as_deref().and_then(|href| href.strip_prefix('#')).map(str::to_owned));
            symbols(&reference.attributes, names);
        }
        Value::Array(items) => items.iter().for_each(|item| symbols_in(item, names)),
        Value::Structure(fields) => symbols(fields, names),
        _ => {}
    }
}

/// Attributes with every `#name` as the path of what has that name.
pub(super) fn named(attributes: &Attributes, path: &dyn Fn(&str) -> Option<String>) -> Attributes {
    let named =
        attributes.iter().map(|(name, value)| (Name::from(name.to_owned()), named_value(value, path)));
    named.collect()
}

fn named_value(value: &Value, path: &dyn Fn(&str) -> Option<String>) -> Value {
    match value {
        Value::Ref(reference) => {
            let name = reference.href.as_deref().and_then(|href| href.strip_prefix('#'));
            let href = name.and_then(path).or_else(|| reference.href.clone());
            Value::Ref(Reference { href, attributes: named(&reference.attributes, path) })
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| named_value(item, path)).collect()),
        Value::Structure(fields) => Value::Structure(named(fields, path)),
        other => other.clone(),
    }
}

fn invalid(message: impl Into<String>) -> AppError {
    AppError::new(Problem::Invalid, message)
}

fn unsupported(message: impl Into<String>) -> AppError {
    AppError::new(Problem::Unsupported, message)
}
