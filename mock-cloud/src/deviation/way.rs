//! The words in which a deviation is declared: when it takes hold, and what it does then.
//!
//! Owns the vocabulary. `layer` carries it out.

use cimi::Attributes;
use serde_json::Value as Json;

use super::asked::Asked;
use super::message::Reply;

/// One way of a deviation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    /// The exchanges that it is about.
    pub(super) when: When,
    /// What is done to them.
    pub(super) act: Act,
    /// What a cloud has to have beside what the rest says: a type, and an attribute or an operation of it.
    pub(super) needs: &'static [(&'static str, &'static str)],
}

/// A type that a cloud has to have, and an attribute or an operation of it; empty if it is just the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// The name of the type.
    pub ty: &'static str,
    /// The name of the attribute or the operation.
    pub member: &'static str,
}

/// The exchanges that a way is about. What is empty says nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct When {
    /// Methods.
    pub(super) methods: &'static [&'static str],
    /// Types of the target: of the resource, of the members of the collection, of what the operation is asked of.
    pub(super) types: &'static [&'static str],
    /// What the target is.
    pub(super) part: Part,
    /// A further look at the request.
    pub(super) asks: Option<fn(&Asked) -> bool>,
    /// The statuses of the cloud's reply, first and last.
    pub(super) status: (u16, u16),
}

/// What a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Anything, known or not.
    Any,
    /// A collection.
    Collection,
    /// A resource.
    Resource,
    /// The URI of an operation of this name.
    Operation(&'static str),
}

