//! Where the editions have different words for the same thing.
//!
//! Owns those few names. Everything else is the model's.

use cimi::model::{Item, Structure, Type, event, schema};
use cimi::{Attributes, Edition, Reference, Value};

use crate::world::{Field, Kind, Record};

/// The world's name of an attribute: that of V2, but for what only V1 has.
pub(super) fn of_world(kind: Kind, name: &str) -> &str {
    match (kind, name) {
        // The schema of 1.x spells it so.
        (Kind::MachineSnapshot, "shapshot") => "snapshot",
        (Kind::MeterConfiguration, "associatedTo") => "associatedResources",
        // The schema of 1.x has timestamp and value in a structure.
        (Kind::Sample, "sample") => "value",
        _ => name,
    }
}

/// A URI that the text defines, in the namespace of the edition: the type of a Volume or of a component, an aspect.
pub(super) fn of_edition(edition: Edition, uri: &str) -> Option<String> {
    let (of, rest) = Edition::split(uri)?;
    (of != edition).then(|| edition.type_uri(rest))
}

/// An attribute that the editions show in ways of their own: the resource types of a `MeterConfiguration`, the parts of a
/// Sample, the type and the content of an Event.
pub(super) fn shown(edition: Edition, record: &Record, name: &str) -> Option<Value> {
    let fields = &record.fields;
    match (record.id.kind(), name) {
        (Kind::MeterConfiguration, "associatedTo" | "associatedResources") => {
            let types = fields.items("associatedResources").iter();
            let uris = types.filter_map(|field| match field {
                Field::Text(uri) => Some(uri_of_edition(edition, uri)),
                _ => None,
            });
            let as_shown = |uri| match name {
                "associatedTo" => Value::Ref(Reference::to(uri)),
                _ => Value::String(uri),
            };
            let items: Vec<Value> = uris.map(as_shown).collect();
            Some(Value::Array(items)).filter(|_| fields.get("associatedResources").is_some())
        }
        (Kind::Meter | Kind::MeterConfiguration, "aspect") => {
            fields.text("aspect").map(|uri| uri_of_edition(edition, uri).into())
        }
        (Kind::Sample, "sample") => {
            let Some(Field::Time(time)) = fields.get("timestamp") else { return None };
            let value = fields.text("value")?;
            let sample = Attributes::new().with("timestamp", Value::DateTime((*time).into()));
            Some(Value::Structure(sample.with("value", value)))
        }
        (Kind::Event, "type") => {
            let kind = event::Kind::by_uri(&Edition::V2.type_uri(&format!("event/{}", fields.text("type")?)));
            kind.map(|kind| kind.uri(edition).into())
        }
        _ => None,
    }
}

/// The same URI in the namespace of an edition, if it is in that of one.
pub(super) fn uri_of_edition(edition: Edition, uri: &str) -> String {
    Edition::split(uri).map_or_else(|| uri.to_owned(), |(_, rest)| edition.type_uri(rest))
}

/// Whether a structure has `href` in the place of the reference that the world keeps under the name of the item: in 1.x the
/// items of `volumes` and `volumeTemplates` are references with something beside them, in 2.0 structures that hold one.
pub(super) fn hoists(edition: Edition, structure: &Structure, element: &str) -> bool {
    let has = |name: &str| structure.fields.iter().any(|field| field.name == name && field.is_in(edition));
    has("href") && !has(element)
}

/// Whether the edition can say of an operation that it is not available.
pub(super) fn tells_available(edition: Edition) -> bool {
    let declared = schema(edition, "Job").attribute("operations").map(|attribute| attribute.ty);
    let Some(Type::Array(Item { ty: Type::Structure(operation), .. })) = declared else { return false };
    operation.fields.iter().any(|field| field.name == "available" && field.is_in(edition))
}
