//! The order of elements in XML of 1.x, as the schema of DSP8009 has it (interpretation `v1-element-order`).

use crate::event::{At, BodyAt, Edition};
use crate::meaning::Tree;
use crate::spec::place_of;
use crate::tree::xml::Element;

use super::{Context, Seen, Violation};

/// The place of an element among others, by its name.
type Rank<'r> = Box<dyn Fn(&str) -> Option<usize> + 'r>;

/// The first element that stands behind one that it should stand before.
pub(super) fn of_elements(seen: &Seen<'_>, context: &Context<'_>) -> Vec<Violation> {
    let is_judged = seen.is_success() && context.tables.edition == Edition::V1;
    let (Some(Ok(Tree::Xml(root))), Some(reading), true) = (&seen.tree, &seen.reading, is_judged) else {
        return Vec::new();
    };
    let Some(name) = reading.resource.type_name.as_deref() else { return Vec::new() };
    let (requirement, rank): (_, Rank<'_>) =
        match (context.tables.collections.get(name), context.tables.types.get(name)) {
            (Some(collection), _) => {
                let elements = &collection.elements;
                ("DSP8009/collection-order", Box::new(move |local| in_collection(local, elements)))
            }
            (_, Some(ty)) => {
                ("DSP8009/element-order", Box::new(move |local| place_of(local, &ty.attributes)))
            }
            _ => return Vec::new(),
        };
    disorder(root, rank)
        .map(|(late, early)| {
            let at = At::Body(BodyAt { path: format!("/{}/{late}", root.name.local), line: 1, column: 1 });
            let (expected, got) = (format!("<{late}> before <{early}>"), format!("<{early}> first"));
            Violation::new(requirement, format!("{name}.{late}"), at, expected, got)
        })
        .into_iter()
        .collect()
}

/// Two elements, the first of which should come first and does not.
fn disorder(root: &Element, rank: impl Fn(&str) -> Option<usize>) -> Option<(String, String)> {
    let mut highest: Option<(usize, &str)> = None;
    for child in &root.children {
        let local = child.name.local.as_str();
        let Some(own) = rank(local) else { continue };
        match highest {
            Some((before, name)) if own < before => return Some((local.to_owned(), name.to_owned())),
            _ => highest = Some((own, local)),
        }
    }
    None
}

fn in_collection(local: &str, members: &[String]) -> Option<usize> {
    match local {
        "id" => Some(0),
        "count" => Some(1),
        "operation" => Some(3),
        _ => members.iter().any(|member| member == local).then_some(2),
    }
}
