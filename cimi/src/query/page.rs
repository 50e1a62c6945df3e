//! `$first` and `$last` (DSP0263 4.1.6.2), and with them the whole way from members to what a reply lists: filter, order,
//! range.
//!
//! Owns the evaluation in memory. Members stream through; only those listed are kept, or, with `$orderby`, those that still
//! may be.

use std::cmp::Ordering;

use crate::extension::Extensions;
use crate::model::Schema;
use crate::value::Attributes;

use super::Query;
use super::error::QueryError;
use super::lookup::Lookup;
use super::orderby::{OrderBy, Rank};

pub(super) const FIRST: &str = "$first";
pub(super) const LAST: &str = "$last";

/// Members that an ordered page may hold beyond twice its end before it lets go of some.
const SPARE: usize = 256;

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

/// A page in the making: members are offered one by one, in an order that stays, and only what may be listed is kept.
///
/// Nothing is asked of a provider but the attributes of one member at a time, so that it may come and go between members.
#[derive(Debug)]
pub struct Sieve<'q, T> {
    query: &'q Query,
    window: Window,
    count: u64,
    members: Vec<T>,
    ranked: Vec<Ranked<T>>,
}

/// A member that may be listed.
#[derive(Debug)]
pub struct Pass {
    rank: Option<Rank>,
    at: u64,
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
    let mut sieve = Sieve::new(query);
    for member in members {
        if let Some(pass) = sieve.judge(attributes(&member)) {
            sieve.keep(pass, member);
        }
    }
    Ok(sieve.into_page())
}

impl<'q, T> Sieve<'q, T> {
    /// No members yet. Filters and keys have been checked ([`Query::check`]).
    pub fn new(query: &'q Query) -> Self {
        Self { query, window: query.window(), count: 0, members: Vec::new(), ranked: Vec::new() }
    }

    /// Judges the next member, and counts it if it satisfies the filters. What passes is to be kept.
    pub fn judge(&mut self, member: &impl Lookup) -> Option<Pass> {
        if !self.query.filters.iter().all(|filter| filter.matches(member)) {
            return None;
        }
        let at = self.count;
        self.count += 1;
        let rank = self.query.order_by.as_ref().map(|order_by| order_by.rank(member));
        (rank.is_some() || self.window.contains(at)).then_some(Pass { rank, at })
    }

    /// Keeps what has passed.
    pub fn keep(&mut self, Pass { rank, at }: Pass, member: T) {
        let Some(rank) = rank else { return self.members.push(member) };
        self.ranked.push(Ranked { rank, at, member });
        // What is beyond the window's end goes now and then, so that no more is held than a page needs.
        let end = usize::try_from(self.window.end()).unwrap_or(usize::MAX);
        if self.ranked.len() >= end.saturating_mul(2).saturating_add(SPARE) {
            self.trim(end);
        }
    }

    /// The page of what was offered.
    pub fn into_page(mut self) -> Page<T> {
        if let Some(order_by) = &self.query.order_by {
            self.trim(usize::try_from(self.window.end()).unwrap_or(usize::MAX));
            self.ranked.sort_unstable_by(|left, right| left.compare(right, order_by));
            let skip = usize::try_from(self.window.skip).unwrap_or(usize::MAX);
            self.members = self.ranked.into_iter().skip(skip).map(|ranked| ranked.member).collect();
        }
        Page { count: self.count, members: self.members }
    }

    /// Leaves those that come first, in no order.
    fn trim(&mut self, end: usize) {
        if let Some(order_by) = &self.query.order_by
            && end < self.ranked.len()
        {
            self.ranked.select_nth_unstable_by(end, |left, right| left.compare(right, order_by));
            self.ranked.truncate(end);
        }
    }
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

#[derive(Debug)]
struct Ranked<T> {
    rank: Rank,
    /// Its place among the matching members: makes the order total, and so stable.
    at: u64,
    member: T,
}

impl<T> Ranked<T> {
    fn compare(&self, other: &Self, order_by: &OrderBy) -> Ordering {
        order_by.compare(&self.rank, &other.rank).then(self.at.cmp(&other.at))
    }
}
