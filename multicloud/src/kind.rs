//! The kinds of resources that clouds hold and the manager shows.
//!
//! Owns their names and where each is found. Knows no cloud and no store.

use serde::{Deserialize, Serialize};

/// A kind of managed resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A machine configuration (size).
    MachineConfiguration,
    /// A machine image.
    MachineImage,
    /// A credential.
    Credential,
    /// A template of credentials.
    CredentialTemplate,
    /// A volume configuration.
    VolumeConfiguration,
    /// A volume image.
    VolumeImage,
    /// A template of volumes.
    VolumeTemplate,
    /// A template of machines.
    MachineTemplate,
    /// A volume.
    Volume,
    /// A machine.
    Machine,
}

/// What a kind's resources have in common across clouds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// One thing in one cloud: a machine, a volume.
    Single,
    /// The same thing in many clouds if name and contents agree: an image, a size.
    ByName,
}

impl Kind {
    /// All kinds; what others refer to comes first.
    pub const ALL: [Self; 10] = [
        Self::MachineConfiguration,
        Self::MachineImage,
        Self::Credential,
        Self::CredentialTemplate,
        Self::VolumeConfiguration,
        Self::VolumeImage,
        Self::VolumeTemplate,
        Self::MachineTemplate,
        Self::Volume,
        Self::Machine,
    ];

    /// The resource type's name.
    pub const fn type_name(self) -> &'static str {
        match self {
            Self::MachineConfiguration => "MachineConfiguration",
            Self::MachineImage => "MachineImage",
            Self::Credential => "Credential",
            Self::CredentialTemplate => "CredentialTemplate",
            Self::VolumeConfiguration => "VolumeConfiguration",
            Self::VolumeImage => "VolumeImage",
            Self::VolumeTemplate => "VolumeTemplate",
            Self::MachineTemplate => "MachineTemplate",
            Self::Volume => "Volume",
            Self::Machine => "Machine",
        }
    }

    /// The attribute of the Cloud Entry Point that links to its collection (table 8); also its path in the manager.
    pub const fn link(self) -> &'static str {
        match self {
            Self::MachineConfiguration => "machineConfigs",
            Self::MachineImage => "machineImages",
            Self::Credential => "credentials",
            Self::CredentialTemplate => "credentialTemplates",
            Self::VolumeConfiguration => "volumeConfigs",
            Self::VolumeImage => "volumeImages",
            Self::VolumeTemplate => "volumeTemplates",
            Self::MachineTemplate => "machineTemplates",
            Self::Volume => "volumes",
            Self::Machine => "machines",
        }
    }

    /// The name of its collection type.
    pub const fn collection_name(self) -> &'static str {
        match self {
            Self::MachineConfiguration => "MachineConfigurationCollection",
            Self::MachineImage => "MachineImageCollection",
            Self::Credential => "CredentialCollection",
            Self::CredentialTemplate => "CredentialTemplateCollection",
            Self::VolumeConfiguration => "VolumeConfigurationCollection",
            Self::VolumeImage => "VolumeImageCollection",
            Self::VolumeTemplate => "VolumeTemplateCollection",
            Self::MachineTemplate => "MachineTemplateCollection",
            Self::Volume => "VolumeCollection",
            Self::Machine => "MachineCollection",
        }
    }

    /// Whether equal ones of several clouds are shown as one.
    pub const fn sharing(self) -> Sharing {
        match self {
            Self::MachineConfiguration
            | Self::MachineImage
            | Self::VolumeConfiguration
            | Self::VolumeImage => Sharing::ByName,
            _ => Sharing::Single,
        }
    }

    /// The kind of this link or path.
    pub fn of_link(link: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.link() == link)
    }

    /// The kind of this resource type.
    pub fn of_type(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.type_name() == name)
    }
}
