//! Resources in SQLite: each with its replicas, and with what pages are found by. Many are written by few statements.

use jiff::Timestamp;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{QueryBuilder, Row as _, Sqlite as Database, Transaction};

use super::rows::{ROWS, insert};
use super::{kind, time};
use crate::connector::Native;
use crate::record::{Id, Origin, Provenance, Replica, Resource};
use crate::store::page::Facets;
use crate::store::{Change, StoreError, body};

/// Removes resources, then writes others.
pub(super) async fn write(
    transaction: &mut Transaction<'_, Database>,
    change: &Change<'_>,
) -> Result<(), StoreError> {
    delete(transaction, "delete from resource where id", &change.forget_resources).await?;
    let ids: Vec<Id> = change.resources.iter().map(|resource| resource.id).collect();
    // All replicas first: one may pass from one resource to another.
    delete(transaction, "delete from replica where resource", &ids).await?;
    delete(transaction, "delete from property where resource", &ids).await?;
    for some in change.resources.chunks(ROWS) {
        let facets: Vec<Facets<'_>> = some.iter().map(|resource| Facets::of(resource)).collect();
        write_rows(transaction, some, &facets).await?;
        write_replicas(transaction, some).await?;
        write_properties(transaction, some, &facets).await?;
    }
    Ok(())
}

async fn delete(
    transaction: &mut Transaction<'_, Database>,
    of: &'static str,
    ids: &[Id],
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let mut sql = QueryBuilder::<Database>::new(of);
    sql.push(" in (select value from json_each(").push_bind(serde_json::json!(ids).to_string()).push("))");
    sql.build().execute(&mut **transaction).await?;
    Ok(())
}

async fn write_rows(
    transaction: &mut Transaction<'_, Database>,
    resources: &[&Resource],
    facets: &[Facets<'_>],
) -> Result<(), StoreError> {
    const HEAD: &str = "insert into resource
        (id, kind, body, version, owner, state, account, name_key, created, updated, origin, gone, part_of,
         disks) ";
    const TAIL: &str = " on conflict (id) do update set
        body = excluded.body, version = excluded.version, owner = excluded.owner, state = excluded.state,
        account = excluded.account, name_key = excluded.name_key, created = excluded.created,
        updated = excluded.updated, origin = excluded.origin, gone = excluded.gone, part_of = excluded.part_of,
        disks = excluded.disks";
    let rows: Vec<_> = resources.iter().zip(facets).collect();
    insert(transaction, HEAD, TAIL, &rows, |row, (resource, facets)| {
        let ty = resource.kind.type_name();
        row.push_bind(resource.id.0)
            .push_bind(ty)
            .push_bind(body::write(ty, &resource.attributes))
            .push_bind(resource.version)
            .push_bind(resource.owner.clone())
            .push_bind(facets.state.to_owned())
            .push_bind(facets.account.to_owned())
            .push_bind(facets.name_key.clone())
            .push_bind(facets.created.map(|time| time.to_vec()))
            .push_bind(facets.updated.map(|time| time.to_vec()))
            .push_bind(resource.provenance.origin.name())
            .push_bind(resource.provenance.gone.map(Timestamp::as_millisecond))
            .push_bind(resource.provenance.part_of.map(|id| id.0))
            .push_bind(resource.provenance.disks);
    })
    .await
}

async fn write_replicas(
    transaction: &mut Transaction<'_, Database>,
    resources: &[&Resource],
) -> Result<(), StoreError> {
    const HEAD: &str = "insert into replica (resource, position, account, native, offers) ";
    let mut rows = Vec::new();
    for resource in resources {
        rows.extend(
            (0_i64..).zip(&resource.replicas).map(|(position, replica)| (resource.id, position, replica)),
        );
    }
    insert(transaction, HEAD, "", &rows, |row, (id, position, replica)| {
        row.push_bind(id.0)
            .push_bind(*position)
            .push_bind(replica.account.clone())
            .push_bind(replica.native.0.clone())
            .push_bind(replica.offers.join(" "));
    })
    .await
}

async fn write_properties(
    transaction: &mut Transaction<'_, Database>,
    resources: &[&Resource],
    facets: &[Facets<'_>],
) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for (resource, facets) in resources.iter().zip(facets) {
        rows.extend(facets.properties.iter().map(|(key, value)| (resource.id, *key, *value)));
    }
    insert(transaction, "insert into property (resource, key, value) ", "", &rows, |row, (id, key, value)| {
        row.push_bind(id.0).push_bind((*key).to_owned()).push_bind((*value).to_owned());
    })
    .await
}

/// So many at most, by identifier, those with greater ones than this.
pub(super) async fn after(pool: &SqlitePool, after: Id, limit: usize) -> Result<Vec<Resource>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut transaction = pool.begin().await?;
    let rows = sqlx::query(
        "select id, kind, body, version, owner, origin, gone, part_of, disks from resource
             where id > ? order by id limit ?",
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

fn resource(row: &SqliteRow) -> Result<Resource, StoreError> {
    let id: i64 = row.try_get("id")?;
    let what = format!("resource {id}");
    let kind = kind(row.try_get("kind")?, &what)?;
    let body: Vec<u8> = row.try_get("body")?;
    Ok(Resource {
        id: Id(id),
        kind,
        attributes: body::read(kind.type_name(), &body, &what)?,
        version: row.try_get("version")?,
        owner: row.try_get("owner")?,
        replicas: Vec::new(),
        provenance: provenance(row, &what)?,
    })
}

fn provenance(row: &SqliteRow, what: &str) -> Result<Provenance, StoreError> {
    let name: String = row.try_get("origin")?;
    let damaged = |reason| StoreError::Damaged { what: what.to_owned(), reason };
    let origin = Origin::ALL.into_iter().find(|origin| origin.name() == name);
    let gone: Option<i64> = row.try_get("gone")?;
    let part_of: Option<i64> = row.try_get("part_of")?;
    Ok(Provenance {
        origin: origin.ok_or_else(|| damaged(format!("the origin {name} is not known")))?,
        gone: gone.map(|at| time(at, what)).transpose()?,
        part_of: part_of.map(Id),
        disks: row.try_get("disks")?,
    })
}

fn replica(row: &SqliteRow) -> Result<(Id, Replica), StoreError> {
    let of: i64 = row.try_get("resource")?;
    let offers: String = row.try_get("offers")?;
    let replica = Replica {
        account: row.try_get("account")?,
        native: Native(row.try_get("native")?),
        offers: offers.split_whitespace().map(str::to_owned).collect(),
    };
    Ok((Id(of), replica))
}
