//! Between a CIMI cloud's documents and the manager's terms (no collections, native identifiers).

use cimi::client::Client;
use cimi::model::{Schema, Type, registry};
use cimi::{Attributes, Document, Edition, Map, Reference, Value};

use super::{absolute, missing, schema};
use crate::connector::{Class, CloudError, Creation, Found, Native, Nature, Part, Parts, Token};
use crate::terms::translated;

/// Attributes that say where a representation is, not what the resource is.
const FRAME: &[&str] = &["id", "operations", "parent", "resourceMetadata"];

/// The property that carries the tokens of a manager. It is never shown.
pub(super) fn token_property(manager: &str) -> String {
    format!("cimi-manager-{manager}")
}

/// A resource as the manager sees it.
pub(super) fn found(client: &Client, manager: &str, document: &Document) -> Result<Found, CloudError> {
    let id = document
        .id()
        .ok_or_else(|| CloudError::new(Class::Invalid, "the cloud gives a resource without id"))?;
    let offers = offers(client, document, &["edit", "delete"]);
    let mut attributes = inward(client, document)?;
    let token = take_token(manager, &mut attributes);
    Ok(Found { native: Native(absolute(client, id)?), attributes, token, offers })
}

fn take_token(manager: &str, attributes: &mut Attributes) -> Option<Token> {
    let Some(Value::Map(properties)) = attributes.get_mut("properties") else { return None };
    let number = properties.shift_remove(&token_property(manager));
    if properties.is_empty() {
        attributes.remove("properties");
    }
    Some(Token { manager: manager.to_owned(), number: number?.parse().ok()? })
}

/// A part of a resource: what has no life of its own; what is connected itself, as in CIMI 2.0; or, as in 1.x, a resource
/// that refers to it.
///
/// 1.x has disks without `id`: they are known by their place in the collection.
pub(super) fn part(
    client: &Client,
    parts: Parts,
    collection: &Document,
    place: usize,
    member: &Document,
) -> Result<Part, CloudError> {
    let native = match member.id().filter(|id| !id.is_empty()) {
        Some(id) => Native(absolute(client, id)?),
        None => Native(format!("{}#{place}", absolute(client, collection.id().unwrap_or_default())?)),
    };
    let nature = parts.nature(client.edition());
    let refers = |attribute: &cimi::model::Attribute| matches!(attribute.ty, Type::Ref(to) if !to.is_empty());
    let target = match nature {
        Some(Nature::Members(_)) => Some(native.clone()),
        Some(Nature::Links(..)) => {
            let own = member.schema.ty.attributes.iter().chain(member.schema.ty.v1_dialect);
            let href = own.filter(|it| refers(it)).find_map(|it| member.attributes.href(it.name));
            href.map(|href| absolute(client, href)).transpose()?.map(Native)
        }
        Some(Nature::Own) | None => None,
    };
    let mut offers = offers(client, member, &["edit", "delete"]);
    let is_link = matches!(nature, Some(Nature::Links(..)));
    if is_link {
        // A link goes, what it is to stays. One that says nothing of what it does is one of a server that never says it.
        let goes = member.offers().next().is_none() || offers.iter().any(|offer| offer == "delete");
        offers = goes.then(|| "remove".to_owned()).into_iter().collect();
    }
    let mut attributes = inward(client, member)?;
    attributes.retain(|_, value| !is_link || !matches!(value, Value::Ref(_)));
    Ok(Part { native, target, attributes, offers })
}

/// What a collection of parts takes, in the manager's words.
pub(super) fn part_offers(
    client: &Client,
    parts: Parts,
    owner: &Document,
    collection: &Document,
) -> Vec<String> {
    let mut offers = offers(client, collection, &["add", "insert", "remove"]);
    let add = |offer: &String| offer == "add";
    match parts.nature(client.edition()) {
        // Adding a link inserts what it is to.
        Some(Nature::Links(..)) => {
            let takes = offers.iter().any(add) || collection.offers().next().is_none();
            offers = if takes { vec!["insert".to_owned(), "remove".to_owned()] } else { Vec::new() };
        }
        _ if parts == Parts::VOLUMES && client.offer(owner, "connectvolume").is_some() => {
            offers.extend(["insert", "remove"].map(str::to_owned));
        }
        _ => {}
    }
    offers
}

