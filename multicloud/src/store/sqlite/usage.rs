//! What is used, in SQLite: intervals begin and end with the change that they follow from, many by few statements; sums are the
//! database's.

use jiff::Timestamp;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{QueryBuilder, Row as _, Sqlite as Database, Transaction};

use super::rows::insert;
use super::{kind, time};
use crate::census::Size;
use crate::store::StoreError;
use crate::usage::{By, First, Interval, Metered, Power, Query, Rated, Row, Terms};

/// Writes what a change begins and ends.
pub(super) async fn write(
    transaction: &mut Transaction<'_, Database>,
    metered: &Metered,
) -> Result<(), StoreError> {
    const ASKED: &str = "insert or replace into usage_asked (resource, user) ";
    let at = metered.at.as_millisecond();
    if metered.first == First::Yes {
        sqlx::query("insert into usage_since (at) select ? where not exists (select * from usage_since)")
            .bind(at)
            .execute(&mut **transaction)
            .await?;
    }
    insert(transaction, ASKED, "", &metered.asked, |row, (id, user)| {
        row.push_bind(id.0).push_bind(user.clone());
    })
    .await?;
    for (was, now) in &metered.rated {
        rate(transaction, was, now, at).await?;
    }
    let opened = metered.open.iter().map(|it| it.resource);
    let ended: Vec<i64> = metered.close.iter().copied().chain(opened).map(|id| id.0).collect();
    if !ended.is_empty() {
        sqlx::query(
            "update usage set ended = max(began, ?)
                 where ended is null and resource in (select value from json_each(?))",
        )
        .bind(at)
        .bind(serde_json::json!(ended).to_string())
        .execute(&mut **transaction)
        .await?;
    }
    open(transaction, &metered.open, at).await
}

async fn open(
    transaction: &mut Transaction<'_, Database>,
    intervals: &[Interval],
    at: i64,
) -> Result<(), StoreError> {
    const HEAD: &str =
        "insert into usage (resource, kind, tenant, user, account, provider, running, cpu, memory, storage,
        price, began) ";
    insert(transaction, HEAD, "", intervals, |row, it| {
        row.push_bind(it.resource.0)
            .push_bind(it.kind.type_name())
            .push_bind(it.tenant.clone())
            .push("(select user from usage_asked where resource = ")
            .push_bind_unseparated(it.resource.0)
            .push_unseparated(")")
            .push_bind(it.account.clone())
            .push_bind(it.terms.provider.clone())
            .push_bind(i64::from(it.power == Power::On))
            .push_bind(it.size.cpu)
            .push_bind(it.size.memory)
            .push_bind(it.storage)
            .push_bind(it.terms.price)
            .push_bind(at);
    })
    .await
}

/// What goes on, on other terms: all that is alike ends, and begins again.
async fn rate(
    transaction: &mut Transaction<'_, Database>,
    was: &Rated,
    now: &Terms,
    at: i64,
) -> Result<(), StoreError> {
    let numbers: Vec<i64> = sqlx::query_scalar(
        "select number from usage where ended is null and kind = ? and account = ? and cpu = ? and memory = ?
             and provider is ? and price is ?",
    )
    .bind(was.kind.type_name())
    .bind(&was.account)
    .bind(was.size.cpu)
    .bind(was.size.memory)
    .bind(&was.terms.provider)
    .bind(was.terms.price)
    .fetch_all(&mut **transaction)
    .await?;
    let numbers = serde_json::json!(numbers).to_string();
    sqlx::query("update usage set ended = max(began, ?) where number in (select value from json_each(?))")
        .bind(at)
        .bind(&numbers)
        .execute(&mut **transaction)
        .await?;
    sqlx::query(
        "insert into usage (resource, kind, tenant, user, account, provider, running, cpu, memory, storage,
             price, began)
         select resource, kind, tenant, user, account, ?, running, cpu, memory, storage, ?, ended from usage
             where number in (select value from json_each(?))",
    )
    .bind(&now.provider)
    .bind(now.price)
    .bind(&numbers)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// What goes on, told apart by what decides its terms.
pub(super) async fn rated(pool: &SqlitePool) -> Result<Vec<Rated>, StoreError> {
    let rows = sqlx::query(
        "select distinct kind, account, cpu, memory, provider, price from usage where ended is null",
    )
    .fetch_all(pool)
    .await?;
    rows.iter().map(group).collect()
}

