//! The one stream that a run writes: its events, line by line, and nothing else.
//!
//! Owns the vocabulary of a run (exchange, verdict, finding, outcome) and its NDJSON form. It must not know how an
//! exchange is made, how it is judged, or how it is shown. Secrets are redacted before an event exists: whoever builds
//! a [`Request`] or a [`Response`] puts [`REDACTED`] where a secret stood.

mod made;
mod show;
mod statement;
mod stream;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use made::{Company, Gone, Intent, Inventory, Leftover, MARK, Made, nonce_of};
pub use statement::{Clause, Statement, Statements};
pub use stream::{Events, MAX_LINE, Medium, ReadError, Sink, Writer, read};

/// What stands in an event where a secret stood (a credential, a password, a private key).
pub const REDACTED: &str = "[redacted]";

/// The version of the stream that this crate writes and reads.
pub const STREAM_VERSION: u32 = 1;

/// One line of the stream; the member `event` says which.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event {
    /// The first line: what was asked of the run.
    Header(Header),
    /// What the run judges by: every statement of the register.
    Statements(Box<Statements>),
    /// What the run intends for one endpoint, once it is discovered.
    Plan(Plan),
    /// A request that may make something, about to be sent.
    Intent(Intent),
    /// One request and what came of it.
    Exchange(Box<Exchange>),
    /// Something that the run has made.
    Made(Made),
    /// Something that the run had made and has taken away.
    Gone(Gone),
    /// What a case came to, on one endpoint in one format.
    Verdict(Box<Verdict>),
    /// A case that the run generated, and that found something: told before its verdict.
    Case(CaseFile),
    /// The last line: what the run came to. A stream without one was cut short.
    Footer(Footer),
}

/// The first line of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`STREAM_VERSION`] of the writer.
    pub stream: u32,
    /// Name of the run, unique among the runs kept side by side; fit for a folder name.
    pub run: String,
    /// Name and version of the tool that wrote the stream.
    pub tool: String,
    /// When the run began (RFC 3339 on the wire).
    #[serde(with = "rfc3339")]
    pub started: Timestamp,
    /// Digest of the suite (cases, tables, requirements) that judged.
    pub suite: String,
    /// Name of the profile that chose the cases.
    pub profile: String,
    /// The endpoints under judgement, in the order asked for.
    pub endpoints: Vec<Endpoint>,
    /// Seed of every random choice of the run.
    pub seed: u64,
    /// How many cases were generated of each kind.
    #[serde(default)]
    pub generated: u32,
    /// Whether nothing was to be changed.
    #[serde(default)]
    pub read_only: bool,
    /// Whether others worked at the endpoints meanwhile.
    #[serde(default)]
    pub company: Company,
    /// The command line, program first, secrets redacted.
    pub command: Vec<String>,
}

/// An endpoint under judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its short name, unique in the run.
    pub name: String,
    /// URL of its Cloud Entry Point, or the folder of its recording.
    pub cep: String,
    /// The edition that it is judged by; absent while unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<Edition>,
}

/// An edition of the protocol, by its XML namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Edition {
    /// `.../cimi/1`
    V1,
    /// `.../cimi/2`
    V2,
}

/// What the run intends for one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Name of the endpoint.
    pub endpoint: String,
    /// The edition found or asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<Edition>,
    /// How many verdicts are to come for it.
    pub verdicts: u64,
    /// Resources before the run, by collection.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub before: BTreeMap<String, u64>,
}

/// The ordinal of an exchange within its run, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExchangeId(pub u64);

/// A time span, or an offset from the start of the run, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(pub u64);

/// One request and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Its ordinal.
    pub n: ExchangeId,
    /// Name of the endpoint.
    pub endpoint: String,
    /// The case that asked; absent for discovery and teardown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// The step of the case, by name or ordinal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The representation in which the case is run (a step may ask for another), or that is asked for outside of one;
    /// absent where none matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// The file that it was read from, where it is a recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Place>,
    /// What was sent.
    pub request: Request,
    /// What came back; absent when nothing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Response>,
    /// Why no response, or no whole response, came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// When it began, counted from the start of the run.
    #[serde(rename = "started_us")]
    pub started: Micros,
    /// How long it took.
    #[serde(rename = "duration_us")]
    pub duration: Micros,
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// The absolute URL (the path alone in a recording that shows no more).
    pub url: String,
    /// Names and values, in the order sent.
    pub headers: Vec<(String, String)>,
    /// The body; absent when none was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names and values, in the order received.
    pub headers: Vec<(String, String)>,
    /// The body; absent when it was empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// Whether the body is whole.
    #[serde(default, skip_serializing_if = "Extent::is_whole")]
    pub extent: Extent,
}

/// A body: text where it is UTF-8, base64 otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// The body, as it is.
    Text(String),
    /// The body in base64 (RFC 4648 section 4).
    Base64(String),
}

/// Whether a recorded body is all that was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Extent {
    /// The whole of it.
    #[default]
    Whole,
    /// Its beginning; the rest passed the limit or was lost with the connection.
    Truncated,
}

/// A representation on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// `application/json`
    Json,
    /// `application/xml`
    Xml,
}

/// The representation or representations that a verdict covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Formats {
    /// JSON alone.
    Json,
    /// XML alone.
    Xml,
    /// The two side by side, or neither in particular.
    Both,
}

