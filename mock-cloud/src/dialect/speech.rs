//! What a dialect can say of a server: where things are, who may do what with them, and how it errs.
//!
//! Owns the words that dialects are written in, as data. Does nothing.

use http::StatusCode;

use super::picture::{BLANK, Picture, Shown};

/// How a server speaks.
pub(crate) struct Speech {
    /// The path below which everything is, with a slash at both ends.
    pub(super) root: &'static str,
    /// Paths below the root that send their callers to the entry point; `/` for the root without its slash.
    pub(super) redirects: &'static [&'static str],
    /// How it writes addresses.
    pub(super) hrefs: Hrefs,
    /// Whether paths are the same in any case.
    pub(super) any_case: bool,
    /// What it reads and writes.
    pub(super) media: Media,
    /// Who gets in.
    pub(super) access: Access,
    /// The Cloud Entry Point, whose address is that of an item.
    pub(super) entry: Page,
    /// Everything else.
    pub(super) pages: &'static [Page],
    /// Whether `OPTIONS` tells what may be done.
    pub(super) options: bool,
    /// Whether documents have a tag: of their bytes, without quotes.
    pub(super) tags: bool,
    /// The one version of the protocol that is spoken, where another is refused.
    pub(super) version: Option<&'static str>,
    /// Headers of answers.
    pub(super) headers: &'static [Header],
    /// What it does with the parameters of queries.
    pub(super) query: Query,
    /// How it errs.
    pub(super) faults: &'static [(Cause, Fault)],
    /// Extensions of types, which its metadata tells.
    pub(super) extensions: &'static [Extension],
    /// What its properties of its own begin with; callers never see them.
    pub(super) kept: &'static str,
}

/// How addresses are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hrefs {
    /// With scheme and host.
    Absolute,
    /// From the root on.
    Relative,
}

/// What a server reads and writes.
pub(super) struct Media {
    /// The formats it writes, the one that wins first.
    pub(super) writes: &'static [Format],
    /// What it writes to who says nothing.
    pub(super) silent: Format,
    /// What it writes to who takes anything, or a page of HTML.
    pub(super) any: Format,
    /// Whether it writes to who wants something else.
    pub(super) lenient: bool,
    /// The parameter that overrules `Accept`.
    pub(super) parameter: Option<&'static str>,
    /// The types of bodies, as answers say them.
    pub(super) json: &'static str,
    /// The type of XML bodies.
    pub(super) xml: &'static str,
    /// Whether XML begins with its declaration.
    pub(super) declaration: bool,
    /// How bodies are read.
    pub(super) reads: Reads,
}

/// How bodies are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// By their type, word for word; another type is an error.
    Exactly,
    /// As JSON where JSON is said, else as if they were empty.
    Json,
    /// By their type, JSON in case of doubt.
    Either,
}

/// A serialization.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    Json,
    Xml,
}

/// Who gets in.
pub(super) struct Access {
    /// Whether the entry point is shown to everybody.
    pub(super) open_entry: bool,
    /// The token by which the cloud lets the dialect itself read what is shown to everybody.
    pub(super) token: Option<&'static str>,
    /// A parameter with which even the entry point wants credentials.
    pub(super) force: Option<&'static str>,
    /// `WWW-Authenticate` for who shows no credentials.
    pub(super) challenge: Option<&'static str>,
    /// Whether resources belong to who made them, and nobody else sees them.
    pub(super) owners: bool,
}

/// A header of answers.
pub(super) struct Header {
    pub(super) when: When,
    pub(super) name: &'static str,
    pub(super) value: &'static str,
}

/// When a header is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Always,
    /// With a document of the protocol, and what succeeds with one.
    Document,
    /// With XML and with HTML, but not with JSON.
    Markup,
    /// With GET of a document.
    Cached,
}

