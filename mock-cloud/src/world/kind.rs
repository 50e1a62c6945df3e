//! The kinds of resources that this cloud holds, one card each.
//!
//! Owns where a kind lives and which of its attributes the cloud holds, and who may set them. What an attribute *is*
//! (type, values, editions) is the model's; a test compares the two. Names are those of edition V2.

use cimi::model::{States, registry};
use cimi::{Edition, model::Schema};

/// A kind of resource. The order is that of the cards.
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
    /// 5.17.1
    Job,
}

/// What there is to know about a kind.
#[derive(Debug)]
pub struct Card {
    /// The kind.
    pub kind: Kind,
    /// Its type in the model.
    pub name: &'static str,
    /// Where resources of this kind live.
    pub home: Home,
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
    /// In a collection of the Cloud Entry Point; the attribute there.
    Cloud(&'static str),
    /// In a collection of their parent, with which they live and die (5.10.2); the parent's kind, and the attribute there.
    Inside(Kind, &'static str),
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

const fn consumer(name: &'static str) -> Held {
    Held { name, setter: Setter::Consumer }
}

const fn creator(name: &'static str) -> Held {
    Held { name, setter: Setter::Creator }
}

const fn cloud(name: &'static str) -> Held {
    Held { name, setter: Setter::Cloud }
}

const fn secret(name: &'static str) -> Held {
    Held { name, setter: Setter::Secret }
}

const fn card(kind: Kind, name: &'static str, home: Home, attributes: &'static [Held]) -> Card {
    Card { kind, name, home, link: None, attributes, policy: Policy::Operators }
}

const fn link(kind: Kind, name: &'static str, home: Home, uses: Uses, attributes: &'static [Held]) -> Card {
    Card { kind, name, home, link: Some(uses), attributes, policy: Policy::Operators }
}

static CARDS: [Card; 16] = [
    Card {
        policy: Policy::Administrators,
        ..card(Kind::CloudEntryPoint, "CloudEntryPoint", Home::Root, &[])
    },
    card(
        Kind::Machine,
        "Machine",
        Home::Cloud("machines"),
        &[consumer("cpu"), consumer("memory"), cloud("cpuArch"), cloud("cpuSpeed"), cloud("latestSnapshot")],
    ),
    card(
        Kind::Disk,
        "Disk",
        Home::Inside(Kind::Machine, "disks"),
        &[creator("capacity"), consumer("initialLocation")],
    ),
    link(
        Kind::MachineVolume,
        "MachineVolume",
        Home::Inside(Kind::Machine, "volumes"),
        Uses { attribute: "volume", kind: Kind::Volume },
        &[consumer("initialLocation"), creator("volume")],
    ),
    link(
        Kind::MachineSnapshot,
        "MachineSnapshot",
        Home::Inside(Kind::Machine, "snapshots"),
        Uses { attribute: "snapshot", kind: Kind::MachineImage },
        &[cloud("snapshot")],
    ),
    card(
        Kind::MachineTemplate,
        "MachineTemplate",
        Home::Cloud("machineTemplates"),
        &[
            consumer("initialState"),
            consumer("machineConfig"),
            consumer("machineImage"),
            consumer("credential"),
            consumer("volumes"),
            consumer("volumeTemplates"),
            consumer("userData"),
        ],
    ),
    Card {
        policy: Policy::Administrators,
        ..card(
            Kind::MachineConfiguration,
            "MachineConfiguration",
            Home::Cloud("machineConfigs"),
            &[
                consumer("cpu"),
                consumer("memory"),
                consumer("disks"),
                consumer("cpuArch"),
                consumer("cpuSpeed"),
            ],
        )
    },
    card(
        Kind::MachineImage,
        "MachineImage",
        Home::Cloud("machineImages"),
        &[creator("type"), creator("imageLocation"), cloud("relatedImage")],
    ),
    card(Kind::Credential, "Credential", Home::Cloud("credentials"), CREDENTIAL),
    card(Kind::CredentialTemplate, "CredentialTemplate", Home::Cloud("credentialTemplates"), CREDENTIAL),
    card(
        Kind::Volume,
        "Volume",
        Home::Cloud("volumes"),
        &[cloud("type"), consumer("capacity"), cloud("bootable")],
    ),
    link(
        Kind::VolumeVolumeImage,
        "VolumeVolumeImage",
        Home::Inside(Kind::Volume, "images"),
        Uses { attribute: "volumeImage", kind: Kind::VolumeImage },
        &[cloud("volumeImage")],
    ),
    card(
        Kind::VolumeTemplate,
        "VolumeTemplate",
        Home::Cloud("volumeTemplates"),
        &[consumer("volumeConfig"), consumer("volumeImage")],
    ),
    Card {
        policy: Policy::Administrators,
        ..card(
            Kind::VolumeConfiguration,
            "VolumeConfiguration",
            Home::Cloud("volumeConfigs"),
            &[consumer("type"), consumer("format"), consumer("capacity")],
        )
    },
    card(
        Kind::VolumeImage,
        "VolumeImage",
        Home::Cloud("volumeImages"),
        &[creator("imageLocation"), consumer("bootable")],
    ),
    Card {
        policy: Policy::Cloud,
        ..card(
            Kind::Job,
            "Job",
            Home::Cloud("jobs"),
            &[
                cloud("targetResource"),
                cloud("affectedResources"),
                cloud("action"),
                cloud("returnCode"),
                cloud("progress"),
                cloud("statusMessage"),
                cloud("timeOfStatusChange"),
                cloud("parentJob"),
                cloud("nestedJobs"),
            ],
        )
    },
];

static CREDENTIAL: &[Held] =
    &[consumer("parameters"), consumer("userName"), secret("password"), consumer("key")];

impl Kind {
    /// All kinds, in the order of their cards.
    pub const ALL: [Self; 16] = {
        let mut all = [Self::Machine; 16];
        let mut at = 0;
        while at < CARDS.len() {
            all[at] = CARDS[at].kind;
            assert!(CARDS[at].kind as usize == at, "the cards are in the order of the kinds");
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

    /// Its schema in an edition; absent for a link that the edition shows as an item of a collection only.
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

    /// The kinds that live inside this one.
    pub fn inner(self) -> impl Iterator<Item = Self> {
        Self::ALL
            .into_iter()
            .filter(move |kind| matches!(kind.card().home, Home::Inside(owner, _) if owner == self))
    }

    /// The collection attribute (empty for the Cloud Entry Point), of the Cloud Entry Point or of the parent, that it lives in.
    pub fn segment(self) -> &'static str {
        match self.card().home {
            Home::Root => "",
            Home::Cloud(group) | Home::Inside(_, group) => group,
        }
    }
}

#[cfg(test)]
mod tests;
