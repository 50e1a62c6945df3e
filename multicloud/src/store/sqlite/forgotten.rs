//! What is not to be shown, in SQLite.

use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row as _, Sqlite as Database, Transaction};

use super::{kind, time};
use crate::connector::Native;
use crate::record::{Forgotten, Id};
use crate::store::{Change, StoreError};

pub(super) async fn load(pool: &SqlitePool) -> Result<Vec<Forgotten>, StoreError> {
    let rows = sqlx::query("select * from forgotten order by id").fetch_all(pool).await?;
    rows.iter().map(row).collect()
}

pub(super) async fn write(
    transaction: &mut Transaction<'_, Database>,
    change: &Change<'_>,
) -> Result<(), StoreError> {
    for id in &change.recalled {
        sqlx::query("delete from forgotten where id = ?").bind(id.0).execute(&mut **transaction).await?;
    }
    for it in &change.forgotten {
        sqlx::query(
            "insert or replace into forgotten (id, kind, account, native, name, at) values (?, ?, ?, ?, ?, ?)",
        )
        .bind(it.id.0)
        .bind(it.kind.type_name())
        .bind(&it.account)
        .bind(&it.native.0)
        .bind(&it.name)
        .bind(it.at.as_millisecond())
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

fn row(row: &SqliteRow) -> Result<Forgotten, StoreError> {
    let id: i64 = row.try_get("id")?;
    let what = format!("forgotten {id}");
    Ok(Forgotten {
        id: Id(id),
        kind: kind(row.try_get("kind")?, &what)?,
        account: row.try_get("account")?,
        native: Native(row.try_get("native")?),
        name: row.try_get("name")?,
        at: time(row.try_get("at")?, &what)?,
    })
}
