//! The kinds of resources that clouds hold and the manager shows.
//!
//! Owns their names and what they are to the manager; where each is found, and in which edition, is the model's to say. Knows
//! no cloud and no store.

use std::sync::LazyLock;

use cimi::Edition;
use cimi::model::{Schema, Type, registry, schema};
use serde::{Deserialize, Serialize};

use crate::connector::Family;

/// Declares the kinds: each is called as its resource type, has a role, and is of a family.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $role:ident of $family:ident),+ $(,)?) => {
        /// A kind of managed resource.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $($(#[$doc])* $kind),+
        }

        impl Kind {
            /// All kinds; what others refer to comes first, as far as they do not refer to each other.
            pub const ALL: [Self; [$(Self::$kind),+].len()] = [$(Self::$kind),+];

            /// The resource type's name.
            pub const fn type_name(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($kind)),+
                }
            }

            /// What it is to the manager.
            pub const fn role(self) -> Role {
                match self {
                    $(Self::$kind => Role::$role),+
                }
            }

            /// Which service of a cloud has it.
            pub const fn family(self) -> Family {
                match self {
                    $(Self::$kind => Family::$family),+
                }
            }
        }
    };
}

kinds! {
    /// A machine configuration (size).
    MachineConfiguration: Configuration of Compute,
    /// A machine image.
    MachineImage: Image of Image,
    /// A credential.
    Credential: Secret of Compute,
    /// A template of credentials.
    CredentialTemplate: Secret of Compute,
    /// A volume configuration.
    VolumeConfiguration: Configuration of Volume,
    /// A volume image.
    VolumeImage: Image of Volume,
    /// A template of volumes.
    VolumeTemplate: Template of Volume,
    /// A configuration of networks; 1.x only.
    NetworkConfiguration: Configuration of Network,
    /// A configuration of ports; 1.x only.
    NetworkPortConfiguration: Configuration of Network,
    /// A group of networks with routes between them; 1.x only.
    ForwardingGroup: Thing of Network,
    /// A template of such groups; 1.x only.
    ForwardingGroupTemplate: Template of Network,
    /// A network.
    Network: Thing of Network,
    /// A port of a network; 1.x only.
    NetworkPort: Thing of Network,
    /// A template of ports; 1.x only.
    NetworkPortTemplate: Template of Network,
    /// An address; 1.x only.
    Address: Thing of Network,
    /// A template of addresses; 1.x only.
    AddressTemplate: Template of Network,
    /// A network device; 2.0 only, as are the next ones.
    NetworkInterface: Thing of Network,
    /// A template of network devices.
    NetworkInterfaceTemplate: Template of Network,
    /// An endpoint.
    ProtocolEndpoint: Thing of Network,
    /// A template of endpoints.
    ProtocolEndpointTemplate: Template of Network,
    /// A segment of a network.
    ProtocolSegment: Thing of Network,
    /// A template of segments.
    ProtocolSegmentTemplate: Template of Network,
    /// A service of a network.
    NetworkService: Thing of Network,
    /// A template of services.
    NetworkServiceTemplate: Template of Network,
    /// A template of networks.
    NetworkTemplate: Template of Network,
    /// A template of machines.
    MachineTemplate: Template of Compute,
    /// A volume.
    Volume: Thing of Volume,
    /// A machine.
    Machine: Thing of Compute,
    /// A template of systems.
    SystemTemplate: Template of System,
    /// A system: what consists of others, which may be at several clouds.
    System: Whole of System,
    /// A configuration of meters.
    MeterConfiguration: Configuration of Metering,
    /// A template of meters.
    MeterTemplate: Template of Metering,
    /// A meter of any of the others.
    Meter: Thing of Metering,
    /// A template of event logs.
    EventLogTemplate: Log of Metering,
    /// What has happened to one of the others, or to the manager.
    EventLog: Log of Metering,
}

/// What a kind is to the manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What things are made by: the manager keeps its own, and equal ones of several clouds are one.
    Configuration,
    /// How things are made: the manager keeps its own.
    Template,
    /// What things are made from: at clouds, and equal ones of several are one.
    Image,
    /// What opens things: at one cloud.
    Secret,
    /// What there is at one cloud, placed there by the policy.
    Thing,
    /// What consists of things, which may be at several clouds: the manager's own. Those that a cloud made are at that one.
    Whole,
    /// What the manager tells of the others, and how: its own, whatever clouds have of the kind.
    Log,
}