/// What happens to the parameters of queries.
pub(super) struct Query {
    pub(super) filter: Filter,
    pub(super) select: Select,
    pub(super) expand: Expand,
    /// `$first` and `$last`.
    pub(super) pages: Pages,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    Ignored,
    /// One comparison of a text with `=` or `!=`; of several filters the last.
    OneText,
    /// As the text says.
    Standard,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Select {
    Ignored,
    /// Of the members of collections alone.
    Members,
    /// Of collections, their members, and resources.
    Everywhere,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Expand {
    Ignored,
    /// Of one resource; of a collection it is an error, and so is everything of the entry point.
    Items,
    /// Of resources and members.
    Everywhere,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pages {
    Ignored,
    /// As the text says, but `count` is what is shown, and what is no number does nothing.
    OwnCount,
}

/// The addresses of a kind of resources, and what may be done there.
pub(super) struct Page {
    /// Its collection in the face: segments, `*` for an owner. Empty for the Cloud Entry Point.
    pub(super) inner: &'static str,
    /// The path of its collection here: `{}` for an owner's id.
    pub(super) list: &'static str,
    /// The path of its resources here: `{}` for ids.
    pub(super) item: &'static str,
    /// The path of its resources as collections write it, where that differs.
    pub(super) listed: Option<&'static str>,
    /// What ids look like.
    pub(super) ids: Ids,
    /// Its type.
    pub(super) ty: &'static str,
    /// Its collection's type.
    pub(super) collection: &'static str,
    /// The collection.
    pub(super) as_list: Picture,
    /// The collection inside of its owner, when it is expanded there.
    pub(super) as_expanded: Picture,
    /// A member.
    pub(super) as_member: Picture,
    /// A resource.
    pub(super) as_item: Picture,
    /// Members that are not shown: those where this attribute is not this text.
    pub(super) only: Option<(&'static str, &'static str)>,
    /// Whether only what has extensions is a member: metadata.
    pub(super) told: bool,
    /// What may be done.
    pub(super) verbs: Verbs,
    /// What happens where there is no such resource.
    pub(super) missing: Cause,
    /// What happens at the collection, where it is not served.
    pub(super) unserved: Cause,
}

/// What ids look like.
#[derive(Clone, Copy)]
pub(super) enum Ids {
    /// The number, from this one on, behind these letters.
    Number(&'static str, u64),
    /// The value of an attribute; where there is none, the number.
    Attribute(&'static str),
    /// The id of what the resource refers to.
    Of(&'static str),
    /// A UUID with the number in it.
    Uuid,
    /// The name of a type, in small letters.
    Snake,
}

/// What may be done at a page.
pub(super) struct Verbs {
    pub(super) list: bool,
    pub(super) show: bool,
    pub(super) create: Option<&'static Create>,
    pub(super) update: Option<&'static Update>,
    pub(super) delete: Option<&'static Delete>,
    pub(super) act: Option<&'static Act>,
}

/// How something is made.
pub(super) struct Create {
    /// Where, if not at the collection.
    pub(super) at: Option<&'static str>,
    /// What is done to the request first.
    pub(super) mends: &'static [Mend],
    /// The answer.
    pub(super) status: StatusCode,
    pub(super) reply: Reply,
    /// How `Location` is written.
    pub(super) location: Hrefs,
    /// Whether the Job is named.
    pub(super) job: bool,
}

/// How something is changed.
pub(super) struct Update {
    /// Attributes that are passed over.
    pub(super) ignores: &'static [&'static str],
    pub(super) status: StatusCode,
    pub(super) reply: Reply,
    /// Whether an update without `$select` does nothing.
    pub(super) only_selected: bool,
}

/// How something is deleted.
pub(super) struct Delete {
    pub(super) status: StatusCode,
    pub(super) reply: Reply,
    /// How deleting what was not made here ends, although it is done.
    pub(super) unsaved: Option<Cause>,
    /// How deleting what is gone ends; none: as if it had been there.
    pub(super) gone: Option<Cause>,
    /// Whether it is taken from the machines that use it first.
    pub(super) detaches: bool,
    /// Whether the Job is named.
    pub(super) job: bool,
}

/// How operations are asked for.
pub(super) struct Act {
    /// Those that can be.
    pub(super) names: &'static [&'static str],
    /// Whether they are posted to the resource itself.
    pub(super) at_item: bool,
    pub(super) status: StatusCode,
    /// The type of the empty answer.
    pub(super) content_type: Option<&'static str>,
    /// What happens when the state does not allow it; none: nothing, and all is well.
    pub(super) refused: Option<Cause>,
    /// What happens with other operations.
    pub(super) unknown: Cause,
    /// Whether the Job is named.
    pub(super) job: bool,
}

/// The body of an answer to a change.
#[derive(Clone, Copy)]
pub(super) enum Reply {
    /// None, of this type.
    Nothing(Option<&'static str>),
    /// A text.
    Text(&'static str),
    /// The resource.
    Item,
    /// The resource, in another picture.
    Picture(Picture),
    /// The collection that it is or was in.
    List,
}

/// What is done to the body of a request before the face sees it. Paths have dots between names.
#[derive(Clone, Copy)]
pub(super) enum Mend {
    /// An attribute is taken out.
    Drop(&'static str),
    /// An attribute that is not there becomes this JSON.
    Default(&'static str, &'static str),
    /// An attribute that is neither there nor a reference becomes a reference to the first of a collection.
    First(&'static str, &'static str),
    /// A number is so many times as large.
    Times(&'static str, i64),
    /// The first of these that is there is kept as a property of the dialect, with a last resort.
    Keep(&'static str, &'static [&'static str], &'static str),
    /// Who asks is kept as a property of the dialect.
    KeepOwner(&'static str),
    /// Refused unless all of these are there.
    Need(&'static [&'static str], Cause),
    /// Refused unless these name resources that are there.
    Resolve(&'static [&'static str], Cause),
    /// Refused with these words unless the attributes are among these.
    Known(&'static [&'static str], Cause),
    /// Refused unless the number is positive.
    Positive(&'static str, Cause),
    /// Refused unless the text is one of these.
    OneOf(&'static str, &'static [&'static str], Cause),
    /// A reference to something that is not there is taken out.
    Forget(&'static str),
    /// A name is made up from the time, behind these letters.
    Name(&'static str),
}

/// Why something is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cause {
    /// No such path or method.
    NoRoute,
    /// No such resource.
    Missing,
    /// A method that the path does not take.
    Method,
    /// The body cannot be read.
    Unreadable,
    /// The type of the body.
    MediaType,
    /// Nothing that the caller accepts.
    NotAcceptable,
    /// The version of the protocol.
    Version,
    /// Nobody, or somebody unknown.
    Unauthorized,
    /// The credentials are of nobody.
    WrongCredentials,
    /// Somebody else's.
    Forbidden,
    /// The request makes no sense.
    Invalid,
    /// The state does not allow it.
    Conflict,
    /// A part of the request.
    Schema,
    /// A query.
    Query,
    /// Something that was never written down.
    Unsaved,
    /// Nothing to delete.
    Nothing,
    /// What it never learnt.
    Unsupported,
    /// A collection that this installation has not; what it calls that.
    Lacking(&'static str),
    /// What is a bug there.
    Bug,
    /// Everything else.
    Internal,
}

/// How a refusal looks.
pub(super) struct Fault {
    pub(super) status: u16,
    /// Headers beside those that every answer has; values as in `text`.
    pub(super) headers: &'static [(&'static str, &'static str)],
    /// Its words: `{message}` for those of the cloud, `{method}`, `{path}`, `{id}`, `{type}` for those of the request.
    pub(super) text: &'static str,
    pub(super) form: Form,
}

/// The bodies of errors.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// The text, of this type.
    Text(Option<&'static str>),
    /// Nothing.
    Empty,
    /// JSON with code, message and a class; in XML an `error` with what the server knows of the request.
    Ruby(&'static str),
    /// JSON with status, method, path and message.
    Ring,
    /// JSON with status and message.
    RingShort,
    /// JSON with code and message inside of one word.
    Nova(&'static str),
}

/// Extensions and capabilities of a type, as metadata tells them.
pub(super) struct Extension {
    pub(super) ty: &'static str,
    pub(super) attributes: &'static [&'static [Shown]],
    /// Capabilities that are told, with what they mean.
    pub(super) capabilities: &'static [(&'static str, &'static str)],
}

impl Page {
    /// A page that is only looked at, with nothing on it yet.
    pub(super) const fn new(inner: &'static str, list: &'static str, item: &'static str) -> Self {
        Self {
            inner,
            list,
            item,
            listed: None,
            ids: Ids::Number("", 1),
            ty: "",
            collection: "",
            as_list: BLANK,
            as_expanded: BLANK,
            as_member: BLANK,
            as_item: BLANK,
            only: None,
            told: false,
            verbs: Verbs::LOOK,
            missing: Cause::Missing,
            unserved: Cause::NoRoute,
        }
    }
}

impl Verbs {
    /// Looking at collections and resources.
    pub(super) const LOOK: Self =
        Self { list: true, show: true, create: None, update: None, delete: None, act: None };
    /// Nothing at all.
    pub(super) const NONE: Self = Self { list: false, show: false, ..Self::LOOK };
}
