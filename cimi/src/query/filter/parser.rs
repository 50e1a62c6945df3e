//! The parser of `filter.ebnf`: linear in the text, without recursion, one parameter at a time.
//!
//! Each `$filter` is parsed on its own, so that its parentheses balance within it: what is joined afterwards are trees,
//! and no text such as `a=1) or (b=2` can reach across.

use crate::limits::Limits;
use crate::query::error::QueryError;

use super::cursor::Cursor;
use super::{Comparison, Expr, Literal, Op, Places, PropertyTest, Terms};

const TERM: &str = "an attribute, a value, property['key'] or (";
const VALUE: &str = "a value (a number, a dateTime, a text in quotes, true or false)";

/// Parses one filter.
pub(super) fn parse(text: &str, limits: &Limits) -> Result<Expr, QueryError> {
    parse_with(&mut Cursor::new(text), text.len(), limits)
}

/// Parses what is before a cursor, which counts the work.
pub(super) fn parse_with(
    cursor: &mut Cursor<'_>,
    length: usize,
    limits: &Limits,
) -> Result<Expr, QueryError> {
    if length > limits.string_bytes {
        let message = format!("the text is longer than {} bytes", limits.string_bytes);
        return Err(cursor.error(limits.string_bytes, message));
    }
    let mut level = Level::default();
    let mut outer = Vec::new();
    loop {
        open(cursor, &mut level, &mut outer, limits)?;
        let mut term = comparison(cursor)?;
        // Behind a term: close as many parentheses as there are, then a keyword or the end.
        loop {
            level.and.push(term);
            cursor.skip_blanks();
            if cursor.eat("and") {
                break;
            }
            if cursor.eat("or") {
                level.end_and();
                break;
            }
            let Some(enclosing) = outer.pop() else {
                let at_end = cursor.peek().is_none();
                return if at_end { Ok(level.finish()) } else { Err(cursor.expected("and, or, or the end")) };
            };
            if !cursor.eat(")") {
                let column = cursor.column(level.open);
                return Err(cursor.expected(&format!("and, or, or the ) of the ( at column {column}")));
            }
            term = std::mem::replace(&mut level, enclosing).finish();
        }
    }
}

/// What has been read inside one pair of parentheses.
#[derive(Default)]
struct Level {
    /// Where its parenthesis stands.
    open: usize,
    or: Vec<Expr>,
    and: Vec<Expr>,
}

impl Level {
    fn end_and(&mut self) {
        let terms = std::mem::take(&mut self.and);
        self.or.push(one_or(terms, Expr::And));
    }

    fn finish(mut self) -> Expr {
        self.end_and();
        one_or(self.or, Expr::Or)
    }
}

fn one_or(mut terms: Vec<Expr>, several: impl Fn(Terms) -> Expr) -> Expr {
    match terms.pop() {
        Some(only) if terms.is_empty() => only,
        last => {
            terms.extend(last);
            several(Terms(terms))
        }
    }
}

/// Reads the parentheses that open before a term.
fn open(
    cursor: &mut Cursor<'_>,
    level: &mut Level,
    outer: &mut Vec<Level>,
    limits: &Limits,
) -> Result<(), QueryError> {
    loop {
        cursor.skip_blanks();
        let open = cursor.at();
        if !cursor.eat("(") {
            return Ok(());
        }
        if outer.len() == limits.depth {
            let message = format!("parentheses nest deeper than {} levels", limits.depth);
            return Err(cursor.error(open, message));
        }
        outer.push(std::mem::replace(level, Level { open, ..Level::default() }));
    }
}

/// One side of a comparison.
enum Side<'a> {
    Word(&'a str),
    Value(Literal),
    Property(String),
}

fn comparison(cursor: &mut Cursor<'_>) -> Result<Expr, QueryError> {
    let left_at = cursor.at();
    let left = side(cursor, TERM)?;
    cursor.skip_blanks();
    let op_at = cursor.at();
    let Some(op) = cursor.operator() else {
        let hint =
            if cursor.peek() == Some('/') { ": only top-level attributes can be compared" } else { "" };
        return Err(cursor.expected(&format!("an operator (= != < <= > >=){hint}")));
    };
    cursor.skip_blanks();
    let right_at = cursor.at();
    let natural = Places { attribute: left_at, op: op_at, value: right_at };
    let turned = Places { attribute: right_at, op: op_at, value: left_at };
    match left {
        Side::Property(key) => {
            let value = cursor.quoted()?;
            Ok(Expr::Property(PropertyTest { key, op, value, at: natural }))
        }
        Side::Word(name) => match (boolean(name), value_or_word(cursor, name)?) {
            (_, Side::Value(value)) => Ok(compare(name, op, value, natural)),
            (Some(truth), Side::Word(attribute)) => {
                Ok(compare(attribute, op.mirrored(), Literal::Boolean(truth), turned))
            }
            _ => Err(cursor.error(right_at, format!("expected {VALUE}"))),
        },
        Side::Value(value) => match side(cursor, "the name of an attribute")? {
            Side::Word(attribute) => Ok(compare(attribute, op.mirrored(), value, turned)),
            Side::Value(_) => {
                let message = "expected the name of an attribute: there is a value on the other side already";
                Err(cursor.error(right_at, message))
            }
            Side::Property(_) => {
                Err(cursor.error(right_at, "a property stands on the left: property['key']='value'"))
            }
        },
    }
}

/// What stands on the right of the word `left`.
fn value_or_word<'a>(cursor: &mut Cursor<'a>, left: &str) -> Result<Side<'a>, QueryError> {
    if boolean(left).is_some() {
        return Ok(match side(cursor, VALUE)? {
            Side::Word(word) => {
                boolean(word).map_or(Side::Word(word), |truth| Side::Value(Literal::Boolean(truth)))
            }
            other => other,
        });
    }
    if cursor.eat("true") {
        return Ok(Side::Value(Literal::Boolean(true)));
    }
    if cursor.eat("false") {
        return Ok(Side::Value(Literal::Boolean(false)));
    }
    match cursor.peek() {
        Some(c) if c.is_ascii_alphabetic() || c == '_' => Err(cursor.expected(VALUE)),
        _ => side(cursor, VALUE),
    }
}

/// Reads one side of a comparison.
fn side<'a>(cursor: &mut Cursor<'a>, expected: &str) -> Result<Side<'a>, QueryError> {
    match cursor.peek() {
        Some('\'' | '"') => cursor.quoted().map(|text| Side::Value(Literal::String(text))),
        Some(c) if c.is_ascii_digit() || c == '-' => cursor.number_or_time().map(Side::Value),
        _ => match cursor.word() {
            "" => Err(cursor.expected(expected)),
            "property" => {
                cursor.skip_blanks();
                if !cursor.eat("[") {
                    return Ok(Side::Word("property"));
                }
                cursor.skip_blanks();
                let key = cursor.quoted()?;
                cursor.skip_blanks();
                if cursor.eat("]") { Ok(Side::Property(key)) } else { Err(cursor.expected("]")) }
            }
            word => Ok(Side::Word(word)),
        },
    }
}

fn boolean(word: &str) -> Option<bool> {
    match word {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn compare(attribute: &str, op: Op, value: Literal, at: Places) -> Expr {
    Expr::Compare(Comparison { attribute: attribute.to_owned(), op, value, at })
}