/// What a kind's resources have in common across clouds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// One thing in one cloud: a machine, a volume.
    Single,
    /// The same thing in many clouds if name and contents agree: an image, a size.
    ByName,
}

/// Where the model has a kind.
struct Spot {
    link: &'static str,
    collection: &'static str,
    editions: Vec<Edition>,
}

/// By kind, in order.
static SPOTS: LazyLock<Vec<Spot>> = LazyLock::new(|| Kind::ALL.into_iter().map(Spot::of).collect());

impl Kind {
    /// The attribute of the Cloud Entry Point that links to its collection (table 8); also its path in the manager.
    pub fn link(self) -> &'static str {
        self.spot().link
    }

    /// The name of its collection type.
    pub fn collection_name(self) -> &'static str {
        self.spot().collection
    }

    /// Whether an edition has it: as a type, and with a collection at the Cloud Entry Point.
    pub fn is_in(self, edition: Edition) -> bool {
        self.spot().editions.contains(&edition)
    }

    /// All kinds of an edition.
    pub fn in_edition(edition: Edition) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |kind| kind.is_in(edition))
    }

    /// The edition in whose terms it is recorded: 2.0, or 1.x for what only that has.
    pub fn terms(self) -> Edition {
        if self.is_in(Edition::V2) { Edition::V2 } else { Edition::V1 }
    }

    /// Its type in the terms in which it is recorded.
    pub fn schema(self) -> &'static Schema {
        schema(self.terms(), self.type_name())
    }

    /// Whether equal ones of several clouds are shown as one.
    pub const fn sharing(self) -> Sharing {
        match self.role() {
            Role::Configuration | Role::Image => Sharing::ByName,
            Role::Template | Role::Secret | Role::Thing | Role::Whole | Role::Log => Sharing::Single,
        }
    }

    /// Whether those of clouds are shown. Logs, and what they are made by, are the manager's own.
    pub const fn is_at_clouds(self) -> bool {
        !matches!(self.role(), Role::Log)
    }

    /// Whether it lives at a cloud: it says where it is, and may be gone from there.
    pub const fn has_place(self) -> bool {
        matches!(self.role(), Role::Thing | Role::Whole | Role::Image | Role::Secret)
    }

    /// Whether what creates one says where it has to be. What a system consists of may be anywhere.
    pub const fn can_be_pinned(self) -> bool {
        self.has_place() && !matches!(self.role(), Role::Whole)
    }

    /// The kind of this link or path.
    pub fn of_link(link: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.link() == link)
    }

    /// The kind of this resource type.
    pub fn of_type(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.type_name() == name)
    }

    fn spot(self) -> &'static Spot {
        &SPOTS[self as usize]
    }
}

impl Spot {
    fn of(kind: Kind) -> Self {
        let mut spot = Self { link: "", collection: "", editions: Vec::new() };
        for edition in Edition::ALL {
            let entry = schema(edition, "CloudEntryPoint").attributes().iter();
            let found = entry.filter_map(|attribute| match attribute.ty {
                Type::Collection(name) => Some((attribute.name, registry(edition).get(name)?)),
                _ => None,
            });
            let mut found = found.filter(|(_, collection)| {
                collection.members().is_some_and(|(_, member, _)| member.name() == kind.type_name())
            });
            if let Some((link, collection)) = found.next() {
                spot.link = link;
                spot.collection = collection.name();
                spot.editions.push(edition);
            }
        }
        spot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_has_all_kinds() {
        for kind in Kind::ALL {
            assert!(!kind.spot().editions.is_empty(), "{kind:?} is in no edition");
            assert_eq!(Kind::of_link(kind.link()), Some(kind));
            assert_eq!(kind.schema().name(), kind.type_name());
        }
    }

    #[test]
    fn editions_have_their_own_networks() {
        let in_1 = |kind: Kind| (kind.is_in(Edition::V1), kind.is_in(Edition::V2));
        assert_eq!(in_1(Kind::Network), (true, true));
        assert_eq!(in_1(Kind::NetworkPort), (true, false));
        // 1.x has the type, as a part of machines.
        assert_eq!(in_1(Kind::NetworkInterface), (false, true));
    }
}
