//! Dialects: a cloud that looks and errs like a known real server.
//!
//! Owns the list, which one is spoken at the moment, and the layer that speaks it: it stands before the face of an edition,
//! takes requests as that server does, and shows the living world in that server's words. A dialect is data (see `speech`
//! and `picture`); the world behind and the face know nothing of it.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use cimi::Edition;
use jiff::Timestamp;

mod address;
mod ask;
mod cloud;
mod create;
mod deed;
mod deltacloud;
mod layer;
mod osaddon;
mod paint;
mod picture;
mod query;
mod refuse;
mod scene;
mod sirocco;
mod speech;
mod stratuslab;
mod tree;
mod write;
mod xml;

pub(crate) use layer::layered;

use crate::seed::Seed;

/// How a known real server speaks.
pub struct Dialect {
    /// Its name.
    pub name: &'static str,
    /// Whose it is.
    pub summary: &'static str,
    /// The edition of the face behind it.
    pub edition: Edition,
    /// A world such as that server has.
    seed: &'static str,
    /// How it speaks.
    speech: speech::Speech,
}

/// All dialects.
pub static ALL: &[&Dialect] =
    &[&deltacloud::DELTACLOUD, &sirocco::SIROCCO, &stratuslab::STRATUSLAB, &osaddon::OSADDON];

/// The dialect of this name.
pub fn find(name: &str) -> Option<&'static Dialect> {
    ALL.iter().copied().find(|dialect| dialect.name == name)
}

impl Dialect {
    /// A world such as that server has.
    pub fn seed(&self) -> Seed {
        Seed::embedded(self.name, self.seed)
    }

    /// Where its clients begin, below the origin of a cloud: an absolute path.
    pub fn entry_path(&self) -> String {
        [self.speech.root, self.speech.entry.item].concat()
    }
}

impl fmt::Debug for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Dialect").field(&self.name).finish()
    }
}

/// The dialect that a running cloud speaks, if it speaks one. It may change at any time.
#[derive(Debug, Default)]
pub struct Active(RwLock<Option<&'static Dialect>>);

impl Active {
    /// Speaking this, or plainly.
    pub fn new(dialect: Option<&'static Dialect>) -> Self {
        Self(RwLock::new(dialect))
    }

    /// What is spoken.
    pub fn get(&self) -> Option<&'static Dialect> {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Speaks this from now on, or plainly. A dialect needs the face of its edition behind it.
    pub fn set(&self, dialect: Option<&'static Dialect>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = dialect;
    }
}

/// The time of the cloud.
pub(crate) type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;
