//! The collections that resources have: which there are, and what their members are in an edition.
//!
//! All of it is read off the model. Knows no cloud.

use std::sync::LazyLock;

use cimi::Edition;
use cimi::model::{Attribute, Schema, Type, schema};

use crate::kind::{Kind, Role};

/// A collection of parts: of resources of a kind, the one that this attribute refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Parts {
    owner: Kind,
    attribute: &'static str,
}

/// What the members of a collection of parts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// Resources of a kind, each with an address of its own elsewhere.
    Members(Kind),
    /// Resources that only say that the owner uses one of a kind, by this attribute (1.x).
    Links(Kind, &'static str),
    /// What has no life beside its owner: disks, samples.
    Own,
}

/// The manager shows no services of systems: they have parts and operations of their own, at one cloud.
const SERVICES: &str = "SystemServiceCollection";

static ALL: LazyLock<Vec<Parts>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for owner in Kind::ALL {
        for edition in Edition::ALL.into_iter().filter(|edition| owner.is_in(*edition)) {
            for attribute in schema(edition, owner.type_name()).attributes() {
                let parts = Parts { owner, attribute: attribute.name };
                let is_shown = matches!(attribute.ty, Type::Collection(name) if name != SERVICES);
                if is_shown && !all.contains(&parts) {
                    all.push(parts);
                }
            }
        }
    }
    all
});

impl Parts {
    /// The volumes that are connected to a machine.
    pub const VOLUMES: Self = Self { owner: Kind::Machine, attribute: "volumes" };

    /// All of them.
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// Those of a kind that an edition has.
    pub fn of_kind(owner: Kind, edition: Edition) -> impl Iterator<Item = Self> {
        ALL.iter().copied().filter(move |it| it.owner == owner && it.nature(edition).is_some())
    }

    /// The collection that an attribute of a kind refers to.
    pub fn of(owner: Kind, attribute: &str) -> Option<Self> {
        ALL.iter().copied().find(|parts| parts.owner == owner && parts.attribute == attribute)
    }

    /// The attribute of the owner that refers to the collection.
    pub const fn attribute(self) -> &'static str {
        self.attribute
    }

    /// The kind that has it.
    pub const fn owner(self) -> Kind {
        self.owner
    }

    /// Its type in an edition, if that has it.
    pub fn collection(self, edition: Edition) -> Option<&'static Schema> {
        if !self.owner.is_in(edition) {
            return None;
        }
        match schema(edition, self.owner.type_name()).attribute(self.attribute)?.ty {
            Type::Collection(name) => Some(schema(edition, name)),
            _ => None,
        }
    }

    /// The type of its members in an edition, if that has it.
    pub fn member(self, edition: Edition) -> Option<&'static Schema> {
        self.collection(edition)?.members().map(|(_, member, _)| member)
    }

    /// What its members are in an edition, if that has it.
    pub fn nature(self, edition: Edition) -> Option<Nature> {
        let member = self.member(edition)?;
        let kind = Kind::of_type(member.resource().name()).filter(|kind| kind.is_in(edition));
        if let Some(kind) = kind {
            return Some(Nature::Members(kind));
        }
        let mut own =
            member.ty.attributes.iter().filter(|it| it.is_in(edition) && it.name != "initialLocation");
        let refers = |attribute: &Attribute| match attribute.ty {
            Type::Ref(to) => Kind::of_type(to),
            _ => None,
        };
        Some(match (own.next(), own.next()) {
            (Some(only), None) => refers(only).map_or(Nature::Own, |kind| Nature::Links(kind, only.name)),
            _ => Nature::Own,
        })
    }

    /// Whether consumers put something into it, and take it out: images come by the operations that make them (5.14.7.1), and
    /// what is measured by measuring.
    pub fn is_changeable(self, edition: Edition) -> bool {
        match self.nature(edition) {
            Some(Nature::Members(kind) | Nature::Links(kind, _)) => kind.role() != Role::Image,
            Some(Nature::Own) => self.member(edition).is_some_and(|member| member.name() != "Sample"),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nature(owner: Kind, attribute: &str) -> (Option<Nature>, Option<Nature>) {
        let parts = Parts::of(owner, attribute).unwrap();
        (parts.nature(Edition::V1), parts.nature(Edition::V2))
    }

    #[test]
    fn members_are_what_the_edition_makes_of_them() {
        let own = Some(Nature::Own);
        let members = |kind| Some(Nature::Members(kind));
        let links = |kind, name| Some(Nature::Links(kind, name));
        for (owner, attribute, expected) in [
            (Kind::Machine, "disks", (own, own)),
            (Kind::Machine, "volumes", (links(Kind::Volume, "volume"), members(Kind::Volume))),
            (
                Kind::Machine,
                "snapshots",
                (links(Kind::MachineImage, "shapshot"), members(Kind::MachineImage)),
            ),
            (Kind::Machine, "networkInterfaces", (own, None)),
            (Kind::Machine, "interfaces", (None, members(Kind::NetworkInterface))),
            (Kind::Network, "networkPorts", (links(Kind::NetworkPort, "networkPort"), None)),
            (Kind::Network, "segments", (None, members(Kind::ProtocolSegment))),
            (Kind::System, "machines", (links(Kind::Machine, "machine"), members(Kind::Machine))),
        ] {
            assert_eq!(nature(owner, attribute), expected, "{attribute} of {owner:?}");
        }
        assert!(Parts::all().contains(&Parts::VOLUMES));
    }
}
