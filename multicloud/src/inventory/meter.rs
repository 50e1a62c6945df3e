//! What a change begins and ends of what is used: intervals of everything that it changes, from what was before and what is after.
//! One place, so that no change can forget it.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use jiff::Timestamp;

use super::{Cause, Inventory, Writer};
use crate::access::Sight;
use crate::census::Sizes;
use crate::kind::Kind;
use crate::record::Id;
use crate::store::StoreError;
use crate::usage::{First, Interval, KINDS, Metered, Query, Rated, Row, Tariff, Terms};

impl Inventory {
    /// From now on, these terms hold: what goes on is counted by them. The first time ever, all that is there begins.
    ///
    /// # Errors
    /// As the store; the terms are what they were, then.
    pub async fn charge_by(&self, tariff: Tariff) -> Result<(), StoreError> {
        let mut writer = self.writer().await;
        let is_metered = self.shared.metered.load(Ordering::Acquire);
        if is_metered && tariff == *self.tariff() {
            return Ok(());
        }
        writer.edit.tariff = Some(Arc::new(tariff));
        writer.commit().await
    }

    /// What was used, whoever asks: the query says what they may see.
    ///
    /// # Errors
    /// As the store.
    pub async fn usage(&self, query: &Query) -> Result<Vec<Row>, StoreError> {
        self.shared.store.usage(query).await
    }

    /// Since when that is known; `None`: it is not yet.
    ///
    /// # Errors
    /// As the store.
    pub async fn metered_since(&self) -> Result<Option<Timestamp>, StoreError> {
        self.shared.store.metered_since().await
    }

    /// Lets go of intervals that ended before a time; how many went.
    ///
    /// # Errors
    /// As the store.
    pub async fn prune_usage(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.shared.store.prune_usage(before).await
    }

    fn tariff(&self) -> Arc<Tariff> {
        self.shared.tariff.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Writer {
    /// What this change begins and ends.
    pub(super) async fn meter(&mut self) -> Result<(), StoreError> {
        let touched: BTreeSet<Id> =
            self.edit.resources.keys().chain(&self.edit.forget_resources).copied().collect();
        let (mut counted, mut configured) = (Vec::new(), false);
        for id in touched {
            match self.kind_touched(id) {
                Some(kind) if KINDS.contains(&kind) => counted.push(id),
                Some(Kind::MachineConfiguration) => configured = true,
                _ => {}
            }
        }
        let charged = self.edit.tariff.clone();
        let tariff = charged.clone().unwrap_or_else(|| self.inventory.tariff());
        // What a machine costs may be what its configuration is called.
        let is_rated_anew = charged.is_some() || configured && tariff.is_by_size();
        if counted.is_empty() && !is_rated_anew {
            return Ok(());
        }
        let sizes = if tariff.is_by_size() { self.sizes() } else { Sizes::default() };
        let mut metered = Metered { at: self.inventory.shared.clock.now_as_kept(), ..Metered::default() };
        if charged.is_some() && !self.inventory.shared.metered.load(Ordering::Acquire) {
            metered.first = First::Yes;
            let all = KINDS.into_iter().flat_map(|kind| self.of_kind(kind));
            let all = all.filter_map(|id| self.resource(id));
            metered.open = all.filter_map(|it| Interval::of(&it, &tariff, &sizes)).collect();
        } else {
            self.compare(counted, &tariff, &sizes, &mut metered);
        }
        if is_rated_anew {
            let rated = self.inventory.shared.store.rated().await?;
            metered.rated = rated.into_iter().filter_map(|was| rerated(was, &tariff, &sizes)).collect();
        }
        self.edit.usage = metered;
        Ok(())
    }

    fn compare(&self, counted: Vec<Id>, tariff: &Tariff, sizes: &Sizes, metered: &mut Metered) {
        for id in counted {
            let known = self.inventory.resource(id);
            let before = known.as_deref().and_then(|it| Interval::of(it, tariff, sizes));
            let after = self.edit.resources.get(&id).and_then(|it| Interval::of(it, tariff, sizes));
            if let (None, Cause::Asked, Some(by)) = (&known, &self.cause, &self.inventory.by) {
                metered.asked.push((id, (**by).to_owned()));
            }
            match after {
                None if before.is_some() => metered.close.push(id),
                Some(after) if before.as_ref() != Some(&after) => metered.open.push(after),
                _ => {}
            }
        }
    }

    /// The kind of what this change writes or removes.
    fn kind_touched(&self, id: Id) -> Option<Kind> {
        let edited = self.edit.resources.get(&id).map(|resource| resource.kind);
        edited.or_else(|| self.inventory.read(|state| state.kind(id, &Sight::Everything)))
    }

    fn sizes(&self) -> Sizes {
        let configs = self.of_kind(Kind::MachineConfiguration);
        Sizes::of(configs.into_iter().filter_map(|id| self.resource(id)))
    }
}

/// What goes on, and the terms that hold from now on, if they are others. What was counted stays what it was where an account is
/// not known any more.
fn rerated(was: Rated, tariff: &Tariff, sizes: &Sizes) -> Option<(Rated, Terms)> {
    tariff.accounts.get(&was.account)?;
    let now = tariff.terms(was.kind, &was.account, was.size, sizes);
    (was.terms != now).then_some((was, now))
}
