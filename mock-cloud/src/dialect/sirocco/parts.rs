//! What Sirocco's resources have in common.

use http::StatusCode;

use super::super::picture::{Form, Place, Shown, TYPE, Take, offer, offers, same, shown};
use super::super::speech::{Act, Cause, Create, Delete, Hrefs, Mend, Reply, Update, Verbs};

/// The type, in JSON of resources and everywhere in collections.
pub(super) const OWN_TYPE: Shown = TYPE.place(Place::Json);
pub(super) const LIST_TYPE: Shown = TYPE.attribute();
pub(super) const CREATED: Shown = same("created").form(Form::MillisOffset);
pub(super) const UPDATED: Shown = same("updated").form(Form::MillisOffset);
pub(super) const ADD: Shown = offers(&[offer("add", "{self}", &[])]);
pub(super) const CHANGES: Shown = offers(&[offer("edit", "{self}", &[]), offer("delete", "{self}", &[])]);

/// Which account of which provider it is at.
pub(super) const PROVIDER: Shown = shown(
    "providerInfo",
    Take::Group(&[
        shown("providerAccountId", Take::Either(&[Take::Kept("account"), Take::Text("1")])),
        shown("providerName", Take::Text("mock")),
        shown("providerAssignedId", Take::Text("{id}")),
        shown("location", Take::Either(&[Take::Kept("location"), Take::Text("FR")])),
    ]),
);

/// What an account and a place are asked for with; the cloud behind knows neither.
const PLACED: [Mend; 6] = [
    Mend::Drop("resourceURI"),
    Mend::Keep("account", &["providerAccountId"], ""),
    Mend::Keep("location", &["location"], ""),
    Mend::Drop("providerAccountId"),
    Mend::Drop("location"),
    Mend::Drop("visibility"),
];

/// Made by a Job, and shown in the making.
pub(super) static BY_JOB: Create = Create {
    at: None,
    mends: &PLACED,
    status: StatusCode::ACCEPTED,
    reply: Reply::Item,
    location: Hrefs::Absolute,
    job: true,
};

/// Made at once. The Job behind is not told.
pub(super) static AT_ONCE: Create = Create {
    at: None,
    mends: &PLACED,
    status: StatusCode::CREATED,
    reply: Reply::Item,
    location: Hrefs::Absolute,
    job: false,
};

/// An update says that it was done, and was so only where it named its attributes.
pub(super) static UPDATE: Update = Update {
    ignores: &["id", "resourceURI", "created", "updated", "operations"],
    status: StatusCode::OK,
    reply: Reply::Nothing(None),
    only_selected: true,
};

pub(super) static DELETE_BY_JOB: Delete = Delete {
    status: StatusCode::ACCEPTED,
    reply: Reply::Nothing(None),
    unsaved: None,
    gone: Some(Cause::Missing),
    detaches: false,
    job: true,
};

pub(super) static DELETE: Delete = Delete {
    status: StatusCode::OK,
    reply: Reply::Nothing(None),
    unsaved: None,
    gone: Some(Cause::Missing),
    detaches: false,
    job: false,
};

/// Actions are posted to the resource; `capture` is offered, but not there.
pub(super) static ACT: Act = Act {
    names: &["start", "stop", "restart", "pause", "suspend"],
    at_item: true,
    status: StatusCode::ACCEPTED,
    content_type: None,
    refused: Some(Cause::Conflict),
    unknown: Cause::Unsupported,
    job: true,
};

pub(super) const BY_JOBS: Verbs =
    Verbs { create: Some(&BY_JOB), update: Some(&UPDATE), delete: Some(&DELETE_BY_JOB), ..Verbs::LOOK };
pub(super) const SYNCHRONOUS: Verbs =
    Verbs { create: Some(&AT_ONCE), update: Some(&UPDATE), delete: Some(&DELETE), ..Verbs::LOOK };

/// What is common to all, around what a kind has.
macro_rules! resource {
    ($($own:expr),* $(,)?) => {
        picture(&[OWN_TYPE, ID, NAME, DESCRIPTION, CREATED, UPDATED, PROPERTIES, $($own),*])
    };
}

/// A kind: its collections in the cloud, here, its type, its collection's type and key, and what it has.
macro_rules! kind {
    ($inner:literal, $list:literal, $ty:literal, $collection:literal, $members:expr, $verbs:expr, [$($own:expr),* $(,)?]) => {
        Page {
            ids: Ids::Uuid,
            ty: $ty,
            collection: $collection,
            as_list: picture(&[LIST_TYPE, ID, COUNT, $members, ADD]),
            as_expanded: picture(&[LIST_TYPE, ID, COUNT, $members, ADD]),
            as_member: resource!($($own),*),
            as_item: resource!($($own),*),
            verbs: $verbs,
            ..Page::new($inner, $list, concat!($list, "/{}"))
        }
    };
}

pub(super) use {kind, resource};

/// The members of a collection, under a key.
pub(super) const fn members(key: &'static str) -> Shown {
    shown(key, Take::Members)
}

/// The members of a collection, an empty array where there are none.
pub(super) const fn all_members(key: &'static str) -> Shown {
    shown(key, Take::AllMembers)
}

/// A collection.
pub(super) const fn inside(name: &'static str) -> Shown {
    shown(name, Take::Collection(name))
}
