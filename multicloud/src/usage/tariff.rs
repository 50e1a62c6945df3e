//! On what terms accounts are used: who runs them, and what an hour costs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::census::{Size, Sizes};
use crate::kind::Kind;
use crate::placement::Prices;

/// The terms of all accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tariff {
    /// Accounts by name.
    pub accounts: BTreeMap<String, Place>,
    /// The operator's table.
    pub prices: Arc<Prices>,
}

/// An account, as far as it decides what is to be paid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Who runs it.
    pub provider: String,
    /// Where it is, ISO 3166.
    pub location: Option<String>,
    /// What an hour of a machine costs where the table says nothing, in thousandths; 0: nothing is said.
    pub price: i64,
}

/// The terms on which something is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Who runs the cloud.
    pub provider: Option<String>,
    /// What an hour costs, in thousandths.
    pub price: Option<i64>,
}

impl Tariff {
    /// Whether the size of a machine decides what it costs.
    pub fn is_by_size(&self) -> bool {
        !self.prices.is_empty()
    }

    /// The terms of something at an account. There are prices of machines only.
    pub fn terms(&self, kind: Kind, account: &str, size: Size, sizes: &Sizes) -> Terms {
        let Some(place) = self.accounts.get(account) else { return Terms::default() };
        let listed = || {
            let config = sizes.config(size, account);
            self.prices.price(account, place.location.as_deref(), config)
        };
        let own = || Some(place.price).filter(|price| *price > 0);
        let price = if kind == Kind::Machine { listed().or_else(own) } else { None };
        Terms { provider: Some(place.provider.clone()), price }
    }
}
