//! What is at a place, and what this caller may do there.
//!
//! Owns the answer to `locate`. What the state of a resource allows is not asked here: that is a conflict, not a matter of
//! methods.

use cimi::model::schema;
use cimi::server::{Methods, Target, TargetKind};

use super::atlas::Place;
use super::render::View;
use crate::world::{Id, Kind};

/// What is at a place, if anything is.
pub(super) fn at(view: &View<'_>, place: Place) -> Option<Target> {
    let page = |kind| view.atlas.page(kind);
    let action = || schema(view.atlas.edition(), "Action");
    let exists = |id: Id| view.sim.world().get(id);
    let plain = |kind, schema, methods| Target { kind, schema, methods, accepts: Vec::new() };
    Some(match place {
        Place::Metadata => {
            let schema = schema(view.atlas.edition(), "ResourceMetadataCollection");
            plain(TargetKind::Collection, schema, Methods::READ)
        }
        Place::MetadataOf(_) => {
            plain(TargetKind::Resource, schema(view.atlas.edition(), "ResourceMetadata"), Methods::READ)
        }
        Place::Resource(group, id) => {
            exists(id).filter(|record| record.home() == group)?;
            let change = match id.kind() {
                Kind::CloudEntryPoint => Methods::UPDATE,
                _ => Methods::UPDATE.and(Methods::DELETE),
            };
            let methods =
                if view.caller.may_change(id.kind()) { Methods::READ.and(change) } else { Methods::READ };
            plain(TargetKind::Resource, page(id.kind()).resource?, methods)
        }
        Place::Collection(group) => {
            let found = view.sim.world().has(group).then_some(view.collection(group))??;
            let addition = view.atlas.addition(group.kind).filter(|_| view.caller.may_create(group.kind));
            let gathers = view.atlas.gathers(group.kind) && view.caller.may_change(group.kind);
            let imports = view.atlas.imports(group.kind) && view.caller.may_create(group.kind);
            let accepts: Vec<_> = addition.into_iter().chain((gathers || imports).then(action)).collect();
            let methods = if accepts.is_empty() { Methods::READ } else { Methods::READ.and(Methods::POST) };
            Target { kind: TargetKind::Collection, schema: found, methods, accepts }
        }
        Place::Operation(id, name) => {
            exists(id)?;
            let methods = posting(view.caller.may_change(id.kind()));
            plain(TargetKind::Operation(name.to_owned()), page(id.kind()).resource?, methods)
        }
        // One posts what is to be made (5.14.7.1), or simply the Action.
        Place::Making(id, _, makes) => {
            exists(id)?;
            Target {
                kind: TargetKind::Collection,
                schema: page(makes).collection?,
                methods: posting(view.caller.may_change(id.kind()) && view.caller.may_create(makes)),
                accepts: vec![page(makes).resource?, action()],
            }
        }
        Place::Gathering(group, name) => {
            let found = view.sim.world().has(group).then_some(view.collection(group))??;
            let methods = posting(view.caller.may_change(group.kind));
            plain(TargetKind::Operation(name.to_owned()), found, methods)
        }
    })
}

fn posting(may: bool) -> Methods {
    if may { Methods::POST } else { Methods::default() }
}
