//! Structures: one template or one resource for each component of a `SystemTemplate` (DSP0263 5.13.4), and one way of writing
//! each in XML (5.5.8).

use std::collections::BTreeSet;

use crate::event::{At, BodyAt};
use crate::meaning::{Resource, Value};
use crate::spec::StructureStyle;

use super::{Context, Seen, Violation};

/// The structure of a component descriptor in the tables.
const DESCRIPTOR: &str = "componentDescriptor";

/// Component descriptors that have several sources, or none.
pub(super) fn one_source(seen: &Seen<'_>, context: &Context<'_>) -> Vec<Violation> {
    let is_selected = seen.exchange.request.url.contains("select=");
    let is_whole = seen.is_success() && !is_selected;
    let Some(reading) = seen.reading.as_ref().filter(|_| is_whole) else { return Vec::new() };
    let resources = std::iter::once(&reading.resource).chain(&reading.resource.items);
    resources.flat_map(|resource| of_template(resource, context)).collect()
}

/// DSP0263 5.5.8: in XML the scalars of a structure stand in one way wherever it occurs.
pub(super) fn one_style(seen: &Seen<'_>, context: &Context<'_>) -> Vec<Violation> {
    let Some(reading) = seen.reading.as_ref().filter(|_| seen.is_success()) else { return Vec::new() };
    let says = |style: &StructureStyle| match style {
        StructureStyle::Attributes => "XML attributes",
        StructureStyle::Elements => "elements",
    };
    let another = |(name, styles): (&String, &BTreeSet<StructureStyle>)| {
        let known = context.links.styles.get(name)?;
        let other = styles.iter().find(|style| *style != known)?;
        let at = At::Body(BodyAt { path: String::new(), line: 1, column: 1 });
        let expected = format!("the fields of {name} as {}, as elsewhere", says(known));
        let got = format!("them as {}", says(other));
        Some(Violation::new("5.5.8/structure-consistent", format!("structure {name}"), at, expected, got))
    };
    reading.resource.styles.iter().filter_map(another).collect()
}

fn of_template(resource: &Resource, context: &Context<'_>) -> Vec<Violation> {
    let (Some(Value::List(descriptors)), Some(structure)) =
        (resource.attributes.get("componentDescriptors"), context.tables.structures.get(DESCRIPTOR))
    else {
        return Vec::new();
    };
    let sources = |descriptor: &Value| match descriptor {
        // What says nothing at all is no descriptor; another check tells.
        Value::Record(fields) if !fields.is_empty() => {
            let named = structure.one_of.iter().filter(|name| fields.contains_key(name.as_str()));
            Some(named.map(String::as_str).collect::<Vec<_>>())
        }
        _ => None,
    };
    let wrong = descriptors.iter().enumerate().filter_map(|(at, descriptor)| {
        let found = sources(descriptor).filter(|found| found.len() != 1)?;
        let path = format!("/componentDescriptors/{at}");
        let got = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
        Some(Violation::new(
            "5.13.4/descriptor-one-component",
            "SystemTemplate.componentDescriptors",
            At::Body(BodyAt { path, line: 1, column: 1 }),
            "one template, or one resource",
            got,
        ))
    });
    wrong.collect()
}
