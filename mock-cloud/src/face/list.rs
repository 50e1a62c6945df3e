//! Collections (DSP0263 5.5.12) as a caller asks for them.
//!
//! Owns what is read for a page: without filter and order, only what is listed; else every member is looked at.

use cimi::model::schema;
use cimi::server::{ListRequest, Listing, Refusal, Version};
use cimi::{Document, Reference, Value};

use super::atlas::{METADATA, path_of_group};
use super::offers;
use super::render::View;
use crate::world::{Group, Id};

/// The members of a collection of the world.
pub(super) fn resources(
    view: &View<'_>,
    group: Group,
    request: &ListRequest<'_>,
) -> Result<Listing, Refusal> {
    let world = view.sim.world();
    let schema =
        view.atlas.page(group.kind).collection.filter(|_| world.has(group)).ok_or_else(super::nothing)?;
    let path = path_of_group(group);
    let mut collection = Document::new(schema);
    collection.attributes.set("id", view.absolute(&path));
    if schema.attribute("parent").is_some() {
        collection
            .attributes
            .set_some("parent", view.uri(group.owner.unwrap_or(Id::CLOUD)).map(Reference::to));
    }
    if schema.attribute("operations").is_some() {
        collection.attributes.set_some("operations", offers::of_collection(view, group, &path));
    }
    let version = view.collection_version(group);
    let (count, members) = if request.query.filters.is_empty() && request.query.order_by.is_none() {
        let window = request.query.window();
        let skip = usize::try_from(window.skip).unwrap_or(usize::MAX);
        let take = usize::try_from(window.take).unwrap_or(usize::MAX);
        let members = world.members(group, skip).take(take).filter_map(|record| view.member(record));
        (world.count(group) as u64, members.collect())
    } else {
        let page = request.apply(world.members(group, 0).filter_map(|record| view.member(record)))?;
        (page.count, page.members)
    };
    Ok(Listing { collection, count, members, version })
}

/// The metadata of all types.
pub(super) fn metadata(
    view: &View<'_>,
    documents: &[Document],
    request: &ListRequest<'_>,
) -> Result<Listing, Refusal> {
    let schema = schema(view.atlas.edition(), "ResourceMetadataCollection");
    let mut collection = Document::new(schema);
    collection.attributes.set("id", view.absolute(METADATA));
    if schema.attribute("parent").is_some() {
        collection.attributes.set("parent", Value::Ref(Reference::to(view.base)));
    }
    let page = request.apply(documents.iter().cloned())?;
    Ok(Listing { collection, count: page.count, members: page.members, version: Version("1".to_owned()) })
}
