//! Offers and a policy to an explained decision.
//!
//! Owns the attributes of offers and the order among them. A policy is CIMI's own query language over offers: no new one.

use std::fmt;

use cimi::extension::Extensions;
use cimi::model::attribute::{Attribute, Type, attr};
use cimi::model::schema;
use cimi::query::filter::Expr;
use cimi::query::{Filter, OrderBy, QueryError};
use cimi::{Attributes, Edition, Limits, Reference};

#[cfg(test)]
mod tests;

/// The attributes of an offer: what a policy can name.
pub const ATTRIBUTES: [Attribute; 7] = [
    attr("account", Type::String),
    attr("location", Type::String),
    attr("price", Type::Integer),
    attr("cpu", Type::Integer),
    attr("memory", Type::Integer),
    attr("capacity", Type::Integer),
    attr("machines", Type::Integer),
];

/// A place where something could be created.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The account.
    pub account: String,
    /// What a policy decides by, as in [`ATTRIBUTES`].
    pub attributes: Attributes,
    /// The template in that cloud's terms: one of its own with what overrides it, or by value.
    pub template: Reference,
}

/// How to choose among offers.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    filter: Option<Filter>,
    order: Option<OrderBy>,
}

/// What was decided, and why.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// The offers that will do, best first.
    pub ranked: Vec<Offer>,
    /// The accounts that will not, each with the reason.
    pub rejected: Vec<(String, String)>,
}

/// Why a policy cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyError {
    /// Its filter is wrong.
    Filter(Box<QueryError>),
    /// Its order is wrong.
    OrderBy(Box<QueryError>),
}

impl Policy {
    /// Reads and checks a policy: a `$filter` and an `$orderby`.
    ///
    /// # Errors
    /// If it is none, compares what cannot be compared, or names what offers do not have: there, a slip of the pen would
    /// leave out every cloud.
    pub fn new(filter: Option<&str>, order_by: Option<&str>) -> Result<Self, PolicyError> {
        Ok(Self {
            filter: filter.map(checked_filter).transpose().map_err(|e| PolicyError::Filter(Box::new(e)))?,
            order: order_by.map(checked_order).transpose().map_err(|e| PolicyError::OrderBy(Box::new(e)))?,
        })
    }

    /// The names that a policy may use.
    pub fn names() -> Vec<&'static str> {
        ATTRIBUTES.iter().map(|attribute| attribute.name).collect()
    }

    /// Ranks offers: those that the filter leaves, in the order asked for, equals in the order given.
    pub fn decide(&self, offers: Vec<Offer>, rejected: Vec<(String, String)>) -> Decision {
        let mut decision = Decision { ranked: Vec::new(), rejected };
        for offer in offers {
            match &self.filter {
                Some(filter) if !filter.matches(&offer.attributes) => {
                    let reason = format!("the policy's filter {} leaves it out", filter.text());
                    decision.rejected.push((offer.account, reason));
                }
                _ => decision.ranked.push(offer),
            }
        }
        if let Some(order) = &self.order {
            let mut keyed: Vec<_> =
                decision.ranked.into_iter().map(|offer| (order.rank(&offer.attributes), offer)).collect();
            keyed.sort_by(|(left, _), (right, _)| order.compare(left, right));
            decision.ranked = keyed.into_iter().map(|(_, offer)| offer).collect();
        }
        decision
    }
}

impl Decision {
    /// The decision in words, a line per account.
    pub fn explain(&self) -> Vec<String> {
        let ranked = self.ranked.iter().enumerate().map(|(at, offer)| {
            let place = if at == 0 { "chosen".to_owned() } else { format!("choice {}", at + 1) };
            format!("{}: {place}", offer.account)
        });
        let rejected = self.rejected.iter().map(|(account, reason)| format!("{account}: {reason}"));
        ranked.chain(rejected).collect()
    }
}

impl PolicyError {
    /// The place in the text, in characters from 1.
    pub fn column(&self) -> usize {
        self.error().column
    }

    fn error(&self) -> &QueryError {
        match self {
            Self::Filter(error) | Self::OrderBy(error) => error,
        }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error().message)
    }
}

impl std::error::Error for PolicyError {}

fn checked_filter(text: &str) -> Result<Filter, QueryError> {
    let filter = Filter::parse(text, &Limits::SERVER)?;
    filter.check(schema(Edition::V2, "Action"), &declared())?;
    known_in(filter.expr(), text)?;
    Ok(filter)
}

fn checked_order(text: &str) -> Result<OrderBy, QueryError> {
    let order = OrderBy::parse(text, &Limits::SERVER)?;
    order.check(schema(Edition::V2, "Action"), &declared())?;
    order.keys().iter().try_for_each(|key| known("$orderby", text, &key.attribute))?;
    Ok(order)
}

/// Offers are no CIMI resource: their attributes stand as extensions of the type that has fewest of its own.
fn declared() -> Extensions {
    ATTRIBUTES.into_iter().fold(Extensions::NONE, |extensions, attribute| {
        extensions.with("Action", "urn:cimi-manager:offer", attribute)
    })
}

fn known_in(expr: &Expr, text: &str) -> Result<(), QueryError> {
    match expr {
        Expr::Or(terms) | Expr::And(terms) => terms.iter().try_for_each(|term| known_in(term, text)),
        Expr::Compare(comparison) => known("$filter", text, comparison.attribute()),
        Expr::Property(_) => known("$filter", text, "property"),
    }
}

fn known(parameter: &'static str, text: &str, name: &str) -> Result<(), QueryError> {
    if ATTRIBUTES.iter().any(|attribute| attribute.name == name) {
        return Ok(());
    }
    let message = format!("offers have no attribute `{name}`");
    Err(QueryError { parameter, text: text.to_owned(), column: column_of(text, name), message })
}

/// Where a name stands, outside of quotes.
fn column_of(text: &str, name: &str) -> usize {
    let mut quote = None;
    for (column, (at, c)) in text.char_indices().enumerate() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, _) if text[at..].starts_with(name) => return column + 1,
            _ => {}
        }
    }
    1
}
