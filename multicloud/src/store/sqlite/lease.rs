//! Leases in SQLite.
//!
//! Whoever holds one locks a file beside the store too, where that can be: the system lets go of the lock when the process
//! dies, however it dies, and the next one need not wait for the lease to run out.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row as _, Sqlite as Database, Transaction};

use crate::store::StoreError;
use crate::store::lease::{Claim, Claimed, Lease, until};

/// A lease that this process holds.
#[derive(Debug)]
pub(super) struct Hold {
    pub(super) fence: i64,
    /// Locked while the process lives, where that can be.
    _alive: Option<File>,
}

impl Hold {
    pub(super) fn new(lease: &Lease, alive: Option<File>) -> Self {
        Self { fence: lease.fence, _alive: alive }
    }
}

/// The lock of a lease on a store in this file, if nobody who lives has it. None too where files cannot be locked.
pub(super) fn alive(store: &Path, name: &str) -> Option<File> {
    let mut path = store.as_os_str().to_owned();
    path.push(format!("-{name}.lock"));
    let file = File::options().create(true).truncate(false).write(true).open(PathBuf::from(path)).ok()?;
    file.try_lock().ok().map(|()| file)
}

/// `locked`: whether this one has the lock of the lease. Then a holder that had it is dead; one that never had it may live.
pub(super) async fn acquire(
    pool: &SqlitePool,
    claim: Claim<'_>,
    locked: bool,
) -> Result<Claimed, StoreError> {
    let Claim { name, holder, now, term } = claim;
    // A write first: two who read at the same time cannot both write.
    let mut transaction = pool.begin().await?;
    let taken = sqlx::query(
        "insert into lease (name, holder, fence, since, until, guarded) values (?1, ?2, 1, ?3, ?4, ?5)
         on conflict (name) do update set
             holder = excluded.holder, fence = fence + 1, since = excluded.since, until = excluded.until,
             guarded = excluded.guarded
             where until <= ?3 or (guarded and ?5)",
    )
    .bind(name)
    .bind(holder)
    .bind(now.as_millisecond())
    .bind(until(now, term).as_millisecond())
    .bind(locked)
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    let row =
        sqlx::query("select * from lease where name = ?").bind(name).fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    let lease = lease(&row)?;
    Ok(if taken == 1 { Claimed::Held(lease) } else { Claimed::Other(lease) })
}

/// Whether it is still this one's.
pub(super) async fn renew(
    pool: &SqlitePool,
    lease: &Lease,
    now: Timestamp,
    term: Duration,
) -> Result<bool, StoreError> {
    let renewed = sqlx::query("update lease set until = ? where name = ? and fence = ?")
        .bind(until(now, term).as_millisecond())
        .bind(&lease.name)
        .bind(lease.fence)
        .execute(pool)
        .await?;
    Ok(renewed.rows_affected() == 1)
}

/// The fence is kept: it only grows.
pub(super) async fn release(pool: &SqlitePool, name: &str, fence: i64) -> Result<(), StoreError> {
    sqlx::query("update lease set until = 0 where name = ? and fence = ?")
        .bind(name)
        .bind(fence)
        .execute(pool)
        .await?;
    Ok(())
}

/// Whether a lease is still that of this fence, in a transaction that writes under it.
pub(super) async fn check(
    transaction: &mut Transaction<'_, Database>,
    name: &str,
    fence: i64,
) -> Result<(), StoreError> {
    let held = sqlx::query("select 1 from lease where name = ? and fence = ?")
        .bind(name)
        .bind(fence)
        .fetch_optional(&mut **transaction)
        .await?;
    held.map(|_| ()).ok_or_else(|| StoreError::Lost(name.to_owned()))
}

fn lease(row: &SqliteRow) -> Result<Lease, StoreError> {
    let time = |column: &str| -> Result<Timestamp, StoreError> {
        Ok(Timestamp::from_millisecond(row.try_get(column)?).unwrap_or(Timestamp::MAX))
    };
    Ok(Lease {
        name: row.try_get("name")?,
        holder: row.try_get("holder")?,
        fence: row.try_get("fence")?,
        since: time("since")?,
        until: time("until")?,
    })
}
