//! The query language (DSP0263 4.1.6): $filter, $select, $expand, $first and $last, $orderby, $format.
//!
//! Owns parsing, checking against a type, and evaluation in memory. Knows no HTTP and no store: a provider may push
//! a [`Query`] down to one, with the same results.

use crate::codec::Format;

pub mod error;
pub mod filter;
pub mod orderby;
pub mod select;

pub use error::QueryError;
pub use filter::Filter;
pub use orderby::OrderBy;
pub use select::{Expand, Select};

/// The CIMI query parameters of one request, parsed. Others are ignored (4.1.6).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Every `$filter`, each parsed on its own; a member must satisfy all (4.1.6.1).
    pub filters: Vec<Filter>,
    /// All `$select` parameters, joined (4.1.6.3).
    pub select: Option<Select>,
    /// All `$expand` parameters, joined (4.1.6.4).
    pub expand: Option<Expand>,
    /// `$first`, from 1 (4.1.6.2).
    pub first: Option<u64>,
    /// `$last`, from 1, included (4.1.6.2).
    pub last: Option<u64>,
    /// The keys of `$orderby` (4.1.6.6).
    pub order_by: Option<OrderBy>,
    /// The first `$format` (4.1.6.5).
    pub format: Option<Format>,
}
