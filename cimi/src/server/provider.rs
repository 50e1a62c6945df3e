//! What a provider is to the server face: the one door through which protocol meets cloud.
//!
//! Every method gets a [`Provider::Caller`], so that visibility and rights are decided in one place per provider.
//! URIs in documents are absolute; a [`Path`] is the part of one behind the provider's base URI.

use std::future::Future;

use crate::document::Document;
use crate::edition::Edition;
use crate::extension::Extensions;
use crate::model::Schema;
use crate::query::{self, Page, Query, QueryError};
use crate::update::Update;
use crate::value::{Attributes, Value};

use super::refusal::Refusal;

/// A cloud behind the protocol.
///
/// Every method may be called at the same time as any other. The future that a method returns may be dropped at any
/// await point, when the client goes away or the deadline of the request passes: work that must not be torn in the
/// middle belongs in a task of the provider's own. A panic is caught and answered with 500.
pub trait Provider: Send + Sync + 'static {
    /// Who asks, once authenticated.
    type Caller: Send + Sync;

    /// The edition that it speaks.
    fn edition(&self) -> Edition;

    /// The absolute URI, with a slash at its end, that relative URIs are relative to (5.5.10), e.g.
    /// `http://127.0.0.1:4000/cimi/`. The Cloud Entry Point is at its root.
    fn base_uri(&self) -> &str;

    /// The extension attributes that its ResourceMetadata declares.
    fn extensions(&self) -> &Extensions;

    /// Says who asks.
    ///
    /// # Errors
    /// `Unauthorized` if the credentials are missing or wrong.
    fn authenticate(
        &self,
        authorization: Option<&Authorization>,
    ) -> impl Future<Output = Result<Self::Caller, Refusal>> + Send;

    /// Says what is at a path, for this caller, without reading it.
    ///
    /// # Errors
    /// `NotFound`, also for what the caller may not know about.
    fn locate(
        &self,
        caller: &Self::Caller,
        path: &Path,
    ) -> impl Future<Output = Result<Target, Refusal>> + Send;

    /// The whole representation of the resource at a path, operations included. Not called for collections.
    fn read(
        &self,
        caller: &Self::Caller,
        path: &Path,
    ) -> impl Future<Output = Result<Representation, Refusal>> + Send;

    /// The version of the resource at a path, for this caller, if it is known without building the representation: the face
    /// then answers with what it has written before, if it has. Not called for collections.
    fn version(&self, caller: &Self::Caller, path: &Path) -> impl Future<Output = Option<Version>> + Send {
        let _ = (caller, path);
        std::future::ready(None)
    }

    /// Whether it obeys one of CIMI's query parameters, given with its sign, e.g. `$filter`; `$select/` stands for paths in
    /// `$select`. What it does not obey is passed over (4.1.6).
    fn obeys(&self, parameter: &str) -> bool {
        let _ = parameter;
        true
    }

    /// Told of every request for something that [`Provider::locate`] has found, once it is answered: who asked, the method, the
    /// path and the status.
    fn answered(&self, caller: &Self::Caller, method: &str, path: &Path, status: u16) {
        let _ = (caller, method, path, status);
    }

    /// The collection at a path with those members that the request asks for. A provider that holds its members in memory
    /// ends with [`ListRequest::apply`]; one with a store pushes filter, order and range down, with the same result.
    fn list(
        &self,
        caller: &Self::Caller,
        path: &Path,
        request: &ListRequest<'_>,
    ) -> impl Future<Output = Result<Listing, Refusal>> + Send;

    /// Adds to the collection at a path. `document` is of the schema that the target names in [`Target::accepts`];
    /// a template given by reference has been resolved and merged (4.2.1.1), its `href` kept.
    fn create(
        &self,
        caller: &Self::Caller,
        path: &Path,
        document: Document,
    ) -> impl Future<Output = Result<Outcome, Refusal>> + Send;

    /// Changes attributes of the resource at a path. Only writable attributes that differ are in the update. An update
    /// that changes nothing is asked for all the same, for its Job.
    fn update(
        &self,
        caller: &Self::Caller,
        path: &Path,
        update: Update,
        precondition: &Precondition,
    ) -> impl Future<Output = Result<Outcome, Refusal>> + Send;

    /// Deletes the resource at a path.
    fn delete(
        &self,
        caller: &Self::Caller,
        path: &Path,
        precondition: &Precondition,
    ) -> impl Future<Output = Result<Outcome, Refusal>> + Send;

    /// Performs an operation (4.2.1.5) on the resource or collection that `path`, the URI of an operation, belongs to;
    /// or on the one at `path` itself if it takes Actions ([`Target::accepts`]).
    fn act(
        &self,
        caller: &Self::Caller,
        path: &Path,
        action: Action,
        precondition: &Precondition,
    ) -> impl Future<Output = Result<Outcome, Refusal>> + Send;
}

/// The path of a request behind the base URI, without a leading slash, percent-decoded; the provider's own query
/// parameters (those without `$`, 4.1.6) included in `query`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// E.g. `machines/17/disks`; empty for the base URI itself.
    pub path: String,
    /// E.g. `id=17`; empty if there is none.
    pub query: String,
}

/// What an `Authorization` header says.
#[derive(Clone, PartialEq, Eq)]
pub enum Authorization {
    /// RFC 7617.
    Basic {
        /// User.
        user: String,
        /// Password.
        password: String,
    },
    /// RFC 6750.
    Bearer(String),
}

