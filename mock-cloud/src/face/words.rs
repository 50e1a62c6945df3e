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

/// A word of an attribute that has the edition's namespace in it: the type of a mapped Volume (tables 26 and 28).
pub(super) fn of_edition(edition: Edition, kind: Kind, name: &str, text: &str) -> Option<String> {
    let typed = matches!(kind, Kind::Volume | Kind::VolumeConfiguration) && name == "type";
    let is_mapped = || Edition::split(text).is_some_and(|(_, rest)| rest == "mapped");
    (typed && is_mapped()).then(|| edition.type_uri("mapped"))
}

/// Whether a structure has `href` in the place of the reference that the world keeps under the name of the item: in 1.x the
/// items of `volumes` and `volumeTemplates` are references with something beside them, in 2.0 structures that hold one.
pub(super) fn hoists(edition: Edition, structure: &Structure, element: &str) -> bool {
    let has = |name: &str| structure.fields.iter().any(|field| field.name == name && field.is_in(edition));
    has("href") && !has(element)
}
