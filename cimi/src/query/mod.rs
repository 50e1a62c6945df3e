//! The query language (DSP0263 4.1.6): $filter, $select, $expand, $first and $last, $orderby, $format.
//!
//! Owns parsing, checking against a type, and evaluation in memory. Knows no HTTP and no store: a provider may push
//! a [`Query`] down to one, with the same results.

use std::borrow::Cow;
use std::fmt;

use crate::extension::Extensions;
use crate::limits::Limits;
use crate::model::Schema;

pub mod error;
pub mod expand;
pub mod filter;
pub mod lookup;
mod names;
pub mod negotiate;
pub mod orderby;
pub mod page;
mod params;
pub mod select;
#[cfg(test)]
mod tests;

pub use error::QueryError;
pub use expand::Expand;
pub use filter::Filter;
pub use lookup::{Lookup, Simple};
pub use negotiate::{Encoding, NotAcceptable, negotiate};
pub use orderby::OrderBy;
pub use page::{Page, Sieve, Window, apply};
pub use select::Select;

use params::Parameter;

/// The CIMI query parameters of one request, parsed. Others are ignored (4.1.6).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Every `$filter`, each parsed on its own; a member must satisfy all (4.1.6.1).
    pub filters: Vec<Filter>,
    /// All `$select` parameters, joined (4.1.6.3).
    pub select: Option<Select>,
    /// All `$expand` parameters, joined (4.1.6.4).
    pub expand: Option<Expand>,
    /// The first `$first`, from 1 (4.1.6.2); 0 if it is below every ordinal position.
    pub first: Option<u64>,
    /// The first `$last`, from 1, included (4.1.6.2); 0 if it is below every ordinal position.
    pub last: Option<u64>,
    /// The keys of all `$orderby` parameters, in order (4.1.6.6).
    pub order_by: Option<OrderBy>,
    /// The first `$format` (4.1.6.5).
    pub format: Option<Encoding>,
    /// The provider's own parameters (those without `$`) as they were sent, joined by `&`; empty if there are none.
    pub own: String,
}

impl Query {
    /// Parses the query component of a URI, as it was sent, without the question mark. Unknown parameters that begin with
    /// `$` are ignored, whatever they say.
    ///
    /// # Errors
    /// If one of CIMI's parameters cannot be understood or is beyond a limit. An unknown `$format` is no error here:
    /// [`negotiate()`] refuses it.
    pub fn parse(raw: &str, limits: &Limits) -> Result<Self, QueryError> {
        let mut query = Self { own: own_parameters(raw), ..Self::default() };
        for piece in params::pieces(raw) {
            if let Some(parameter) = piece.parameter() {
                query.take(parameter, &piece, limits)?;
            }
        }
        Ok(query)
    }

    /// Checks filters and sort keys against the type of a collection's members.
    ///
    /// # Errors
    /// The first error of [`Filter::check`] or [`OrderBy::check`].
    pub fn check(&self, member: &Schema, extensions: &Extensions) -> Result<(), QueryError> {
        self.filters.iter().try_for_each(|filter| filter.check(member, extensions))?;
        self.order_by.iter().try_for_each(|order_by| order_by.check(member, extensions))
    }

    /// The text that an attribute of every member asked for has, if a filter says so.
    pub fn required(&self, attribute: &str) -> Option<&str> {
        self.filters.iter().find_map(|filter| filter.required(attribute))
    }

    fn take(
        &mut self,
        parameter: Parameter,
        piece: &params::Piece<'_>,
        limits: &Limits,
    ) -> Result<(), QueryError> {
        let value = piece.decode(parameter)?;
        match parameter {
            Parameter::Filter => self.filters.push(Filter::parse(&value, limits)?),
            Parameter::Select => self.select.get_or_insert_default().extend(&value),
            Parameter::Expand => {
                let more = Expand::parse(&value);
                self.expand = Some(match self.expand.take() {
                    Some(expand) => expand.and(more),
                    None => more,
                });
            }
            // As the text says of $format, the first one counts. Those behind it must be well-formed all the same.
            Parameter::First => {
                let first = page::ordinal(parameter.name(), &value)?;
                self.first.get_or_insert(first);
            }
            Parameter::Last => {
                let last = page::ordinal(parameter.name(), &value)?;
                self.last.get_or_insert(last);
            }
            Parameter::OrderBy => {
                let more = OrderBy::parse(&value, limits)?;
                self.order_by = Some(match self.order_by.take() {
                    Some(order_by) => order_by.then(more),
                    None => more,
                });
            }
            Parameter::Format => {
                self.format.get_or_insert_with(|| Encoding::parse(&value));
            }
        }
        Ok(())
    }
}

/// A query component without those of CIMI's parameters that a provider does not obey: unsupported ones are passed over (4.1.6).
pub fn obeyed(raw: &str, obeys: impl Fn(&str) -> bool) -> Cow<'_, str> {
    let is_obeyed = |piece: &params::Piece<'_>| piece.parameter().is_none_or(|it| obeys(it.name()));
    if params::pieces(raw).all(|piece| is_obeyed(&piece)) {
        return Cow::Borrowed(raw);
    }
    let kept: Vec<&str> = params::pieces(raw).filter(is_obeyed).map(|piece| piece.raw).collect();
    Cow::Owned(kept.join("&"))
}

/// The provider's own parameters of a query component (those without `$`, 4.1.6) as they were sent, joined by `&`.
pub fn own_parameters(raw: &str) -> String {
    let mut own = String::new();
    for piece in params::pieces(raw).filter(|piece| !piece.is_reserved()) {
        own.push_str(if own.is_empty() { "" } else { "&" });
        own.push_str(piece.raw);
    }
    own
}

impl fmt::Display for Query {
    /// The query component that means the same, percent-encoded, without a question mark.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if !self.own.is_empty() {
            f.write_str(&self.own)?;
            separator = "&";
        }
        let mut write = |parameter: Parameter, value: &dyn fmt::Display| {
            let result = write!(f, "{separator}{}={}", parameter.name(), params::encode(&value.to_string()));
            separator = "&";
            result
        };
        self.filters.iter().try_for_each(|value| write(Parameter::Filter, value))?;
        self.select.iter().try_for_each(|value| write(Parameter::Select, value))?;
        self.expand.iter().try_for_each(|value| write(Parameter::Expand, value))?;
        self.first.iter().try_for_each(|value| write(Parameter::First, value))?;
        self.last.iter().try_for_each(|value| write(Parameter::Last, value))?;
        self.order_by.iter().try_for_each(|value| write(Parameter::OrderBy, value))?;
        self.format.iter().try_for_each(|value| write(Parameter::Format, &value.name()))
    }
}