/// What is at a path.
#[derive(Clone, Debug)]
pub struct Target {
    /// What kind of thing.
    pub kind: TargetKind,
    /// Its type; for an operation, that of the resource it belongs to.
    pub schema: &'static Schema,
    /// What the target takes, whoever asks (405 otherwise). What this caller may not do is for the method itself to refuse
    /// (`Forbidden`).
    pub methods: Methods,
    /// What a POST may carry: the schemas of what is created here, and that of `Action` if operations can be sent to
    /// this URI itself (`insert` and `remove` of a collection, 5.5.12.2). The first is what JSON without `resourceURI`
    /// is read as. An operation's own URI takes an `Action`, whatever stands here.
    pub accepts: Vec<&'static Schema>,
}

/// What kind of thing is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// A resource.
    Resource,
    /// A collection.
    Collection,
    /// The URI of an operation; its bare name (`start`).
    Operation(String),
}

/// A set of HTTP methods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Methods(u8);

impl Methods {
    /// GET and HEAD.
    pub const READ: Self = Self(1);
    /// PUT.
    pub const UPDATE: Self = Self(2);
    /// DELETE.
    pub const DELETE: Self = Self(4);
    /// POST.
    pub const POST: Self = Self(8);

    /// Both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is in it.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A version of a resource: changes whenever any representation of it would. Opaque; ETags are made from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version(pub String);

/// A resource as it is now.
#[derive(Clone, Debug)]
pub struct Representation {
    /// The whole document.
    pub document: Document,
    /// Its version.
    pub version: Version,
}

/// What a GET on a collection asks the provider for.
#[derive(Clone, Copy, Debug)]
pub struct ListRequest<'a> {
    /// Filters checked against the member's type, order and range. Projection and expansion are the server's.
    pub query: &'a Query,
    /// The member's type.
    pub member: &'static Schema,
    /// Extensions that the filters may name.
    pub extensions: &'a Extensions,
}

impl ListRequest<'_> {
    /// Lists members held in memory: filter, order, range. They come in an order that stays while nothing changes (4.1.6.2).
    ///
    /// # Errors
    /// If a filter or a sort key is not of the members' type.
    pub fn apply<T: AsRef<Attributes>>(
        &self,
        members: impl IntoIterator<Item = T>,
    ) -> Result<Page<T>, QueryError> {
        query::apply(members, T::as_ref, self.query, self.member, self.extensions)
    }
}

/// A collection as it is now, narrowed to what was asked for.
#[derive(Clone, Debug)]
pub struct Listing {
    /// `id`, `parent`, `updated`, `operations`; `count` and the members are set by the server from the fields below.
    pub collection: Document,
    /// How many members satisfy the filters, before `$first` and `$last` (4.1.6.2).
    pub count: u64,
    /// The members asked for, in order.
    pub members: Vec<Document>,
    /// The version of what is listed.
    pub version: Version,
}

impl Listing {
    /// The whole document: with the count, and with the members in its grouping.
    pub fn into_representation(self) -> Representation {
        let Self { collection: mut document, count, members, version } = self;
        // Where they are declared: before the operations (5.5.12).
        let operations = document.attributes.remove("operations");
        document.attributes.set("count", i64::try_from(count).unwrap_or(i64::MAX));
        if let Some((grouping, _, _)) = document.schema.members() {
            let members = members.into_iter().map(|member| Value::Structure(member.attributes));
            document.attributes.set(grouping, members.collect::<Vec<_>>());
        }
        document.attributes.set_some("operations", operations);
        Representation { document, version }
    }
}

/// What the caller demands of the resource's present version (If-Match).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing.
    None,
    /// One of these versions; else `PreconditionFailed`, checked at the moment of the change.
    Versions(Vec<Version>),
}

impl Precondition {
    /// Holds the present version against what the caller demands.
    ///
    /// # Errors
    /// `PreconditionFailed` if it is none of those demanded.
    pub fn check(&self, present: &Version) -> Result<(), Refusal> {
        match self {
            Self::Versions(demanded) if !demanded.contains(present) => Err(Refusal::precondition_failed(
                "The resource is not of the version that If-Match names. Read it again, then repeat the change.",
            )),
            _ => Ok(()),
        }
    }
}

/// A request to act.
#[derive(Clone, Debug)]
pub struct Action {
    /// The operation's bare name (`start`, `insert`).
    pub name: String,
    /// The `Action` document: parameters, `properties`, and what the type does not declare.
    pub document: Document,
}

/// What came of a change.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether it is complete.
    pub done: Done,
    /// The new resource (201, or 202 where it is known already).
    pub location: Option<String>,
    /// The absolute URI of the Job (4.1.7.1).
    pub job: Option<String>,
    /// A representation for the body: of the resource, or of the Job.
    pub body: Option<Representation>,
}

/// Whether a change is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// 200 or 201 (4.2.1.6).
    Now,
    /// 202 (4.2.1.7).
    Later,
}

impl Outcome {
    /// Complete, with nothing to say about it yet.
    pub const fn now() -> Self {
        Self { done: Done::Now, location: None, job: None, body: None }
    }

    /// Accepted, to be completed by the Job at this absolute URI.
    pub fn later(job: impl Into<String>) -> Self {
        Self { done: Done::Later, location: None, job: Some(job.into()), body: None }
    }

    /// With the absolute URI of the new resource.
    #[must_use]
    pub fn at(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }

    /// With the absolute URI of the Job (4.1.7.1).
    #[must_use]
    pub fn by(mut self, job: impl Into<String>) -> Self {
        self.job = Some(job.into());
        self
    }

    /// With a representation for the body.
    #[must_use]
    pub fn showing(mut self, body: Representation) -> Self {
        self.body = Some(body);
        self
    }
}
