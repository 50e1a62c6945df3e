//! What a package says, as far as a cloud can use it: virtual systems in collections, disks, networks.
//!
//! Owns the neutral model between descriptors and CIMI. Knows neither XML nor the world.

/// A package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// The disks of its `DiskSection`.
    pub disks: Vec<Disk>,
    /// The networks of its `NetworkSection`.
    pub networks: Vec<Network>,
    /// What is to run.
    pub content: Content,
}

/// A virtual disk, which several systems may share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// Unique in the package.
    pub id: String,
    /// Its name for people, if that is another one.
    pub name: Option<String>,
    /// What CIMI says of it that OVF has no word for.
    pub more: More,
    /// In kilobytes (1000 bytes), rounded up.
    pub capacity: u64,
    /// The URI of the format of its content.
    pub format: String,
    /// What it is formatted as, in CIMI's words.
    pub file_system: Option<String>,
    /// The disk that this one holds the changes of.
    pub parent: Option<String>,
    /// Its content; without one it is blank.
    pub file: Option<File>,
    /// What it is to CIMI.
    pub role: Role,
    /// Whether a machine boots from it, where the package says so.
    pub bootable: Option<bool>,
}

/// What CIMI says of a component that OVF has no word for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct More {
    /// For people; of a network, OVF has it.
    pub description: Option<String>,
    /// Its properties, in order.
    pub properties: Vec<(String, String)>,
    /// The id of the collection that it is a component of; without it, the innermost one that all its users are in.
    pub home: Option<String>,
}

/// The format of a disk that does not say: each disk has one (DSP0243 9.1).
pub const FORMAT: &str = "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized";

/// A file beside the descriptor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Relative to the descriptor, or absolute.
    pub href: String,
    /// In bytes.
    pub size: Option<u64>,
}

/// What a disk is to CIMI, which knows two things that OVF does not tell apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// The package does not say: a Volume, as Annex A has it.
    #[default]
    Unsaid,
    /// A Disk of one Machine.
    Disk,
    /// A Volume.
    Volume,
}

/// A network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Unique in the package.
    pub name: String,
    /// Its name for people, if that is another one.
    pub label: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// What CIMI says of it that OVF has no word for.
    pub more: More,
}

/// What is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// One machine.
    System(Box<VirtualSystem>),
    /// Several, as one thing.
    Collection(Box<Collection>),
}

/// What is said about a machine or a collection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Unique in the package.
    pub id: String,
    /// For people.
    pub name: Option<String>,
    /// What kind of thing it is, for people.
    pub info: String,
    /// Notes, for people.
    pub annotation: Option<String>,
    /// The products in it, with their settings.
    pub products: Vec<Product>,
}

/// A product and its settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// Which of several products it is.
    pub class: Option<String>,
    /// Which of several installations of it.
    pub instance: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Who makes it.
    pub vendor: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its settings.
    pub properties: Vec<Property>,
}

/// A setting of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Property {
    /// Its key, unique in the product.
    pub key: String,
    /// Its type in CIM's words; `string` as a rule.
    pub ty: String,
    /// Its value, where there is one.
    pub value: Option<String>,
    /// Its name for people.
    pub label: Option<String>,
}

/// A machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VirtualSystem {
    /// What is said about it.
    pub about: About,
    /// What runs on it.
    pub os: Option<OperatingSystem>,
    /// The family of virtual hardware: `vmx-13`, `virtualbox-2.2`.
    pub family: Option<String>,
    /// Its processors.
    pub cpu: Cpu,
    /// In kibibytes.
    pub memory: Option<u64>,
    /// Its disks, the one it boots from first.
    pub disks: Vec<DiskUse>,
    /// Its network adapters.
    pub adapters: Vec<Adapter>,
    /// The state that it is to come to rest in.
    pub initial_state: Option<String>,
    /// The URI of the image that it is made from, where that is not the content of its first disk.
    pub image: Option<String>,
    /// What it is told when it boots.
    pub user_data: Option<String>,
}

/// The processors of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cpu {
    /// How many.
    pub count: Option<u64>,
    /// In CIMI's words: `x86_64`.
    pub architecture: Option<String>,
    /// In megahertz.
    pub speed: Option<u64>,
}

/// An operating system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperatingSystem {
    /// The number that CIM has for it (`CIM_OperatingSystem.OsType`).
    pub id: u16,
    /// For people.
    pub description: Option<String>,
}

/// A disk in a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskUse {
    /// Which one.
    pub disk: String,
    /// Where it appears in the machine.
    pub location: Option<String>,
}

/// A network adapter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adapter {
    /// Its name for people.
    pub name: Option<String>,
    /// The networks that it is connected to.
    pub networks: Vec<String>,
}

/// Machines as one thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collection {
    /// What is said about it.
    pub about: About,
    /// What is in it.
    pub contents: Vec<Content>,
    /// The order in which its contents start: id, and a number that several may share.
    pub startup: Vec<Startup>,
}

/// When a part of a collection starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Startup {
    /// Which part.
    pub id: String,
    /// Its place; those of the same place start together.
    pub order: u16,
}

impl Content {
    /// What is said about it.
    pub fn about(&self) -> &About {
        match self {
            Self::System(system) => &system.about,
            Self::Collection(collection) => &collection.about,
        }
    }

    /// Calls `see` with every machine in it, in order.
    pub fn each_system<'a>(&'a self, see: &mut impl FnMut(&'a VirtualSystem)) {
        match self {
            Self::System(system) => see(system),
            Self::Collection(collection) => {
                collection.contents.iter().for_each(|content| content.each_system(see));
            }
        }
    }
}

impl Package {
    /// A disk.
    pub fn disk(&self, id: &str) -> Option<&Disk> {
        self.disks.iter().find(|disk| disk.id == id)
    }

    /// Its machines, in order.
    pub fn systems(&self) -> Vec<&VirtualSystem> {
        let mut systems = Vec::new();
        self.content.each_system(&mut |system| systems.push(system));
        systems
    }

    /// The files that it refers to, each once, in order.
    pub fn files(&self) -> Vec<&File> {
        let mut files: Vec<&File> = Vec::new();
        for file in self.disks.iter().filter_map(|disk| disk.file.as_ref()) {
            if !files.iter().any(|known| known.href == file.href) {
                files.push(file);
            }
        }
        files
    }
}
