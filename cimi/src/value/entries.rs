//! The ordered map under [`Attributes`](super::Attributes).
//!
//! Owns entries in the order of insertion. Most sets of attributes have a handful of entries, and a document is made of
//! dozens of such sets: there, looking through a list beats hashing, and one allocation beats two. A long list has an
//! index beside it, so that reading a hostile document stays linear.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::{Name, Value};

/// Entries beyond which there is an index.
const LINEAR: usize = 24;

#[derive(Clone, Debug, Default)]
pub(super) struct Entries {
    list: Vec<(Name, Value)>,
    /// The places of all names, once there are more than [`LINEAR`].
    #[expect(
        clippy::box_collection,
        reason = "a word instead of five in every value, for what hardly any has"
    )]
    index: Option<Box<HashMap<Name, usize, RandomState>>>,
}

impl Entries {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self { list: Vec::with_capacity(capacity), index: None }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.place(name).map(|at| &self.list[at].1)
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.place(name).map(|at| &mut self.list[at].1)
    }

    /// Sets a name, in place if it is there, else at the end.
    pub(super) fn insert(&mut self, name: Name, value: Value) -> Option<Value> {
        if let Some(old) = self.get_mut(name.as_str()) {
            return Some(std::mem::replace(old, value));
        }
        self.push(name, value);
        None
    }

    /// Sets a name if it is not there; says whether it was not.
    pub(super) fn insert_new(&mut self, name: Name, value: Value) -> bool {
        let is_new = self.place(name.as_str()).is_none();
        if is_new {
            self.push(name, value);
        }
        is_new
    }

    /// Takes a name out, keeping the order of the rest.
    pub(super) fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.place(name)?;
        let (_, value) = self.list.remove(at);
        self.reindex();
        Some(value)
    }

    pub(super) fn retain(&mut self, mut keep: impl FnMut(&str, &mut Value) -> bool) {
        self.list.retain_mut(|(name, value)| keep(name.as_str(), value));
        self.reindex();
    }

    pub(super) fn filtered(&self, keep: impl Fn(&str) -> bool) -> Self {
        let kept = self.list.iter().filter(|(name, _)| keep(name.as_str())).cloned();
        let mut entries = Self { list: kept.collect(), index: None };
        entries.reindex();
        entries
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> + DoubleEndedIterator {
        self.list.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub(super) fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = (&str, &mut Value)> {
        self.list.iter_mut().map(|(name, value)| (name.as_str(), value))
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn into_list(self) -> Vec<(Name, Value)> {
        self.list
    }

    fn place(&self, name: &str) -> Option<usize> {
        match &self.index {
            None => self.list.iter().position(|(known, _)| known.as_str() == name),
            Some(index) => index.get(name).copied(),
        }
    }

    pub(super) fn push(&mut self, name: Name, value: Value) {
        if let Some(index) = &mut self.index {
            index.insert(name.clone(), self.list.len());
        }
        self.list.push((name, value));
        if self.index.is_none() && self.list.len() > LINEAR {
            self.reindex();
        }
    }

    fn reindex(&mut self) {
        self.index = (self.list.len() > LINEAR).then(|| {
            Box::new(self.list.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect())
        });
    }
}

impl PartialEq for Entries {
    /// The order is not looked at.
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(name, value)| other.get(name) == Some(value))
    }
}
