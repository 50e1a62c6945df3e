//! What a filter means (DSP0263 4.1.6.1), for members that can be asked for their attributes.
//!
//! A comparison looks at a value that is there: with an absent or empty attribute nothing is satisfied, not even `!=`.
//! Neither is it with a value of another type than the one that it is compared with.

use std::cmp::Ordering;

use crate::data::Decimal;
use crate::query::lookup::{Lookup, Simple};

use super::{Comparison, Expr, Filter, Literal, Op, PropertyTest};

impl Filter {
    /// Whether a resource satisfies the filter. It is asked for no more attributes than it takes to know.
    pub fn matches(&self, member: &impl Lookup) -> bool {
        self.expr.matches(member)
    }

    /// The text that an attribute of everything which satisfies the filter has, if the filter says so: for providers that
    /// can find members by it.
    pub fn required(&self, attribute: &str) -> Option<&str> {
        self.expr.required(attribute)
    }
}

impl Expr {
    fn matches(&self, member: &impl Lookup) -> bool {
        match self {
            Self::Or(terms) => terms.iter().any(|term| term.matches(member)),
            Self::And(terms) => terms.iter().all(|term| term.matches(member)),
            Self::Compare(comparison) => comparison.matches(member),
            Self::Property(test) => test.matches(member),
        }
    }

    fn required(&self, attribute: &str) -> Option<&str> {
        match self {
            Self::And(terms) => terms.iter().find_map(|term| term.required(attribute)),
            Self::Compare(Comparison {
                attribute: name,
                op: Op::Equal,
                value: Literal::String(text),
                ..
            }) if name == attribute => Some(text),
            _ => None,
        }
    }
}

impl Comparison {
    fn matches(&self, member: &impl Lookup) -> bool {
        let Some(found) = member.simple(&self.attribute) else { return false };
        match (found, &self.value) {
            (Simple::Integer(found), Literal::Integer(wanted)) => self.op.holds(found.cmp(wanted)),
            (Simple::Decimal(found), Literal::Integer(wanted)) => {
                self.op.holds((*found).cmp(&Decimal::from(*wanted)))
            }
            (Simple::DateTime(found), Literal::DateTime(wanted)) => self.op.holds((*found).cmp(wanted)),
            (Simple::Text(found), Literal::String(wanted)) => equal(self.op, *found == **wanted),
            (Simple::Boolean(found), Literal::Boolean(wanted)) => equal(self.op, found == *wanted),
            _ => false,
        }
    }
}

impl PropertyTest {
    /// Any property of that key and value will do.
    fn matches(&self, member: &impl Lookup) -> bool {
        member.property(&self.key).is_some_and(|found| equal(self.op, *found == *self.value))
    }
}

/// Whether an operator holds for values that have no order.
fn equal(op: Op, equal: bool) -> bool {
    !op.orders() && op.holds(if equal { Ordering::Equal } else { Ordering::Less })
}
