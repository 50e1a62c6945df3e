//! Between a CIMI cloud's documents and the manager's terms (CIMI 2.0, no collections, native identifiers).

use cimi::client::Client;
use cimi::model::{Schema, Type};
use cimi::{Attributes, Document, Edition, Map, Reference, Value};

use super::{TOKEN_PROPERTY, absolute, rooted};
use crate::connector::{Class, CloudError, Creation, Found, Native, Part};
use crate::terms::renamed;

/// Attributes that say where a representation is, not what the resource is.
const FRAME: &[&str] = &["id", "operations", "parent", "resourceMetadata"];

/// A resource as the manager sees it.
pub(super) fn found(client: &Client, document: &Document) -> Result<Found, CloudError> {
    let id = document
        .id()
        .ok_or_else(|| CloudError::new(Class::Invalid, "the cloud gives a resource without id"))?;
    let offers = ["edit", "delete"]
        .into_iter()
        .chain(document.schema.ty.operations.iter().map(|operation| operation.name))
        .filter(|name| client.offer(document, name).is_some())
        .map(str::to_owned)
        .collect();
    Ok(Found { native: Native(absolute(client, id)?), attributes: inward(client, document)?, offers })
}

/// A disk, or an attachment of a volume: in CIMI 2.0 the volume itself with accessories, in 1.x a resource between.
pub(super) fn part(client: &Client, member: &Document) -> Result<Part, CloudError> {
    let id = member.id().unwrap_or_default();
    let native = Native(absolute(client, id)?);
    let volume = match member.schema.name() {
        "locatedVolume" => Some(native.clone()),
        "MachineVolume" => match member.attributes.href("volume") {
            Some(href) => Some(Native(absolute(client, href)?)),
            None => None,
        },
        _ => None,
    };
    let mut attributes = inward(client, member)?;
    attributes.remove("volume");
    Ok(Part { native, volume, attributes })
}

/// Attributes in the manager's terms: those that CIMI 2.0 has, with references absolute and namespaces of 2.0.
fn inward(client: &Client, document: &Document) -> Result<Attributes, CloudError> {
    let theirs = document.schema;
    let ours = cimi::model::registry(Edition::V2).get(theirs.name());
    let mut attributes = Attributes::with_capacity(document.attributes.len());
    for (name, value) in document.attributes.iter() {
        let known = ours.is_none_or(|schema| schema.attribute(name).is_some());
        let collection = theirs.attribute(name).is_some_and(|a| matches!(a.ty, Type::Collection(_)));
        if FRAME.contains(&name) || collection || !known || matches!(value, Value::Foreign(_)) {
            continue;
        }
        let value = rooted(client, value)?;
        attributes.set(name.to_owned(), renamed(value, theirs.edition, Edition::V2));
    }
    Ok(attributes)
}

/// The request that creates, in the cloud's edition.
pub(super) fn creation(client: &Client, creation: &Creation) -> Result<Document, CloudError> {
    let edition = client.edition();
    let ty = super::schema(client, creation.kind.type_name())?;
    let mut common = creation.common.clone();
    let mut properties: Map = common.map("properties").cloned().unwrap_or_default();
    properties.insert(TOKEN_PROPERTY.to_owned(), creation.token.0.clone());
    common.set("properties", properties);
    let Some(create) = ty.creation() else {
        let mut attributes = common;
        attributes.extend(outward(ty, &creation.template)?);
        return Ok(Document::with(ty, attributes));
    };
    let (name, template) = create.template().ok_or_else(|| {
        CloudError::new(Class::Unsupported, format!("{} takes no template in {edition}", create.name()))
    })?;
    let template = Reference::by_value(outward(template, &creation.template)?);
    Ok(Document::with(create, common.with(name, template)))
}

/// Attributes in the cloud's edition. What its type does not have is refused, not dropped.
pub(super) fn outward(target: &'static Schema, attributes: &Attributes) -> Result<Attributes, CloudError> {
    let mut translated = Attributes::with_capacity(attributes.len());
    for (name, value) in attributes.iter() {
        if target.attribute(name).is_none() {
            let message = format!("this cloud's {} has no attribute {name}", target.name());
            return Err(CloudError::new(Class::Unsupported, message));
        }
        translated.set(name.to_owned(), renamed(value.clone(), Edition::V2, target.edition));
    }
    Ok(translated)
}

/// Kept so that a renamed declaration fails here and not at a cloud.
#[cfg(test)]
mod tests {
    use cimi::Edition;
    use cimi::model::schema as declared;

    #[test]
    fn the_types_named_here_are_declared() {
        for name in ["locatedVolumeCollection", "DiskCollection", "Job"] {
            assert_eq!(declared(Edition::V2, name).name(), name);
        }
        assert_eq!(declared(Edition::V1, "MachineVolumeCollection").name(), "MachineVolumeCollection");
    }
}
