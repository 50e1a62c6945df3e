//! Creations that were given up without an answer, in SQLite.

use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row as _, Sqlite as Database, Transaction};

use super::{kind, time};
use crate::record::{Id, Unanswered};
use crate::store::{Change, StoreError};

pub(super) async fn load(pool: &SqlitePool) -> Result<Vec<Unanswered>, StoreError> {
    let rows = sqlx::query("select * from unanswered order by number, account").fetch_all(pool).await?;
    rows.iter().map(row).collect()
}

pub(super) async fn write(
    transaction: &mut Transaction<'_, Database>,
    change: &Change<'_>,
) -> Result<(), StoreError> {
    for (number, account) in &change.answered {
        sqlx::query("delete from unanswered where number = ? and account = ?")
            .bind(number.0)
            .bind(*account)
            .execute(&mut **transaction)
            .await?;
    }
    for it in &change.unanswered {
        sqlx::query(
            "insert or replace into unanswered (number, account, kind, owner, job, disks, at)
                 values (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(it.number.0)
        .bind(&it.account)
        .bind(it.kind.type_name())
        .bind(&it.owner)
        .bind(it.job.0)
        .bind(it.disks)
        .bind(it.at.as_millisecond())
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

fn row(row: &SqliteRow) -> Result<Unanswered, StoreError> {
    let number: i64 = row.try_get("number")?;
    let what = format!("the unanswered creation {number}");
    Ok(Unanswered {
        number: Id(number),
        account: row.try_get("account")?,
        kind: kind(row.try_get("kind")?, &what)?,
        owner: row.try_get("owner")?,
        job: Id(row.try_get("job")?),
        disks: row.try_get("disks")?,
        at: time(row.try_get("at")?, &what)?,
    })
}