/// What is done. The first group changes a request, the second a reply, the third needs a memory or further requests.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// The query is changed before the cloud sees it.
    Query(fn(&str) -> String),
    /// The document sent is changed before the cloud sees it.
    Ask(Edit),
    /// A header of the request is dropped, or replaced where it is there.
    AskHeader(&'static str, Option<&'static str>),
    /// The body of the request is changed, as bytes.
    AskBody(fn(&Asked) -> Vec<u8>),
    /// The operation asked for is another one.
    Other(&'static str),
    /// What an update leaves out is what it was before.
    Merge,
    /// An update says the name that the resource has already.
    KeepName,
    /// The request is refused with this status unless an attribute of the resource is one of these texts.
    Unless(&'static str, &'static [&'static str], u16),
    /// The cloud is not asked: from now on the resource is not to be found.
    Hide,
    /// The cloud is not asked: nothing is done, and success is reported.
    Swallow,
    /// The cloud is not asked: the request is refused with this status.
    Refuse(u16),

    /// The status is replaced.
    Status(u16),
    /// A header is dropped.
    NoHeader(&'static str),
    /// A header is set.
    Header(&'static str, &'static str),
    /// A header that is there is changed.
    HeaderText(&'static str, fn(&str) -> String),
    /// Resources are shown changed, wherever they stand in a reply.
    Show(Of, Edit),
    /// A JSON body is changed as a tree.
    Json(fn(&mut Json)),
    /// An XML body is changed as text.
    Xml(fn(&str) -> String),
    /// The reply is changed as a whole.
    Reply(fn(&mut Reply)),
    /// A reply of which the body is so is a refusal with this status.
    Denied(u16, fn(&str) -> bool),
    /// Members come in another order where `$orderby` names an attribute of a kind.
    Sorted(Sort),

    /// What the cloud refuses is answered with success all the same.
    Forgive,
    /// After success, the resource concerned is shown changed, until something else is asked of it.
    Mark(Edit),
    /// After success, the resource asked is shown changed to who reads it next, and to nobody after that.
    MarkOnce(Edit),
    /// As [`Act::Mark`], for the Job of the request.
    MarkJob(Edit),
    /// A deleted resource can still be read, and is still where it was listed.
    Ghost(Seen),
    /// An attribute is shown for ever as it was seen first.
    Freeze(Of, &'static str),
    /// After success, an attribute of the new resource counts as seen as the request says it: for [`Act::Freeze`].
    Echo(&'static str),
    /// What has been seen once of an attribute is shown when it is no longer there.
    Sticky(Of, &'static str),
    /// A text attribute says how often it has been read.
    Counted(Of, &'static str),
    /// When the resource is deleted, what refers to it by this attribute can still be read.
    GhostsOf(&'static str),
    /// When a Volume is deleted, Machines that listed it go on.
    StillConnected,
    /// When the resource is deleted, the members of this collection of it are deleted, too.
    DeleteMembers(&'static str),
    /// When the resource is deleted, what this attribute of it refers to is deleted, too.
    DeleteReferred(&'static str),
    /// After success, what the cloud did is undone in so far as the new resource is deleted.
    DeleteMade,
    /// After success, the template that was given by value is added to the templates.
    AddTemplate,
    /// After success, what stood beside the href of a template becomes part of it.
    ChangeTemplate,
}

/// Where a ghost is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// At its own URI.
    Itself,
    /// In the collections that listed it.
    InCollections,
    /// At the URI of a collection in it, and of its members.
    Inside(&'static str),
    /// At the URIs of the members of a collection in it.
    Members(&'static str),
    /// At the URI of what an attribute of it refers to.
    Referred(&'static str),
}

/// Which resources.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Of {
    /// Of any type.
    All,
    /// Of every type but collections.
    Resources,
    /// Every collection.
    Collections,
    /// Of these types, in collections as well.
    Types(&'static [&'static str]),
}

/// A change of a resource's attributes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Edit {
    /// The attribute is not there.
    Drop(&'static str),
    /// The attribute has this value, whether it was there or not.
    Set(&'static str, V),
    /// The attribute has this value if it was there.
    Change(&'static str, V),
    /// Where the attribute has the first text it has the second.
    Swap(&'static str, &'static str, &'static str),
    /// The attribute has another name.
    Rename(&'static str, &'static str),
    /// The reference points elsewhere.
    Point(&'static str, fn(&str) -> String),
    /// The text is another.
    Text(&'static str, fn(&str) -> String),
    /// The same inside of a reference: what is given by value, or beside a template's href.
    Inside(&'static str, &'static Edit),
    /// The same to the members of the collection or the items of the array.
    Items(&'static str, &'static Edit),
    /// What the type does not declare is not there.
    Known,
    /// The operation is not offered.
    NoOffer(&'static str),
    /// Anything else.
    With(fn(&mut Attributes)),
}

/// A value to set.
#[derive(Clone, Copy, Debug)]
pub(crate) enum V {
    /// A text.
    Text(&'static str),
    /// A number.
    Int(i64),
    /// An array of texts.
    Texts(&'static [&'static str]),
}

/// How members are sorted wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Integers by their digits, as text.
    IntegersAsText,
    /// true before false.
    Booleans,
    /// The later instant first.
    Instants,
    /// Durations by their text.
    DurationsAsText,
    /// Texts without regard to case.
    TextsWithoutCase,
}

/// Anything at all.
pub(crate) const ANY: When =
    When { methods: &[], types: &[], part: Part::Any, asks: None, status: (100, 599) };

impl When {
    /// With this method.
    pub(crate) const fn method(mut self, methods: &'static [&'static str]) -> Self {
        self.methods = methods;
        self
    }

    /// At targets of these types.
    pub(crate) const fn at(mut self, types: &'static [&'static str]) -> Self {
        self.types = types;
        self
    }

    /// At this part.
    pub(crate) const fn part(mut self, part: Part) -> Self {
        self.part = part;
        self
    }

    /// Where the request is so.
    pub(crate) const fn asks(mut self, look: fn(&Asked) -> bool) -> Self {
        self.asks = Some(look);
        self
    }

    /// Where the cloud's reply has a status from one to the other.
    pub(crate) const fn status(mut self, first: u16, last: u16) -> Self {
        self.status = (first, last);
        self
    }

    /// Then this is done.
    pub(crate) const fn then(self, act: Act) -> Way {
        Way { when: self, act, needs: &[] }
    }
}

/// Always, this is done.
pub(crate) const fn always(act: Act) -> Way {
    ANY.then(act)
}

/// Resources of these types are always shown so.
pub(crate) const fn show(types: &'static [&'static str], edit: Edit) -> Way {
    ANY.then(Act::Show(Of::Types(types), edit))
}

/// When an operation is asked for.
pub(crate) const fn operation(types: &'static [&'static str], name: &'static str) -> When {
    ANY.method(&["POST"]).at(types).part(Part::Operation(name))
}

/// When a resource is added.
pub(crate) const fn add(types: &'static [&'static str]) -> When {
    ANY.method(&["POST"]).at(types).part(Part::Collection)
}

/// When a resource is deleted.
pub(crate) const fn delete(types: &'static [&'static str]) -> When {
    ANY.method(&["DELETE"]).at(types).part(Part::Resource)
}

/// When a resource is updated.
pub(crate) const fn put(types: &'static [&'static str]) -> When {
    ANY.method(&["PUT"]).at(types).part(Part::Resource)
}

/// When something is read.
pub(crate) const fn get(types: &'static [&'static str]) -> When {
    ANY.method(&["GET"]).at(types)
}

impl Way {
    /// Shown only by a cloud that has these, too.
    pub(crate) const fn needing(mut self, needs: &'static [(&'static str, &'static str)]) -> Self {
        self.needs = needs;
        self
    }

    /// What a cloud has to have for this to show.
    pub(super) fn needs(&self) -> Vec<Need> {
        let need = |ty: &&'static str, member| Need { ty, member };
        let target = match self.when.part {
            Part::Operation(name) => name,
            _ => "",
        };
        let mut all: Vec<Need> = self.needs.iter().map(|(ty, member)| need(ty, member)).collect();
        all.extend(self.when.types.iter().map(|ty| need(ty, target)));
        if let Act::Show(Of::Types(types), edit) = self.act {
            all.extend(types.iter().map(|ty| need(ty, edit.attribute())));
        }
        if let Act::Freeze(Of::Types(types), attribute) | Act::Sticky(Of::Types(types), attribute) = self.act
        {
            all.extend(types.iter().map(|ty| need(ty, attribute)));
        }
        if let (Act::Mark(edit) | Act::MarkOnce(edit), [ty]) = (self.act, self.when.types) {
            all.push(need(ty, edit.attribute()));
        }
        all
    }

    /// Whether it does something to the reply.
    pub(super) fn shows(&self) -> bool {
        !matches!(
            self.act,
            Act::Query(_)
                | Act::Ask(_)
                | Act::AskHeader(..)
                | Act::AskBody(_)
                | Act::Other(_)
                | Act::Merge
                | Act::KeepName
                | Act::Unless(..)
                | Act::Hide
                | Act::Swallow
                | Act::Refuse(_)
        )
    }
}

impl Edit {
    /// The attribute without which it changes nothing; empty if there is none.
    fn attribute(self) -> &'static str {
        match self {
            Self::Drop(name)
            | Self::Change(name, _)
            | Self::Swap(name, ..)
            | Self::Rename(name, _)
            | Self::Point(name, _)
            | Self::Text(name, _)
            | Self::Inside(name, _)
            | Self::Items(name, _) => name,
            Self::NoOffer(name) if !matches!(name, "edit" | "delete" | "add" | "insert" | "remove") => name,
            Self::Set(..) | Self::Known | Self::NoOffer(_) | Self::With(_) => "",
        }
    }
}