/// The attribute by which a cloud is told what to put among the parts of a resource, or to take out.
pub(super) fn target_name(client: &Client, parts: Parts) -> Result<&'static str, CloudError> {
    let collection = parts.collection(client.edition());
    match parts.nature(client.edition()) {
        Some(Nature::Links(_, name)) => Ok(name),
        Some(Nature::Members(_)) => {
            let insertion = collection.and_then(Schema::insertion);
            insertion.map(|(attribute, _)| attribute.name).ok_or_else(|| missing(parts.attribute()))
        }
        Some(Nature::Own) | None => Err(missing(parts.attribute())),
    }
}

/// Those of these operations, and of those of its type, that a representation offers.
pub(super) fn offers(client: &Client, document: &Document, common: &[&'static str]) -> Vec<String> {
    let all = common.iter().copied().chain(document.schema.operations().map(|operation| operation.name));
    all.filter(|name| client.offer(document, name).is_some()).map(str::to_owned).collect()
}

/// Attributes in the manager's terms: those that an edition has, with references absolute and the words of 2.0.
fn inward(client: &Client, document: &Document) -> Result<Attributes, CloudError> {
    let theirs = document.schema;
    let ours = registry(Edition::V2).get(theirs.name());
    let mut attributes = document.attributes.clone();
    attributes.retain(|name, value| {
        let declared = theirs.attribute(name);
        let known = declared.is_some() || ours.is_none_or(|schema| schema.attribute(name).is_some());
        let collection = declared.is_some_and(|it| matches!(it.ty, Type::Collection(_)));
        known && !collection && !FRAME.contains(&name) && !matches!(value, Value::Foreign(_) | Value::Null)
    });
    let attributes = translated(theirs.name(), attributes, theirs.edition, Edition::V2);
    // What stands beside a reference belongs to it in a template only; elsewhere it is a copy of what it points to.
    let beside = if theirs.name().ends_with("Template") { Beside::Kept } else { Beside::Dropped };
    rooted(client, attributes, beside)
}

/// What becomes of attributes beside an `href`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Kept,
    Dropped,
}

fn rooted(client: &Client, attributes: Attributes, beside: Beside) -> Result<Attributes, CloudError> {
    attributes.into_iter().map(|(name, value)| Ok((name, rooted_value(client, value, beside)?))).collect()
}

