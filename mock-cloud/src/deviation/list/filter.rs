//! Clause 4.1.6.1: `$filter`.

use super::super::way::{ANY, Act, Edit, Of, always};
use super::super::{Deviation, query};
use super::has;

/// The expressions of a query are others.
fn filters(text: &str, change: impl Fn(&str) -> String) -> String {
    query::with(text, "$filter", change)
}

fn is_text(side: &str) -> bool {
    side.starts_with(['\'', '"'])
}

fn is_number(side: &str) -> bool {
    !side.is_empty() && side.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit())
}

fn is_literal(side: &str) -> bool {
    is_text(side) || is_number(side) || side.starts_with(|first: char| first.is_ascii_digit())
}

/// An instant without its offset, in UTC for all that.
fn in_utc(side: &str) -> Option<String> {
    let (date, time) = side.split_once('T')?;
    let zone = time.rfind(['+', '-'])?;
    date.starts_with(|first: char| first.is_ascii_digit()).then(|| format!("{date}T{}Z", &time[..zone]))
}

pub(super) static LIST: &[Deviation] = &[
    deviation!(
        "filter-ignored",
        "$filter has no effect",
        ["4.1.6.1/filter-applied", "5.11.1/filter-advertised-and-supported"],
        [always(Act::Query(|text| query::without(text, &["$filter"])))],
    ),
    deviation!(
        "filter-strings-equal",
        "!= between strings means =",
        ["4.1.6.1/filter-string"],
        [always(Act::Query(|text| filters(text, |filter| query::comparisons(
            filter,
            |left, operator, right| {
                (operator == "!=" && (is_text(left) || is_text(right))).then(|| format!("{left}={right}"))
            }
        ))))],
    ),
    deviation!(
        "filter-bounds-included",
        "< and > include the integer itself",
        ["4.1.6.1/filter-integer", "4.1.6.1/filter-count"],
        [always(Act::Query(|text| filters(text, |filter| query::comparisons(
            filter,
            |left, operator, right| {
                let concerned = matches!(operator, "<" | ">") && (is_number(left) || is_number(right));
                concerned.then(|| format!("{left}{operator}={right}"))
            }
        ))))],
    ),
    deviation!(
        "filter-zone-ignored",
        "the zone of an instant in an expression is passed over",
        ["4.1.6.1/filter-date"],
        [always(Act::Query(|text| filters(text, |filter| query::comparisons(
            filter,
            |left, operator, right| {
                match (in_utc(left), in_utc(right)) {
                    (Some(left), _) => Some(format!("{left}{operator}{right}")),
                    (None, Some(right)) => Some(format!("{left}{operator}{right}")),
                    (None, None) => None,
                }
            }
        ))))],
    ),
    deviation!(
        "filter-truths-swapped",
        "true in an expression means false",
        ["4.1.6.1/filter-boolean"],
        [always(Act::Query(|text| filters(text, |filter| query::comparisons(
            filter,
            |left, operator, right| {
                match right {
                    "true" => Some(format!("{left}{operator}false")),
                    "false" => Some(format!("{left}{operator}true")),
                    _ => None,
                }
            }
        ))))],
    ),
    deviation!(
        "filter-and-or-alike",
        "\"and\" and \"or\" bind alike",
        ["4.1.6.1/filter-and-or"],
        [always(Act::Query(|text| filters(text, query::from_left)))],
    ),
    deviation!(
        "filter-value-first-swapped",
        "a comparison that names the value first keeps its operator when it is turned round",
        ["4.1.6.1/filter-value-first"],
        [always(Act::Query(|text| filters(text, |filter| query::comparisons(
            filter,
            |left, operator, right| {
                (is_literal(left) && !is_literal(right)).then(|| format!("{right}{operator}{left}"))
            }
        ))))],
    ),
    deviation!(
        "filter-property-ignored",
        "a comparison of a property holds for everything",
        ["4.1.6.1/filter-property"],
        [always(Act::Query(|text| filters(text, |filter| query::comparisons(filter, |left, _, _| {
            left.starts_with("property[").then(|| "name!='no such name'".to_owned())
        }))))],
    ),
    deviation!(
        "filter-decoded-twice",
        "an expression is decoded twice",
        ["4.1.6.1/filter-percent-encoding"],
        [always(Act::Query(|text| filters(text, query::decoded)))],
    ),
    deviation!(
        "filter-last-counts",
        "of several $filter only the last counts",
        ["4.1.6.1/filter-several-are-anded"],
        [always(Act::Query(|text| query::one(text, "$filter", true)))],
    ),
    deviation!(
        "count-before-filter",
        "with $filter, count is larger than the number of matches",
        ["4.1.6.1/filter-count"],
        [ANY.asks(|asked| has(asked, "$filter")).then(Act::Show(
            Of::Collections,
            Edit::With(|attributes| {
                if let Some(count) = attributes.integer("count").filter(|count| *count > 0) {
                    attributes.set("count", count + 2);
                }
            })
        ))],
    ),
    deviation!(
        "filter-type-ignored",
        "an operator that the type does not allow is taken for =",
        ["4.1.6.1/filter-operator-type"],
        [always(Act::Query(|text| filters(text, |filter| query::comparisons(
            filter,
            |left, operator, right| {
                let text = is_text(right) || matches!(right, "true" | "false");
                (text && !matches!(operator, "=" | "!=")).then(|| format!("{left}={right}"))
            }
        ))))],
    ),
    deviation!(
        "filter-malformed-ignored",
        "an expression that cannot be understood is passed over",
        ["4.1.6.1/filter-malformed"],
        [ANY.asks(|asked| has(asked, "$filter")).status(400, 400).then(Act::Forgive)],
    ),
    deviation!(
        "filter-unknown-refused",
        "comparing an attribute that there is not is a server error",
        ["4.1.6.1/filter-unknown-attribute", "http/no-server-error"],
        [ANY.asks(|asked| has(asked, "$filter") && super::unknown_in_filter(asked)).then(Act::Refuse(500))],
    ),
    deviation!(
        "filter-nothing-is-404",
        "when nothing matches, the answer is 404",
        ["4.1.6.1/filter-empty-result"],
        [ANY.asks(|asked| has(asked, "$filter"))
            .then(Act::Denied(404, |body| { body.contains("\"count\":0") || body.contains("<count>0<") }))],
    ),
];
