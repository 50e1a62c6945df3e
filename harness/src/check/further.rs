//! What a departure breaks beside the rule that it breaks first.
//!
//! Owns the pairing with further requirements; the first one is for `notes`.

use crate::event::{Edition, Format};
use crate::meaning::{Holder, Note, NoteKind};
use crate::spec::Absence;

use super::{Context, Seen, collections};

/// Attributes that clause 7.1 names: of a Machine and its configuration, of an image.
const MINIMAL: [&str; 7] = [
    "Machine.cpu",
    "Machine.memory",
    "Machine.cpuSpeed",
    "MachineConfiguration.cpu",
    "MachineConfiguration.memory",
    "MachineConfiguration.cpuSpeed",
    "MachineImage.imageLocation",
];

/// The further requirements that a note proves broken.
pub(super) fn requirements(
    note: &Note,
    format: Format,
    seen: &Seen<'_>,
    context: &Context<'_>,
) -> Vec<&'static str> {
    let json = format == Format::Json;
    let v1 = context.tables.edition == Edition::V1;
    let mut all = Vec::new();
    let (owner, member) = note.subject.split_once('.').unwrap_or((&note.subject, ""));
    match &note.kind {
        NoteKind::TypeUri(holder) => {
            all.extend(collections::of_another_kind(note, context.tables));
            let is_another = collections::are_other_kinds(&note.got, &note.expected);
            if owner == "CloudEntryPoint" && *holder == Holder::Root && is_another {
                all.push("5.12/serialised");
            }
        }
        NoteKind::RootName if owner == "CloudEntryPoint" => all.push("5.12/serialised"),
        NoteKind::MissingTypeUri(Holder::Root) if json && seen.exchange.request.url.contains("select=") => {
            all.push("4.1.6.3/select-resource-uri");
        }
        NoteKind::Unknown => all.extend(identifier(member)),
        NoteKind::Scalar(_) if v1 && !json && !is_required(note) => all.push("DSP8009/simple-types"),
        NoteKind::MissingCount | NoteKind::Grouping if v1 && json => all.push("DSP8009/json-collections"),
        NoteKind::Missing(absence) => {
            if !v1 && MINIMAL.contains(&note.subject.as_str()) {
                all.push("7.1/machine-attributes");
            }
            if *absence == Absence::Warning && context.links.mandatory.contains(&note.subject) {
                all.push("5.11/mandatory-kept");
            }
        }
        NoteKind::Array if json && owner == "ResourceMetadata" && member != "vscope" => {
            all.push("5.11/serialised");
        }
        _ => {}
    }
    all
}

/// Whether a note is about `required` of an attribute in the metadata.
pub(super) fn is_required(note: &Note) -> bool {
    note.subject.starts_with("ResourceMetadata.attribute") && note.subject.ends_with(".required")
}

/// The rule of 5.2 that a name breaks.
fn identifier(name: &str) -> Option<&'static str> {
    let fits = |char: char| char.is_ascii_alphanumeric() || char == '_';
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        Some("5.2/identifier-start")
    } else {
        (!name.chars().all(fits)).then_some("5.2/identifier-characters")
    }
}
