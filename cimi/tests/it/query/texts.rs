//! What is of the filter language and what is not: the tables, and the text of every refusal.

use std::fmt::Write as _;

use cimi::extension::Extensions;
use cimi::limits::Limits;
use cimi::query::{Filter, Query, QueryError};
use serde::Deserialize;

use super::{LIMITS, machine, table};

#[derive(Deserialize)]
struct Table<T> {
    filter: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Accepted {
    text: String,
    canonical: String,
    #[serde(default = "yes")]
    checked: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    text: String,
    column: usize,
}

fn check(text: &str) -> Result<Filter, QueryError> {
    let filter = Filter::parse(text, &LIMITS)?;
    filter.check(machine(), &Extensions::NONE)?;
    Ok(filter)
}

#[test]
fn accepted_filters_are_read_as_the_table_says() {
    for Accepted { text, canonical, checked } in table::<Table<Accepted>>("accepted.toml").filter {
        let filter = Filter::parse(&text, &LIMITS).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(filter.to_string(), canonical, "{text}");
        let again = Filter::parse(&canonical, &LIMITS).unwrap_or_else(|error| panic!("{canonical}: {error}"));
        assert_eq!((&again, again.to_string()), (&filter, canonical), "{text}");
        assert_eq!(check(&text).is_ok(), checked, "{text}");
    }
}

#[test]
fn refused_filters_are_refused_where_the_table_says() {
    let mut shown = String::new();
    for Refused { text, column } in table::<Table<Refused>>("refused.toml").filter {
        let error = check(&text).expect_err(&text);
        assert_eq!((error.column, error.parameter, &error.text), (column, "$filter", &text), "{error}");
        show(&mut shown, &error);
    }
    insta::assert_snapshot!("refused_filters", shown);
}

#[test]
fn refused_parameters_say_where() {
    let mut shown = String::new();
    let longer = "cpu=1 or ".repeat(40_000);
    let filters = [
        format!("$filter={}cpu=1", "(".repeat(33)),
        format!("$filter={longer}cpu=1"),
        "$filter=name='100%'".to_owned(),
        "$filter=name='%fc'".to_owned(),
        "$filter=name='a&b'".to_owned(),
        "$filter".to_owned(),
    ];
    let others = [
        "$first=abc",
        "$first=",
        "$last=1.5",
        "$last=-",
        "$first=1&$first=x",
        "$orderby=",
        "$orderby=name,,cpu",
        "$orderby=name:DESC",
        "$orderby=name, cpu:down",
        "$orderby=disks/name",
        "$orderby=1st",
        "$select=%f",
    ];
    for raw in filters.iter().map(String::as_str).chain(others) {
        let mut error = Query::parse(raw, &LIMITS).expect_err(raw);
        error.text.truncate(50);
        show(&mut shown, &error);
    }
    for raw in
        ["$orderby=cpu,id", "$orderby=disks", "$orderby=properties:desc", "$orderby=name&$orderby=cpu,parent"]
    {
        let query = Query::parse(raw, &LIMITS).unwrap();
        show(&mut shown, &query.check(machine(), &Extensions::NONE).expect_err(raw));
    }
    insta::assert_snapshot!("refused_parameters", shown);
}

#[test]
fn parentheses_nest_up_to_the_limit() {
    let nested = |depth: usize| format!("{}cpu=1{}", "(".repeat(depth), ")".repeat(depth));
    assert!(check(&nested(LIMITS.depth)).is_ok());
    assert_eq!(check(&nested(LIMITS.depth + 1)).unwrap_err().column, LIMITS.depth + 1);
    let side_by_side = vec!["((cpu=1))"; 10_000].join("or");
    assert!(check(&side_by_side).is_ok());
    let tight = Limits { depth: 0, ..LIMITS };
    assert!(Filter::parse("cpu=1", &tight).is_ok() && Filter::parse("(cpu=1)", &tight).is_err());
}

/// The text with a mark under the place, and the message.
fn show(shown: &mut String, error: &QueryError) {
    let mark = format!("{:>column$}", "^", column = error.column.min(60));
    writeln!(
        shown,
        "{} {}\n{:width$} {mark}",
        error.parameter,
        error.text,
        "",
        width = error.parameter.len()
    )
    .and_then(|()| writeln!(shown, "{error}\n"))
    .unwrap();
}
