//! What the manager asks of a cloud, whatever its API.
//!
//! Owns the traits, their vocabulary and the classes of error: a cloud is a connector, which has a service for each family of
//! kinds, each as a rule an API of its own. One folder a cloud API below. Connectors know nothing of
//! the store, of tenants or of the manager's own identifiers: they speak of native identifiers only.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use cimi::model::capability;
use cimi::{Attributes, Reference, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::kind::Kind;

pub mod around;
pub mod cimi_cloud;
pub mod guarded;
pub mod observed;
pub mod parts;
pub mod profile;
pub mod service;

pub use parts::{Nature, Parts};
pub use service::{Family, Service};

/// The identifier that a cloud gives a resource; for CIMI clouds its absolute URI.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Native(pub String);

/// A resource as a cloud reports it: attributes in the manager's terms, references as native identifiers in `href`.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its identifier there.
    pub native: Native,
    /// Its attributes without `id`, `operations` and collections.
    pub attributes: Attributes,
    /// The token that it was created with, if it was by this manager.
    pub token: Option<Token>,
    /// The bare names of the operations that it offers now (`edit`, `delete`, `start`).
    pub offers: Vec<String>,
}

/// A member of a collection that a resource has: a part without a life of its own in the inventory, or a reference to what
/// has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its identifier there.
    pub native: Native,
    /// What it refers to: the volume of a connection, the image of a snapshot.
    pub target: Option<Native>,
    /// Its other attributes in the manager's terms, references as native identifiers in `href`.
    pub attributes: Attributes,
    /// What can be done with it now: `edit`; `delete`, it ends; `remove`, it is taken out and lives on.
    pub offers: Vec<String>,
}

/// A collection of parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartList {
    /// What can be done with it now: `add`, what was not there before; `insert` and `remove`, what lives elsewhere.
    pub offers: Vec<String>,
    /// Its members.
    pub members: Vec<Part>,
}

/// A change that a cloud accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// The new resource, where there is one and it is known already.
    pub created: Option<Native>,
    /// Whether the change goes on.
    pub rest: Rest,
}

/// What is left of a change that a cloud accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Nothing: it is complete.
    None,
    /// The cloud works on it under this job of its own, which can be stopped or not.
    Job(Native, Stop),
    /// The cloud works on it; what comes of it shows in the resource.
    Unknown,
}

/// Where a cloud's job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It goes on.
    Running {
        /// Percent.
        percent: u8,
        /// Whether it can be stopped.
        stop: Stop,
    },
    /// It succeeded; the resources that it touched.
    Succeeded(Vec<Native>),
    /// It failed, with the cloud's words.
    Failed(String),
    /// It was stopped.
    Stopped,
}

/// Whether a cloud's job can be stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// The cloud offers to.
    Offered,
    /// It does not, or nobody knows.
    #[default]
    No,
    /// It is being stopped.
    UnderWay,
}

/// What a cloud can do, found out at run time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Discovery {
    /// The kinds that it holds.
    pub kinds: Vec<Kind>,
    /// The kinds that can be created there.
    pub creates: Vec<Kind>,
    /// What it says of its capabilities (DSP0263 table 7), by resource type and name.
    pub capabilities: BTreeMap<(&'static str, &'static str), Value>,
    /// How it speaks, for people: `cimi v2, json, standard`.
    pub speaks: String,
}

impl Discovery {
    /// What it says of its capabilities, under names such as `Machine/UserData`.
    pub fn stated(&self) -> impl Iterator<Item = (String, serde_json::Value)> {
        self.capabilities.iter().map(|((resource, name), value)| {
            let value = match value {
                Value::Boolean(truth) => json!(truth),
                Value::Integer(number) => json!(number),
                listed => json!(capability::items(listed)),
            };
            (format!("{resource}/{name}"), value)
        })
    }
}

/// A request to create. A reference holds a native identifier of this cloud, or attributes by value.
#[derive(Clone, Debug, PartialEq)]
pub struct Creation {
    /// What.
    pub kind: Kind,
    /// Name, description, properties.
    pub common: Attributes,
    /// Its template: one of this cloud with what overrides it (`Null` erases), or by value. For kinds without templates, the
    /// attributes of the resource by value.
    pub template: Reference,
    /// Among the parts of which resource it is made, if it is.
    pub within: Option<Within>,
    /// Found again by it if the reply is lost. Unique per creation, kept by the manager.
    pub token: Token,
}

/// The parts of a resource among which another one is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Within {
    /// The resource that has the parts.
    pub owner: Native,
    /// Which parts.
    pub parts: Parts,
    /// What is said of the new resource there: accessory attributes.
    pub accessories: Attributes,
}

/// An idempotency token: a number of one manager. Several managers may use one cloud, or one another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// The manager.
    pub manager: String,
    /// Its number.
    pub number: i64,
}

/// A cloud, through its API.
#[async_trait]
pub trait Connector: Send + Sync + fmt::Debug {
    /// Reaches the cloud and learns what it can do.
    async fn discover(&self) -> Result<Discovery, CloudError>;

    /// The service for a family of kinds, if the cloud has one.
    fn service(&self, family: Family) -> Option<&dyn Service>;

    /// A resource of a kind that is to be found out; none if it is of no kind that the manager shows.
    async fn identify(&self, native: &Native) -> Result<Option<(Kind, Found)>, CloudError>;

    /// Looks at a job.
    async fn job(&self, job: &Native) -> Result<JobState, CloudError>;

    /// Asks a job to stop.
    async fn cancel(&self, job: &Native) -> Result<(), CloudError>;

    /// How long one request to it may take. What it has not answered by then it may still be working on.
    fn deadline(&self) -> Duration;

    /// The service that has a kind.
    ///
    /// # Errors
    /// `Unsupported`, with the reason.
    fn of(&self, kind: Kind) -> Result<&dyn Service, CloudError> {
        let family = kind.family();
        let missing = || CloudError::new(Class::Unsupported, format!("this cloud has no {family} service"));
        self.service(family).ok_or_else(missing)
    }
}

/// A call to a cloud that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudError {
    /// The class: decides what the manager does.
    pub class: Class,
    /// The cloud's own words, for the caller.
    pub message: String,
    /// Seconds to wait, where the cloud named them.
    pub retry_after: Option<u64>,
}

/// The classes of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// The cloud is full.
    Capacity,
    /// The account may have no more.
    Quota,
    /// Too many requests.
    Throttled,
    /// The account's credentials do not do: none of its requests will.
    Auth,
    /// The account may not do this.
    Forbidden,
    /// The request is wrong; it would be wrong again.
    Invalid,
    /// The resource is in a state that forbids it.
    Conflict,
    /// The resource is not there.
    Gone,
    /// The cloud does not do that.
    Unsupported,
    /// The cloud answers that it cannot do this now: nothing happened.
    Unavailable,
    /// The cloud cannot be reached: nothing happened, and nothing else will.
    Unreachable,
    /// No reply came: whether something happened is to be found out by looking.
    UnknownOutcome,
}

impl CloudError {
    /// An error of a class.
    pub fn new(class: Class, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), retry_after: None }
    }
}

impl fmt::Display for CloudError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CloudError {}
