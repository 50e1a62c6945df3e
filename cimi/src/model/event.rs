//! `EventLog`, its template, and Event with the kinds of its content (DSP0263 5.17.8, 5.17.10 to 5.17.13).

use super::attribute::{Attribute, Layout, Structure, Type, attr};
use super::common::collection;
use super::resource::ResourceType;
use crate::edition::Edition;

/// What an Event is about (table 55), and with that what its `content` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The state of a resource, or a change of it.
    State,
    /// An error or alarm.
    Alarm,
    /// A change of the model: a resource made, changed or gone, or metadata changed.
    Model,
    /// A request for access to a resource.
    Access,
    /// An audit event of CADF (DSP0262), which defines its content.
    Audit,
}

/// The URI of audit events. Sub-types have more of a path behind it.
const AUDIT: &str = "http://schemas.dmtf.org/cloud/audit/1.0/";

impl Kind {
    /// All of them, in the order of table 55.
    pub const ALL: [Self; 5] = [Self::State, Self::Alarm, Self::Model, Self::Access, Self::Audit];

    const fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Alarm => "alarm",
            Self::Model => "model",
            Self::Access => "access",
            Self::Audit => "",
        }
    }

    /// The URI of an Event's `type`.
    pub fn uri(self, edition: Edition) -> String {
        match self {
            Self::Audit => AUDIT.to_owned(),
            _ => format!("{}/event/{}", edition.namespace(), self.name()),
        }
    }

    /// The kind of an Event's `type`, of either edition.
    pub fn by_uri(uri: &str) -> Option<Self> {
        if uri.starts_with(AUDIT) {
            return Some(Self::Audit);
        }
        let (_, rest) = Edition::split(uri)?;
        let name = rest.strip_prefix("event/")?;
        Self::ALL.into_iter().find(|kind| *kind != Self::Audit && kind.name() == name)
    }

    /// The structure of the `content`; none where another standard defines it.
    pub const fn content(self) -> Option<&'static Structure> {
        match self {
            Self::State => Some(&STATE),
            Self::Alarm => Some(&ALARM),
            Self::Model => Some(&MODEL),
            Self::Access => Some(&ACCESS),
            Self::Audit => None,
        }
    }
}

const RESOURCE_NAME: Attribute = attr("resName", Type::String);
const RESOURCE: Attribute = attr("resource", Type::Ref(""));
const RESOURCE_TYPE: Attribute = attr("resType", Type::Uri);
const DETAIL: Attribute = attr("detail", Type::String);

static STATE: Structure = Structure {
    name: "state",
    layout: Layout::Elements,
    fields: &[
        RESOURCE_NAME,
        RESOURCE,
        RESOURCE_TYPE,
        attr("state", Type::String),
        attr("previous", Type::String).optional(),
    ],
};

/// `restype` is how the table spells it here.
static ALARM: Structure = Structure {
    name: "alarm",
    layout: Layout::Elements,
    fields: &[
        RESOURCE_NAME.optional(),
        RESOURCE.optional(),
        attr("restype", Type::Uri).optional(),
        attr("code", Type::String),
        DETAIL,
    ],
};

static MODEL: Structure = Structure {
    name: "model",
    layout: Layout::Elements,
    fields: &[
        RESOURCE_NAME,
        RESOURCE,
        RESOURCE_TYPE,
        attr("change", Type::String).one_of(&["create", "update", "delete"]),
        DETAIL,
    ],
};

static ACCESS: Structure = Structure {
    name: "access",
    layout: Layout::Elements,
    fields: &[attr("operation", Type::String), RESOURCE, DETAIL, attr("initiator", Type::String).optional()],
};

/// The number of events of a severity; the schema of 1.x wants all four.
const fn count(severity: &'static str) -> Attribute {
    attr(severity, Type::Integer).read_only()
}

static SUMMARY_V1: Structure = Structure {
    name: "summary",
    layout: Layout::Elements,
    fields: &[
        count("low").required(),
        count("medium").required(),
        count("high").required(),
        count("critical").required(),
    ],
};

static SUMMARY: Structure = Structure {
    name: "summary",
    layout: Layout::Attributes,
    fields: &[count("low"), count("medium"), count("high"), count("critical")],
};

const TARGET: Attribute = attr("targetResource", Type::Ref(""));
const PERSISTENCE: Attribute =
    attr("persistence", Type::String).suggested(&["daily", "weekly", "monthly", "yearly"]);

/// 5.17.13
const EVENT_ATTRIBUTES: &[Attribute] = &[
    attr("timestamp", Type::DateTime),
    attr("type", Type::String).v1(),
    attr("type", Type::Uri).v2(),
    attr("content", Type::Any).optional(),
    attr("outcome", Type::String)
        .suggested(&["Pending", "Unknown", "Status", "Success", "Warning", "Failure"]),
    attr("severity", Type::String).one_of(&["critical", "high", "medium", "low"]).optional(),
    attr("contact", Type::String),
];

/// The types of this family.
pub(super) static TYPES: &[ResourceType] = &[
    // Table 52 prints the names of its attributes with capitals, against its own examples of style and against 1.x.
    ResourceType::resource(
        "EventLog",
        "5.17.8",
        &[
            TARGET,
            collection("events", "EventCollection"),
            PERSISTENCE,
            attr("summary", Type::Structure(&SUMMARY_V1)).read_only().v1(),
            attr("summary", Type::Structure(&SUMMARY)).read_only().v2(),
        ],
    ),
    ResourceType::collection("EventLogCollection", "5.17.10", "EventLog", "eventLogs", "EventLog"),
    ResourceType::resource("EventLogTemplate", "5.17.11", &[TARGET, PERSISTENCE]),
    ResourceType::collection(
        "EventLogTemplateCollection",
        "5.17.12",
        "EventLogTemplate",
        "eventLogTemplates",
        "EventLogTemplate",
    ),
    ResourceType::resource("Event", "5.17.13", EVENT_ATTRIBUTES).v1_lacks(&["operations"]),
    ResourceType::collection("EventCollection", "5.17.9.2.1", "Event", "events", "Event"),
];
