//! Requests as logs hear of them, and the query parameters that this cloud is deaf to.
//!
//! Owns the way from an answered request to an Event of access (DSP0263 table 55). Which logs hear of it is the simulation's to say.

use cimi::Edition;
use cimi::model::capability;
use cimi::server::Path;

use super::Face;
use super::atlas::Place;
use crate::sim::Capabilities;
use crate::sim::event::{Access, Answer, Subject};
use crate::users::Caller;
use crate::world::{Group, Id, Record};

impl Face {
    /// Has a request written down in the logs that it concerns, if there are any (table 55: access).
    pub(super) fn note(&self, caller: &Caller, method: &str, path: &Path, status: u16) {
        let Some(place) = self.atlas.place(&path.path) else { return };
        let home = |id: Id| {
            let known = self.engine.peek(|sim| sim.world().get(id).map(Record::home));
            known.unwrap_or(Group { owner: None, kind: id.kind() })
        };
        let of = match place {
            Place::Resource(group, id) => Subject::Resource(group, id),
            Place::Operation(id, _) | Place::Making(id, _, _) => Subject::Resource(home(id), id),
            Place::Collection(group) | Place::Gathering(group, _) => Subject::Collection(group),
            Place::Metadata | Place::MetadataOf(_) => return,
        };
        let is_read = matches!(method, "GET" | "HEAD" | "OPTIONS");
        if !self.engine.peek(|sim| sim.is_watched(of, is_read)) {
            return;
        }
        let answer = match status {
            202 => Answer::Begun,
            100..=399 => Answer::Done,
            _ => Answer::Refused,
        };
        let operation = method.to_owned();
        let detail = match place {
            Place::Operation(_, name) | Place::Making(_, name, _) | Place::Gathering(_, name) => {
                format!("{name}: answered with {status}")
            }
            _ => format!("answered with {status}"),
        };
        let access = Access { of, operation, initiator: caller.name.clone(), answer, detail };
        self.engine.write(|sim| sim.note_access(&access, is_read));
    }
}

/// The query parameters that a cloud says it does not support.
pub(super) fn deaf(edition: Edition, capabilities: &Capabilities) -> Vec<&'static str> {
    const PARAMETERS: [(&str, &str); 8] = [
        ("FilterParameter", "$filter"),
        ("SelectParameter", "$select"),
        ("ExpandParameter", "$expand"),
        ("FirstParameter", "$first"),
        ("FirstParameter", "$last"),
        ("OrderByParameter", "$orderby"),
        ("FormatParameter", "$format"),
        ("QueryPathNotation", "$select/"),
    ];
    let is_said = |name: &str| {
        capability::find("CloudEntryPoint", name).is_some_and(|declared| declared.span.contains(edition))
    };
    let is_deaf = |name: &str| is_said(name) && !capabilities.has("CloudEntryPoint", name);
    PARAMETERS.into_iter().filter(|(name, _)| is_deaf(name)).map(|(_, parameter)| parameter).collect()
}
