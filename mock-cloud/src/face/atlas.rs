//! How an edition shows the kinds of the world: schemas and path segments, derived from the model.
//!
//! Owns the addresses of resources: from a path to a place, and back. Knows no HTTP and holds no resource.

use std::collections::HashMap;

use cimi::Edition;
use cimi::model::{Form, Schema, Type, schema};

use crate::world::kind::{Held, Policy, Uses};
use crate::world::{Group, Home, Id, Kind, Record, World};

/// The segment under which metadata is found, and the Cloud Entry Point's attribute for it.
pub(super) const METADATA: &str = "resourceMetadata";

/// The operation of collections that take packages, and its segment.
pub(super) const IMPORT: &str = "import";

/// One edition's view of the kinds.
#[derive(Debug)]
pub(super) struct Atlas {
    edition: Edition,
    pages: Vec<Page>,
    /// For each kind, the collection attributes of its resources and the kinds that they list.
    collections: Vec<Vec<(&'static str, Kind)>>,
    by_segment: HashMap<&'static str, Kind>,
}

/// One edition's view of a kind; of one that it does not have, nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Page {
    /// What its resources are read as at their own address; none for a link that is only an item of a collection here.
    pub(super) resource: Option<&'static Schema>,
    /// Its collection; none for the Cloud Entry Point.
    pub(super) collection: Option<&'static Schema>,
    /// What its resources are shown as there.
    pub(super) member: Option<&'static Schema>,
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A collection.
    Collection(Group),
    /// A resource, in the collection that the path says it is in.
    Resource(Group, Id),
    /// The URI of an operation on a resource that takes an Action.
    Operation(Id, &'static str),
    /// The URI of an operation on a resource that makes another one (5.14.7.1); the kind of that.
    Making(Id, &'static str, Kind),
    /// The URI of `insert`, `remove` or `import` of a collection.
    Gathering(Group, &'static str),
    /// The collection of metadata.
    Metadata,
    /// The metadata of a type.
    MetadataOf(&'static Schema),
}

impl Atlas {
    /// The view of an edition.
    pub(super) fn new(edition: Edition) -> Self {
        let pages: Vec<Page> = Kind::ALL.into_iter().map(|kind| page(edition, kind)).collect();
        let is_here = |kind: &Kind| pages[*kind as usize].collection.is_some();
        let flat = |kind: &Kind| !kind.is_addressed_below() && *kind != Kind::CloudEntryPoint;
        let by_segment = Kind::ALL.into_iter().filter(flat).filter(is_here);
        let by_segment = by_segment.map(|kind| (kind.segment(), kind)).collect();
        let collections = Kind::ALL.into_iter().map(|owner| match owner {
            Kind::CloudEntryPoint => Kind::ALL
                .into_iter()
                .filter(|kind| matches!(kind.card().home, Home::Cloud(_)) && is_here(kind))
                .map(|kind| (kind.attribute(), kind))
                .collect(),
            _ => owner.collections().filter(|(_, kind)| is_here(&owner) && is_here(kind)).collect(),
        });
        let collections = collections.collect();
        Self { edition, pages, collections, by_segment }
    }

    /// The edition.
    pub(super) fn edition(&self) -> Edition {
        self.edition
    }

    /// The view of a kind.
    pub(super) fn page(&self, kind: Kind) -> &Page {
        &self.pages[kind as usize]
    }

    /// A collection in a resource: one of the whole cloud, for the Cloud Entry Point.
    pub(super) fn group(&self, owner: Id, attribute: &str) -> Option<Group> {
        let (_, kind) =
            self.collections[owner.kind() as usize].iter().find(|(name, _)| *name == attribute)?;
        Some(match owner {
            Id::CLOUD => Group::of_cloud(*kind),
            owner => Group::inside(owner, *kind),
        })
    }

    /// Whether resources of a kind have a collection.
    pub(super) fn has_collection(&self, kind: Kind, attribute: &str) -> bool {
        self.collections[kind as usize].iter().any(|(name, _)| *name == attribute)
    }

    /// The place of a path. Whether anything is there is the world's to say.
    pub(super) fn place(&self, path: &str) -> Option<Place> {
        if path.is_empty() {
            return Some(Place::Resource(Group::of_cloud(Kind::CloudEntryPoint), Id::CLOUD));
        }
        let mut segments = path.split('/');
        let first = segments.next()?;
        let rest: Vec<&str> = segments.take(4).collect();
        if first == METADATA {
            return match rest.as_slice() {
                [] => Some(Place::Metadata),
                [name] => self.described().find(|schema| schema.name() == *name).map(Place::MetadataOf),
                _ => None,
            };
        }
        let group = Group::of_cloud(*self.by_segment.get(first)?);
        match rest.as_slice() {
            [] => self.group(Id::CLOUD, first).map(Place::Collection),
            [last] => self.member(group, last).or_else(|| self.importing(group, last)),
            [number, tail @ ..] => {
                let id = Id::new(group.kind, parse(number)?)?;
                match (self.group(id, tail[0]), tail) {
                    (Some(group), [_]) => Some(Place::Collection(group)),
                    (Some(group), [_, last]) => {
                        self.member(group, last).or_else(|| self.gathering(group, last))
                    }
                    (None, [operation]) => self.operation(id, operation),
                    _ => None,
                }
            }
        }
    }

    /// The path of a resource. A link that has no address here has that of what it refers to.
    pub(super) fn path(&self, world: &World, id: Id) -> Option<String> {
        if id == Id::CLOUD {
            return Some(String::new());
        }
        let record = world.get(id)?;
        match self.page(id.kind()).resource {
            Some(_) => Some(path_of(record)),
            None => self.path(world, record.fields.resource(id.kind().card().link?.attribute)?),
        }
    }

    /// The types that have metadata here.
    pub(super) fn described(&self) -> impl Iterator<Item = &'static Schema> + '_ {
        self.pages.iter().filter_map(|page| page.resource)
    }

    /// The kind whose resources are read as a type.
    pub(super) fn kind_of(&self, schema: &Schema) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| self.page(*kind).resource.is_some_and(|it| it == schema))
    }

    fn member(&self, group: Group, number: &str) -> Option<Place> {
        self.page(group.kind).resource?;
        if group.owner.is_some() != group.kind.is_addressed_below() {
            return None;
        }
        Id::new(group.kind, parse(number)?).map(|id| Place::Resource(group, id))
    }

    fn operation(&self, id: Id, name: &str) -> Option<Place> {
        let operation = self.page(id.kind()).resource?.operation(name)?;
        let makes = Kind::ALL.into_iter().find(|kind| kind.name() == operation.request);
        Some(match makes {
            Some(kind) => Place::Making(id, operation.name, kind),
            None => Place::Operation(id, operation.name),
        })
    }

    fn importing(&self, group: Group, name: &str) -> Option<Place> {
        (name == IMPORT && self.imports(group.kind)).then_some(Place::Gathering(group, IMPORT))
    }

    /// Whether a collection takes packages (DSP0263 5.13.2.1, 5.13.5.1).
    pub(super) fn imports(&self, kind: Kind) -> bool {
        let of_cloud = matches!(kind.card().home, Home::Cloud(_));
        of_cloud && self.page(kind).collection.is_some_and(|schema| schema.operation(IMPORT).is_some())
    }

    fn gathering(&self, group: Group, name: &str) -> Option<Place> {
        let operation = ["insert", "remove"].into_iter().find(|operation| *operation == name)?;
        self.gathers(group.kind).then_some(Place::Gathering(group, operation))
    }

    /// Whether a collection takes `insert` and `remove`: it only refers to its members, and consumers choose them.
    pub(super) fn gathers(&self, kind: Kind) -> bool {
        let page = self.page(kind);
        let chosen = |uses: Uses| kind.held(uses.attribute).is_some_and(Held::is_settable);
        page.resource.is_none() && page.collection.is_some() && kind.card().link.is_some_and(chosen)
    }

    /// What may be added to a collection: what is made from a template, or what consumers say something of.
    pub(super) fn addition(&self, kind: Kind) -> Option<&'static Schema> {
        let addition = self.page(kind).collection?.addition()?;
        let made = matches!(addition.ty.form, Form::Create { .. }) && kind.card().policy != Policy::Cloud;
        let said = kind.card().attributes.iter().any(Held::is_settable);
        (made || said).then_some(addition)
    }
}

/// The path of a resource that has an address of its own.
pub(super) fn path_of(record: &Record) -> String {
    if record.id == Id::CLOUD {
        return String::new();
    }
    let mut path = path_of_group(record.home());
    path.push('/');
    push_number(&mut path, record.id.number());
    path
}

/// The path of a collection.
pub(super) fn path_of_group(group: Group) -> String {
    let mut path = String::with_capacity(40);
    write_group(&mut path, group);
    path
}

/// Appends the path of a collection.
pub(super) fn write_group(path: &mut String, group: Group) {
    if let Some(owner) = group.owner {
        path.push_str(owner.kind().segment());
        path.push('/');
        push_number(path, owner.number());
        path.push('/');
        path.push_str(group.kind.attribute());
    } else {
        path.push_str(group.kind.segment());
    }
}

/// A kind is in an edition if that has the collection which is the home of the kind.
fn page(edition: Edition, kind: Kind) -> Page {
    let owner = match kind.card().home {
        Home::Root => return Page { resource: kind.schema(edition), ..Page::default() },
        Home::Cloud(_) => Kind::CloudEntryPoint,
        Home::Inside(owner, _) | Home::Flat(owner, _, _) => owner,
    };
    let declared = owner.schema(edition).and_then(|schema| schema.attribute(kind.attribute()));
    match declared.map(|attribute| attribute.ty) {
        Some(Type::Collection(name)) => {
            let collection = schema(edition, name);
            let member = collection.members().map(|(_, member, _)| member);
            Page { resource: kind.schema(edition), collection: Some(collection), member }
        }
        _ => Page::default(),
    }
}

/// A number as this crate writes it: nothing else is an address.
fn parse(text: &str) -> Option<u64> {
    let canonical = !text.is_empty() && !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    if canonical { text.parse().ok() } else { None }
}

fn push_number(path: &mut String, number: u64) {
    use std::fmt::Write as _;
    write!(path, "{number}").expect("writing to a String does not fail");
}

#[cfg(test)]
mod tests;
