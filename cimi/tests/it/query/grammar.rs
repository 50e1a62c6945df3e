//! The parser against a slow reading of the grammar: recursive, trying every place where a text may be split.

use std::collections::BTreeSet;

use cimi::Limits;
use cimi::query::Filter;
use cimi::query::filter::{Expr, Literal, Op};
use proptest::prelude::*;

use super::LIMITS;

/// A tree in which grouping that does not matter is gone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tree {
    Or(Vec<Tree>),
    And(Vec<Tree>),
    Leaf(String),
}

fn several(make: fn(Vec<Tree>) -> Tree, left: Tree, right: Tree) -> Tree {
    let is_or = matches!(make(Vec::new()), Tree::Or(_));
    let mut terms = Vec::new();
    for side in [left, right] {
        match side {
            Tree::Or(more) if is_or => terms.extend(more),
            Tree::And(more) if !is_or => terms.extend(more),
            other => terms.push(other),
        }
    }
    make(terms)
}

/// Every tree that a beginning of the text can be read as, with the rest of the text.
type Readings<'a> = Vec<(Tree, &'a str)>;

fn filter(text: &str) -> Readings<'_> {
    chain(text, conjunction, "or", filter, Tree::Or)
}

fn conjunction(text: &str) -> Readings<'_> {
    chain(text, term, "and", conjunction, Tree::And)
}

/// `first ( keyword next )*` as the text has it, ambiguous as it is: `next` takes as much or as little as it can.
fn chain<'a>(
    text: &'a str,
    first: fn(&'a str) -> Readings<'a>,
    keyword: &str,
    next: fn(&'a str) -> Readings<'a>,
    make: fn(Vec<Tree>) -> Tree,
) -> Readings<'a> {
    let mut readings = first(text);
    let mut done = 0;
    while done < readings.len() {
        let (left, rest) = readings[done].clone();
        done += 1;
        if let Some(rest) = blanks(rest).strip_prefix(keyword) {
            let more = next(rest).into_iter();
            readings.extend(more.map(|(right, rest)| (several(make, left.clone(), right), rest)));
            readings.sort();
            readings.dedup();
            done = readings
                .iter()
                .position(|reading| *reading == (left.clone(), rest))
                .map_or(done, |at| at + 1);
        }
    }
    readings
}

fn term(text: &str) -> Readings<'_> {
    let text = blanks(text);
    let mut readings: Readings<'_> = comparison(text).into_iter().collect();
    if let Some(inner) = text.strip_prefix('(') {
        let closed = filter(inner).into_iter();
        readings.extend(closed.filter_map(|(tree, rest)| Some((tree, blanks(rest).strip_prefix(')')?))));
    }
    readings
}

fn comparison(text: &str) -> Option<(Tree, &str)> {
    let leaf = |name: &str, op: &str, value: &str| Tree::Leaf(format!("{name}{op}{value}"));
    let (left, rest) = word(text);
    let boolean = |word: &str| matches!(word, "true" | "false");
    if !left.is_empty() {
        let (op, rest) = operator(rest)?;
        let (right, behind) = word(rest);
        let constant = ["true", "false"].into_iter().find(|constant| rest.starts_with(constant));
        return match (boolean(left), constant) {
            // A boolean or a name against a value that is no word.
            _ if right.is_empty() => value(rest).map(|(value, rest)| (leaf(left, op, value), rest)),
            (true, _) if boolean(right) => Some((leaf(left, op, right), behind)),
            (true, _) => Some((leaf(right, mirror(op), left), behind)),
            (false, constant) => constant.map(|value| (leaf(left, op, value), &rest[value.len()..])),
        };
    }
    let (left, rest) = value(text)?;
    let (op, rest) = operator(rest)?;
    let (right, rest) = word(rest);
    (!right.is_empty()).then(|| (leaf(right, mirror(op), left), rest))
}

fn operator(text: &str) -> Option<(&'static str, &str)> {
    let text = blanks(text);
    let op = ["<=", "<", ">=", ">", "!=", "="].into_iter().find(|op| text.starts_with(op))?;
    Some((op, blanks(&text[op.len()..])))
}

