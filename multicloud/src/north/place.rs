//! The manager's paths. Opaque to consumers (DSP0263 4.1.3); made and read here only.

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
}

impl Place {
    /// The place of a path, if it can be one.
    pub(super) fn of(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.split('/').collect();
        Some(match segments.as_slice() {
            [""] => Self::EntryPoint,
            ["jobs"] => Self::Jobs,
            ["jobs", id] => Self::Job(number(id)?),
            ["jobs", id, "stop"] => Self::StopJob(number(id)?),
            ["resourceMetadata"] => Self::Metadata,
            ["resourceMetadata", name] => Self::Metadatum((*name).to_owned()),
            [link] => Self::Kind(Kind::of_link(link)?),
            [link, id] => Self::Resource(Kind::of_link(link)?, number(id)?),
            [link, id, name] if parts_of(link, name).is_some() => {
                Self::Parts(number(id)?, parts_of(link, name)?)
            }
            [link, id, name, key] => Self::Part(number(id)?, parts_of(link, name)?, (*key).to_owned()),
            [link, id, operation] => {
                Self::Operation(Kind::of_link(link)?, number(id)?, (*operation).to_owned())
            }
            _ => return None,
        })
    }
}

/// Only the one way of writing a number that the manager itself uses.
fn number(text: &str) -> Option<Id> {
    let id = Id(text.parse().ok()?);
    (id.0.to_string() == text).then_some(id)
}

fn parts_of(link: &str, name: &str) -> Option<Parts> {
    Parts::of(Kind::of_link(link)?, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_one_spelling() {
        assert_eq!(Place::of(""), Some(Place::EntryPoint));
        assert_eq!(Place::of("machines/7"), Some(Place::Resource(Kind::Machine, Id(7))));
        assert_eq!(Place::of("machines/7/disks"), Some(Place::Parts(Id(7), Parts::Disks)));
        assert_eq!(Place::of("volumes/7/images"), Some(Place::Parts(Id(7), Parts::Images)));
        for path in ["machines/07", "machines/+7", "machines/", "machines/7/", "nothing", "machines/7/a/b/c"]
        {
            assert_eq!(
                Place::of(path).filter(|place| !matches!(place, Place::Operation(..))),
                None,
                "{path}"
            );
        }
    }
}