/// A position in a file: of a case, of a check in it, of a recording.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Path of the file, relative to the folder of the suite or of the recording.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// What a case came to, on one endpoint in one format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Name of the endpoint.
    pub endpoint: String,
    /// Id of the case.
    pub case: String,
    /// The representation it was run in.
    pub format: Formats,
    /// The area that the case belongs to.
    pub area: String,
    /// What the case says, in a phrase.
    pub title: String,
    /// Ids of the requirements that were judged.
    pub requirements: Vec<String>,
    /// What it came to.
    pub outcome: Outcome,
    /// What was found wrong, in the order met.
    pub findings: Vec<Finding>,
    /// The exchanges that were judged.
    pub exchanges: Vec<ExchangeId>,
    /// How long the case took.
    #[serde(rename = "duration_us")]
    pub duration: Micros,
    /// Why it is not a plain pass or fail; always there for not-applicable, blocked and error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Where the case is written; absent for what the judge checks unasked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Place>,
}

/// What a case came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// All that was judged holds.
    Pass,
    /// A recommendation (SHOULD) is not followed.
    Warn,
    /// A requirement (SHALL) is broken.
    Fail,
    /// Broken, and listed in the file of known deviations.
    Known,
    /// Listed in the file of known deviations, and holds: the entry is no longer needed.
    Fixed,
    /// The endpoint does not offer what the case is about.
    NotApplicable,
    /// A prerequisite failed, so nothing could be judged.
    Blocked,
    /// Failed, then held when tried again.
    Flaky,
    /// The judge's own fault.
    Error,
}

/// A case that was generated, as a file that finds the same again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFile {
    /// Name of the endpoint.
    pub endpoint: String,
    /// Path of the file in the folder of the run; the verdict's source names it as well.
    pub file: String,
    /// The file.
    pub text: String,
}

/// The area of cases that are generated, and the folder of their files.
pub const GENERATED: &str = "generated";

/// Why a verdict is what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The reason, a sentence.
    pub text: String,
    /// The exchange that proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeId>,
}

/// One thing found wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Id of the requirement that is not met.
    pub requirement: String,
    /// How binding the requirement is.
    pub level: Level,
    /// Where the requirement stands, such as `4.1.6.1`.
    pub clause: String,
    /// Whom it binds.
    pub party: Party,
    /// What the requirement says, in our words.
    pub summary: String,
    /// Where in the exchange.
    pub at: At,
    /// What was expected there.
    pub expected: String,
    /// What was there.
    pub got: String,
    /// The exchange that shows it; readers derive the `curl` that replays it from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeId>,
    /// The expectation in the case file; absent for what the judge checks unasked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Place>,
    /// The line of the case file that `check` points into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_line: Option<String>,
    /// The smallest edit of the reply that would meet the expectation; absent where none can be said truthfully.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<String>,
    /// What usually mends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// How binding a requirement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Must hold.
    Shall,
    /// Ought to hold.
    Should,
    /// May hold.
    May,
}

/// Whom a requirement binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Party {
    /// The server.
    Provider,
    /// The client.
    Consumer,
}

/// A place in an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum At {
    /// The status of the response.
    Status,
    /// A header of the response, by name.
    Header(String),
    /// A place in the body of the response.
    Body(BodyAt),
    /// The request, or no one place.
    Exchange,
}

/// A place in a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodyAt {
    /// A JSON pointer (RFC 6901), or the like path of element names in XML; empty for the whole document.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in characters.
    pub column: u32,
}

/// The last line of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footer {
    /// How many verdicts came to each outcome; an outcome that is not listed is that of none.
    pub counts: BTreeMap<Outcome, u64>,
    /// How long the run took.
    #[serde(rename = "duration_us")]
    pub duration: Micros,
    /// What each endpoint held before and after.
    pub inventory: Vec<Inventory>,
    /// How the program ends.
    pub exit: Exit,
}

/// How the program ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// The exit code.
    pub code: u8,
    /// What that code means, a sentence.
    pub sentence: String,
}

impl From<Format> for Formats {
    fn from(format: Format) -> Self {
        match format {
            Format::Json => Self::Json,
            Format::Xml => Self::Xml,
        }
    }
}

impl Outcome {
    /// All outcomes, in the order in which they are counted.
    pub const ALL: [Self; 9] = [
        Self::Pass,
        Self::Warn,
        Self::Fail,
        Self::Known,
        Self::Fixed,
        Self::NotApplicable,
        Self::Blocked,
        Self::Flaky,
        Self::Error,
    ];

    /// The outcome as the stream writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Known => "known",
            Self::Fixed => "fixed",
            Self::NotApplicable => "not-applicable",
            Self::Blocked => "blocked",
            Self::Flaky => "flaky",
            Self::Error => "error",
        }
    }
}

impl Exchange {
    /// The ordinal of what was meant to be asked, and is in no recording.
    pub const NEVER: ExchangeId = ExchangeId(0);

    /// Whether it took place.
    pub fn was(&self) -> bool {
        self.n != Self::NEVER
    }

    /// When it ended, counted from the start of the run.
    pub fn ended(&self) -> Micros {
        Micros(self.started.0.saturating_add(self.duration.0))
    }
}

impl Extent {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
    fn is_whole(&self) -> bool {
        *self == Self::Whole
    }
}

impl Body {
    /// The body of these bytes: text where they are UTF-8.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        use base64::Engine as _;
        match str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64(base64::engine::general_purpose::STANDARD.encode(bytes)),
        }
    }
}

/// `Timestamp` as RFC 3339 text.
mod rfc3339 {
    use jiff::Timestamp;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(at)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
