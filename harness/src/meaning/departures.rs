//! Which attributes of a resource are concerned where its bytes depart from the tables.
//!
//! Owns the way from the place of a note to the name of an attribute. One deviation is told once: what departs is not compared.

use crate::spec::{Tables, place_of};

use super::{Note, NoteKind, Resource};

/// Marks a resource, and its items, with what the notes are about.
pub(super) fn mark(resource: &mut Resource, notes: &[Note], tables: &Tables) {
    for note in notes.iter().filter(|note| is_departure(&note.kind)) {
        let path: Vec<&str> = note.at.path.split('/').skip(1).collect();
        // XML paths begin with the root element.
        let is_xml = path.first().is_some_and(|first| first.starts_with(char::is_uppercase));
        let path = if is_xml { &path[1..] } else { path.as_slice() };
        if resource.is_collection
            && let Some((index, rest)) = item(path, is_xml)
            && let Some(item) = resource.items.get_mut(index)
        {
            one(item, note, rest, tables);
        } else {
            one(resource, note, path, tables);
        }
    }
}

/// What is absent, or there and unknown, differs from what is there.
fn is_departure(kind: &NoteKind) -> bool {
    !matches!(kind, NoteKind::Unknown | NoteKind::Missing(_) | NoteKind::CountTooSmall | NoteKind::Grouping)
}

/// The index of the item that a path in a Collection leads into, and the rest of the path.
fn item<'p>(path: &'p [&'p str], is_xml: bool) -> Option<(usize, &'p [&'p str])> {
    if !is_xml {
        return Some((path.get(1)?.parse().ok()?, &path[2..]));
    }
    let indexed = |step: &str| {
        let (_, index) = step.strip_suffix(']')?.rsplit_once('[')?;
        index.parse::<usize>().ok()?.checked_sub(1)
    };
    let at = path.iter().take(2).position(|step| indexed(step).is_some())?;
    Some((indexed(path[at])?, &path[at + 1..]))
}

fn one(resource: &mut Resource, note: &Note, path: &[&str], tables: &Tables) {
    let of_type = matches!(
        note.kind,
        NoteKind::TypeUri(_) | NoteKind::MissingTypeUri(_) | NoteKind::Root | NoteKind::RootName
    );
    let name = match path.first() {
        _ if of_type => "@type",
        Some(step) => {
            let step = step.split('[').next().unwrap_or(step);
            let declared = resource.type_name.as_deref().and_then(|name| tables.types.get(name));
            let named = declared.and_then(|it| it.attributes.get_index(place_of(step, &it.attributes)?));
            named.map_or(step, |(name, _)| name.as_str())
        }
        None => return,
    };
    let name = if name == "operation" { "operations" } else { name };
    resource.departures.insert(name.to_owned());
}
