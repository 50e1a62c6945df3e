//! What a filter means (DSP0263 4.1.6.1), for attributes in memory.
//!
//! A comparison looks at a value that is there: with an absent or empty attribute nothing is satisfied, not even `!=`.
//! Neither is it with a value of another type than the one that it is compared with.

use std::cmp::Ordering;

use crate::data::Decimal;
use crate::value::{Attributes, Value};

use super::{Comparison, Expr, Filter, Literal, Op, PropertyTest};

impl Filter {
    /// Whether a resource with these attributes satisfies the filter.
    pub fn matches(&self, attributes: &Attributes) -> bool {
        self.expr.matches(attributes)
    }
}

impl Expr {
    fn matches(&self, attributes: &Attributes) -> bool {
        match self {
            Self::Or(terms) => terms.iter().any(|term| term.matches(attributes)),
            Self::And(terms) => terms.iter().all(|term| term.matches(attributes)),
            Self::Compare(comparison) => comparison.matches(attributes),
            Self::Property(test) => test.matches(attributes),
        }
    }
}

impl Comparison {
    fn matches(&self, attributes: &Attributes) -> bool {
        let Some(found) = attributes.get(&self.attribute).filter(|value| !value.is_empty()) else {
            return false;
        };
        match (found, &self.value) {
            (Value::Integer(found), Literal::Integer(wanted)) => self.op.holds(found.cmp(wanted)),
            (Value::Decimal(found), Literal::Integer(wanted)) => {
                self.op.holds(found.cmp(&Decimal::from(*wanted)))
            }
            (Value::DateTime(found), Literal::DateTime(wanted)) => self.op.holds(found.cmp(wanted)),
            (Value::String(found), Literal::String(wanted)) => equal(self.op, found == wanted),
            (Value::Boolean(found), Literal::Boolean(wanted)) => equal(self.op, found == wanted),
            _ => false,
        }
    }
}

impl PropertyTest {
    /// Any property of that key and value will do.
    fn matches(&self, attributes: &Attributes) -> bool {
        attributes.map("properties").is_some_and(|properties| {
            properties.get(&self.key).is_some_and(|found| equal(self.op, *found == self.value))
        })
    }
}

/// Whether an operator holds for values that have no order.
fn equal(op: Op, equal: bool) -> bool {
    !op.orders() && op.holds(if equal { Ordering::Equal } else { Ordering::Less })
}
