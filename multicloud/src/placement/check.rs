//! Checks of what policies say: texts of the query language over offers or machines, and numbers.

use cimi::extension::Extensions;
use cimi::model::attribute::Attribute;
use cimi::model::generic;
use cimi::query::filter::Expr;
use cimi::query::{Filter, OrderBy, QueryError};
use cimi::{Edition, Limits};

use super::offer::{ATTRIBUTES, PLACED};
use super::policy::PolicyError;
use crate::region;

/// What a text is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    Offers,
    Machines,
}

impl Over {
    fn attributes(self) -> &'static [Attribute] {
        match self {
            Self::Offers => &ATTRIBUTES,
            Self::Machines => &PLACED,
        }
    }

    /// Neither is a CIMI resource: their attributes stand as extensions of a type that has none of its own.
    fn declared(self) -> Extensions {
        self.attributes().iter().fold(Extensions::NONE, |extensions, attribute| {
            extensions.with(generic(Edition::V2).name(), "urn:cimi-manager:offer", *attribute)
        })
    }

    fn filter(self, text: &str) -> Result<Filter, QueryError> {
        let filter = Filter::parse(text, &Limits::SERVER)?;
        filter.check(generic(Edition::V2), &self.declared())?;
        self.knows_all(filter.expr(), text)?;
        Ok(region::meant(filter))
    }

    fn order(self, text: &str) -> Result<OrderBy, QueryError> {
        let order = OrderBy::parse(text, &Limits::SERVER)?;
        order.check(generic(Edition::V2), &self.declared())?;
        order.keys().iter().try_for_each(|key| self.knows("$orderby", text, &key.attribute))?;
        Ok(order)
    }

    fn knows_all(self, expr: &Expr, text: &str) -> Result<(), QueryError> {
        match expr {
            Expr::Or(terms) | Expr::And(terms) => {
                terms.iter().try_for_each(|term| self.knows_all(term, text))
            }
            Expr::Compare(comparison) => self.knows("$filter", text, comparison.attribute()),
            // Whoever tags accounts and machines invents the keys.
            Expr::Property(_) => Ok(()),
        }
    }

    fn knows(self, parameter: &'static str, text: &str, name: &str) -> Result<(), QueryError> {
        if self.attributes().iter().any(|attribute| attribute.name == name) {
            return Ok(());
        }
        let message = match self {
            Self::Offers => format!("offers have no attribute `{name}`"),
            Self::Machines => format!("placed machines have no attribute `{name}`"),
        };
        Err(QueryError { parameter, text: text.to_owned(), column: column_of(text, name), message })
    }

    fn wrong(self, key: &str, error: &QueryError) -> PolicyError {
        let names: Vec<&str> = self.attributes().iter().map(|attribute| attribute.name).collect();
        let one = match self {
            Self::Offers => "an offer",
            Self::Machines => "a placed machine",
        };
        let help = format!("{one} has {}", names.join(", "));
        PolicyError { key: key.to_owned(), column: Some(error.column), message: error.message.clone(), help }
    }
}

pub(super) fn filter_over(over: Over, text: &str, key: &str) -> Result<Filter, PolicyError> {
    over.filter(text).map_err(|error| over.wrong(key, &error))
}

pub(super) fn order_over(over: Over, text: &str, key: &str) -> Result<OrderBy, PolicyError> {
    over.order(text).map_err(|error| over.wrong(key, &error))
}

pub(super) fn at_most(limit: usize, count: usize, key: &str) -> Result<(), PolicyError> {
    if count <= limit {
        return Ok(());
    }
    Err(PolicyError {
        key: key.to_owned(),
        column: None,
        message: format!("{count} are too many"),
        help: format!("there are {limit} at most"),
    })
}

pub(super) fn within(range: std::ops::RangeInclusive<i64>, value: i64, key: &str) -> Result<(), PolicyError> {
    if range.contains(&value) {
        return Ok(());
    }
    let help = match *range.end() {
        i64::MAX => format!("{} or more", range.start()),
        end => format!("between {} and {end}", range.start()),
    };
    let message = format!("{value} is out of range");
    Err(PolicyError { key: key.to_owned(), column: None, message, help })
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
