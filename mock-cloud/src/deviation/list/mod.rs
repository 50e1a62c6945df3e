//! Every deviation, one file an area, in the order of the register's files.
//!
//! Owns the data. A deviation breaks just what it names: where one wrong behaviour breaks several requirements, all of
//! them are named.

use cimi::model::capability;
use cimi::{Attributes, Reference, Value};

use super::Deviation;
use super::asked::Asked;

/// A deviation as data: name, summary, what it breaks, and how.
macro_rules! deviation {
    ($name:expr, $summary:expr, [$($id:literal),+ $(,)?], [$($way:expr),+ $(,)?] $(,)?) => {
        $crate::deviation::Deviation {
            name: $name,
            summary: $summary,
            breaks: &[$($id),+],
            ways: &[$($way),+],
        }
    };
}

mod attributes;
mod change;
mod collection;
mod create;
mod entry_point;
mod filter;
mod format;
mod http;
mod image;
mod job;
mod machine;
mod metadata;
mod monitoring;
mod resource;
mod scalar;
mod select;
mod switch;
mod system;
mod v1;
mod volume;

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Deviation> {
    AREAS.iter().chain(metadata::AREAS).chain(machine::AREAS).chain(switch::AREAS).copied().flatten()
}

static AREAS: &[&[Deviation]] = &[
    entry_point::LIST,
    scalar::LIST,
    collection::KINDS,
    collection::LIST,
    http::LIST,
    format::LIST,
    filter::LIST,
    select::LIST,
    change::LIST,
    create::LIST,
    resource::LIST,
    attributes::LIST,
    image::LIST,
    volume::LIST,
    system::LIST,
    job::LIST,
    monitoring::LIST,
    v1::LIST,
];

/// A URI that leads nowhere.
fn gone(uri: &str) -> String {
    format!("{}-gone", uri.trim_end_matches('/'))
}

/// Whether XML is asked for.
fn wants_xml(asked: &Asked) -> bool {
    asked.header("accept").is_some_and(|accept| accept.starts_with("application/xml"))
}

/// Whether XML is sent.
fn sends_xml(asked: &Asked) -> bool {
    asked.header("content-type").is_some_and(|sent| sent.starts_with("application/xml"))
}

/// Whether the query has the parameter.
fn has(asked: &Asked, name: &str) -> bool {
    super::query::values(asked.parts.uri.query().unwrap_or_default(), name).next().is_some()
}

/// Whether the template of a creation is given by value.
fn by_value(asked: &Asked) -> bool {
    template(asked, |reference| reference.href.is_none())
}

/// Whether the template of a creation is given by reference.
fn by_reference(asked: &Asked) -> bool {
    template(asked, |reference| reference.href.is_some())
}

/// Whether the document sent has no template of this name.
fn lacks(asked: &Asked, name: &str) -> bool {
    asked.document().is_none_or(|document| !document.attributes.contains(name))
}

/// Whether the template of a creation is so.
fn template(asked: &Asked, look: impl Fn(&Reference) -> bool) -> bool {
    asked.document().is_some_and(|document| {
        document
            .attributes
            .iter()
            .any(|(name, value)| name.ends_with("Template") && value.as_ref().is_some_and(&look))
    })
}

/// Whether the template of a creation has an attribute, given by value or beside its href.
fn template_has(asked: &Asked, name: &str) -> bool {
    template(asked, |reference| reference.attributes.contains(name))
}

/// Whether what the template of a creation says for an attribute is given by value.
fn part_by_value(asked: &Asked, name: &str) -> bool {
    template(asked, |reference| {
        reference.attributes.reference(name).is_some_and(|reference| reference.href.is_none())
    })
}

/// Whether the type of the target, or the Collection, has an attribute.
fn knows(asked: &Asked, name: &str) -> bool {
    let Some(target) = &asked.target else { return true };
    let registry = cimi::model::registry(asked.edition);
    let has = |ty: &str| registry.get(ty).is_some_and(|schema| schema.attribute(name).is_some());
    matches!(name, "" | "*" | "resourceURI" | "operations" | "count")
        || name.contains(['/', '['])
        || has(target.ty)
}

/// Whether a list of names in the query has one that is unknown.
fn unknown_in(asked: &Asked, parameter: &str) -> bool {
    let query = asked.parts.uri.query().unwrap_or_default();
    super::query::values(query, parameter)
        .any(|names| names.split(',').any(|name| !knows(asked, name.trim())))
}

