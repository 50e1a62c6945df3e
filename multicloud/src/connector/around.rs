//! What stands around a cloud: it sees every call on its way there, and the cloud behind it is asked through the same traits.
//!
//! Owns the way of each method through one place. Knows nothing of why somebody stands there.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use cimi::Attributes;

use super::{
    CloudError, Connector, Creation, Discovery, Family, Found, JobState, Native, PartList, Parts, Service,
    Started, Token,
};
use crate::kind::Kind;

/// What a call can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It only reads.
    None,
    /// It only reads, however many pages there are.
    Listing,
    /// It changes something: once it is on its way, nobody knows.
    Change,
}

/// Whoever stands around a cloud.
pub trait Around: Send + Sync + fmt::Debug {
    /// The cloud.
    fn cloud(&self) -> &dyn Connector;

    /// A call on its way: made now, later, more than once or not at all.
    fn call<T: Send, F: Future<Output = Result<T, CloudError>> + Send>(
        &self,
        effect: Effect,
        call: impl Fn() -> F + Send + Sync,
    ) -> impl Future<Output = Result<T, CloudError>> + Send;
}

#[async_trait]
impl<A: Around> Connector for A {
    async fn discover(&self) -> Result<Discovery, CloudError> {
        self.call(Effect::None, || self.cloud().discover()).await
    }

    fn service(&self, family: Family) -> Option<&dyn Service> {
        self.cloud().service(family).map(|_| self as &dyn Service)
    }

    async fn identify(&self, native: &Native) -> Result<Option<(Kind, Found)>, CloudError> {
        self.call(Effect::None, || self.cloud().identify(native)).await
    }

    async fn job(&self, job: &Native) -> Result<JobState, CloudError> {
        self.call(Effect::None, || self.cloud().job(job)).await
    }

    async fn cancel(&self, job: &Native) -> Result<(), CloudError> {
        self.call(Effect::Change, || self.cloud().cancel(job)).await
    }

    fn deadline(&self) -> Duration {
        self.cloud().deadline()
    }
}

#[async_trait]
impl<A: Around> Service for A {
    async fn list(&self, kind: Kind) -> Result<Vec<Found>, CloudError> {
        self.call(Effect::Listing, || async { self.cloud().of(kind)?.list(kind).await }).await
    }

    async fn get(&self, kind: Kind, native: &Native) -> Result<Found, CloudError> {
        self.call(Effect::None, || async { self.cloud().of(kind)?.get(kind, native).await }).await
    }

    async fn parts(&self, owner: &Native, parts: Parts) -> Result<PartList, CloudError> {
        self.call(Effect::None, || async { self.cloud().of(parts.owner())?.parts(owner, parts).await }).await
    }

    async fn add_part(
        &self,
        owner: &Native,
        parts: Parts,
        attributes: &Attributes,
    ) -> Result<Started, CloudError> {
        self.call(Effect::Change, || async {
            self.cloud().of(parts.owner())?.add_part(owner, parts, attributes).await
        })
        .await
    }

    async fn delete_part(&self, owner: &Native, parts: Parts, part: &Native) -> Result<Started, CloudError> {
        self.call(Effect::Change, || async {
            self.cloud().of(parts.owner())?.delete_part(owner, parts, part).await
        })
        .await
    }

    async fn insert(
        &self,
        owner: &Native,
        parts: Parts,
        target: &Native,
        accessories: &Attributes,
    ) -> Result<Started, CloudError> {
        self.call(Effect::Change, || async {
            self.cloud().of(parts.owner())?.insert(owner, parts, target, accessories).await
        })
        .await
    }

    async fn remove(&self, owner: &Native, parts: Parts, target: &Native) -> Result<Started, CloudError> {
        self.call(Effect::Change, || async {
            self.cloud().of(parts.owner())?.remove(owner, parts, target).await
        })
        .await
    }

    async fn create(&self, creation: &Creation) -> Result<Started, CloudError> {
        self.call(Effect::Change, || async { self.cloud().of(creation.kind)?.create(creation).await }).await
    }

    async fn find(&self, kind: Kind, token: &Token) -> Result<Option<Found>, CloudError> {
        self.call(Effect::Listing, || async { self.cloud().of(kind)?.find(kind, token).await }).await
    }

    async fn update(
        &self,
        kind: Kind,
        native: &Native,
        set: &Attributes,
        erase: &[String],
    ) -> Result<Started, CloudError> {
        self.call(Effect::Change, || async { self.cloud().of(kind)?.update(kind, native, set, erase).await })
            .await
    }

    async fn delete(&self, kind: Kind, native: &Native) -> Result<Started, CloudError> {
        self.call(Effect::Change, || async { self.cloud().of(kind)?.delete(kind, native).await }).await
    }

    async fn act(
        &self,
        kind: Kind,
        native: &Native,
        operation: &str,
        parameters: &Attributes,
    ) -> Result<Started, CloudError> {
        self.call(Effect::Change, || async {
            self.cloud().of(kind)?.act(kind, native, operation, parameters).await
        })
        .await
    }
}
