//! Pages in SQLite: conditions and orders as SQL over the columns of migration 0060 and, for attributes that have none, over
//! the body.

use cimi::query::Window;
use cimi::query::filter::Op;
use cimi::query::orderby::Direction;
use sqlx::sqlite::SqlitePool;
use sqlx::{QueryBuilder, Row as _, Sqlite as Database, Transaction};

use crate::access::{Sight, is_shared};
use crate::record::Id;
use crate::store::StoreError;
use crate::store::page::{Condition, Hits, Key, Wanted, key};

/// The body as text: what is a blob may be taken for SQLite's own form of JSON.
const BODY: &str = "cast(body as text)";

/// What any account's cloud calls so: replicas are found by account, of which there are few, and then by what they are called.
const CALLED: &str = " (with recursive used (name) as (select min(account) from replica union all \
    select (select min(account) from replica where account > used.name) from used where used.name is not null) \
    select resource from used cross join replica on replica.account = used.name where native = ";

/// Conditions that are looked for one by one, at most.
const ARMS: usize = 16;

type Sql = QueryBuilder<Database>;

pub(super) async fn page(pool: &SqlitePool, wanted: &Wanted) -> Result<Hits, StoreError> {
    let mut transaction = pool.begin().await?;
    if wanted.window == (Window { skip: 0, take: u64::MAX }) {
        // Whoever takes them all has counted them.
        let ids = listed_in(&mut transaction, wanted, wanted.window, "id").await?;
        return Ok(Hits { count: ids.len() as u64, ids });
    }
    let mut sql = counting(wanted);
    let count: i64 = sql.build_query_scalar().fetch_one(&mut *transaction).await?;
    let count = u64::try_from(count).unwrap_or_default();
    let Window { skip, take } = wanted.window;
    if skip >= count || take == 0 {
        return Ok(Hits { count, ids: Vec::new() });
    }
    let take = take.min(count - skip);
    // Members are passed over one by one: from the end that is nearer.
    let from_end = wanted.order.is_empty() && skip > count / 2;
    let skip = if from_end { count - skip - take } else { skip };
    let last = if from_end { "id desc" } else { "id" };
    let mut ids = listed_in(&mut transaction, wanted, Window { skip, take }, last).await?;
    if from_end {
        ids.reverse();
    }
    Ok(Hits { count, ids })
}

async fn listed_in(
    transaction: &mut Transaction<'_, Database>,
    wanted: &Wanted,
    window: Window,
    last: &str,
) -> Result<Vec<Id>, StoreError> {
    let rows = listing(wanted, window, last).build().fetch_all(&mut **transaction).await?;
    rows.iter().map(|row| Ok(Id(row.try_get(0)?))).collect()
}

/// Counts all that meet the condition: by the tally, if it knows all that the condition is about.
fn counting(wanted: &Wanted) -> Sql {
    let whole = !is_shared(wanted.kind) || wanted.sight == Sight::Everything;
    if whole && is_tallied(&wanted.meets) {
        let mut sql = Sql::new("select coalesce(sum(number), 0) from tally where kind = ");
        sql.push_bind(wanted.kind.type_name());
        if let Sight::Tenant { name, .. } = &wanted.sight {
            sql.push(" and owner = ").push_bind(name.to_string());
        }
        sql.push(" and ");
        meets(&mut sql, &wanted.meets);
        return sql;
    }
    let mut sql = Sql::new("select count(*) from (");
    found(&mut sql, wanted);
    sql.push(")");
    sql
}

fn listing(wanted: &Wanted, window: Window, last_key: &str) -> Sql {
    let mut sql = Sql::new("");
    if wanted.order.is_empty() {
        found(&mut sql, wanted);
    } else if arms(&wanted.meets).is_empty() {
        sql.push("select id from resource where ");
        among(&mut sql, wanted, &wanted.meets);
    } else {
        sql.push("select id from resource where id in (");
        found(&mut sql, wanted);
        sql.push(")");
    }
    sql.push(" order by ");
    for (by, direction) in &wanted.order {
        ordered(&mut sql, *by);
        sql.push(match direction {
            Direction::Ascending => " asc nulls last, ",
            Direction::Descending => " desc nulls last, ",
        });
    }
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    sql.push(last_key).push(" limit ").push_bind(number(window.take));
    sql.push(" offset ").push_bind(number(window.skip));
    sql
}

