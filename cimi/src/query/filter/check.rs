//! The type rules of `$filter` (DSP0263 4.1.6.1): which operator goes with which type.
//!
//! An attribute that the type does not define is no error: it may be an extension of some other provider, and matches
//! nothing. Booleans have `=` and `!=`, which the text leaves open.

use crate::extension::Extensions;
use crate::model::{Schema, Type};
use crate::query::error::QueryError;

use super::{Comparison, Expr, Filter, Literal, Op, Places, PropertyTest};

impl Filter {
    /// Checks the filter against the type of a collection's members.
    ///
    /// # Errors
    /// At the attribute if its type cannot be compared at all, at the operator if the types of attribute and value do
    /// not have it, at the value if it is not of the attribute's type.
    pub fn check(&self, member: &Schema, extensions: &Extensions) -> Result<(), QueryError> {
        self.check_expr(&self.expr, member, extensions)
    }

    fn check_expr(&self, expr: &Expr, member: &Schema, extensions: &Extensions) -> Result<(), QueryError> {
        match expr {
            Expr::Or(terms) | Expr::And(terms) => {
                terms.iter().try_for_each(|term| self.check_expr(term, member, extensions))
            }
            Expr::Compare(comparison) => self.check_comparison(comparison, member, extensions),
            Expr::Property(PropertyTest { op, at, .. }) => self.check_operator(*op, *at, Kind::String),
        }
    }

    fn check_comparison(
        &self,
        comparison: &Comparison,
        member: &Schema,
        extensions: &Extensions,
    ) -> Result<(), QueryError> {
        let Comparison { attribute: name, op, value, at } = comparison;
        let given = Kind::of_literal(value);
        if let Some(declared) = extensions.declaration(member, name) {
            match Kind::of_type(&declared.ty) {
                Comparable::As(kind) if kind != given => {
                    let message =
                        format!("{name} is {}: expected {}, found `{value}`", kind.name(), kind.notation());
                    return Err(self.error(at.value, message));
                }
                Comparable::As(_) | Comparable::AsAny => {}
                Comparable::Never => {
                    let ty = declared.ty.name();
                    let message = format!("{name} is of type {ty}, which cannot be compared with a value");
                    return Err(self.error(at.attribute, message));
                }
            }
        }
        self.check_operator(*op, *at, given)
    }

    fn check_operator(&self, op: Op, at: Places, kind: Kind) -> Result<(), QueryError> {
        if op.orders() && !kind.is_ordered() {
            let written = if at.value < at.attribute { op.mirrored() } else { op };
            let message = format!("expected = or != with {}, found {written}", kind.name());
            return Err(self.error(at.op, message));
        }
        Ok(())
    }
}

/// The kinds of values that a filter can compare.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    DateTime,
    String,
    Boolean,
}

/// As what an attribute can be compared.
enum Comparable {
    As(Kind),
    AsAny,
    Never,
}

impl Kind {
    fn of_literal(literal: &Literal) -> Self {
        match literal {
            Literal::Integer(_) => Self::Integer,
            Literal::DateTime(_) => Self::DateTime,
            Literal::String(_) => Self::String,
            Literal::Boolean(_) => Self::Boolean,
        }
    }

    fn of_type(ty: &Type) -> Comparable {
        match ty {
            Type::Integer => Comparable::As(Self::Integer),
            Type::DateTime => Comparable::As(Self::DateTime),
            Type::String | Type::Uri => Comparable::As(Self::String),
            Type::Boolean => Comparable::As(Self::Boolean),
            Type::Any => Comparable::AsAny,
            // The grammar has no notation for a duration or for bytes; the others are no simple values.
            Type::Duration
            | Type::Bytes
            | Type::ValueScope
            | Type::Map(_)
            | Type::Ref(_)
            | Type::Collection(_)
            | Type::Structure(_)
            | Type::Array(_)
            | Type::Members(_) => Comparable::Never,
        }
    }

    fn is_ordered(self) -> bool {
        matches!(self, Self::Integer | Self::DateTime)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Integer => "an integer",
            Self::DateTime => "a dateTime",
            Self::String => "a text",
            Self::Boolean => "a boolean",
        }
    }

    fn notation(self) -> &'static str {
        match self {
            Self::Integer => "a number without quotes",
            Self::DateTime => "a dateTime without quotes, such as 2012-05-25T13:30:15Z",
            Self::String => "a text in quotes",
            Self::Boolean => "true or false",
        }
    }
}
