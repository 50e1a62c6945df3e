//! The kinds of resources that this cloud holds, one card each.
//!
//! Owns where a kind lives and which of its attributes the cloud holds, and who may set them. What an attribute *is*
//! (type, values, editions) is the model's; a test compares the two. Names are those of edition V2, or of V1 for what only
//! V1 has. The cards themselves are in the sibling modules, one a family.

use cimi::model::{States, registry};
use cimi::{Edition, model::Schema};

mod card;
mod machine;
mod monitoring;
mod network;
mod network_v1;
mod system;
mod volume;

/// A kind of resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// 5.12; there is one.
    CloudEntryPoint,
    /// 5.14.1
    Machine,
    /// 5.14.1.1.1
    Disk,
    /// The use of a Volume by a Machine: 5.14.1.1.2, and `MachineVolume` of V1.
    MachineVolume,
    /// The use of a snapshot by a Machine: 5.14.1.1.4, and `MachineSnapshot` of V1.
    MachineSnapshot,
    /// V1: what joins a Machine to a Network.
    MachineNetworkInterface,
    /// V1: the use of an Address by such an interface.
    MachineNetworkInterfaceAddress,
    /// 5.14.3
    MachineTemplate,
    /// 5.14.5
    MachineConfiguration,
    /// 5.14.7
    MachineImage,
    /// 5.14.9
    Credential,
    /// 5.14.11
    CredentialTemplate,
    /// 5.15.1
    Volume,
    /// The use of an image by a Volume: 5.15.1.1.1, and `VolumeVolumeImage` of V1.
    VolumeVolumeImage,
    /// 5.15.3
    VolumeTemplate,
    /// 5.15.5
    VolumeConfiguration,
    /// 5.15.7
    VolumeImage,
    /// 5.13.1
    System,
    /// A System as a component of a System: 5.13.1.1.1, and `SystemSystem` of V1; the next ones are like it.
    SystemSystem,
    /// 5.13.1.1.2
    SystemMachine,
    /// 5.13.1.1.3
    SystemCredential,
    /// 5.13.1.1.4
    SystemVolume,
    /// 5.13.1.1.5
    SystemNetwork,
    /// V1
    SystemNetworkPort,
    /// V1
    SystemAddress,
    /// V1
    SystemForwardingGroup,
    /// 5.13.1.1.6
    SystemNetworkService,
    /// 5.13.3
    SystemService,
    /// A Machine under a service: table 12.
    ServiceMachine,
    /// A Volume under a service: table 10.
    ServiceVolume,
    /// A System under a service: table 10.
    ServiceSystem,
    /// 5.13.4
    SystemTemplate,
    /// 5.16.1, and Network of V1.
    Network,
    /// A segment of a Network: 5.16.1.1.1.
    NetworkSegment,
    /// A service of a Network: 5.16.1.1.2.
    NetworkNetworkService,
    /// A Network within a Network: 5.16.1.1.3.
    Subnetwork,
    /// 5.16.3
    NetworkTemplate,
    /// 5.16.5
    ProtocolSegment,
    /// An endpoint in a segment: 5.16.5.2.1.
    SegmentEndpoint,
    /// 5.16.7
    ProtocolSegmentTemplate,
    /// 5.16.9
    ProtocolEndpoint,
    /// 5.16.11
    ProtocolEndpointTemplate,
    /// 5.16.13
    NetworkInterface,
    /// An endpoint of an interface: table 42.
    InterfaceEndpoint,
    /// 5.16.15
    NetworkInterfaceTemplate,
    /// An endpoint that an interface is to have: 5.16.15.1.1.
    InterfaceTemplateEndpoint,
    /// 5.16.17
    NetworkService,
    /// An endpoint that a service is for: 5.16.17.1.1.
    ServiceEndpoint,
    /// A segment that a service is for: 5.16.17.1.2.
    ServiceSegment,
    /// 5.16.19
    NetworkServiceTemplate,
    /// V1
    NetworkConfiguration,
    /// V1
    NetworkPort,
    /// V1: a port of a Network.
    NetworkNetworkPort,
    /// V1
    NetworkPortTemplate,
    /// V1
    NetworkPortConfiguration,
    /// V1
    Address,
    /// V1
    AddressTemplate,
    /// V1
    ForwardingGroup,
    /// V1
    ForwardingGroupTemplate,
    /// 5.17.1
    Job,
    /// 5.17.3
    Meter,
    /// 5.17.3.1.1
    Sample,
    /// 5.17.5
    MeterTemplate,
    /// 5.17.7
    MeterConfiguration,
    /// 5.17.8
    EventLog,
    /// 5.17.11
    EventLogTemplate,
    /// 5.17.13
    Event,
}

/// What there is to know about a kind.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    /// The kind.
    pub kind: Kind,
    /// Its type in the model; for a link that no edition shows as a resource, a name like that of one.
    pub name: &'static str,
    /// Where resources of this kind live.
    pub home: Home,
    /// In which other collections they are listed, if their owner is of that kind: the owner's kind, and the attribute there.
    pub also: &'static [(Kind, &'static str)],
    /// For a kind that only says that its owner uses another resource: what it uses.
    pub link: Option<Uses>,
    /// The attributes that the cloud holds, beside the common ones and `state`.
    pub attributes: &'static [Held],
    /// What may be done with its resources by whom.
    pub policy: Policy,
}

