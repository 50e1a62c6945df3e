//! Rows in SQLite: many are written by few statements.
//!
//! Owns how many go with one. What is in them is of no concern here.

use sqlx::query_builder::Separated;
use sqlx::{QueryBuilder, Sqlite as Database, Transaction};

use crate::store::StoreError;

/// Rows that one statement writes at most; of fewer, as many as a smaller power of two, so that few statements are made ready.
pub(super) const ROWS: usize = 64;

/// A row that is bound, value by value.
pub(super) type Values<'q> = Separated<'q, Database, &'static str>;

/// Inserts rows: `head` stands before their values, `tail` behind them.
pub(super) async fn insert<T: Sync>(
    transaction: &mut Transaction<'_, Database>,
    head: &'static str,
    tail: &'static str,
    rows: &[T],
    bind: impl Fn(&mut Values<'_>, &T) + Send,
) -> Result<(), StoreError> {
    for some in batches(rows) {
        let mut sql = QueryBuilder::<Database>::new(head);
        sql.push_values(some, |mut row, it| bind(&mut row, it));
        sql.push(tail).build().execute(&mut **transaction).await?;
    }
    Ok(())
}

/// All of them, in runs of a power of two.
fn batches<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let most = rows.len().min(ROWS);
        let (some, rest) = rows.split_at(most.checked_ilog2().map_or(0, |log| 1 << log));
        rows = rest;
        (!some.is_empty()).then_some(some)
    })
}