/// The identifiers of all that are wanted: what is any of several things is looked for as each of them, by its own index.
fn found(sql: &mut Sql, wanted: &Wanted) {
    let arms = arms(&wanted.meets);
    let one = arms.is_empty().then_some(&wanted.meets);
    for (at, arm) in arms.iter().chain(one).enumerate() {
        sql.push(if at > 0 { " union " } else { "" }).push("select id from resource where ");
        among(sql, wanted, arm);
    }
}

/// The conditions that one is any of, if each of them leads to few resources by an index, and nothing else does.
fn arms(condition: &Condition) -> Vec<Condition> {
    let mut terms = Vec::new();
    flatten(condition, &mut terms);
    let is_wide = |term: &Condition| matches!(term, Condition::Any(any) if (2..=ARMS).contains(&any.len()));
    let Some(at) = terms.iter().position(|term| is_wide(term) && is_indexed(term)) else { return Vec::new() };
    let Condition::Any(any) = terms.remove(at) else { return Vec::new() };
    if terms.iter().any(|term| is_indexed(term)) {
        return Vec::new();
    }
    let with = |arm: &Condition| Condition::All(terms.iter().copied().chain([arm]).cloned().collect());
    any.iter().map(with).collect()
}

/// What all has to hold.
fn flatten<'c>(condition: &'c Condition, terms: &mut Vec<&'c Condition>) {
    match condition {
        Condition::All(all) => all.iter().for_each(|term| flatten(term, terms)),
        other => terms.push(other),
    }
}

/// Whether an index leads to what meets a condition, in the order of identifiers.
fn is_indexed(condition: &Condition) -> bool {
    match condition {
        Condition::All(terms) => terms.iter().any(is_indexed),
        Condition::Any(terms) => terms.iter().all(is_indexed),
        Condition::Id(op, _)
        | Condition::Name(op, _)
        | Condition::State(op, _)
        | Condition::Account(op, _)
        | Condition::Property(_, op, _) => *op == Op::Equal,
        _ => false,
    }
}

/// Of the kind, seen, and as a condition says.
fn among(sql: &mut Sql, wanted: &Wanted, condition: &Condition) {
    sql.push("kind = ").push_bind(wanted.kind.type_name());
    if let Sight::Tenant { name, accounts } = &wanted.sight {
        sql.push(" and (owner = ").push_bind(name.to_string());
        if is_shared(wanted.kind) {
            const REPLICA: &str = "exists (select 1 from replica where replica.resource = resource.id";
            sql.push(" or owner is null and (not ").push(REPLICA).push(") or ").push(REPLICA);
            sql.push(" and replica.account");
            listed(sql, accounts.iter());
            sql.push("))");
        }
        sql.push(")");
    }
    sql.push(" and ");
    meets(sql, condition);
}

/// Whether the tally has all that a condition looks at.
fn is_tallied(condition: &Condition) -> bool {
    match condition {
        Condition::All(terms) | Condition::Any(terms) => terms.iter().all(is_tallied),
        Condition::State(..) | Condition::Account(..) | Condition::AccountAmong(_) => true,
        _ => false,
    }
}

