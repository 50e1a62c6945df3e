//! What is used, by whom, where and at what price: intervals in which nothing of that changes.
//!
//! Owns what an interval is and how it follows from a record: pure. Knows no store; when intervals begin and end is
//! `inventory`'s to derive, who sees what of them is `access`'s to say.

mod query;
mod tariff;

use jiff::Timestamp;

use crate::census::{Size, Sizes};
use crate::kind::Kind;
use crate::record::{Id, Resource};

pub use query::{By, Query, Row};
pub use tariff::{Place, Tariff, Terms};

/// The kinds of which intervals are written.
pub const KINDS: [Kind; 2] = [Kind::Machine, Kind::Volume];

/// For how many days closed intervals are kept unless somebody says otherwise.
pub const KEEP_DAYS: u64 = 400;

/// What is used from some time on, until something of it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The resource.
    pub resource: Id,
    /// Its kind: of [`KINDS`].
    pub kind: Kind,
    /// Whose it is; nobody: the operator's.
    pub tenant: Option<String>,
    /// Where it is.
    pub account: String,
    /// Whether it runs.
    pub power: Power,
    /// How large a machine is.
    pub size: Size,
    /// How large a volume is, in kilobytes.
    pub storage: i64,
    /// On what terms.
    pub terms: Terms,
}

/// Whether something runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It does: a machine that has started, until it has stopped, paused or been suspended.
    On,
    /// It is only there.
    Off,
}

/// What is alike in its terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rated {
    /// The kind.
    pub kind: Kind,
    /// Where it is.
    pub account: String,
    /// How large a machine is.
    pub size: Size,
    /// On what terms it was counted last.
    pub terms: Terms,
}

/// What a change begins and ends, all at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metered {
    /// When.
    pub at: Timestamp,
    /// Whether intervals are written from now on.
    pub first: First,
    /// What goes on, on other terms.
    pub rated: Vec<(Rated, Terms)>,
    /// Resources whose intervals end.
    pub close: Vec<Id>,
    /// Those that begin; what the same resource had ends.
    pub open: Vec<Interval>,
    /// Who asked for what is announced.
    pub asked: Vec<(Id, String)>,
}

/// Whether this is the first change of which intervals are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum First {
    /// It is: all that is there begins.
    Yes,
    /// It is not.
    #[default]
    No,
}

impl Interval {
    /// What is used of a resource as it is. `None`: nothing is counted, or it is at no cloud yet or any more.
    pub fn of(resource: &Resource, tariff: &Tariff, sizes: &Sizes) -> Option<Self> {
        if !KINDS.contains(&resource.kind) || resource.is_gone() {
            return None;
        }
        let account = resource.replicas.first()?.account.clone();
        let amounts = resource.amounts();
        let size = Size { cpu: amounts.cpu, memory: amounts.memory };
        let runs = matches!(
            resource.attributes.text("state"),
            Some("STARTED" | "STOPPING" | "PAUSING" | "SUSPENDING")
        );
        let power = if runs && resource.kind == Kind::Machine { Power::On } else { Power::Off };
        Some(Self {
            resource: resource.id,
            kind: resource.kind,
            tenant: resource.owner.clone(),
            terms: tariff.terms(resource.kind, &account, size, sizes),
            account,
            power,
            size,
            storage: amounts.storage,
        })
    }
}

impl Metered {
    /// Whether nothing begins or ends.
    pub fn is_empty(&self) -> bool {
        self.first == First::No
            && self.rated.is_empty()
            && self.close.is_empty()
            && self.open.is_empty()
            && self.asked.is_empty()
    }
}
