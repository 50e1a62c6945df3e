//! A resource as filters look at it: taken out of the inventory without becoming values.

use std::borrow::Cow;
use std::sync::Arc;

use cimi::query::{Lookup, Simple};

use super::compact::Bytes;
use crate::kind::Kind;
use crate::record::Id;

/// A resource whose attributes can be asked for one by one, in the terms in which it is recorded.
pub struct Record {
    /// Its identifier.
    pub id: Id,
    /// Its kind.
    pub kind: Kind,
    /// The account, if it is at exactly one.
    pub account: Option<Arc<str>>,
    pub(super) attributes: Box<[u8]>,
}

impl Lookup for Record {
    fn simple(&self, name: &str) -> Option<Simple<'_>> {
        Bytes(&self.attributes).simple_of(name)
    }

    fn property(&self, key: &str) -> Option<Cow<'_, str>> {
        Bytes(&self.attributes).property_of(key)
    }
}
