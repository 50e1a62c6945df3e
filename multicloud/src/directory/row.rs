//! Records as rows of the store, and back.

use std::sync::Arc;

use jiff::Timestamp;

use super::entry::{Concealed, Entry, Origin, Record, Sort, Switch};
use super::snapshot::Snapshot;
use super::{Account, Location, Mapping, Policy, Provider, Tenant, Token, User};
use crate::store::{DirectoryRow, StoreError};

/// A record as a row.
pub(super) fn of<R: Record>(entry: &Entry<R>) -> Result<DirectoryRow, StoreError> {
    let damaged = |error: serde_json::Error| damaged(R::SORT.collection(), &entry.name, &error);
    let concealed = entry.concealed.as_deref();
    Ok(DirectoryRow {
        collection: R::SORT.collection().to_owned(),
        name: entry.name.clone(),
        enabled: entry.is_enabled(),
        version: entry.version,
        created: entry.created.as_millisecond(),
        updated: entry.updated.as_millisecond(),
        body: serde_json::to_string(&entry.record).map_err(damaged)?,
        concealed: concealed.map(serde_json::to_string).transpose().map_err(damaged)?,
    })
}

/// Puts a row where it belongs.
pub(super) fn insert(snapshot: &mut Snapshot, row: &DirectoryRow) -> Result<(), StoreError> {
    match Sort::ALL.into_iter().find(|sort| sort.collection() == row.collection) {
        Some(Sort::Policy) => put::<Policy>(snapshot, row),
        Some(Sort::Tenant) => put::<Tenant>(snapshot, row),
        Some(Sort::Location) => put::<Location>(snapshot, row),
        Some(Sort::Provider) => put::<Provider>(snapshot, row),
        Some(Sort::Account) => put::<Account>(snapshot, row),
        Some(Sort::Mapping) => put::<Mapping>(snapshot, row),
        Some(Sort::User) => put::<User>(snapshot, row),
        Some(Sort::Token) => put::<Token>(snapshot, row),
        None => Err(damaged(&row.collection, &row.name, &"no such sort of record is known")),
    }
}

fn put<R: Record>(snapshot: &mut Snapshot, row: &DirectoryRow) -> Result<(), StoreError> {
    let damaged = |error: &dyn std::fmt::Display| damaged(&row.collection, &row.name, error);
    let concealed: Option<Concealed> =
        row.concealed.as_deref().map(serde_json::from_str).transpose().map_err(|error| damaged(&error))?;
    let time = |milliseconds| Timestamp::from_millisecond(milliseconds).map_err(|error| damaged(&error));
    let entry = Entry {
        name: row.name.clone(),
        switch: if row.enabled { Switch::Enabled } else { Switch::Disabled },
        version: row.version,
        origin: Origin::Store,
        created: time(row.created)?,
        updated: time(row.updated)?,
        record: serde_json::from_str(&row.body).map_err(|error| damaged(&error))?,
        concealed: concealed.map(Arc::new),
    };
    R::table_mut(snapshot).insert(row.name.clone(), Arc::new(entry));
    Ok(())
}

fn damaged(collection: &str, name: &str, reason: &dyn std::fmt::Display) -> StoreError {
    StoreError::Damaged { what: format!("{collection}/{name}"), reason: reason.to_string() }
}
