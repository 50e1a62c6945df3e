//! What was used: as far as whoever asks sees it, and on what terms it is counted from now on.

use std::sync::Arc;

use jiff::Timestamp;

use super::{App, AppError, Problem};
use crate::access::Act;
use crate::directory::{Account, Location, Tenant};
use crate::store::StoreError;
use crate::usage::{By, Place, Query, Row, Tariff};

/// What was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// From when: as asked for, or when the tenant was made that asks, if that is later.
    pub from: Timestamp,
    /// Until when; no later than now.
    pub to: Timestamp,
    /// Since when that is known at all.
    pub since: Option<Timestamp>,
    /// The sums.
    pub rows: Vec<Row>,
}

impl App {
    /// What was used in a time: at most so many rows.
    ///
    /// # Errors
    /// Who may not see who is in the tenant is not told who uses how much. The store's.
    pub async fn usage(
        &self,
        from: Timestamp,
        to: Timestamp,
        by: Vec<By>,
        limit: usize,
    ) -> Result<Used, AppError> {
        if by.contains(&By::User) && !self.actor().may(Act::Staff) {
            let message = format!("as {}, you are not told who uses how much", self.actor().role);
            return Err(AppError::new(Problem::Forbidden, message));
        }
        let tenant = self.actor().tenant().map(str::to_owned);
        // What one of the same name had before is none of its own.
        let made = tenant.as_deref().and_then(|name| self.directory().get::<Tenant>(name));
        let from = made.map_or(from, |tenant| from.max(tenant.created));
        let to = to.min(self.clock().now_as_kept());
        let query = Query { from, to, tenant, by, limit };
        let (since, rows) = (self.inventory().metered_since().await?, self.inventory().usage(&query).await?);
        Ok(Used { from, to, since, rows })
    }

    /// Has what is used counted on the terms that the directory says.
    ///
    /// # Errors
    /// The store's.
    pub async fn charge(&self) -> Result<(), StoreError> {
        let known = self.directory().snapshot();
        let accounts = known.all::<Account>().map(|entry| {
            let location = entry.record.location.as_deref().and_then(|name| known.get::<Location>(name));
            let place = Place {
                provider: entry.record.provider.clone(),
                location: location.map(|location| location.record.code().to_owned()),
                price: entry.record.price,
            };
            (entry.name.clone(), place)
        });
        let tariff = Tariff { accounts: accounts.collect(), prices: Arc::clone(&self.inner.prices) };
        self.inner.inventory.charge_by(tariff).await
    }
}