/// Where resources of a kind live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// It is the Cloud Entry Point.
    Root,
    /// In a collection of the Cloud Entry Point; the attribute there. What is owned by another resource (5.10.2) is there, too.
    Cloud(&'static str),
    /// In a collection of their parent, with which they live and die (5.10.2); the parent's kind, and the attribute there.
    Inside(Kind, &'static str),
    /// Likewise, but with an address of their own, below this segment: they have collections themselves.
    Flat(Kind, &'static str, &'static str),
}

/// What a link refers to.
#[derive(Clone, Copy, Debug)]
pub struct Uses {
    /// The attribute that refers to it.
    pub attribute: &'static str,
    /// Its kind.
    pub kind: Kind,
}

/// An attribute that the cloud holds.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// Its name.
    pub name: &'static str,
    /// Who sets it.
    pub setter: Setter,
}

/// Who sets an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setter {
    /// A consumer, when the resource is created and whenever later.
    Consumer,
    /// A consumer, when the resource is created; then it stays.
    Creator,
    /// The cloud.
    Cloud,
    /// A consumer as with [`Setter::Consumer`]; it is never shown.
    Secret,
}

/// Which callers may create, change and delete resources of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Whoever operates the cloud.
    Operators,
    /// Whoever administers it: configurations are the provider's own (5.14.5, 5.15.5).
    Administrators,
    /// Operators change and delete; only the cloud creates.
    Cloud,
}

impl Held {
    /// Whether a consumer sets it, at least on creation.
    pub const fn is_settable(&self) -> bool {
        !matches!(self.setter, Setter::Cloud)
    }
}

/// How many kinds there are.
const COUNT: usize = 67;

const ENTRY_POINT: Card = Card {
    policy: Policy::Administrators,
    ..Card::new(Kind::CloudEntryPoint, "CloudEntryPoint", Home::Root, &[])
};

/// All cards, each at the place of its kind.
static CARDS: [Card; COUNT] = {
    let families: [&[Card]; 7] = [
        &[ENTRY_POINT],
        machine::CARDS,
        volume::CARDS,
        system::CARDS,
        network::CARDS,
        network_v1::CARDS,
        monitoring::CARDS,
    ];
    let mut cards = [ENTRY_POINT; COUNT];
    let mut filled = 0;
    let mut family = 0;
    while family < families.len() {
        let mut at = 0;
        while at < families[family].len() {
            let card = families[family][at];
            cards[card.kind as usize] = card;
            filled += 1;
            at += 1;
        }
        family += 1;
    }
    assert!(filled == COUNT, "one card for each kind");
    let mut at = 0;
    while at < COUNT {
        assert!(cards[at].kind as usize == at, "no kind is without a card");
        at += 1;
    }
    cards
};

impl Kind {
    /// All kinds, in order.
    pub const ALL: [Self; COUNT] = {
        let mut all = [Self::CloudEntryPoint; COUNT];
        let mut at = 0;
        while at < COUNT {
            all[at] = CARDS[at].kind;
            at += 1;
        }
        all
    };

    /// Its card.
    pub fn card(self) -> &'static Card {
        &CARDS[self as usize]
    }

    /// Its type in the model.
    pub fn name(self) -> &'static str {
        self.card().name
    }

    /// Its schema in an edition; absent for what the edition does not have, or shows as an item of a collection only.
    pub fn schema(self, edition: Edition) -> Option<&'static Schema> {
        registry(edition).get(self.name())
    }

    /// Its states, the same in both editions.
    pub fn states(self) -> Option<&'static States> {
        Edition::ALL.into_iter().find_map(|edition| self.schema(edition))?.ty.states
    }

    /// One of the attributes that the cloud holds for it.
    pub fn held(self, name: &str) -> Option<&'static Held> {
        self.card().attributes.iter().find(|held| held.name == name)
    }

    /// The kinds that live inside this one, and nowhere else.
    pub fn inner(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |kind| match kind.card().home {
            Home::Inside(owner, _) | Home::Flat(owner, _, _) => owner == self,
            _ => false,
        })
    }

    /// The kinds of what the collections of this one list, with the attributes that lead there.
    pub fn collections(self) -> impl Iterator<Item = (&'static str, Self)> {
        let also = Self::ALL.into_iter().flat_map(move |kind| {
            kind.card()
                .also
                .iter()
                .filter(move |(owner, _)| *owner == self)
                .map(move |(_, name)| (*name, kind))
        });
        self.inner().map(|kind| (kind.attribute(), kind)).chain(also)
    }

    /// The collection attribute, of the Cloud Entry Point or of the parent, that it lives in; empty for the Cloud Entry Point.
    pub fn attribute(self) -> &'static str {
        match self.card().home {
            Home::Root => "",
            Home::Cloud(name) | Home::Inside(_, name) | Home::Flat(_, name, _) => name,
        }
    }

    /// What the addresses of its resources begin with, or go on with behind that of their parent.
    pub fn segment(self) -> &'static str {
        match self.card().home {
            Home::Flat(_, _, segment) => segment,
            _ => self.attribute(),
        }
    }

    /// Whether the address of a resource begins with that of its parent.
    pub const fn is_addressed_below(self) -> bool {
        matches!(CARDS[self as usize].home, Home::Inside(..))
    }

    /// Whether a System lists resources of this kind as components, so that one may be made their parent (5.13.1).
    pub fn is_component(self) -> bool {
        self.listed_by(Self::System).card().link.is_some()
    }

    /// The kind under which a resource of this kind is listed by an owner of another: itself, or a link to it.
    #[must_use]
    pub fn listed_by(self, owner: Self) -> Self {
        let lists = |(_, kind): &(&str, Self)| *kind == self;
        let links = |(_, kind): &(&str, Self)| kind.card().link.is_some_and(|uses| uses.kind == self);
        let mut collections = owner.collections();
        collections.find(lists).or_else(|| owner.collections().find(links)).map_or(self, |(_, kind)| kind)
    }
}

#[cfg(test)]
mod tests;
