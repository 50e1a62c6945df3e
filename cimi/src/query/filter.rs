//! `$filter` (DSP0263 4.1.6.1): which members of a collection are asked for.
//!
//! Owns the tree of a filter and its canonical text. Reading it is `parser`'s, its type rules are `check`'s, its
//! meaning is `eval`'s; the grammar is in `filter/filter.ebnf`. A provider with a store walks the same tree.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::data::DateTime;
use crate::limits::Limits;
use crate::query::error::QueryError;

mod check;
mod cursor;
mod eval;
mod parser;
#[cfg(test)]
mod tests;

pub(super) const PARAMETER: &str = "$filter";

/// A parsed filter. Equality looks at the meaning as written, not at blanks, quotes, sides or positions.
#[derive(Clone, Debug)]
pub struct Filter {
    expr: Expr,
    text: Arc<str>,
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Satisfied if any of the terms is.
    Or(Terms),
    /// Satisfied if all of the terms are.
    And(Terms),
    /// An attribute against a value.
    Compare(Comparison),
    /// A property against a text.
    Property(PropertyTest),
}

/// The terms of a conjunction or disjunction: always two or more.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms(Vec<Expr>);

/// `cpu>=2`; a value on the left (`2<=cpu`) has been turned round.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    attribute: String,
    op: Op,
    value: Literal,
    at: Places,
}

/// `property['colour']='red'`.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyTest {
    key: String,
    op: Op,
    value: String,
    at: Places,
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `=`
    Equal,
    /// `>=`
    GreaterOrEqual,
    /// `>`
    Greater,
    /// `!=`
    NotEqual,
}

/// A value written in a filter. There is no way to write a duration.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `-5`
    Integer(i64),
    /// `2012-05-25T13:30:15-05:00`; a date alone has become its first instant.
    DateTime(DateTime),
    /// `'text'`; never holds both kinds of quotes, for which there is no notation.
    String(String),
    /// `true`
    Boolean(bool),
}

/// Where the parts of a comparison stand, as byte offsets. All places are equal: they do not change what is meant.
#[derive(Clone, Copy, Debug)]
struct Places {
    attribute: usize,
    op: usize,
    value: usize,
}

impl Filter {
    /// Parses a filter, already percent-decoded.
    ///
    /// # Errors
    /// With the column, if it is not of the grammar, nests deeper than `limits.depth` or is longer than
    /// `limits.string_bytes`.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, QueryError> {
        Ok(Self { expr: parser::parse(text, limits)?, text: text.into() })
    }

    /// Its expression.
    pub fn expr(&self) -> &Expr {
        &self.expr
    }

    /// The text it was parsed from. [`fmt::Display`] writes its canonical text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same, asking for attributes by other names where `name` gives one for a comparison. Its text stays.
    #[must_use]
    pub fn renamed(mut self, name: &dyn Fn(&Comparison) -> Option<&'static str>) -> Self {
        self.expr.rename(name);
        self
    }

    fn error(&self, offset: usize, message: String) -> QueryError {
        QueryError::at(PARAMETER, &self.text, offset, message)
    }
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.expr == other.expr
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

impl Expr {
    fn rename(&mut self, name: &dyn Fn(&Comparison) -> Option<&'static str>) {
        match self {
            Self::Or(terms) | Self::And(terms) => terms.0.iter_mut().for_each(|term| term.rename(name)),
            Self::Compare(comparison) => {
                if let Some(name) = name(comparison) {
                    name.clone_into(&mut comparison.attribute);
                }
            }
            Self::Property(_) => {}
        }
    }
}

impl Terms {
    /// The terms in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Expr> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Terms {
    type Item = &'a Expr;
    type IntoIter = std::slice::Iter<'a, Expr>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Comparison {
    /// The name of the attribute.
    pub fn attribute(&self) -> &str {
        &self.attribute
    }

    /// The operator, the attribute being on its left.
    pub fn op(&self) -> Op {
        self.op
    }

    /// The value.
    pub fn value(&self) -> &Literal {
        &self.value
    }
}

impl PropertyTest {
    /// The key of the property.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The operator: `=` or `!=` once the filter is checked.
    pub fn op(&self) -> Op {
        self.op
    }

    /// The text that its value is compared with.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl Op {
    /// Its text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Equal => "=",
            Self::GreaterOrEqual => ">=",
            Self::Greater => ">",
            Self::NotEqual => "!=",
        }
    }

    /// The operator that means the same with the sides exchanged.
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::GreaterOrEqual => Self::LessOrEqual,
            Self::Greater => Self::Less,
            Self::Equal | Self::NotEqual => self,
        }
    }

    /// Whether it asks for an order, not only for equality.
    pub const fn orders(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }

    /// Whether it holds if the left side compares so to the right side.
    pub const fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Equal => ordering.is_eq(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Greater => ordering.is_gt(),
            Self::NotEqual => ordering.is_ne(),
        }
    }
}

impl PartialEq for Places {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(terms) => join(f, terms, " or ", |term| matches!(term, Self::Or(_))),
            Self::And(terms) => join(f, terms, " and ", |term| matches!(term, Self::Or(_) | Self::And(_))),
            Self::Compare(Comparison { attribute, op, value, .. }) => write!(f, "{attribute}{op}{value}"),
            Self::Property(PropertyTest { key, op, value, .. }) => {
                f.write_str("property[")?;
                quote(f, key)?;
                write!(f, "]{op}")?;
                quote(f, value)
            }
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => write!(f, "{number}"),
            Self::DateTime(time) => f.write_str(time.as_str()),
            Self::String(text) => quote(f, text),
            Self::Boolean(truth) => write!(f, "{truth}"),
        }
    }
}

fn join(
    f: &mut fmt::Formatter<'_>,
    terms: &Terms,
    keyword: &str,
    needs_parentheses: impl Fn(&Expr) -> bool,
) -> fmt::Result {
    for (at, term) in terms.iter().enumerate() {
        if at > 0 {
            f.write_str(keyword)?;
        }
        if needs_parentheses(term) {
            write!(f, "({term})")?;
        } else {
            write!(f, "{term}")?;
        }
    }
    Ok(())
}

fn quote(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let mark = if text.contains('\'') { '"' } else { '\'' };
    write!(f, "{mark}{text}{mark}")
}
