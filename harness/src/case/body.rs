//! Values in neutral words: bodies of requests and operands of expectations.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::source::{Faults, Field};

use super::parse::Context;
use super::template::Template;

/// Bodies nest no deeper.
const MAX_DEPTH: usize = 24;

/// A value that belongs to no format.
#[derive(Debug, Clone)]
pub enum Neutral {
    /// Text, possibly with values in it; a lone `${...}` keeps the type of its value.
    Text(Template),
    /// A number, with its digits as written.
    Number(String),
    /// true or false.
    Boolean(bool),
    /// A list.
    List(Vec<Neutral>),
    /// Names and values, in the order written.
    Record(Vec<(String, Neutral)>),
    /// What becomes of lists taken as sets.
    Sets(SetOperation, Vec<Neutral>),
}

/// What becomes of lists taken as sets; the order is that of the first list that has a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperation {
    /// What any of them has.
    Union,
    /// What all of them have.
    Intersection,
    /// What the first of them has and no other.
    Difference,
}

impl SetOperation {
    /// All, by the key that a record of nothing else names them with.
    pub const ALL: [(&'static str, Self); 3] =
        [("@union", Self::Union), ("@intersection", Self::Intersection), ("@difference", Self::Difference)];
}

impl Neutral {
    /// Reads any TOML value; dates are refused, for the protocol's dates are text.
    pub(super) fn read(
        value: &Spanned<DeValue<'_>>,
        context: &Context<'_>,
        faults: &mut Faults,
    ) -> Option<Self> {
        Self::read_at(value, context, faults, 0)
    }

    fn read_at(
        value: &Spanned<DeValue<'_>>,
        context: &Context<'_>,
        faults: &mut Faults,
        depth: usize,
    ) -> Option<Self> {
        if depth > MAX_DEPTH {
            faults.add(value.span(), "nested too deeply", Some(format!("at most {MAX_DEPTH} levels")));
            return None;
        }
        Some(match value.get_ref() {
            DeValue::String(text) => {
                let field = Field { value: text.clone().into_owned(), span: value.span() };
                Self::Text(context.template(&field, faults))
            }
            DeValue::Integer(n) => Self::Number(n.as_str().to_owned()),
            DeValue::Float(n) => Self::Number(n.as_str().to_owned()),
            DeValue::Boolean(b) => Self::Boolean(*b),
            DeValue::Datetime(_) => {
                faults.add(
                    value.span(),
                    "a bare date",
                    Some("a string: \"2012-05-25T13:30:15-05:00\"".to_owned()),
                );
                return None;
            }
            DeValue::Array(items) => Self::List(
                items.iter().filter_map(|item| Self::read_at(item, context, faults, depth + 1)).collect(),
            ),
            DeValue::Table(table) => {
                if let Some(sets) = Self::sets(table, context, faults, depth) {
                    return Some(sets);
                }
                let mut entries: Vec<_> = table.iter().collect();
                entries.sort_by_key(|(key, _)| key.span().start);
                let read = entries.into_iter().filter_map(|(key, value)| {
                    let value = Self::read_at(value, context, faults, depth + 1)?;
                    Some((key.get_ref().clone().into_owned(), value))
                });
                Self::Record(read.collect())
            }
        })
    }

    /// The operation on sets that a table of one key names.
    fn sets(table: &DeTable<'_>, context: &Context<'_>, faults: &mut Faults, depth: usize) -> Option<Self> {
        let (key, value) = table.iter().next().filter(|_| table.len() == 1)?;
        let name = key.get_ref().as_ref();
        let (_, operation) = SetOperation::ALL.into_iter().find(|(known, _)| *known == name)?;
        let DeValue::Array(items) = value.get_ref() else {
            crate::source::wrong_type(value, name, "a list of lists", faults);
            return None;
        };
        let lists = items.iter().filter_map(|item| Self::read_at(item, context, faults, depth + 1));
        Some(Self::Sets(operation, lists.collect()))
    }
}
