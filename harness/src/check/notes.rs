//! From a departure of bytes from the tables to the requirement that it breaks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::event::{At, Edition, Format, Level};
use crate::meaning::{Holder, Note, NoteKind};
use crate::spec::{Absence, Scalar};

use super::{Context, Seen, Violation, by_edition, further};

/// Departures of the body, as violations. An error body that is no Job is judged as such, not attribute by attribute.
pub(super) fn of_reading(seen: &Seen<'_>, context: &Context<'_>) -> Vec<Violation> {
    let (Some(reading), Some(format)) = (&seen.reading, seen.format()) else { return Vec::new() };
    let is_job = reading.resource.type_name.as_deref() == Some("Job");
    if !seen.is_success() && !is_job {
        return Vec::new();
    }
    // What is neither named nor linked as any resource of the edition cannot be held against its tables.
    let recognised = reading.resource.type_name.is_some();
    reading
        .notes
        .iter()
        .filter(|note| {
            recognised
                || !matches!(note.kind, NoteKind::MissingTypeUri(_))
                || seen.exchange.request.method == "GET"
        })
        .flat_map(|note| {
            let first = requirement(note, format, context);
            let ids = first.into_iter().chain(further::requirements(note, format, seen, context));
            ids.filter_map(|id| violation(id, note, format, context)).collect::<Vec<_>>()
        })
        .collect()
}

fn violation(
    requirement: &'static str,
    note: &Note,
    format: Format,
    context: &Context<'_>,
) -> Option<Violation> {
    if requirement == "5.1/extensions-advertised"
        && (!context.links.has_metadata || context.links.advertised.contains(&note.subject))
    {
        return None;
    }
    if matches!(note.kind, NoteKind::Missing(_)) && context.links.optional.contains(&note.subject) {
        return None;
    }
    let at = At::Body(note.at.clone());
    let mut violation =
        Violation::new(requirement, note.subject.clone(), at, note.expected.clone(), note.got.clone());
    violation.edit = edit(note, format);
    if crate::redact::is_secret(&note.subject) {
        crate::event::REDACTED.clone_into(&mut violation.got);
        violation.edit = None;
    }
    violation.level = milder(note, context);
    violation.hint = hint(note);
    Some(violation)
}

/// Where the text leaves room a departure is a warning (`suites/interpretations.toml`).
fn milder(note: &Note, context: &Context<'_>) -> Option<Level> {
    let warning = match &note.kind {
        NoteKind::Missing(Absence::Warning) => true,
        // Base64 instead of hexadecimal (interpretation `bytes-in-json`).
        NoteKind::Scalar(Scalar::Bytes) => STANDARD.decode(note.got.trim_matches('"')).is_ok(),
        NoteKind::MissingTypeUri(Holder::Member) => context.tables.edition == Edition::V2,
        // We do not hold the prose of 1.x, where the URIs of its Collections stand.
        NoteKind::TypeUri(_) => context.tables.edition == Edition::V1,
        _ => false,
    };
    warning.then_some(Level::Should)
}

/// The smallest edit of the body after which the note would not be made.
fn edit(note: &Note, format: Format) -> Option<String> {
    let at = At::Body(note.at.clone());
    let quoted = note.got.strip_prefix('"').and_then(|got| got.strip_suffix('"'));
    match &note.kind {
        NoteKind::EmptyArray | NoteKind::EmptyMap | NoteKind::EmptyString | NoteKind::Null => {
            Some(crate::edit::remove(&at))
        }
        NoteKind::Scalar(scalar @ (Scalar::Integer | Scalar::Boolean)) if format == Format::Json => {
            let bare = quoted.filter(|bare| crate::meaning::is_lexical(*scalar, bare))?;
            Some(crate::edit::replace(&at, &note.got, bare))
        }
        NoteKind::MissingTypeUri(_) if note.expected.contains("://") => {
            Some(crate::edit::add(&at, &format!("{:?}", note.expected)))
        }
        NoteKind::TypeUri(_) => {
            Some(crate::edit::replace(&at, &format!("{:?}", note.got), &format!("{:?}", note.expected)))
        }
        NoteKind::Missing(_)
        | NoteKind::MissingMemberId
        | NoteKind::MissingCollectionId
        | NoteKind::MissingCount => Some(crate::edit::add_something(&at)),
        _ => None,
    }
}