fn meets(sql: &mut Sql, condition: &Condition) {
    match condition {
        Condition::All(terms) => joined(sql, terms, " and ", "true"),
        Condition::Any(terms) => joined(sql, terms, " or ", "false"),
        Condition::Id(op, id) => {
            compared(sql, "id", *op).push_bind(id.0);
        }
        Condition::State(op, text) => written(sql, "state", *op, text),
        Condition::Account(op, text) => written(sql, "account", *op, text),
        Condition::AccountAmong(accounts) => {
            sql.push("account");
            listed(sql, accounts.iter());
        }
        Condition::Native(op, text) => {
            sql.push("(account <> '' and id ").push(if *op == Op::Equal { "in" } else { "not in" });
            sql.push(CALLED).push_bind(text.clone()).push("))");
        }
        Condition::Created(op, time) => {
            compared(sql, "created", *op).push_bind(time.to_vec());
        }
        Condition::Updated(op, time) => {
            compared(sql, "updated", *op).push_bind(time.to_vec());
        }
        // Names that differ may have one key: where it is that of the text, the name itself decides.
        Condition::Name(op, text) => {
            let (before, between) = match op {
                Op::Equal => ("(name_key = ", " and "),
                _ => ("(name_key is not null and (name_key <> ", " or "),
            };
            sql.push(before).push_bind(key(text)).push(between);
            extracted(sql, "name");
            sql.push(op.as_str()).push_bind(text.clone()).push(if *op == Op::Equal { ")" } else { "))" });
        }
        Condition::Property(name, op, text) => {
            sql.push("id in (select resource from property where key = ").push_bind(name.clone());
            sql.push(" and value ").push(op.as_str()).push_bind(text.clone()).push(")");
        }
        Condition::Text(name, op, text) => {
            typed(sql, name, "text");
            sql.push(" and ");
            extracted(sql, name);
            sql.push(" <> '' and ");
            extracted(sql, name);
            sql.push(op.as_str()).push_bind(text.clone()).push(")");
        }
        Condition::Number(name, op, number) => {
            typed(sql, name, "integer");
            sql.push(" and ");
            extracted(sql, name);
            sql.push(op.as_str()).push_bind(*number).push(")");
        }
        Condition::Truth(name, op, truth) => {
            typed(sql, name, if *truth == (*op == Op::Equal) { "true" } else { "false" });
            sql.push(")");
        }
    }
}

fn joined(sql: &mut Sql, terms: &[Condition], word: &str, none: &str) {
    if terms.is_empty() {
        sql.push(none);
        return;
    }
    sql.push("(");
    for (at, term) in terms.iter().enumerate() {
        if at > 0 {
            sql.push(word);
        }
        meets(sql, term);
    }
    sql.push(")");
}

/// A column against a value, which is to follow; with null nothing holds.
fn compared<'s>(sql: &'s mut Sql, column: &str, op: Op) -> &'s mut Sql {
    sql.push(column).push(" ").push(op.as_str()).push(" ")
}

/// A column that is empty where there is nothing against a text.
fn written(sql: &mut Sql, column: &str, op: Op, text: &str) {
    if op == Op::Equal && text.is_empty() {
        sql.push("false");
        return;
    }
    sql.push("(").push(column).push(op.as_str()).push_bind(text.to_owned());
    if op != Op::Equal {
        sql.push(" and ").push(column).push(" <> ''");
    }
    sql.push(")");
}

fn listed<'a>(sql: &mut Sql, texts: impl Iterator<Item = &'a String>) {
    sql.push(" in (");
    let mut separated = sql.separated(", ");
    for text in texts {
        separated.push_bind(text.clone());
    }
    sql.push(")");
}

fn ordered(sql: &mut Sql, by: Key) {
    let column = match by {
        Key::Id => "cast(id as text)",
        Key::Name => "name_key",
        Key::Account => "nullif(account, '')",
        Key::Created => "created",
        Key::Updated => "updated",
        Key::Number(name) => {
            sql.push("case when ");
            typed(sql, name, "integer");
            sql.push(") then ");
            extracted(sql, name);
            " end"
        }
        Key::Truth(name) => {
            sql.push("case ");
            kind_of(sql, name);
            " when 'false' then 0 when 'true' then 1 end"
        }
    };
    sql.push(column);
}

/// Opens a parenthesis: an attribute of the body is of this type.
fn typed(sql: &mut Sql, name: &str, ty: &str) {
    sql.push("(");
    kind_of(sql, name);
    sql.push(" = '").push(ty).push("'");
}

fn kind_of(sql: &mut Sql, name: &str) {
    sql.push("json_type(").push(BODY).push(", ").push_bind(format!("$.\"{name}\"")).push(")");
}

fn extracted(sql: &mut Sql, name: &str) {
    sql.push("json_extract(").push(BODY).push(", ").push_bind(format!("$.\"{name}\"")).push(")");
}
