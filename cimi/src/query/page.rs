//! `$first` and `$last` (DSP0263 4.1.6.2), and with them the whole way from members to what a reply lists: filter, order,
//! range.
//!
//! Owns the evaluation in memory. Without `$orderby` members stream through and only those listed are kept.

use std::cmp::Ordering;

use crate::extension::Extensions;
use crate::model::Schema;
use crate::value::Attributes;

use super::Query;
use super::error::QueryError;
use super::orderby::{OrderBy, Rank};

pub(super) const FIRST: &str = "$first";
pub(super) const LAST: &str = "$last";

/// The members asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// How many members satisfy the filters, before `$first` and `$last`.
    pub count: u64,
    /// Those listed, in order.
    pub members: Vec<T>,
}

/// A range of ordinal positions, for stores: so many to pass over, then so many to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Members before the first one listed.
    pub skip: u64,
    /// Members listed at most.
    pub take: u64,
}

/// Lists the members of a collection as a query asks for them.
///
/// # Errors
/// If a filter or a sort key is not of the members' type ([`Query::check`]).
pub fn apply<T>(
    members: impl IntoIterator<Item = T>,
    attributes: impl Fn(&T) -> &Attributes,
    query: &Query,
    member: &Schema,
    extensions: &Extensions,
) -> Result<Page<T>, QueryError> {
    query.check(member, extensions)?;
    let matching = members
        .into_iter()
        .filter(|member| query.filters.iter().all(|filter| filter.matches(attributes(member))));
    Ok(match &query.order_by {
        None => stream(matching, query.window()),
        Some(order_by) => {
            let ranked: Vec<Ranked<T>> = matching
                .enumerate()
                .map(|(at, member)| Ranked { rank: order_by.rank(attributes(&member)), at, member })
                .collect();
            sort(ranked, order_by, query.window())
        }
    })
}

impl Query {
    /// The range that `$first` and `$last` ask for.
    pub fn window(&self) -> Window {
        let skip = self.first.unwrap_or(1).saturating_sub(1);
        let take = self.last.unwrap_or(u64::MAX).saturating_sub(skip);
        Window { skip, take }
    }
}

impl Window {
    /// Whether the member at an ordinal position, from 0, is listed.
    pub const fn contains(self, position: u64) -> bool {
        position >= self.skip && position - self.skip < self.take
    }

    /// The position, from 0, behind the last one listed.
    const fn end(self) -> u64 {
        self.skip.saturating_add(self.take)
    }
}

/// Parses the value of `$first` or `$last`: any whole number, since none is a fault. What is beyond any collection becomes
/// the nearest end.
pub(super) fn ordinal(parameter: &'static str, text: &str) -> Result<u64, QueryError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if let Some((at, found)) =
        text.char_indices().find(|&(at, c)| !(c.is_ascii_digit() || at == 0 && c == '-'))
    {
        let message = format!("expected a number, found `{found}`");
        return Err(QueryError::at(parameter, text, at, message));
    }
    if digits.is_empty() {
        return Err(QueryError::at(parameter, text, text.len(), "expected a number, found the end"));
    }
    if digits.len() < text.len() {
        return Ok(0);
    }
    Ok(digits.parse().unwrap_or(u64::MAX))
}

fn stream<T>(matching: impl Iterator<Item = T>, window: Window) -> Page<T> {
    let mut page = Page { count: 0, members: Vec::new() };
    for member in matching {
        if window.contains(page.count) {
            page.members.push(member);
        }
        page.count += 1;
    }
    page
}

struct Ranked<T> {
    rank: Rank,
    /// Its place among the matching members: makes the order total, and so stable.
    at: usize,
    member: T,
}

/// Orders only as much as is listed: everything beyond the window's end is told apart, but not sorted.
fn sort<T>(mut ranked: Vec<Ranked<T>>, order_by: &OrderBy, window: Window) -> Page<T> {
    let count = ranked.len();
    let compare = |left: &Ranked<T>, right: &Ranked<T>| -> Ordering {
        order_by.compare(&left.rank, &right.rank).then(left.at.cmp(&right.at))
    };
    let end = usize::try_from(window.end()).map_or(count, |end| end.min(count));
    if end < count {
        ranked.select_nth_unstable_by(end, compare);
        ranked.truncate(end);
    }
    ranked.sort_unstable_by(compare);
    let skip = usize::try_from(window.skip).map_or(count, |skip| skip.min(count));
    let members = ranked.into_iter().skip(skip).map(|ranked| ranked.member).collect();
    Page { count: count as u64, members }
}