fn mirror(op: &str) -> &str {
    match op {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        same => same,
    }
}

/// A name, as long as it can be, or nothing.
fn word(text: &str) -> (&str, &str) {
    let length = if text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len())
    } else {
        0
    };
    text.split_at(length)
}

/// A number or a text in single quotes.
fn value(text: &str) -> Option<(&str, &str)> {
    let length = match text.strip_prefix('\'') {
        Some(inside) => inside.find('\'')? + 2,
        None => text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()),
    };
    (length > 0).then(|| text.split_at(length))
}

fn blanks(text: &str) -> &str {
    text.trim_start_matches(' ')
}

/// The parser's tree, without grouping that does not matter.
fn flat(expr: &Expr) -> Tree {
    let fold = |make: fn(Vec<Tree>) -> Tree, terms: &cimi::query::filter::Terms| {
        terms.iter().map(flat).reduce(|left, right| several(make, left, right)).unwrap()
    };
    match expr {
        Expr::Or(terms) => fold(Tree::Or, terms),
        Expr::And(terms) => fold(Tree::And, terms),
        leaf => Tree::Leaf(leaf.to_string()),
    }
}

fn check(text: &str) {
    let wanted: BTreeSet<Tree> =
        filter(text).into_iter().filter(|(_, rest)| blanks(rest).is_empty()).map(|(tree, _)| tree).collect();
    match Filter::parse(text, &LIMITS) {
        Ok(found) => assert!(wanted.contains(&flat(found.expr())), "{text:?} as {found}, not {wanted:?}"),
        Err(error) => assert!(wanted.is_empty(), "{text:?}: {error}, but {wanted:?}"),
    }
}

/// Every text of up to five of these.
#[test]
fn small_texts_are_read_as_the_grammar_says() {
    const TOKENS: [&str; 11] = ["a", "1", "'x'", "true", "and", "or", "(", ")", "=", "<", " "];
    let mut accepted = 0;
    for length in 0..=5_u32 {
        for mut number in 0..TOKENS.len().pow(length) {
            let mut text = String::new();
            for _ in 0..length {
                text.push_str(TOKENS[number % TOKENS.len()]);
                number /= TOKENS.len();
            }
            check(&text);
            accepted += u32::from(Filter::parse(&text, &LIMITS).is_ok());
        }
    }
    assert!(accepted > 1000, "only {accepted} texts were filters");
}

proptest! {
    /// Longer texts, most of them nearly filters.
    #[test]
    fn texts_are_read_as_the_grammar_says(parts in prop::collection::vec(
        prop::sample::select(vec![
            "a=1", "a=1", "b<'x'", "2<=or", "and=true", "true=b", "'y'!=c", "and", "and", "or", "or", "(", ")", " ", "a", "=", "1",
        ]),
        0..12,
    )) {
        check(&parts.concat());
    }

    /// Whatever the text: no panic, and the error points into it.
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,40}|[a-c=<>!'\"()\\[\\] 0-9T:.Zandortruefalsproperty-]{0,60}") {
        match Filter::parse(&text, &LIMITS) {
            Ok(filter) => {
                let canonical = filter.to_string();
                let again = Filter::parse(&canonical, &LIMITS).unwrap();
                prop_assert_eq!(again.to_string(), canonical);
                prop_assert_eq!(again, filter);
            }
            Err(error) => prop_assert!((1..=text.chars().count() + 1).contains(&error.column)),
        }
    }
}

#[test]
fn terms_are_kept_in_order() {
    let text: Vec<String> = (0..10_000).map(|number| format!("cpu={number}")).collect();
    let limits = Limits { string_bytes: 1 << 20, ..LIMITS };
    let filter = Filter::parse(&text.join(" or "), &limits).unwrap();
    let Expr::Or(terms) = filter.expr() else { panic!("{filter}") };
    for (number, term) in (0..).zip(terms) {
        let Expr::Compare(comparison) = term else { panic!("{term}") };
        assert_eq!(
            (comparison.attribute(), comparison.op(), comparison.value()),
            ("cpu", Op::Equal, &Literal::Integer(number))
        );
    }
    assert_eq!(terms.iter().len(), 10_000);
}
