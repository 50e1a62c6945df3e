//! What a cloud does for a family of kinds: compute, volumes, images, networks, systems, metering.
//!
//! Owns the trait. Clouds whose services are APIs of their own implement it once for each.

use std::fmt;

use async_trait::async_trait;
use cimi::Attributes;

use super::{CloudError, Creation, Found, Native, PartList, Parts, Started, Token};
use crate::kind::Kind;

/// A family of kinds that one service of a cloud has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Machines, their sizes and what opens them.
    Compute,
    /// Volumes and their images.
    Volume,
    /// Images of machines.
    Image,
    /// Networks and what belongs to them.
    Network,
    /// What is made of the others together.
    System,
    /// What is measured, and what has happened.
    Metering,
}

/// A service of a cloud. What it is asked for is of kinds of its family.
#[async_trait]
pub trait Service: Send + Sync + fmt::Debug {
    /// All resources of a kind: complete, or an error.
    async fn list(&self, kind: Kind) -> Result<Vec<Found>, CloudError>;

    /// One resource.
    async fn get(&self, kind: Kind, native: &Native) -> Result<Found, CloudError>;

    /// Parts of a resource; none where the cloud has no such collection.
    async fn parts(&self, owner: &Native, parts: Parts) -> Result<PartList, CloudError>;

    /// Adds a part that has no life of its own.
    async fn add_part(
        &self,
        owner: &Native,
        parts: Parts,
        attributes: &Attributes,
    ) -> Result<Started, CloudError>;

    /// Deletes a part that has no life of its own.
    async fn delete_part(&self, owner: &Native, parts: Parts, part: &Native) -> Result<Started, CloudError>;

    /// Puts a resource among the parts of another one.
    async fn insert(
        &self,
        owner: &Native,
        parts: Parts,
        target: &Native,
        accessories: &Attributes,
    ) -> Result<Started, CloudError>;

    /// Takes a resource out from there; it lives on.
    async fn remove(&self, owner: &Native, parts: Parts, target: &Native) -> Result<Started, CloudError>;

    /// Creates a resource. The token goes with it, so that [`Service::find`] finds what a lost reply hid.
    async fn create(&self, creation: &Creation) -> Result<Started, CloudError>;

    /// The resource that was created with a token, if it was.
    async fn find(&self, kind: Kind, token: &Token) -> Result<Option<Found>, CloudError>;

    /// Sets and erases attributes.
    async fn update(
        &self,
        kind: Kind,
        native: &Native,
        set: &Attributes,
        erase: &[String],
    ) -> Result<Started, CloudError>;

    /// Deletes a resource.
    async fn delete(&self, kind: Kind, native: &Native) -> Result<Started, CloudError>;

    /// Performs an operation by its bare name.
    async fn act(
        &self,
        kind: Kind,
        native: &Native,
        operation: &str,
        parameters: &Attributes,
    ) -> Result<Started, CloudError>;
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Compute => "compute",
            Self::Volume => "volume",
            Self::Image => "image",
            Self::Network => "network",
            Self::System => "system",
            Self::Metering => "metering",
        })
    }
}
