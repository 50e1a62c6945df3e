//! What a request is about, by its path and the model alone.
//!
//! Owns the reading of paths as this cloud writes them: names of attributes that lead to collections, and numbers. Knows
//! no world, so that a kind that is added to the cloud is known here by its declaration.

use cimi::Edition;
use cimi::model::{Schema, Type, registry, schema};

use super::way::{Part, When};

/// The target of a request.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The type of the resource, of the members of the collection, or of what the operation is asked of.
    pub(super) ty: &'static str,
    /// The path of the resource or collection, that of the operation cut off.
    pub(super) path: String,
    /// The path of the Cloud Entry Point, a slash at its end.
    pub(super) base: String,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Collection,
    Resource,
    Operation(String),
}

impl Target {
    /// The target of a path; none if no path of a cloud is like it.
    pub(super) fn of(edition: Edition, path: &str) -> Option<Self> {
        let entry = schema(edition, "CloudEntryPoint");
        let segments: Vec<&str> = path.split('/').collect();
        let first = segments.iter().position(|segment| begin(entry, segment).is_some());
        let Some(first) = first else {
            let is_entry = path.ends_with('/');
            let target =
                Self { ty: entry.name(), path: path.to_owned(), base: path.to_owned(), what: What::Resource };
            return is_entry.then_some(target);
        };
        let base = segments[..first].join("/") + "/";
        let up_to = |last: usize| segments[..=last].join("/");
        let target = |ty, path, what| Some(Self { ty, path, base: base.clone(), what });
        let (mut at, mut owner) = (first, entry);
        loop {
            let member =
                if at == first { begin(owner, segments[at]) } else { collection(owner, segments[at]) }?;
            let Some(id) = segments.get(at + 1) else {
                return target(member.name(), up_to(at), What::Collection);
            };
            if matches!(*id, "insert" | "remove" | "import") {
                return target(member.name(), up_to(at), What::Operation((*id).to_owned()));
            }
            let Some(tail) = segments.get(at + 2) else {
                return target(member.name(), up_to(at + 1), What::Resource);
            };
            if collection(member, tail).is_none() {
                return target(member.name(), up_to(at + 1), What::Operation((*tail).to_owned()));
            }
            (at, owner) = (at + 2, member);
        }
    }

    /// Whether it is what a way is about.
    pub(super) fn fits(&self, when: &When) -> bool {
        let part = match (when.part, &self.what) {
            (Part::Any, _) | (Part::Collection, What::Collection) | (Part::Resource, What::Resource) => true,
            (Part::Operation(name), What::Operation(own)) => name == own,
            _ => false,
        };
        part && (when.types.is_empty() || when.types.contains(&self.ty))
    }

    /// Whether it is a collection.
    pub(super) fn is_collection(&self) -> bool {
        self.what == What::Collection
    }

    /// Whether it is a collection of the Cloud Entry Point.
    pub(super) fn is_of_cloud(&self) -> bool {
        self.path.strip_prefix(&self.base).is_some_and(|rest| !rest.contains('/'))
    }

    /// The collection that the resource is a member of.
    pub(super) fn parent(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(parent, _)| parent)
    }
}

/// The type of what a path begins with: a collection of the entry point, or, of what has a place of its own and no collection
/// there, its name in the plural (`systemServices`).
fn begin(entry: &Schema, segment: &str) -> Option<&'static Schema> {
    collection(entry, segment).or_else(|| {
        let (first, rest) = segment.strip_suffix('s')?.split_at_checked(1)?;
        registry(entry.edition).get(&format!("{}{rest}", first.to_ascii_uppercase()))
    })
}

/// The type of the members of the collection that an attribute leads to.
fn collection(owner: &Schema, attribute: &str) -> Option<&'static Schema> {
    let Type::Collection(name) = owner.attribute(attribute)?.ty else { return None };
    let (_, member, _) = registry(owner.edition).get(name)?.members()?;
    Some(member)
}
