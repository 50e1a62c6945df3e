//! Collections (DSP0263 5.5.12) as a caller asks for them.
//!
//! Owns what is looked at for a page, and for how long at a time. A page without filter and order costs what it lists; a
//! filter that names a name costs what has that name; else every member is looked at. A long look lets go of the world now
//! and then, so that nobody waits for its end. Should the world change meanwhile: members come in the order of their
//! creation, each as it was when it was looked at; what goes before its turn is not listed, what comes is, at the end.

use std::vec;

use cimi::model::schema;
use cimi::query::{Query, Sieve};
use cimi::server::{ListRequest, Listing, Refusal, Version};
use cimi::{Document, Reference, Value};

use super::atlas::{METADATA, path_of_group};
use super::offers;
use super::render::View;
use super::seen::Seen;
use crate::world::{Group, Id, Record, World};

/// What may be spent before the world is let go: about a tenth of a millisecond.
const HOLD: usize = 1024;
/// What it costs to look at a member, and to build its representation.
const LOOK: usize = 1;
const BUILD: usize = 32;

/// A collection of the world that is being listed.
pub(super) struct Scan<'q> {
    group: Group,
    query: &'q Query,
    /// What was said of the collection when it was first looked at.
    head: Option<Head>,
    /// The member looked at last.
    last: Option<Id>,
    /// Members of a page without filter that were looked at.
    looked: u64,
    /// Whether there was none after them.
    ended: bool,
    stage: Stage<'q>,
    members: Vec<Document>,
}

/// Whether there is more to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// There is, once others have had their turn.
    More,
    /// There is not.
    Done,
}

struct Head {
    collection: Document,
    version: Version,
    count: u64,
}

enum Stage<'q> {
    /// So many members are listed as they come.
    Page { left: usize },
    /// Members are judged.
    Sift(Sieve<'q, Kept>),
    /// What has been kept is built, in the order asked for.
    Build(vec::IntoIter<Kept>),
}

/// A member that may be listed.
enum Kept {
    /// It is, as it was when it was judged.
    Built(Box<Document>),
    /// It is if its place in the order is within the page.
    Candidate(Id),
}

impl<'q> Scan<'q> {
    /// A listing to be.
    ///
    /// # Errors
    /// If a filter or a sort key is not of the members' type.
    pub(super) fn new(group: Group, request: &ListRequest<'q>) -> Result<Self, Refusal> {
        let query = request.query;
        query.check(request.member, request.extensions)?;
        let stage = if query.filters.is_empty() && query.order_by.is_none() {
            Stage::Page { left: usize::try_from(query.window().take).unwrap_or(usize::MAX) }
        } else {
            Stage::Sift(Sieve::new(query))
        };
        Ok(Self { group, query, head: None, last: None, looked: 0, ended: false, stage, members: Vec::new() })
    }

    /// Looks at some of the members.
    ///
    /// # Errors
    /// If there is no such collection.
    pub(super) fn go_on(&mut self, view: &View<'_>) -> Result<Progress, Refusal> {
        if self.head.is_none() {
            self.head = Some(head(view, self.group)?);
        }
        let mut spent = 0;
        if let Stage::Page { .. } | Stage::Sift(_) = self.stage {
            let world = view.sim.world();
            let mut rest = rest(world, self.group, self.query, self.last);
            loop {
                if matches!(self.stage, Stage::Page { left: 0 }) {
                    break;
                }
                let Some(record) = rest.next() else {
                    self.ended = true;
                    break;
                };
                if spent >= HOLD {
                    return Ok(Progress::More);
                }
                self.last = Some(record.id);
                spent += self.look(view, record);
            }
            self.counted(world);
            self.sifted();
        }
        while let Stage::Build(kept) = &mut self.stage
            && let Some(next) = kept.next()
        {
            match next {
                Kept::Built(document) => self.members.push(*document),
                Kept::Candidate(id) => {
                    spent += BUILD;
                    let record = view.sim.world().get(id);
                    self.members.extend(record.and_then(|record| view.member(record)));
                    if spent >= HOLD {
                        return Ok(Progress::More);
                    }
                }
            }
        }
        Ok(Progress::Done)
    }

    /// What has been looked at, once it is done.
    pub(super) fn into_listing(self) -> Result<Listing, Refusal> {
        let Head { collection, version, count } = self.head.ok_or_else(super::nothing)?;
        Ok(Listing { collection, count, members: self.members, version })
    }

    /// Looks at the next member. Returns what that cost.
    fn look(&mut self, view: &View<'_>, record: &Record) -> usize {
        match &mut self.stage {
            Stage::Page { left } => {
                *left -= 1;
                self.looked += 1;
                self.members.extend(view.member(record));
                LOOK + BUILD
            }
            Stage::Sift(sieve) => {
                let Some(shown) = view.shown(record) else { return LOOK };
                let Some(pass) = sieve.judge(&Seen { view, shown }) else { return LOOK };
                if self.query.order_by.is_some() {
                    sieve.keep(pass, Kept::Candidate(record.id));
                    return LOOK;
                }
                if let Some(document) = view.member(record) {
                    sieve.keep(pass, Kept::Built(Box::new(document)));
                }
                LOOK + BUILD
            }
            Stage::Build(_) => 0,
        }
    }

    /// The page is full, or at its end: how many members there are then. Whatever came or went meanwhile, they are no
    /// fewer than what the page shows, and where it shows the last of them, just as many.
    fn counted(&mut self, world: &World) {
        let (Stage::Page { .. }, Some(head)) = (&self.stage, &mut self.head) else { return };
        let shown = self.query.window().skip.saturating_add(self.looked);
        let there = world.count(self.group) as u64;
        head.count = match (self.looked, self.ended) {
            (0, _) => there,
            (_, true) => shown,
            (_, false) => there.max(shown),
        };
    }

    /// All have been judged.
    fn sifted(&mut self) {
        let done = Stage::Build(Vec::new().into_iter());
        if let Stage::Sift(sieve) = std::mem::replace(&mut self.stage, done) {
            let page = sieve.into_page();
            if let Some(head) = &mut self.head {
                head.count = page.count;
            }
            self.stage = Stage::Build(page.members.into_iter());
        }
    }
}

/// The members that are still to be looked at.
fn rest<'w>(
    world: &'w World,
    group: Group,
    query: &'w Query,
    last: Option<Id>,
) -> Box<dyn Iterator<Item = &'w Record> + 'w> {
    // A link is listed under the name of what it refers to.
    let name = query.required("name").filter(|_| group.kind.card().link.is_none());
    match (name, last) {
        (Some(name), last) => Box::new(world.named(group, name, last)),
        (None, Some(last)) => world.members_after(group, last),
        (None, None) if query.filters.is_empty() && query.order_by.is_none() => {
            world.members(group, usize::try_from(query.window().skip).unwrap_or(usize::MAX))
        }
        (None, None) => world.members(group, 0),
    }
}

fn head(view: &View<'_>, group: Group) -> Result<Head, Refusal> {
    let world = view.sim.world();
    let schema = view.collection(group).filter(|_| world.has(group)).ok_or_else(super::nothing)?;
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
    Ok(Head { collection, version: view.collection_version(group), count: world.count(group) as u64 })
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

#[cfg(test)]
mod tests;
