//! Events (DSP0263 5.17.13): what they say, kind by kind (tables 54 and 55).
//!
//! Owns outcome, severity and content of each. Which resources are concerned is `chronicle`'s, which Events are kept is `log`'s.
//! References in a content outlive what they point to, as the notes of table 55 want it.

use cimi::model::event;
use jiff::Timestamp;

use crate::world::{Deed, Field, Fields, Group, Id, Link, Note, Record};

/// An Event that is to be.
#[derive(Clone, Debug)]
pub(super) struct Report {
    /// When it happened.
    pub(super) at: Timestamp,
    kind: event::Kind,
    outcome: &'static str,
    /// How grave it is.
    pub(super) severity: &'static str,
    content: Fields,
}

/// A request that has been answered.
#[derive(Clone, Debug)]
pub struct Access {
    /// What was asked for: a resource, or a collection of the cloud.
    pub of: Subject,
    /// The name of what was to be done.
    pub operation: String,
    /// Who asked, if that is known.
    pub initiator: Option<String>,
    /// What came of it.
    pub answer: Answer,
    /// What there is to say about it.
    pub detail: String,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A resource, which has been in the collection, whether or not it still is.
    Resource(Group, Id),
    /// A collection.
    Collection(Group),
}

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done.
    Done,
    /// It is being done.
    Begun,
    /// It is refused.
    Refused,
}

/// The resource that a report is about, as far as it is known.
pub(super) struct About {
    name: Box<str>,
    link: Link,
    ty: &'static str,
}

impl About {
    /// The resource of a note.
    pub(super) fn noted(note: &Note) -> Self {
        Self::new(note.name.as_deref(), note.home, note.id)
    }

    /// A resource that is there.
    pub(super) fn there(record: &Record) -> Self {
        Self::new(record.label.name.as_deref(), record.home(), record.id)
    }

    fn new(name: Option<&str>, home: Group, id: Id) -> Self {
        Self {
            name: name.unwrap_or_default().into(),
            link: Link::Trace(Box::new((home, id))),
            ty: id.kind().name(),
        }
    }

    fn fields(self, ty: &'static str) -> Fields {
        let name = Some(Field::from(&*self.name)).filter(|_| !self.name.is_empty());
        let mut fields = Fields::new();
        fields.set_some("resName", name);
        fields.with("resource", self.link).with(ty, Field::Word(self.ty))
    }
}

impl Report {
    /// A change of state.
    pub(super) fn state(at: Timestamp, about: About, from: &'static str, to: &'static str) -> Self {
        let mut content = about.fields("resType").with("state", Field::Word(to));
        content.set_some("previous", Some(Field::Word(from)).filter(|_| !from.is_empty()));
        Self { at, kind: event::Kind::State, outcome: "Status", severity: "low", content }
    }

    /// A change of the model; none if the deed is not one.
    pub(super) fn model(at: Timestamp, about: About, deed: Deed) -> Option<Self> {
        let (change, detail) = match deed {
            Deed::Created => ("create", "It came to be."),
            Deed::Updated => ("update", "A consumer changed its attributes."),
            Deed::Removed => ("delete", "It is gone."),
            Deed::Moved { .. } => return None,
        };
        let content =
            about.fields("resType").with("change", Field::Word(change)).with("detail", Field::Word(detail));
        Some(Self { at, kind: event::Kind::Model, outcome: "Success", severity: "low", content })
    }

    /// Something is wrong: an action has failed, or a resource needs attention.
    pub(super) fn alarm(at: Timestamp, about: Option<About>, code: &str, detail: &str) -> Self {
        let content = about.map(|about| about.fields("restype")).unwrap_or_default();
        let content = content.with("code", code).with("detail", detail);
        let (outcome, severity) = if code == "ERROR" { ("Warning", "critical") } else { ("Failure", "high") };
        Self { at, kind: event::Kind::Alarm, outcome, severity, content }
    }

    /// A request.
    pub(super) fn access(at: Timestamp, access: &Access) -> Self {
        let (outcome, severity) = match access.answer {
            Answer::Done => ("Success", "low"),
            Answer::Begun => ("Pending", "low"),
            Answer::Refused => ("Failure", "medium"),
        };
        let resource = match access.of {
            Subject::Resource(home, id) => Link::Trace(Box::new((home, id))),
            Subject::Collection(group) => Link::Collection(group),
        };
        let mut content = Fields::new()
            .with("operation", access.operation.as_str())
            .with("resource", resource)
            .with("detail", access.detail.as_str());
        content.set_some("initiator", access.initiator.as_deref());
        Self { at, kind: event::Kind::Access, outcome, severity, content }
    }

    /// The attributes of the Event. Its type is the word that ends the URI.
    pub(super) fn fields(self) -> Fields {
        let ty = match self.kind {
            event::Kind::State => "state",
            event::Kind::Alarm => "alarm",
            event::Kind::Model => "model",
            event::Kind::Access => "access",
            event::Kind::Audit => "audit",
        };
        Fields::new()
            .with("timestamp", self.at)
            .with("type", Field::Word(ty))
            .with("content", self.content)
            .with("outcome", Field::Word(self.outcome))
            .with("severity", Field::Word(self.severity))
    }
}