fn hint(note: &Note) -> Option<String> {
    match &note.kind {
        NoteKind::Scalar(Scalar::Integer) if note.got.starts_with('"') => {
            Some("write the number without quotes".to_owned())
        }
        NoteKind::Scalar(Scalar::Boolean) if note.got.starts_with('"') => {
            Some("write true or false without quotes".to_owned())
        }
        NoteKind::Scalar(Scalar::DateTime) => Some("2012-05-25T13:30:15-05:00 is of that form".to_owned()),
        _ => None,
    }
}

fn requirement(note: &Note, format: Format, context: &Context<'_>) -> Option<&'static str> {
    let json = format == Format::Json;
    Some(match &note.kind {
        // A boolean in quotes is a matter of JSON; anything else is not what this attribute says.
        NoteKind::Scalar(_)
            if further::is_required(note) && !matches!(note.got.trim_matches('"'), "true" | "false") =>
        {
            "DSP8009/metadata-required"
        }
        NoteKind::Scalar(scalar) => of_scalar(*scalar, json),
        NoteKind::NoZone => "5.5.2/datetime-zone",
        NoteKind::Value(_) if note.subject == "Job.progress" => "5.17.1/progress-range",
        NoteKind::Value(clause) => return of_value(clause),
        NoteKind::Ref if json => "5.5.6/ref-json",
        NoteKind::Ref => "5.5.6/ref-xml",
        NoteKind::Array | NoteKind::RefItem => of_array(note, json, context),
        NoteKind::RefWithoutHref => "5.5.6/ref-href",
        NoteKind::RootName => "5.4/xml-root",
        NoteKind::Misspelt => "5.2/case-sensitive",
        NoteKind::Long if context.tables.edition == Edition::V1 => "DSP8009/integers-long",
        NoteKind::Long => return None,
        NoteKind::Map if json => "5.4/json-object",
        NoteKind::Map => by_edition(context, "DSP8009/property-element", "5.4/xml-root"),
        NoteKind::Structure => "5.5.8/structure-consistent",
        // An empty wrapper in XML is either reading of the text (interpretation `empty-xml-wrapper`).
        NoteKind::EmptyArray | NoteKind::EmptyMap if !json => return None,
        NoteKind::EmptyArray if is_item_list(note, context) => "5.5.12/empty-list-omitted",
        NoteKind::EmptyArray => "5.5.11/empty-array-omitted",
        NoteKind::EmptyMap => "5.5.7/empty-map-omitted",
        NoteKind::EmptyString => "5.5.5/empty-string-omitted",
        NoteKind::Null => "5.5.15/no-empty-value",
        NoteKind::Repeated | NoteKind::Wrapped => "5.4/json-object",
        NoteKind::RepeatedKey => "5.5.7/map-keys-unique",
        NoteKind::Missing(_) => of_missing(note),
        NoteKind::MissingMemberId => "5.5.12/member-id",
        NoteKind::MissingCollectionId => "5.5.12/collection-id",
        NoteKind::MissingCount => "5.5.12/collection-count",
        NoteKind::CountTooSmall => "5.5.12/count-not-less",
        NoteKind::Grouping if note.expected.contains("directly in <Collection>") => {
            "DSP8009/collection-members-flat"
        }
        NoteKind::Grouping => "5.5.12/grouping-name",
        NoteKind::Members => "5.5.12/collection-shape",
        NoteKind::NamedItem => "5.5.11/array-json-structures",
        NoteKind::Property => "5.7.1/property-shape",
        NoteKind::MissingTypeUri(Holder::Root) => "4.1.4/resource-uri-json",
        NoteKind::MissingTypeUri(Holder::XmlCollection) => "4.1.4/resource-uri-xml-collection",
        NoteKind::MissingTypeUri(Holder::Member) if context.tables.edition == Edition::V1 => return None,
        NoteKind::MissingTypeUri(Holder::Member) | NoteKind::TypeUri(Holder::Member) => {
            "5.5.12/member-resource-uri"
        }
        NoteKind::TypeUri(Holder::Root | Holder::XmlCollection) => "4.1.4/resource-uri-matches-root",
        NoteKind::Root if note.expected.starts_with("the namespace") => {
            by_edition(context, "DSP8009/namespace", "4.1.2/namespace")
        }
        NoteKind::Root => by_edition(context, "DSP8009/collection-root", "5.5.12/collection-xml-root"),
        NoteKind::Unknown => "5.1/extensions-advertised",
        NoteKind::Operations
        | NoteKind::OperationField
        | NoteKind::OperationRepeated
        | NoteKind::OperationRel
        | NoteKind::OperationAvailable => of_operations(&note.kind, context),
    })
}

fn of_operations(kind: &NoteKind, context: &Context<'_>) -> &'static str {
    match kind {
        NoteKind::OperationField => "4.2/operation-rel-href",
        NoteKind::OperationRepeated => "4.2/operation-rel-unique",
        NoteKind::OperationRel => "4.2/operation-extension-rel",
        NoteKind::OperationAvailable => "4.2/operation-available",
        _ => by_edition(context, "DSP8009/operation-element", "4.2/operations-serialised"),
    }
}

fn of_array(note: &Note, json: bool, context: &Context<'_>) -> &'static str {
    match (&note.kind, json) {
        (NoteKind::RefItem, true) => "5.5.11/array-json-refs",
        (NoteKind::RefItem, false) => by_edition(context, "DSP8009/arrays-flat", "5.5.11/array-xml-refs"),
        (_, true) if note.subject.ends_with(".vscope") => "5.5.14/vscope-array",
        (_, true) => "5.5.11/array-json-wrapper",
        (_, false) => by_edition(context, "DSP8009/arrays-flat", "5.5.11/array-xml-items"),
    }
}

fn of_scalar(scalar: Scalar, json: bool) -> &'static str {
    match (scalar, json) {
        (Scalar::Boolean, true) => "5.5.1/boolean-json",
        (Scalar::Boolean, false) => "5.5.1/boolean-xml",
        (Scalar::DateTime, true) => "5.5.2/datetime-json",
        (Scalar::DateTime, false) => "5.5.2/datetime-xml",
        (Scalar::Duration, true) => "5.5.3/duration-json",
        (Scalar::Duration, false) => "5.5.3/duration-xml",
        (Scalar::Integer, true) => "5.5.4/integer-json",
        (Scalar::Integer, false) => "5.5.4/integer-xml",
        (Scalar::String, true) => "5.5.5/string-json",
        (Scalar::String, false) => "5.5.5/string-xml",
        (Scalar::Bytes, true) => "5.5.9/bytes-json",
        (Scalar::Bytes, false) => "5.5.9/bytes-xml",
        (Scalar::Uri, true) => "5.5.10/uri-json",
        (Scalar::Uri, false) => "5.5.10/uri-xml",
    }
}

fn of_missing(note: &Note) -> &'static str {
    match note.subject.rsplit('.').next() {
        Some("id") => "4.1/id-self-pointer",
        Some("typeURI") => "5.11/type-uri",
        _ => "5.3/provider-mandatory",
    }
}

/// The requirement that holds the values of a type, by its clause.
fn of_value(clause: &str) -> Option<&'static str> {
    const BY_CLAUSE: [&str; 21] = [
        "5.13.1/attributes",
        "5.14.1/attributes",
        "5.14.3/attributes",
        "5.14.5/attributes",
        "5.14.7/attributes",
        "5.15.1/attributes",
        "5.15.5/attributes",
        "5.15.7/attributes",
        "5.16.1/attributes",
        "5.16.3/attributes",
        "5.16.5/attributes",
        "5.16.7/attributes",
        "5.16.9/attributes",
        "5.16.11/attributes",
        "5.16.13/attributes",
        "5.16.15/attributes",
        "5.16.17/attributes",
        "5.16.19/attributes",
        "5.17.1/attributes",
        "5.17.3/attributes",
        "5.17.13/attributes",
    ];
    BY_CLAUSE.into_iter().find(|id| id.strip_suffix("/attributes") == Some(clause))
}

/// Whether an empty array is the list of the members of a Collection.
fn is_item_list(note: &Note, context: &Context<'_>) -> bool {
    let Some((kind, name)) = note.subject.split_once('.') else { return false };
    context.tables.collections.contains_key(kind) && name != "operations"
}
