//! The checks of clients: what each holds, what brings a client to it, and how it looks.

use super::asked::Asked;
use super::known::Known;
use super::{body, end, guide, headers, links, update};
use crate::check::Violation;
use crate::event::ExchangeId;

/// A check of clients.
pub(super) struct Check {
    /// Its name in the register.
    pub(super) name: &'static str,
    /// What holds when it finds nothing.
    pub(super) title: &'static str,
    /// What brings a client to it.
    pub(super) step: &'static str,
    /// How it looks.
    pub(super) look: Look,
}

/// How a check looks.
pub(super) enum Look {
    /// At each request; none where that is no occasion.
    Each(fn(&Asked<'_>, &Known<'_>) -> Option<Vec<Violation>>),
    /// At all of them together.
    AtEnd(fn(&Known<'_>) -> Ended),
}

/// What a look at all requests comes to.
pub(super) enum Ended {
    /// There was no occasion.
    NoOccasion,
    /// There was one, and the exchange that shows how it went.
    Judged(ExchangeId, Vec<Violation>),
    /// There was one, and how it went cannot be told.
    Undecided(ExchangeId, &'static str),
}

/// All of them.
pub(super) const ALL: &[Check] = &[
    Check {
        name: "client-links",
        title: "follows links and builds no URL",
        step: guide::ENTRY,
        look: Look::Each(links::opaque),
    },
    Check {
        name: "client-relative",
        title: "resolves relative references against baseURI",
        step: guide::ENTRY,
        look: Look::Each(links::resolved),
    },
    Check {
        name: "client-parameters-kept",
        title: "keeps the provider's parameters in URLs",
        step: guide::READ,
        look: Look::Each(links::parameters_kept),
    },
    Check {
        name: "client-cimi-parameters",
        title: "uses the parameters that CIMI defines, rightly",
        step: guide::VOLUMES,
        look: Look::Each(links::cimi_parameters),
    },
    Check {
        name: "client-operations",
        title: "asks for operations where they are offered",
        step: guide::CREATE,
        look: Look::Each(links::discovered),
    },
    Check {
        name: "client-accept",
        title: "says in Accept what it reads",
        step: guide::ENTRY,
        look: Look::Each(headers::accept),
    },
    Check {
        name: "client-media-type",
        title: "sends bodies under their media type",
        step: guide::CREATE,
        look: Look::Each(headers::media_type),
    },
    Check {
        name: "client-body",
        title: "sends bodies that are what their media type says",
        step: guide::CREATE,
        look: Look::Each(headers::body_as_said),
    },
    Check {
        name: "client-namespace",
        title: "sends XML in the namespace of the edition",
        step: guide::FORMATS,
        look: Look::Each(body::namespace),
    },
    Check {
        name: "client-type",
        title: "sends documents of the type that their target takes",
        step: guide::CREATE,
        look: Look::Each(body::right_type),
    },
    Check {
        name: "client-attributes",
        title: "sends attributes that there are",
        step: guide::CREATE,
        look: Look::Each(body::known_attributes),
    },
    Check {
        name: "client-values",
        title: "sends values of the types of their attributes",
        step: guide::CREATE,
        look: Look::Each(body::attribute_types),
    },
    Check {
        name: "client-initial-state",
        title: "asks for resources in states in which they can be made",
        step: guide::METADATA,
        look: Look::Each(body::initial_state),
    },
    Check {
        name: "client-action",
        title: "names the action that it asks for",
        step: guide::ACT,
        look: Look::Each(body::action),
    },
    Check {
        name: "client-echo",
        title: "sends back in a full update what it does not understand",
        step: guide::WHOLE,
        look: Look::Each(update::echoes),
    },
    Check {
        name: "client-everything",
        title: "sends in a full update everything that has a value",
        step: guide::WHOLE,
        look: Look::Each(update::everything),
    },
    Check {
        name: "client-mandatory",
        title: "sends what is mandatory for clients",
        step: guide::WHOLE,
        look: Look::Each(update::mandatory),
    },
    Check {
        name: "client-partial",
        title: "names in $select what a partial update carries",
        step: guide::PART,
        look: Look::Each(update::named),
    },
    Check {
        name: "client-prefers-partial",
        title: "changes parts rather than the whole",
        step: guide::PART,
        look: Look::AtEnd(end::prefers_partial),
    },
    Check {
        name: "client-tolerance",
        title: "passes over what it does not know",
        step: guide::ENTRY,
        look: Look::AtEnd(end::tolerates),
    },
];
