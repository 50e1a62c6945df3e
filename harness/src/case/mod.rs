//! The case language: what `suites/cases/**/*.toml` says, as types, and its reader.
//!
//! Owns the syntax of cases and every refusal of it (file, line and column, what was expected, a hint). Knows nothing of
//! HTTP, of formats or of how a case is run. `suites/README.md` is the reference for those who write cases.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::event::{Edition, Format};
use crate::source::Origin;

mod body;
mod expect;
mod footprint;
mod need;
mod parse;
mod step;
mod template;

#[cfg(test)]
mod tests;

pub use body::{Neutral, SetOperation};
pub use expect::{BodyShape, Expectation, MediaExpectation, Order, StatusPattern, Subject, Syntax, Test};
pub use footprint::{Deed, What, Whose};
pub use need::{Advertised, Comparison, Need, NeedKind, Shown, ShownKind};
pub use parse::parse;
pub use template::{Index, Part, Path, Reference, Segment, Template};

impl Edition {
    /// Both, oldest first.
    pub const ALL: [Self; 2] = [Self::V1, Self::V2];

    /// Its name in suites, reports and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }
}

impl Format {
    /// Both, JSON first.
    pub const ALL: [Self; 2] = [Self::Json, Self::Xml];

    /// Its name in suites, reports and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Xml => "xml",
        }
    }

    /// Its media type (DSP0263 4.1.4).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Xml => "application/xml",
        }
    }
}

/// One case: a story told to an endpoint, and what has to come of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Unique in the suite; dotted, its first word is usually the area.
    pub id: String,
    /// What holds when it passes.
    pub title: String,
    /// The area of the matrix: the folder of the file.
    pub area: String,
    /// What it judges; the first is the requirement of expectations that name none.
    pub requirements: Vec<String>,
    /// Editions that it is for.
    pub editions: Vec<Edition>,
    /// Formats that it runs in.
    pub formats: Vec<Format>,
    /// What the endpoint must have; otherwise the case is not applicable.
    pub needs: Vec<Need>,
    /// Whether it changes anything at the endpoint.
    pub mutates: bool,
    /// Whether no other case of the endpoint may run beside it.
    pub alone: bool,
    /// The step whose reply has to stay as it is for the case to be judged: a reading of what others may change.
    pub steady: Option<String>,
    /// The story.
    pub steps: Vec<Step>,
    /// Where it is written.
    pub origin: Origin,
}

/// One request of a case, and what is expected of its reply.
#[derive(Debug, Clone)]
pub struct Step {
    /// How later steps refer to it.
    pub name: String,
    /// The method of HTTP.
    pub method: Method,
    /// Where it is sent.
    pub target: Template,
    /// Query parameters in order; a name may repeat.
    pub query: Vec<(String, Template)>,
    /// Request headers over the usual ones; an empty value means that the header is not sent.
    pub headers: Vec<(String, Template)>,
    /// What is sent.
    pub payload: Payload,
    /// Another format than the case's own.
    pub format: Option<Format>,
    /// With which credentials.
    pub auth: Auth,
    /// A step that only prepares: when it goes wrong, the case is blocked and not failed.
    pub setup: bool,
    /// Follow what an accepted request started (its Job, or the state of what it made) to the end.
    pub settle: bool,
    /// What the reply has to show: when it does not, the case is not applicable, and this exchange proves it.
    pub needs: Vec<Shown>,
    /// Repeat the request until this holds.
    pub wait: Option<Wait>,
    /// What the reply is held against.
    pub expect: Vec<Expectation>,
    /// Where it is written.
    pub origin: Origin,
}

/// Methods a step may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// GET
    Get,
    /// PUT
    Put,
    /// POST
    Post,
    /// DELETE
    Delete,
    /// HEAD
    Head,
    /// OPTIONS
    Options,
    /// PATCH, which the protocol does not define
    Patch,
}

impl Method {
    /// All, by the key that a step names them with.
    pub const ALL: [(&'static str, Self); 7] = [
        ("get", Self::Get),
        ("put", Self::Put),
        ("post", Self::Post),
        ("delete", Self::Delete),
        ("head", Self::Head),
        ("options", Self::Options),
        ("patch", Self::Patch),
    ];

    /// As HTTP writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Patch => "PATCH",
        }
    }

    /// Whether it asks for no change.
    pub fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Options)
    }
}

/// What a request carries.
#[derive(Debug, Clone)]
pub enum Payload {
    /// Nothing.
    None,
    /// A resource in neutral words, written by the harness in the format and edition of the run.
    Neutral(Neutral),
    /// The same bytes whatever the format, or one text for each.
    Raw {
        /// In a JSON run.
        json: Template,
        /// In an XML run.
        xml: Template,
    },
}

/// Which credentials a step shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// Those of the endpoint.
    Endpoint,
    /// None at all.
    Nobody,
    /// A wrong password.
    Wrong,
    /// Those of a further user.
    As(Role),
}

/// Whom a run may know beside its own user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A user of another tenant: must not see, guess or touch what the first one has.
    Other,
    /// A user of the same tenant who may only read.
    Reader,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Other, Self::Reader];

    /// Its name in suites and in files of endpoints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Reader => "reader",
        }
    }
}

/// A request repeated until something holds.
#[derive(Debug, Clone)]
pub struct Wait {
    /// What is waited for.
    pub until: WaitFor,
    /// How long at most.
    pub within: Duration,
    /// The requirements that are broken where it ends badly.
    pub requirements: Vec<String>,
    /// Where it is written.
    pub origin: Origin,
}

/// What a [`Wait`] waits for.
#[derive(Debug, Clone)]
pub enum WaitFor {
    /// An attribute takes one of the values.
    Attribute {
        /// The attribute.
        path: Path,
        /// Values that end the wait well.
        until: Vec<String>,
        /// Values that end it badly.
        failing: Vec<String>,
    },
    /// The resource answers 404 or 410.
    Gone,
    /// Everything that the step expects holds; what does not in the end is found as ever.
    Expected,
}

/// The names that a case may use; built from the spec tables and the requirement register.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// Facts: collections of the cloud entry point, and `machine` for a sample of Machine.
    pub facts: BTreeSet<String>,
    /// Requirement ids.
    pub requirements: BTreeSet<String>,
    /// Capabilities, `CloudEntryPoint/FilterParameter`.
    pub capabilities: BTreeSet<String>,
    /// Resource types.
    pub types: BTreeSet<String>,
}
