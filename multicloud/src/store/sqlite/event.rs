//! Events in SQLite: appended with the change that they tell of, read by page, let go of when they are kept no longer.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{QueryBuilder, Row as _, Sqlite as Database, Transaction};

use crate::event::{About, Content, Event, Origin, Outcome, Query, Retention, Severity, Tally};
use crate::event::{Access, Direction, Shared};
use crate::kind::Kind;
use crate::store::{Change, StoreError};

/// What of an event is in no column of its own.
#[derive(Serialize, Deserialize)]
struct Body<A, O, C> {
    about: A,
    outcome: Outcome,
    origin: O,
    content: C,
}

/// As it is written.
type Written<'a> = Body<&'a About, &'a Origin, &'a Content>;
/// As it is read.
type Read = Body<About, Origin, Content>;

/// Writes what a change tells. New event logs begin after everything that was written before.
pub(super) async fn write(
    transaction: &mut Transaction<'_, Database>,
    change: &Change<'_>,
) -> Result<(), StoreError> {
    for log in change.resources.iter().filter(|it| it.kind == Kind::EventLog) {
        sqlx::query(
            "insert into event_log (log, after) values (?, (select coalesce(max(number), 0) from event))
             on conflict do nothing",
        )
        .bind(log.id.0)
        .execute(&mut **transaction)
        .await?;
    }
    append(transaction, change.events).await?;
    if let Some(tenant) = change.disown {
        sqlx::query("update event set owner = null where owner = ?")
            .bind(tenant)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

/// Appends events.
pub(super) async fn append(
    transaction: &mut Transaction<'_, Database>,
    events: &[Event],
) -> Result<(), StoreError> {
    for event in events {
        let Event { about, outcome, origin, content, .. } = event;
        let body: Written<'_> = Body { about, outcome: *outcome, origin, content };
        let body = serde_json::to_string(&body).map_err(|error| StoreError::Damaged {
            what: "an event".to_owned(),
            reason: error.to_string(),
        })?;
        sqlx::query("insert into event (at, about, owner, sort, severity, body) values (?, ?, ?, ?, ?, ?)")
            .bind(event.at.as_millisecond())
            .bind(&event.about.path)
            .bind(&event.owner)
            .bind(event.sort())
            .bind(event.severity.name())
            .bind(body)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

/// Reads events.
pub(super) async fn read(pool: &SqlitePool, query: &Query) -> Result<Vec<Event>, StoreError> {
    let mut sql = QueryBuilder::<Database>::new(
        "select number, at, about, owner, severity, body from event where true",
    );
    narrow(&mut sql, query);
    sql.push(match query.direction {
        Direction::Up => " order by number",
        Direction::Down => " order by number desc",
    });
    sql.push(" limit ").push_bind(i64::try_from(query.limit).unwrap_or(i64::MAX));
    sql.push(" offset ").push_bind(i64::try_from(query.offset).unwrap_or(i64::MAX));
    sql.build().fetch_all(pool).await?.iter().map(event).collect()
}

/// Counts events.
pub(super) async fn tally(pool: &SqlitePool, query: &Query) -> Result<Tally, StoreError> {
    let mut sql = QueryBuilder::<Database>::new("select severity, count(*) as many from event where true");
    narrow(&mut sql, query);
    sql.push(" group by severity");
    let mut tally = Tally::default();
    for row in sql.build().fetch_all(pool).await? {
        let name: String = row.try_get("severity")?;
        tally.counts[severity(&name)? as usize] = row.try_get("many")?;
    }
    Ok(tally)
}

fn narrow(sql: &mut QueryBuilder<Database>, query: &Query) {
    let scope = &query.scope;
    match (&scope.tenant, scope.shared) {
        (None, _) => {}
        (Some(tenant), Shared::Hidden) => {
            sql.push(" and owner = ").push_bind(tenant.clone());
        }
        (Some(tenant), Shared::Shown) => {
            sql.push(" and (owner is null or owner = ").push_bind(tenant.clone()).push(")");
        }
    }
    if scope.access == Access::Hidden {
        sql.push(" and sort <> 'access'");
    }
    if let Some(about) = &query.about {
        sql.push(" and about = ").push_bind(about.clone());
    }
    if let Some(log) = query.log {
        sql.push(" and number > (select after from event_log where log = ").push_bind(log).push(")");
    }
    if let Some(since) = query.since {
        sql.push(" and at >= ").push_bind(since.as_millisecond());
    }
    if let Some(sort) = &query.sort {
        sql.push(" and sort = ").push_bind(sort.clone());
    }
    if let Some(least) = query.severity {
        sql.push(" and severity in (");
        let mut names = sql.separated(", ");
        for severity in Severity::ALL.into_iter().filter(|it| *it >= least) {
            names.push_bind(severity.name());
        }
        sql.push(")");
    }
    if let Some(number) = query.number {
        sql.push(" and number = ").push_bind(number);
    }
    if let Some(beyond) = query.beyond {
        sql.push(match query.direction {
            Direction::Up => " and number > ",
            Direction::Down => " and number < ",
        });
        sql.push_bind(beyond);
    }
}

/// Lets go of events that are too old or too many. Only what has had events since the last time is counted anew.
pub(super) async fn prune(
    pool: &SqlitePool,
    pruned: &AtomicI64,
    keep: Retention,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let mut transaction = pool.begin().await?;
    let age = i64::try_from(keep.age.as_millis()).unwrap_or(i64::MAX);
    let mut gone = sqlx::query("delete from event where at < ?")
        .bind(now.as_millisecond().saturating_sub(age))
        .execute(&mut *transaction)
        .await?
        .rows_affected();
    let crowded = sqlx::query(
        "select about from event where about in (select about from event where number > ?)
         group by about having count(*) > ?",
    )
    .bind(pruned.load(Ordering::Relaxed))
    .bind(keep.each)
    .fetch_all(&mut *transaction)
    .await?;
    for row in crowded {
        let about: String = row.try_get("about")?;
        gone += sqlx::query(
            "delete from event where about = ?1 and number <=
                 (select number from event where about = ?1 order by number desc limit 1 offset ?2)",
        )
        .bind(about)
        .bind(keep.each)
        .execute(&mut *transaction)
        .await?
        .rows_affected();
    }
    gone += sqlx::query(
        "delete from event where number <= (select number from event order by number desc limit 1 offset ?)",
    )
    .bind(keep.all)
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    let highest: i64 = sqlx::query("select coalesce(max(number), 0) as highest from event")
        .fetch_one(&mut *transaction)
        .await?
        .try_get("highest")?;
    transaction.commit().await?;
    pruned.store(highest, Ordering::Relaxed);
    Ok(gone)
}

fn event(row: &SqliteRow) -> Result<Event, StoreError> {
    let number: i64 = row.try_get("number")?;
    let damaged = |reason: String| StoreError::Damaged { what: format!("event {number}"), reason };
    let body: String = row.try_get("body")?;
    let body: Read = serde_json::from_str(&body).map_err(|error| damaged(error.to_string()))?;
    let name: String = row.try_get("severity")?;
    let at = Timestamp::from_millisecond(row.try_get("at")?).map_err(|error| damaged(error.to_string()))?;
    Ok(Event {
        number,
        at,
        about: About { path: row.try_get("about")?, ..body.about },
        owner: row.try_get("owner")?,
        outcome: body.outcome,
        severity: severity(&name)?,
        origin: body.origin,
        content: body.content,
    })
}

fn severity(name: &str) -> Result<Severity, StoreError> {
    let known = Severity::ALL.into_iter().find(|it| it.name() == name);
    known.ok_or_else(|| StoreError::Damaged {
        what: "an event".to_owned(),
        reason: format!("the severity {name} is not known"),
    })
}
