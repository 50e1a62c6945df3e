//! The store in one SQLite file.

mod directory;
mod event;
mod forgotten;
mod lease;
mod page;
mod resource;
mod rows;
mod unanswered;
mod usage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::AtomicI64;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Row as _, Sqlite as Database, Transaction};

use super::{
    Change, Claim, Claimed, DirectoryChange, DirectoryRow, Hits, Lease, Loaded, Store, StoreError, Wanted,
    body,
};
use crate::event::{Event, Query, Retention, Tally};
use crate::kind::Kind;
use crate::placement::Decision;
use crate::record::{Id, Job, Resource};
use crate::usage::{Query as Asked, Rated, Row as Used};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// The form in which the columns that pages are found by are written: of records of another one they are written again.
const PAGE_FORM: i64 = 2;

/// Resources that are written again at a time.
const CHUNK: usize = 1000;

/// Who looks at the same time.
const READERS: u32 = 4;

/// A store in SQLite.
#[derive(Debug)]
pub struct Sqlite {
    pool: SqlitePool,
    /// The highest number of an event when events were last let go of.
    pruned: AtomicI64,
    /// Looks at pages and events beside what is written, each at what there was when it began.
    readers: SqlitePool,
    /// Where it is, unless in memory.
    path: Option<PathBuf>,
    /// The leases under which is written, by name.
    holds: Mutex<BTreeMap<String, lease::Hold>>,
}

impl Sqlite {
    /// Opens a file, creating it if it is not there, or a database in memory.
    ///
    /// # Errors
    /// [`StoreError::Database`], also if the file is of a newer version than this program.
    pub async fn open(path: Option<&Path>) -> Result<Self, StoreError> {
        let options = match path {
            Some(path) => SqliteConnectOptions::new()
                .filename(path)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                // Not less: a number that the disk forgot would be given again, and with it the token of another creation.
                .synchronous(SqliteSynchronous::Full),
            None => SqliteConnectOptions::from_str("sqlite::memory:")?,
        };
        let options = options.foreign_keys(true).busy_timeout(Duration::from_secs(5));
        // One connection: writes are serial in SQLite anyhow, and a database in memory is its connection's own.
        let pool = pooled(1).connect_with(options.clone()).await?;
        MIGRATIONS.run(&pool).await.map_err(|error| StoreError::Database(error.to_string()))?;
        let readers = match path {
            Some(_) => pooled(READERS).connect_with(options.read_only(true)).await?,
            None => pool.clone(),
        };
        let path = path.map(Path::to_owned);
        let store = Self { pool, pruned: AtomicI64::new(0), readers, path, holds: Mutex::default() };
        store.renew_pages().await?;
        Ok(store)
    }

    /// Writes again what pages are found by, if it is of another form.
    async fn renew_pages(&self) -> Result<(), StoreError> {
        let form: i64 = sqlx::query_scalar("select version from page_form").fetch_one(&self.pool).await?;
        if form == PAGE_FORM {
            return Ok(());
        }
        let mut after = Id(i64::MIN);
        loop {
            let chunk = self.resources(after, CHUNK).await?;
            let Some(last) = chunk.last() else { break };
            after = last.id;
            self.write(&Change { resources: chunk.iter().collect(), ..Change::default() }).await?;
        }
        sqlx::query("update page_form set version = ?").bind(PAGE_FORM).execute(&self.pool).await?;
        Ok(())
    }
}

impl Sqlite {
    /// A transaction that writes, under the leases that are held.
    async fn writing(&self) -> Result<Transaction<'static, Database>, StoreError> {
        let mut transaction = self.pool.begin().await?;
        for (name, fence) in self.held() {
            lease::check(&mut transaction, &name, fence).await?;
        }
        Ok(transaction)
    }

    /// The leases that are held, and their fences.
    fn held(&self) -> Vec<(String, i64)> {
        let holds = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
        holds.iter().map(|(name, hold)| (name.clone(), hold.fence)).collect()
    }
}

fn pooled(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(connections).idle_timeout(None).max_lifetime(None)
}

#[async_trait]
impl Store for Sqlite {
    async fn load(&self) -> Result<Loaded, StoreError> {
        let mut loaded = Loaded::default();
        for row in sqlx::query("select id, body, work, version, owner from job order by id")
            .fetch_all(&self.pool)
            .await?
        {
            loaded.jobs.push(job(&row)?);
        }
        loaded.forgotten = forgotten::load(&self.pool).await?;
        loaded.unanswered = unanswered::load(&self.pool).await?;
        loaded.last_id =
            sqlx::query("select value from last_id").fetch_one(&self.pool).await?.try_get("value")?;
        loaded.instance =
            sqlx::query("select name from instance").fetch_one(&self.pool).await?.try_get("name")?;
        Ok(loaded)
    }

    async fn resources(&self, after: Id, limit: usize) -> Result<Vec<Resource>, StoreError> {
        resource::after(&self.pool, after, limit).await
    }

    async fn page(&self, wanted: &Wanted) -> Result<Hits, StoreError> {
        page::page(&self.readers, wanted).await
    }

