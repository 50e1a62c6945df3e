//! What a `SystemTemplate` describes (DSP0263 5.13.4), read and put in order.
//!
//! Owns component descriptors: which kind they are of, how many, and the references `#name` by which they point to each
//! other, in any order but not in a circle. Creates nothing.

use std::collections::BTreeSet;

use crate::sim::denial::Denial;
use crate::sim::settings::Capabilities;
use crate::sim::template::items;
use crate::world::{Field, Fields, Id, Kind, Label, Link};

/// How many components one template may make: more is a mistake, or an attack.
const MAX_COMPONENTS: usize = 1000;

/// A System to be.
#[derive(Debug)]
pub(super) struct Blueprint {
    components: Vec<Component>,
    /// Positions of components, what is referred to before what refers to it.
    order: Vec<usize>,
    /// Its services, as they are described.
    pub(super) services: Vec<Fields>,
}

/// A component to be.
#[derive(Clone, Debug)]
pub(super) struct Component {
    pub(super) kind: Kind,
    pub(super) label: Label,
    pub(super) origin: Origin,
}

/// Where a component comes from.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// It is made from this: a reference to a template, its attributes, or both.
    Template(Field),
    /// It is there already.
    Resource(Id),
}

impl Blueprint {
    /// Reads the attributes of a `SystemTemplate`.
    pub(super) fn read(template: &Fields, capabilities: &Capabilities) -> Result<Self, Denial> {
        let mut components = Vec::new();
        for (at, descriptor) in items(template, "componentDescriptors").enumerate() {
            let by_value = capabilities.has("System", "SystemComponentTemplateByValue");
            let (component, quantity) = read(descriptor, by_value).map_err(|denial| Denial {
                message: format!("componentDescriptors, item {}: {}", at + 1, denial.message),
                ..denial
            })?;
            if components.len() + quantity > MAX_COMPONENTS {
                return Err(Denial::bad(format!(
                    "A System has up to {MAX_COMPONENTS} components in this cloud."
                )));
            }
            components.extend((1..=quantity).map(|number| component.numbered(number, quantity)));
        }
        let order = order(&components)?;
        let services = items(template, "serviceDescriptors").cloned().collect();
        Ok(Self { components, order, services })
    }

    /// The components, what is referred to before what refers to it.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &Component> {
        self.order.iter().map(|at| &self.components[*at])
    }
}

impl Component {
    /// What refusals call it.
    pub(super) fn name(&self) -> String {
        self.label
            .name
            .as_deref()
            .map_or_else(|| format!("(a {})", self.kind.name()), |name| format!("`{name}`"))
    }

    /// One of several, by its number (table 14: `quantity`).
    fn numbered(&self, number: usize, of: usize) -> Self {
        let mut one = self.clone();
        if of > 1 {
            one.label.name = self.label.name.as_deref().map(|name| format!("{name}{number}").into());
        }
        one
    }

    /// The names that it refers to.
    fn references(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        if let Origin::Template(field) = &self.origin {
            field.each_name(&mut |name| {
                names.insert(name.to_owned());
            });
        }
        names
    }
}

/// The kind of a component and whether the attribute names a template for it.
fn meaning(attribute: &str) -> Option<(Kind, bool)> {
    Kind::ALL.into_iter().find_map(|kind| {
        let mut name = kind.name().to_owned();
        name.get_mut(..1)?.make_ascii_lowercase();
        match attribute.strip_prefix(name.as_str())? {
            "" if kind.card().link.is_none() => Some((kind, false)),
            "Template" => Some((kind, true)),
            _ => None,
        }
    })
}

fn read(descriptor: &Fields, by_value: bool) -> Result<(Component, usize), Denial> {
    let ty =
        descriptor.text("type").ok_or_else(|| Denial::bad("type is missing: the URI of a resource type."))?;
    let expected = ty.rsplit('/').next().unwrap_or_default();
    let mut sources = descriptor.iter().filter_map(|(name, field)| Some((name, field, meaning(name)?)));
    let (name, field, (kind, is_template)) = sources.next().ok_or_else(|| {
        Denial::bad(
            "It says of nothing what it is made of: a template, or an existing resource, was expected.",
        )
    })?;
    if let Some((other, ..)) = sources.next() {
        return Err(Denial::bad(format!("It has {name} and {other}; one of them was expected.")));
    }
    if kind.name() != expected {
        return Err(Denial::bad(format!("type is {expected}, but {name} is for a {}.", kind.name())));
    }
    let quantity = descriptor.integer("quantity").unwrap_or(1);
    let quantity = usize::try_from(quantity).ok().filter(|quantity| *quantity > 0).ok_or_else(|| {
        Denial::bad(format!("quantity is {quantity}; a number greater than 0 was expected."))
    })?;
    let origin = match (field.link(), is_template) {
        (Some(Link::Resource(id)), false) if id.kind() == kind => Origin::Resource(*id),
        (_, false) => {
            return Err(Denial::bad(format!("{name} must refer to a {} of this cloud.", kind.name())));
        }
        (None, true) if !by_value => {
            return Err(Denial::bad(format!(
                "{name} is given by value; this cloud takes references only (capability SystemComponentTemplateByValue)."
            )));
        }
        (_, true) => Origin::Template(field.clone()),
    };
    let properties = match descriptor.get("properties") {
        Some(Field::Map(map)) => Some(map.clone()),
        _ => None,
    };
    let text = |name: &str| descriptor.text(name).map(Into::into);
    let label = Label { name: text("name"), description: text("description"), properties };
    Ok((Component { kind, label, origin }, quantity))
}

/// An order in which everything that is referred to comes first, otherwise that of the template.
fn order(components: &[Component]) -> Result<Vec<usize>, Denial> {
    let named = |name: &str| {
        let mut found =
            (0..components.len()).filter(|at| components[*at].label.name.as_deref() == Some(name));
        match (found.next(), found.next()) {
            (Some(at), None) => Ok(at),
            (None, _) => Err(Denial::bad(format!("#{name} refers to no component of this template."))),
            _ => Err(Denial::bad(format!("#{name} refers to several components of that name."))),
        }
    };
    let mut needs = Vec::new();
    for component in components {
        needs.push(component.references().iter().map(|name| named(name)).collect::<Result<Vec<_>, _>>()?);
    }
    let mut order = Vec::new();
    let mut done = vec![false; components.len()];
    while order.len() < components.len() {
        let ready = (0..components.len()).find(|at| !done[*at] && needs[*at].iter().all(|need| done[*need]));
        let Some(at) = ready else {
            return Err(Denial::bad(circle(components, &needs, &done)));
        };
        done[at] = true;
        order.push(at);
    }
    Ok(order)
}

/// Names a circle among what is not done: from any of them, each one's first need leads into it.
fn circle(components: &[Component], needs: &[Vec<usize>], done: &[bool]) -> String {
    let mut path = Vec::new();
    let mut at = done.iter().position(|done| !done).unwrap_or_default();
    while !path.contains(&at) {
        path.push(at);
        let Some(next) = needs[at].iter().copied().find(|need| !done[*need]) else { break };
        at = next;
    }
    path.push(at);
    let from = path.iter().position(|one| *one == at).unwrap_or_default();
    let names: Vec<_> = path[from..].iter().map(|at| components[*at].name()).collect();
    format!("The components refer to each other in a circle: {}.", names.join(" -> "))
}

#[cfg(test)]
mod tests;