/// A value with every reference made absolute.
fn rooted_value(client: &Client, value: Value, beside: Beside) -> Result<Value, CloudError> {
    Ok(match value {
        Value::Ref(Reference { href, attributes }) => {
            let attributes = match (&href, beside) {
                (Some(_), Beside::Dropped) => Attributes::new(),
                _ => rooted(client, attributes, beside)?,
            };
            // Components of a system refer to each other by name.
            let rooted =
                |href: String| if href.starts_with('#') { Ok(href) } else { absolute(client, &href) };
            Value::Ref(Reference { href: href.map(rooted).transpose()?, attributes })
        }
        Value::Array(items) => {
            let items = items.into_iter().map(|item| rooted_value(client, item, beside));
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Value::Structure(fields) => Value::Structure(rooted(client, fields, beside)?),
        other => other,
    })
}

/// The request that creates, in the cloud's edition.
pub(super) fn creation(client: &Client, creation: &Creation) -> Result<Document, CloudError> {
    let edition = client.edition();
    let ty = schema(client, creation.kind.type_name())?;
    let mut common = creation.common.clone();
    let mut properties: Map = common.map("properties").cloned().unwrap_or_default();
    properties.insert(token_property(&creation.token.manager), creation.token.number.to_string());
    common.set("properties", properties);
    let Some(create) = ty.creation() else {
        common.extend(outward(ty, &creation.template.attributes)?);
        return Ok(Document::with(ty, common));
    };
    let (name, template) = create.template().ok_or_else(|| {
        CloudError::new(Class::Unsupported, format!("{} takes no template in {edition}", create.name()))
    })?;
    let attributes = outward(template, &creation.template.attributes)?;
    let template = Reference { href: creation.template.href.clone(), attributes };
    if let Some(within) = &creation.within {
        common.extend(within.accessories.clone());
    }
    Ok(Document::with(create, common.with(name, template)))
}

/// Attributes in the cloud's edition. What its type does not have is refused, not dropped.
pub(super) fn outward(target: &'static Schema, attributes: &Attributes) -> Result<Attributes, CloudError> {
    let mut attributes = translated(target.name(), attributes.clone(), Edition::V2, target.edition);
    attributes.retain(|name, value| *value != Value::Null || target.attribute(name).is_some());
    if let Some((name, _)) = attributes.iter().find(|(name, _)| target.attribute(name).is_none()) {
        let message = format!("this cloud's {} has no attribute {name}", target.name());
        return Err(CloudError::new(Class::Unsupported, message));
    }
    Ok(attributes)
}

/// An update that leaves this manager's token where it is.
pub(super) fn update(
    manager: &str,
    present: &Document,
    set: &Attributes,
    erase: &[String],
) -> Result<(Attributes, Vec<String>), CloudError> {
    let mut set = outward(present.schema, set)?;
    let mut erase = erase.to_vec();
    let key = token_property(manager);
    let token = present.attributes.map("properties").and_then(|properties| properties.get(&key));
    if let Some(token) = token {
        let erased = erase.iter().position(|name| name == "properties");
        if let Some(at) = erased {
            erase.remove(at);
        }
        if erased.is_some() || set.contains("properties") {
            let mut properties = set.map("properties").cloned().unwrap_or_default();
            properties.insert(key, token.clone());
            set.set("properties", properties);
        }
    }
    Ok((set, erase))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn present(properties: &[(&str, &str)]) -> Document {
        let map: Map =
            properties.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let schema = cimi::model::schema(Edition::V2, "Machine");
        Document::with(schema, Attributes::new().with("properties", map))
    }

    #[test]
    fn an_update_of_the_properties_keeps_the_token() {
        let machine = present(&[("a", "b"), ("cimi-manager-m", "7")]);
        let token: Map = [("cimi-manager-m".to_owned(), "7".to_owned())].into_iter().collect();

        let (set, erase) = update("m", &machine, &Attributes::new(), &["properties".to_owned()]).unwrap();
        assert_eq!(set.map("properties"), Some(&token));
        assert!(erase.is_empty());

        let new: Map = [("c".to_owned(), "d".to_owned())].into_iter().collect();
        let asked = Attributes::new().with("properties", new);
        let (set, _) = update("m", &machine, &asked, &[]).unwrap();
        assert_eq!(set.map("properties").map(Map::len), Some(2));

        let (set, erase) = update("other", &machine, &Attributes::new(), &["name".to_owned()]).unwrap();
        assert!(set.is_empty());
        assert_eq!(erase, ["name"]);
    }

    #[test]
    fn a_token_is_taken_off_for_its_own_manager_only() {
        let mut attributes = present(&[("cimi-manager-m", "7")]).attributes;
        assert_eq!(take_token("other", &mut attributes), None);
        let expected = Token { manager: "m".to_owned(), number: 7 };
        assert_eq!(take_token("m", &mut attributes), Some(expected));
        assert!(!attributes.contains("properties"), "an empty map is none");
    }

    #[test]
    fn what_the_other_edition_lacks_is_refused() {
        let template = cimi::model::schema(Edition::V1, "MachineTemplate");
        let error = outward(template, &Attributes::new().with("genResourceMetadata", Reference::to("x")));
        assert_eq!(error.unwrap_err().class, Class::Unsupported);
        // To erase it is no request at all.
        let nothing = Attributes::new().with("genResourceMetadata", Value::Null).with("userData", "x");
        assert_eq!(outward(template, &nothing).unwrap(), Attributes::new().with("userData", "x"));
    }
}