fn group(row: &SqliteRow) -> Result<Rated, StoreError> {
    Ok(Rated {
        kind: kind(row.try_get("kind")?, "an interval of use")?,
        account: row.try_get("account")?,
        size: Size { cpu: row.try_get("cpu")?, memory: row.try_get("memory")? },
        terms: Terms { provider: row.try_get("provider")?, price: row.try_get("price")? },
    })
}

/// Since when intervals are written.
pub(super) async fn since(pool: &SqlitePool) -> Result<Option<Timestamp>, StoreError> {
    let at: Option<i64> = sqlx::query_scalar("select at from usage_since").fetch_optional(pool).await?;
    at.map(|at| time(at, "the time since when use is counted")).transpose()
}

/// Lets go of intervals that ended before a time.
pub(super) async fn prune(pool: &SqlitePool, before: Timestamp) -> Result<u64, StoreError> {
    let gone = sqlx::query("delete from usage where ended < ?").bind(before.as_millisecond());
    Ok(gone.execute(pool).await?.rows_affected())
}

/// Sums. Of numbers with fractions: whole ones would overflow, and whoever asks gets seconds.
pub(super) async fn read(pool: &SqlitePool, query: &Query) -> Result<Vec<Row>, StoreError> {
    let parts: Vec<&str> = query.by.iter().map(|by| by.name()).collect();
    let mut sql = QueryBuilder::<Database>::new("select ");
    for part in &parts {
        sql.push(part).push(", ");
    }
    sql.push(
        "cast(round(total(ms * (kind = 'Machine')) / 1000.0) as integer) as machine_seconds,
         cast(round(total(ms * running) / 1000.0) as integer) as running_seconds,
         cast(round(total(1.0 * ms * running * cpu) / 1000.0) as integer) as cpu_seconds,
         cast(round(total(1.0 * ms * running * memory) / 1000.0) as integer) as memory_kib_seconds,
         cast(round(total(1.0 * ms * storage) / 1000.0) as integer) as storage_kb_seconds,
         cast(round(sum(1.0 * ms * running * price) / 3600000.0) as integer) as cost
         from (select *, min(coalesce(ended, ",
    );
    let (from, to) = (query.from.as_millisecond(), query.to.as_millisecond());
    sql.push_bind(to)
        .push("), ")
        .push_bind(to)
        .push(") - max(began, ")
        .push_bind(from)
        .push(") as ms from (");
    // Each half by its index: what goes on, and what has ended since.
    for (nth, half) in ["ended is null", "ended > "].into_iter().enumerate() {
        sql.push(if nth == 0 {
            "select * from usage where "
        } else {
            " union all select * from usage where "
        });
        sql.push(half);
        if nth == 1 {
            sql.push_bind(from);
        }
        sql.push(" and began < ").push_bind(to);
        if let Some(tenant) = &query.tenant {
            sql.push(" and tenant = ").push_bind(tenant.clone());
        }
    }
    sql.push(")) where ms > 0");
    for (nth, part) in parts.iter().enumerate() {
        sql.push(if nth == 0 { " group by " } else { ", " }).push(part);
    }
    // Without anything to tell apart, there is a sum of nothing, too.
    sql.push(" having count(*) > 0");
    for (nth, part) in parts.iter().enumerate() {
        sql.push(if nth == 0 { " order by " } else { ", " }).push(part);
    }
    sql.push(" limit ").push_bind(i64::try_from(query.limit).unwrap_or(i64::MAX));
    sql.build().fetch_all(pool).await?.iter().map(|row| sums(row, &query.by)).collect()
}

fn sums(row: &SqliteRow, by: &[By]) -> Result<Row, StoreError> {
    let part = |wanted: By| {
        if by.contains(&wanted) { row.try_get::<Option<String>, _>(wanted.name()) } else { Ok(None) }
    };
    Ok(Row {
        tenant: part(By::Tenant)?,
        account: part(By::Account)?,
        provider: part(By::Provider)?,
        kind: part(By::Kind)?,
        user: part(By::User)?,
        machine_seconds: row.try_get("machine_seconds")?,
        running_seconds: row.try_get("running_seconds")?,
        cpu_seconds: row.try_get("cpu_seconds")?,
        memory_kib_seconds: row.try_get("memory_kib_seconds")?,
        storage_kb_seconds: row.try_get("storage_kb_seconds")?,
        cost: row.try_get("cost")?,
    })
}
