//! Pages: which resources are asked for, in the terms of a store.
//!
//! Owns conditions, orders, and what a resource is found by. Knows no SQL, and no face: what a filter means there has been
//! settled.

use std::collections::BTreeMap;

use cimi::Value;
use cimi::query::Window;
use cimi::query::filter::Op;
use cimi::query::orderby::Direction;
use unicode_normalization::UnicodeNormalization as _;

use crate::access::Sight;
use crate::kind::Kind;
use crate::record::{Id, Resource};

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The kind.
    pub kind: Kind,
    /// Who asks: only what they see is there.
    pub sight: Sight,
    /// What all of it meets.
    pub meets: Condition,
    /// Its order, the most significant key first; what is equal is in the order of identifiers.
    pub order: Vec<(Key, Direction)>,
    /// Which part of it.
    pub window: Window,
}

/// What there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hits {
    /// How many resources meet the condition.
    pub count: u64,
    /// Those of the window, in order.
    pub ids: Vec<Id>,
}

/// A condition. With what is absent or empty no comparison holds, not even `!=`.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All of these; of none, it holds.
    All(Vec<Self>),
    /// Any of these; of none, it does not hold.
    Any(Vec<Self>),
    /// The identifier.
    Id(Op, Id),
    /// The name against a text: `=` or `!=`, as with all texts.
    Name(Op, String),
    /// The state.
    State(Op, String),
    /// The one account where it is.
    Account(Op, String),
    /// The account is one of these.
    AccountAmong(Vec<String>),
    /// What the cloud of that account calls it.
    Native(Op, String),
    /// When it was made, as twelve sortable bytes.
    Created(Op, [u8; 12]),
    /// When it was changed.
    Updated(Op, [u8; 12]),
    /// A property of this key.
    Property(String, Op, String),
    /// Another attribute against a text.
    Text(&'static str, Op, String),
    /// Another attribute against a number.
    Number(&'static str, Op, i64),
    /// Another attribute against a truth.
    Truth(&'static str, Op, bool),
}

/// What an order looks at. What is absent or empty comes last, whichever the direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The digits of the identifier, as a text.
    Id,
    /// The name in Normalization Form KD.
    Name,
    /// The account.
    Account,
    /// When it was made.
    Created,
    /// When it was changed.
    Updated,
    /// Another attribute that is a number.
    Number(&'static str),
    /// Another attribute that is true or false; false comes first.
    Truth(&'static str),
}

impl Condition {
    /// What always holds.
    pub const ALWAYS: Self = Self::All(Vec::new());
    /// What never holds.
    pub const NEVER: Self = Self::Any(Vec::new());

    /// How many comparisons it is made of.
    pub fn size(&self) -> usize {
        match self {
            Self::All(terms) | Self::Any(terms) => terms.iter().map(Self::size).sum::<usize>() + 1,
            Self::AccountAmong(accounts) => accounts.len(),
            _ => 1,
        }
    }
}

/// What a resource is found by, beside its identifier, kind and owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facets<'a> {
    /// Empty: it has none.
    pub(super) state: &'a str,
    /// Empty: it is not at exactly one cloud, or says nothing of it.
    pub(super) account: &'a str,
    /// In Normalization Form KD.
    pub(super) name_key: Option<String>,
    pub(super) created: Option<[u8; 12]>,
    pub(super) updated: Option<[u8; 12]>,
    pub(super) properties: BTreeMap<&'a str, &'a str>,
}

impl<'a> Facets<'a> {
    pub(super) fn of(resource: &'a Resource) -> Self {
        let attributes = &resource.attributes;
        let time = |name: &str| match attributes.get(name) {
            Some(Value::DateTime(time)) => Some(time.sortable()),
            _ => None,
        };
        let account = match resource.replicas.as_slice() {
            [replica] if resource.kind.has_place() => replica.account.as_str(),
            _ => "",
        };
        let properties = attributes.map("properties").into_iter().flatten();
        Self {
            state: attributes.text("state").unwrap_or_default(),
            account,
            name_key: attributes.text("name").filter(|name| !name.is_empty()).map(key),
            created: time("created"),
            updated: time("updated"),
            properties: properties.map(|(key, value)| (key.as_str(), value.as_str())).collect(),
        }
    }
}

/// What a name is ordered by.
pub(super) fn key(name: &str) -> String {
    if name.is_ascii() { name.to_owned() } else { name.nfkd().collect() }
}
