//! Deliberate wrong behaviours, each with the requirements that it breaks: what a judge of clouds is tested with.
//!
//! Owns the list, and the layer that carries them out on requests and replies. The cloud behind stays right: world and
//! simulation know nothing of deviations. A deviation is data; `way` has the words to declare one.

use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use cimi::Edition;

mod asked;
mod before;
mod document;
mod json;
mod layer;
mod list;
mod memory;
mod message;
mod query;
mod send;
mod shown;
mod target;
mod way;
mod xml;

pub use way::Need;

use memory::Memory;
use way::Way;

/// A wrong behaviour.
#[derive(Debug)]
pub struct Deviation {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// The requirements that it breaks, by their ids in the register.
    pub breaks: &'static [&'static str],
    /// How it does it.
    pub(crate) ways: &'static [Way],
}

/// The deviations in force at a cloud, to be changed while it runs.
#[derive(Debug, Default)]
pub struct Active {
    deviations: RwLock<Arc<[&'static Deviation]>>,
    memory: Memory,
}

/// Every deviation, by area.
pub fn all() -> impl Iterator<Item = &'static Deviation> {
    list::all()
}

/// The deviation of this name.
pub fn find(name: &str) -> Option<&'static Deviation> {
    all().find(|deviation| deviation.name == name)
}

impl Deviation {
    /// What a cloud has to have for the deviation to show: types, attributes and operations.
    pub fn needs(&self) -> Vec<Need> {
        self.ways.iter().flat_map(Way::needs).collect()
    }
}

impl Active {
    /// With these in force.
    pub fn new(deviations: &[&'static Deviation]) -> Self {
        Self { deviations: RwLock::new(deviations.into()), memory: Memory::default() }
    }

    /// Those in force.
    pub fn get(&self) -> Arc<[&'static Deviation]> {
        Arc::clone(&self.deviations.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on, these are in force and no others. What earlier ones remembered is forgotten.
    pub fn set(&self, deviations: &[&'static Deviation]) {
        *self.deviations.write().unwrap_or_else(PoisonError::into_inner) = deviations.into();
        self.memory.forget();
    }
}

/// A router that misbehaves in the ways in force. While none is in force, a request costs a look at the list.
pub(crate) fn layered(router: Router, edition: Edition, active: Arc<Active>) -> Router {
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let active = Arc::clone(&active);
        async move {
            let deviations = active.get();
            if deviations.is_empty() {
                return next.run(request).await;
            }
            layer::misbehave(&deviations, &active.memory, edition, request, next).await
        }
    }))
}
