//! What a dialect makes of the parameters of a query, and what its metadata tells.
//!
//! Owns `$filter`, `$select` and `$expand` as real servers have them.

use cimi::Edition;
use serde_json::{Value, json};

use super::address;
use super::ask::Ask;
use super::picture::{Place, Shown};
use super::speech::{Cause, Expand, Extension, Filter, Pages, Select, Speech};
use super::tree::{Group, Part, Tree};

/// The query that the face gets for a collection, without its `?`.
pub(super) fn passed(speech: &Speech, ask: &Ask) -> String {
    let wanted = |name: &str, value: &str| match name {
        "$filter" => speech.query.filter == Filter::Standard,
        "$first" | "$last" => speech.query.pages == Pages::OwnCount && value.parse::<u32>().is_ok(),
        _ => false,
    };
    let encode =
        |text| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let pairs = ask.parameters.iter().filter(|(name, value)| wanted(name, value));
    pairs.map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}

/// Which attributes are to be expanded.
pub(super) fn expanded(speech: &Speech, ask: &Ask, list: bool, entry: bool) -> Result<Vec<String>, Cause> {
    let Some(wanted) = ask.parameter("$expand") else { return Ok(Vec::new()) };
    let names = || wanted.split(',').map(|name| name.trim().to_owned()).collect();
    match speech.query.expand {
        Expand::Ignored => Ok(Vec::new()),
        Expand::Items if list || entry && wanted == "*" => Err(Cause::Query),
        Expand::Items | Expand::Everywhere => Ok(names()),
    }
}

/// The members that the query leaves.
pub(super) fn filtered(speech: &Speech, ask: &Ask, members: Vec<Group>) -> Result<Vec<Group>, Cause> {
    if speech.query.filter != Filter::OneText {
        return Ok(members);
    }
    let Some(text) = ask.parameter("$filter") else { return Ok(members) };
    let (name, value) = text.split_once('=').ok_or(Cause::Bug)?;
    let (name, equal) = name.strip_suffix('!').map_or((name, true), |name| (name, false));
    let quoted = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    let wanted = quoted('\'').or_else(|| quoted('"'));
    let kept = members.into_iter().filter(|member| {
        let same = wanted.is_some_and(|wanted| member.text(name.trim()) == Some(wanted));
        same == equal
    });
    Ok(kept.collect())
}

/// The members with only what is selected.
pub(super) fn selected(speech: &Speech, ask: &Ask, mut members: Vec<Group>) -> Vec<Group> {
    if speech.query.select != Select::Ignored {
        for member in &mut members {
            select(ask, member);
        }
    }
    members
}

/// A document with only what is selected.
pub(super) fn select(ask: &Ask, group: &mut Group) {
    let given = ask.parameters.iter().filter(|(name, _)| name == "$select");
    let names: Vec<&str> = given.flat_map(|(_, value)| value.split(',')).map(str::trim).collect();
    if !names.is_empty() && !names.contains(&"*") {
        group.keep(&names);
    }
}

/// What metadata tells beyond the text, if anything.
pub(super) fn extension<'s>(speech: &'s Speech, metadata: &Value) -> Option<&'s Extension> {
    let ty = metadata.get("name")?.as_str()?;
    speech.extensions.iter().find(|extension| extension.ty == ty)
}

/// The metadata of a type with extensions, of which the cloud itself has nothing to say.
pub(super) fn own_metadata(speech: &Speech, base: &str, id: &str) -> Option<Value> {
    let extension = speech.extensions.iter().find(|extension| address::snake(extension.ty) == id)?;
    Some(json!({
        "id": format!("{base}/{}", extension.ty),
        "name": extension.ty,
        "typeURI": Edition::V1.type_uri(extension.ty),
    }))
}

/// Adds to a list of metadata what the cloud itself has nothing to say of.
pub(super) fn complete(speech: &Speech, base: &str, list: &mut Value) {
    let array = list
        .as_object_mut()
        .into_iter()
        .flatten()
        .find(|(name, value)| *name != "operations" && value.is_array());
    let Some(Value::Array(members)) = array.map(|(_, value)| value) else { return };
    for extension in speech.extensions {
        if !members.iter().any(|member| member.get("name").and_then(Value::as_str) == Some(extension.ty)) {
            members.extend(own_metadata(speech, base, &address::snake(extension.ty)));
        }
    }
}

/// What a type has beyond the text.
pub(super) fn extensions(speech: &Speech, metadata: &Value) -> Option<&'static [&'static [Shown]]> {
    let sets = extension(speech, metadata)?.attributes;
    (!sets.is_empty()).then_some(sets)
}

/// What the cloud can do with a type, as far as the server tells.
pub(super) fn capabilities(speech: &Speech, metadata: &Value) -> Option<Tree> {
    let told = extension(speech, metadata)?.capabilities;
    let all = metadata.get("capabilities")?.as_array()?;
    let named = |name: &str| all.iter().find(|it| it.get("name").and_then(Value::as_str) == Some(name));
    let items = told.iter().filter_map(|(name, description)| {
        let capability = named(name)?;
        let text = |key: &str| capability.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let part = |name, text, place| Part { name, element: name, place, tree: Tree::Text(text) };
        Some(Tree::Group(Group {
            parts: vec![
                part("name", text("name"), Place::Attribute),
                part("uri", text("uri"), Place::Attribute),
                part("description", (*description).to_owned(), Place::Attribute),
                part("value", text("value"), Place::Content),
            ],
            json: &[],
        }))
    });
    let items: Vec<Tree> = items.collect();
    (!items.is_empty()).then_some(Tree::List(items))
}
