//! The store in one SQLite file.

mod directory;
mod event;

use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Row as _, Sqlite as Database, Transaction};

use super::{Change, DirectoryChange, DirectoryRow, Loaded, Store, StoreError, body};
use crate::connector::Native;
use crate::event::{Event, Query, Retention, Tally};
use crate::kind::Kind;
use crate::placement::Decision;
use crate::record::{Id, Job, Replica, Resource};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

/// A store in SQLite.
#[derive(Debug)]
pub struct Sqlite {
    pool: SqlitePool,
    /// The highest number of an event when events were last let go of.
    pruned: AtomicI64,
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
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await?;
        MIGRATIONS.run(&pool).await.map_err(|error| StoreError::Database(error.to_string()))?;
        Ok(Self { pool, pruned: AtomicI64::new(0) })
    }
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
        loaded.last_id =
            sqlx::query("select value from last_id").fetch_one(&self.pool).await?.try_get("value")?;
        loaded.instance =
            sqlx::query("select name from instance").fetch_one(&self.pool).await?.try_get("name")?;
        Ok(loaded)
    }

    async fn resources(&self, after: Id, limit: usize) -> Result<Vec<Resource>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut transaction = self.pool.begin().await?;
        let rows = sqlx::query(
            "select id, kind, body, version, owner from resource where id > ? order by id limit ?",
        )
        .bind(after.0)
        .bind(limit)
        .fetch_all(&mut *transaction)
        .await?;
        let mut resources = rows.iter().map(resource).collect::<Result<Vec<_>, _>>()?;
        let Some(last) = resources.last() else { return Ok(resources) };
        let rows = sqlx::query(
            "select resource, account, native, offers from replica
             where resource > ? and resource <= ? order by resource, position",
        )
        .bind(after.0)
        .bind(last.id.0)
        .fetch_all(&mut *transaction)
        .await?;
        for row in &rows {
            let (of, replica) = replica(row)?;
            if let Ok(at) = resources.binary_search_by_key(&of, |resource| resource.id) {
                resources[at].replicas.push(replica);
            }
        }
        Ok(resources)
    }

    async fn write(&self, change: &Change<'_>) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        for id in &change.forget_resources {
            sqlx::query("delete from resource where id = ?").bind(id.0).execute(&mut *transaction).await?;
        }
        for id in &change.forget_jobs {
            sqlx::query("delete from job where id = ?").bind(id.0).execute(&mut *transaction).await?;
        }
        // All replicas first: one may pass from one resource to another.
        for resource in &change.resources {
            sqlx::query("delete from replica where resource = ?")
                .bind(resource.id.0)
                .execute(&mut *transaction)
                .await?;
        }
        for resource in &change.resources {
            write_resource(&mut transaction, resource).await?;
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
        let highest = change.resources.iter().map(|r| r.id).chain(change.jobs.iter().map(|j| j.id)).max();
        if let Some(id) = highest {
            sqlx::query("update last_id set value = max(value, ?)")
                .bind(id.0)
                .execute(&mut *transaction)
                .await?;
        }
        event::write(&mut transaction, change).await?;
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
        event::read(&self.pool, query).await
    }

    async fn tally(&self, query: &Query) -> Result<Tally, StoreError> {
        event::tally(&self.pool, query).await
    }

    async fn prune(&self, keep: Retention, now: Timestamp) -> Result<u64, StoreError> {
        event::prune(&self.pool, &self.pruned, keep, now).await
    }

    async fn load_directory(&self) -> Result<Vec<DirectoryRow>, StoreError> {
        directory::load(&self.pool).await
    }

    async fn write_directory(&self, change: &DirectoryChange) -> Result<(), StoreError> {
        directory::write(&self.pool, change).await
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}

async fn write_resource(
    transaction: &mut Transaction<'_, Database>,
    resource: &Resource,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into resource (id, kind, body, version, owner) values (?, ?, ?, ?, ?)
         on conflict (id) do update set
             body = excluded.body, version = excluded.version, owner = excluded.owner",
    )
    .bind(resource.id.0)
    .bind(resource.kind.type_name())
    .bind(body::write(resource.kind.type_name(), &resource.attributes))
    .bind(resource.version)
    .bind(&resource.owner)
    .execute(&mut **transaction)
    .await?;
    for (position, replica) in (0_i64..).zip(&resource.replicas) {
        sqlx::query(
            "insert into replica (resource, position, account, native, offers) values (?, ?, ?, ?, ?)",
        )
        .bind(resource.id.0)
        .bind(position)
        .bind(&replica.account)
        .bind(&replica.native.0)
        .bind(replica.offers.join(" "))
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
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

fn resource(row: &sqlx::sqlite::SqliteRow) -> Result<Resource, StoreError> {
    let id: i64 = row.try_get("id")?;
    let what = format!("resource {id}");
    let name: String = row.try_get("kind")?;
    let kind = Kind::of_type(&name).ok_or_else(|| StoreError::Damaged {
        what: what.clone(),
        reason: format!("the kind {name} is not known"),
    })?;
    let body: Vec<u8> = row.try_get("body")?;
    Ok(Resource {
        id: Id(id),
        kind,
        attributes: body::read(kind.type_name(), &body, &what)?,
        version: row.try_get("version")?,
        owner: row.try_get("owner")?,
        replicas: Vec::new(),
    })
}

fn replica(row: &sqlx::sqlite::SqliteRow) -> Result<(Id, Replica), StoreError> {
    let of: i64 = row.try_get("resource")?;
    let offers: String = row.try_get("offers")?;
    let replica = Replica {
        account: row.try_get("account")?,
        native: Native(row.try_get("native")?),
        offers: offers.split_whitespace().map(str::to_owned).collect(),
    };
    Ok((Id(of), replica))
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
