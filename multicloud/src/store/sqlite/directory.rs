//! The directory in SQLite.

use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row as _, Sqlite as Database, Transaction};

use super::event;
use crate::store::{DirectoryChange, DirectoryRow, StoreError};

pub(super) async fn load(pool: &SqlitePool) -> Result<Vec<DirectoryRow>, StoreError> {
    let rows = sqlx::query("select * from directory order by collection, name").fetch_all(pool).await?;
    rows.iter().map(row).collect()
}

pub(super) async fn write(
    mut transaction: Transaction<'_, Database>,
    change: &DirectoryChange,
) -> Result<(), StoreError> {
    for (collection, name, version) in &change.deletes {
        let done = sqlx::query("delete from directory where collection = ? and name = ? and version = ?")
            .bind(collection)
            .bind(name)
            .bind(version)
            .execute(&mut *transaction)
            .await?;
        must_be_one(done.rows_affected(), collection, name)?;
    }
    for (row, replaces) in &change.puts {
        let done = put(&mut transaction, row, *replaces).await?;
        must_be_one(done, &row.collection, &row.name)?;
    }
    for (collection, name) in &change.requires {
        let there = sqlx::query("select 1 from directory where collection = ? and name = ?")
            .bind(collection)
            .bind(name)
            .fetch_optional(&mut *transaction)
            .await?;
        must_be_one(u64::from(there.is_some()), collection, name)?;
    }
    event::append(&mut transaction, &change.events).await?;
    transaction.commit().await?;
    Ok(())
}

async fn put(
    transaction: &mut Transaction<'_, Database>,
    row: &DirectoryRow,
    replaces: Option<i64>,
) -> Result<u64, StoreError> {
    let query = match replaces {
        None => sqlx::query(
            "insert into directory (enabled, version, created, updated, body, concealed, collection, name)
             values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
        ),
        Some(_) => sqlx::query(
            "update directory set enabled = ?, version = ?, created = ?, updated = ?, body = ?, concealed = ?
             where collection = ? and name = ? and version = ?",
        ),
    };
    let query = query
        .bind(row.enabled)
        .bind(row.version)
        .bind(row.created)
        .bind(row.updated)
        .bind(&row.body)
        .bind(&row.concealed)
        .bind(&row.collection)
        .bind(&row.name);
    let query = match replaces {
        Some(version) => query.bind(version),
        None => query,
    };
    Ok(query.execute(&mut **transaction).await?.rows_affected())
}

fn must_be_one(rows: u64, collection: &str, name: &str) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Changed(format!("{collection}/{name}"))) }
}

fn row(row: &SqliteRow) -> Result<DirectoryRow, StoreError> {
    Ok(DirectoryRow {
        collection: row.try_get("collection")?,
        name: row.try_get("name")?,
        enabled: row.try_get("enabled")?,
        version: row.try_get("version")?,
        created: row.try_get("created")?,
        updated: row.try_get("updated")?,
        body: row.try_get("body")?,
        concealed: row.try_get("concealed")?,
    })
}