fn unknown_in_select(asked: &Asked) -> bool {
    unknown_in(asked, "$select")
}

fn unknown_in_expand(asked: &Asked) -> bool {
    unknown_in(asked, "$expand")
}

fn unknown_in_filter(asked: &Asked) -> bool {
    let unknown = std::cell::Cell::new(false);
    for filter in super::query::values(asked.parts.uri.query().unwrap_or_default(), "$filter") {
        super::query::comparisons(&filter, |left, _, _| {
            let name = left.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let literal =
                left.starts_with(|first: char| first.is_ascii_digit()) || matches!(left, "true" | "false");
            unknown.set(unknown.get() || (name && !literal && !knows(asked, left)));
            None
        });
    }
    unknown.get()
}

/// Whether an item of an array in the template of a creation is given by value.
fn item_by_value(asked: &Asked, name: &str) -> bool {
    let given = |value: &Value| match value {
        Value::Structure(fields) => {
            fields.get("href").is_none()
                && fields.iter().all(|(_, inner)| inner.as_ref().is_none_or(|it| it.href.is_none()))
        }
        Value::Ref(reference) => reference.href.is_none(),
        _ => false,
    };
    template(asked, |reference| reference.attributes.items(name).iter().any(given))
}

/// Whether a component descriptor has a template by value.
fn component_by_value(asked: &Asked) -> bool {
    let given = |attributes: &Attributes| {
        attributes.items("componentDescriptors").iter().filter_map(Value::as_attributes).any(|fields| {
            fields.iter().any(|(name, value)| {
                name.ends_with("Template") && value.as_ref().is_some_and(|reference| reference.href.is_none())
            })
        })
    };
    let sent = asked.document().is_some_and(|document| given(&document.attributes));
    sent || template(asked, |reference| given(&reference.attributes))
}

/// Whether an operation is asked for with force.
fn forces(asked: &Asked) -> bool {
    asked.document().is_some_and(|document| document.attributes.boolean("force") == Some(true))
}

/// Whether an image is to be made from a Machine.
fn of_machine(asked: &Asked) -> bool {
    asked.document().is_some_and(|document| {
        document.attributes.text("imageLocation").is_some_and(|uri| uri.contains("/machines/"))
    })
}

/// Whether a Machine is to be made from an image that the built-in cloud did not begin with.
fn uses_captured_image(asked: &Asked) -> bool {
    template(asked, |reference| {
        let image = reference.attributes.href("machineImage").and_then(|uri| uri.rsplit('/').next());
        image.and_then(|number| number.parse::<u64>().ok()).is_some_and(|number| number > 2)
    })
}

/// Whether a template asks for a state that there is not.
fn odd_initial_state(asked: &Asked) -> bool {
    const STATES: [&str; 6] = ["STARTED", "STOPPED", "PAUSED", "SUSPENDED", "ENABLED", "DISABLED"];
    template(asked, |reference| {
        reference.attributes.text("initialState").is_some_and(|state| !STATES.contains(&state))
    })
}

/// Whether a number in a request is outside of what any value scope of this cloud allows.
fn out_of_scope(asked: &Asked) -> bool {
    fn beyond(attributes: &Attributes) -> bool {
        attributes.iter().any(|(name, value)| match value {
            Value::Integer(number) => {
                let most = match name {
                    "cpu" => 128,
                    "memory" => 1 << 32,
                    "capacity" => 1_000_000_000_000,
                    _ => return false,
                };
                !(1..=most).contains(number)
            }
            Value::Array(items) => items.iter().filter_map(Value::as_attributes).any(beyond),
            value => value.as_attributes().is_some_and(beyond),
        })
    }
    asked.document().is_some_and(|document| beyond(&document.attributes))
}

/// Takes a state out of `InitialStates` of a type.
fn without_state(attributes: &mut Attributes, ty: &str, state: &str) {
    if attributes.text("name") != Some(ty) {
        return;
    }
    let Some(Value::Array(items)) = attributes.get_mut("capabilities") else { return };
    for item in items {
        if let Value::Structure(fields) = item
            && fields.text("name") == Some("InitialStates")
            && let Some(value) = fields.get_mut("value")
        {
            let states: Vec<&str> = capability::items(value).into_iter().filter(|it| *it != state).collect();
            let states = capability::list(&states);
            *value = states;
        }
    }
}