    async fn write(&self, change: &Change<'_>) -> Result<(), StoreError> {
        let mut transaction = self.writing().await?;
        resource::write(&mut transaction, change).await?;
        for id in &change.forget_jobs {
            sqlx::query("delete from job where id = ?").bind(id.0).execute(&mut *transaction).await?;
        }
        for job in &change.jobs {
            write_job(&mut transaction, job).await?;
        }
        for (job, decision) in &change.decisions {
            sqlx::query("insert or replace into decision (job, body) values (?, ?)")
                .bind(job.0)
                .bind(serde_json::to_string(decision).map_err(|error| damaged(*job, &error))?)
                .execute(&mut *transaction)
                .await?;
        }
        forgotten::write(&mut transaction, change).await?;
        unanswered::write(&mut transaction, change).await?;
        let ids = change.resources.iter().map(|r| r.id).chain(change.jobs.iter().map(|j| j.id));
        let highest = ids.chain(change.forgotten.iter().map(|it| it.id)).max();
        if let Some(id) = highest {
            sqlx::query("update last_id set value = max(value, ?)")
                .bind(id.0)
                .execute(&mut *transaction)
                .await?;
        }
        event::write(&mut transaction, change).await?;
        if let Some(metered) = change.usage {
            usage::write(&mut transaction, metered).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn decision(&self, job: Id) -> Result<Option<Decision>, StoreError> {
        let row = sqlx::query("select body from decision where job = ?").bind(job.0);
        let Some(row) = row.fetch_optional(&self.pool).await? else { return Ok(None) };
        let body: String = row.try_get("body")?;
        serde_json::from_str(&body).map(Some).map_err(|error| damaged(job, &error))
    }

    async fn events(&self, query: &Query) -> Result<Vec<Event>, StoreError> {
        event::read(&self.readers, query).await
    }

    async fn tally(&self, query: &Query) -> Result<Tally, StoreError> {
        event::tally(&self.readers, query).await
    }

    async fn prune(&self, keep: Retention, now: Timestamp) -> Result<u64, StoreError> {
        event::prune(&self.pool, &self.pruned, keep, now).await
    }

    async fn usage(&self, query: &Asked) -> Result<Vec<Used>, StoreError> {
        usage::read(&self.readers, query).await
    }

    async fn rated(&self) -> Result<Vec<Rated>, StoreError> {
        usage::rated(&self.readers).await
    }

    async fn metered_since(&self) -> Result<Option<Timestamp>, StoreError> {
        usage::since(&self.readers).await
    }

    async fn prune_usage(&self, before: Timestamp) -> Result<u64, StoreError> {
        usage::prune(&self.pool, before).await
    }

    async fn load_directory(&self) -> Result<Vec<DirectoryRow>, StoreError> {
        directory::load(&self.pool).await
    }

    async fn write_directory(&self, change: &DirectoryChange) -> Result<(), StoreError> {
        if change.is_empty() {
            return Ok(());
        }
        directory::write(self.writing().await?, change).await
    }

    async fn acquire(&self, claim: Claim<'_>) -> Result<Claimed, StoreError> {
        let alive = self.path.as_deref().and_then(|path| lease::alive(path, claim.name));
        let claimed = lease::acquire(&self.pool, claim, alive.is_some()).await?;
        if let Claimed::Held(lease) = &claimed {
            let mut holds = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
            holds.insert(lease.name.clone(), lease::Hold::new(lease, alive));
        }
        Ok(claimed)
    }

    async fn renew(&self, lease: &Lease, now: Timestamp, term: Duration) -> Result<bool, StoreError> {
        lease::renew(&self.pool, lease, now, term).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        lease::release(&self.pool, &lease.name, lease.fence).await?;
        self.holds.lock().unwrap_or_else(PoisonError::into_inner).remove(&lease.name);
        Ok(())
    }

    async fn close(&self) {
        for (name, fence) in self.held() {
            if let Err(error) = lease::release(&self.pool, &name, fence).await {
                tracing::warn!(%error, "a lease cannot be released; it runs out");
            }
        }
        self.holds.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.readers.close().await;
        self.pool.close().await;
    }
}

async fn write_job(transaction: &mut Transaction<'_, Database>, job: &Job) -> Result<(), StoreError> {
    let damaged = |error: serde_json::Error| StoreError::Damaged {
        what: format!("job {}", job.id.0),
        reason: error.to_string(),
    };
    sqlx::query(
        "insert into job (id, state, body, work, version, owner) values (?, ?, ?, ?, ?, ?)
         on conflict (id) do update set
             state = excluded.state, body = excluded.body, work = excluded.work, version = excluded.version,
             owner = excluded.owner",
    )
    .bind(job.id.0)
    .bind(job.attributes.text("state").unwrap_or_default())
    .bind(body::write("Job", &job.attributes))
    .bind(serde_json::to_string(&job.work).map_err(damaged)?)
    .bind(job.version)
    .bind(&job.owner)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

fn damaged(job: Id, error: &serde_json::Error) -> StoreError {
    StoreError::Damaged { what: format!("the decision of job {}", job.0), reason: error.to_string() }
}

/// A kind as it is kept: the name of its type.
fn kind(name: &str, what: &str) -> Result<Kind, StoreError> {
    Kind::of_type(name).ok_or_else(|| StoreError::Damaged {
        what: what.to_owned(),
        reason: format!("the kind {name} is not known"),
    })
}

/// A time as it is kept: in milliseconds since 1970.
fn time(at: i64, what: &str) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(at)
        .map_err(|error| StoreError::Damaged { what: what.to_owned(), reason: error.to_string() })
}

fn job(row: &sqlx::sqlite::SqliteRow) -> Result<Job, StoreError> {
    let id: i64 = row.try_get("id")?;
    let what = format!("job {id}");
    let body: Vec<u8> = row.try_get("body")?;
    let work: String = row.try_get("work")?;
    Ok(Job {
        id: Id(id),
        attributes: body::read("Job", &body, &what)?,
        work: serde_json::from_str(&work)
            .map_err(|error| StoreError::Damaged { what, reason: error.to_string() })?,
        version: row.try_get("version")?,
        owner: row.try_get("owner")?,
    })
}
