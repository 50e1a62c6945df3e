//! The manager's paths. Opaque to consumers (DSP0263 4.1.3); made and read here only.

use cimi::Edition;

use crate::connector::Parts;
use crate::kind::Kind;
use crate::record::Id;

/// What a path is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    EntryPoint,
    Kind(Kind),
    Resource(Kind, Id),
    Operation(Kind, Id, String),
    /// A collection of parts; its owner.
    Parts(Id, Parts),
    Part(Id, Parts, String),
    Jobs,
    Job(Id),
    StopJob(Id),
    Metadata,
    Metadatum(String),
    /// The events of a log.
    Events(Id),
    /// One of them, by its number.
    Event(Id, i64),
}

impl Place {
    /// The place of a path, if it can be one in this edition.
    pub(super) fn of(edition: Edition, path: &str) -> Option<Self> {
        let kind = |link: &str| Kind::of_link(link).filter(|kind| kind.is_in(edition));
        let parts_of = |link: &str, name: &str| {
            Parts::of(kind(link)?, name).filter(|parts| parts.nature(edition).is_some())
        };
        let segments: Vec<&str> = path.split('/').collect();
        Some(match segments.as_slice() {
            [""] => Self::EntryPoint,
            ["jobs"] => Self::Jobs,
            ["jobs", id] => Self::Job(number(id)?),
            ["jobs", id, "stop"] => Self::StopJob(number(id)?),
            ["resourceMetadata"] => Self::Metadata,
            ["resourceMetadata", name] => Self::Metadatum((*name).to_owned()),
            ["eventLogs", id, "events"] => Self::Events(number(id)?),
            ["eventLogs", id, "events", event] => Self::Event(number(id)?, number(event)?.0),
            [link] => Self::Kind(kind(link)?),
            [link, id] => Self::Resource(kind(link)?, number(id)?),
            [link, id, name] if parts_of(link, name).is_some() => {
                Self::Parts(number(id)?, parts_of(link, name)?)
            }
            [link, id, name, key] => Self::Part(number(id)?, parts_of(link, name)?, (*key).to_owned()),
            [link, id, operation] => Self::Operation(kind(link)?, number(id)?, (*operation).to_owned()),
            _ => return None,
        })
    }
}

/// Only the one way of writing a number that the manager itself uses.
fn number(text: &str) -> Option<Id> {
    let id = Id(text.parse().ok()?);
    (id.0.to_string() == text).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_one_spelling() {
        let of = |path| Place::of(Edition::V2, path);
        let parts = |kind, name| Parts::of(kind, name).unwrap();
        assert_eq!(of(""), Some(Place::EntryPoint));
        assert_eq!(of("machines/7"), Some(Place::Resource(Kind::Machine, Id(7))));
        assert_eq!(of("machines/7/disks"), Some(Place::Parts(Id(7), parts(Kind::Machine, "disks"))));
        assert_eq!(of("volumes/7/images"), Some(Place::Parts(Id(7), parts(Kind::Volume, "images"))));
        for path in ["machines/07", "machines/+7", "machines/", "machines/7/", "nothing", "machines/7/a/b/c"]
        {
            assert_eq!(of(path).filter(|place| !matches!(place, Place::Operation(..))), None, "{path}");
        }
    }

    #[test]
    fn editions_have_places_of_their_own() {
        let ports = |edition| Place::of(edition, "networkPorts");
        assert_eq!(ports(Edition::V1), Some(Place::Kind(Kind::NetworkPort)));
        assert_eq!(ports(Edition::V2), None);
        let segments = |edition| Place::of(edition, "networks/3/segments");
        assert_eq!(
            segments(Edition::V2),
            Some(Place::Parts(Id(3), Parts::of(Kind::Network, "segments").unwrap()))
        );
        assert!(!matches!(segments(Edition::V1), Some(Place::Parts(..))));
    }
}
