//! Where the editions have different words for the same thing.
//!
//! Owns those few names. Everything else is the model's.

use cimi::Edition;
use cimi::model::Structure;

use crate::world::Kind;

/// The world's name of an attribute: that of V2, but for what only V1 has.
pub(super) fn of_world(kind: Kind, name: &str) -> &str {
    match (kind, name) {
        // The schema of 1.x spells it so.
        (Kind::MachineSnapshot, "shapshot") => "snapshot",
        _ => name,
    }
}

/// A URI that the text defines, in the namespace of the edition: the type of a Volume or of a component, an aspect.
pub(super) fn of_edition(edition: Edition, uri: &str) -> Option<String> {
    let (of, rest) = Edition::split(uri)?;
    (of != edition).then(|| edition.type_uri(rest))
}

/// Whether a structure has `href` in the place of the reference that the world keeps under the name of the item: in 1.x the
/// items of `volumes` and `volumeTemplates` are references with something beside them, in 2.0 structures that hold one.
pub(super) fn hoists(edition: Edition, structure: &Structure, element: &str) -> bool {
    let has = |name: &str| structure.fields.iter().any(|field| field.name == name && field.is_in(edition));
    has("href") && !has(element)
}
