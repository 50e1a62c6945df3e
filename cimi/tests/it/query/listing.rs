//! Order and range: `$orderby`, `$first`, `$last` (DSP0263 4.1.6.2, 4.1.6.6), by example and by law.

use std::cmp::Ordering;

use cimi::extension::Extensions;
use cimi::query::{Page, Query, apply};
use cimi::{Attributes, Value};
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::{LIMITS, machine};

fn list(raw: &str, members: &[Attributes]) -> Page<Attributes> {
    let query = Query::parse(raw, &LIMITS).unwrap();
    apply(members.to_vec(), |member| member, &query, machine(), &Extensions::NONE).unwrap()
}

/// Numbers the members in the order in which they are given.
fn numbered(members: impl IntoIterator<Item = Attributes>) -> Vec<Attributes> {
    (0..).zip(members).map(|(number, member): (i64, _)| member.with("number", number)).collect()
}

fn numbers(members: &[Attributes]) -> Vec<i64> {
    members.iter().filter_map(|member| member.integer("number")).collect()
}

/// The numbers of the members in the order that `$orderby` makes of these values of one attribute.
fn check(
    values: impl IntoIterator<Item = Option<Value>>,
    attribute: &'static str,
    ascending: &[i64],
    descending: &[i64],
) {
    let members = numbered(values.into_iter().map(|value| {
        let mut member = Attributes::new();
        member.set_some(attribute, value);
        member
    }));
    for (direction, expected) in [("", ascending), (":asc", ascending), (":desc", descending)] {
        let page = list(&format!("$orderby={attribute}{direction}"), &members);
        assert_eq!(numbers(&page.members), expected, "{attribute}{direction}");
    }
}

fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<Option<Value>> {
    values.into_iter().map(|text| Some(Value::from(text))).collect()
}

#[test]
fn each_type_has_its_order() {
    check(
        [Some(true.into()), Some(false.into()), None, Some(true.into())],
        "truth",
        &[1, 0, 3, 2],
        &[0, 3, 1, 2],
    );
    check([3, -7, 0, 12].map(|n: i64| Some(n.into())), "cpu", &[1, 2, 0, 3], &[3, 0, 2, 1]);
    let times = ["2012-05-25T13:30:15-05:00", "2012-05-25T18:00:00Z", "2012-05-26T00:00:00+09:00"];
    check(times.map(|text| Some(Value::DateTime(text.parse().unwrap()))), "created", &[2, 1, 0], &[0, 1, 2]);
    let durations = ["P1M", "PT90M", "P3W", "P27D", "-PT1S", "PT1H"];
    let durations = durations.iter().filter_map(|text| text.parse().ok()).map(|d| Some(Value::Duration(d)));
    check(durations, "life", &[3, 4, 1, 2, 0], &[0, 2, 1, 4, 3]);
}

#[test]
fn texts_are_compared_in_normalization_form_kd() {
    // É decomposes to E and an accent: before F. ﬁ is compatible with fi. Capitals come before small letters.
    check(
        texts(["F", "É", "E", "fj", "\u{fb01}", "fh", "e", "10", "9"]),
        "name",
        &[7, 8, 2, 1, 0, 6, 5, 4, 3],
        &[3, 4, 5, 6, 0, 1, 2, 8, 7],
    );
    // The same text composed and decomposed is equal: the order of the members decides.
    check(texts(["e\u{301}", "\u{e9}", "a"]), "name", &[2, 0, 1], &[0, 1, 2]);
    // In bytes of UTF-8, U+FFFD comes before U+10000; in UTF-16 it would not.
    check(texts(["\u{10000}", "\u{fffd}"]), "name", &[1, 0], &[0, 1]);
}

#[test]
fn what_is_absent_or_empty_comes_last() {
    check([None, Some("b".into()), Some("".into()), Some("a".into())], "name", &[3, 1, 0, 2], &[1, 3, 0, 2]);
    check([None, None], "nosuch", &[0, 1], &[0, 1]);
}

#[derive(Clone, Debug)]
struct Row {
    name: Option<String>,
    cpu: Option<i64>,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let name = prop::option::of("[abB\u{e9}e\u{301}\u{fb01}fi]{0,3}");
    let row = (name, prop::option::of(-2..3_i64)).prop_map(|(name, cpu)| Row { name, cpu });
    prop::collection::vec(row, 0..24)
}

fn members(rows: &[Row]) -> Vec<Attributes> {
    numbered(rows.iter().map(|row| {
        let mut member = Attributes::new();
        member.set_some("name", row.name.clone());
        member.set_some("cpu", row.cpu);
        member
    }))
}

/// The order of rows, naively: by name, then by cpu.
fn naive(left: &Row, right: &Row, name: bool, cpu: bool) -> Ordering {
    fn last<T: Ord>(left: Option<T>, right: Option<T>, descending: bool) -> Ordering {
        match (left, right) {
            (Some(left), Some(right)) if descending => right.cmp(&left),
            (Some(left), Some(right)) => left.cmp(&right),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        }
    }
    let text = |row: &Row| {
        row.name
            .as_ref()
            .filter(|text| !text.is_empty())
            .map(|text| text.nfkd().collect::<String>().into_bytes())
    };
    last(text(left), text(right), name).then(last(left.cpu, right.cpu, cpu))
}

proptest! {
    /// The order is a stable permutation, and every window is what it is of the whole.
    #[test]
    fn orders_are_stable_and_windows_are_cut_from_them(
        rows in rows(),
        directions in any::<[bool; 2]>(),
        first in prop::option::of(0..30_usize),
        last in prop::option::of(0..30_usize),
    ) {
        let [name, cpu] = directions.map(|descending| if descending { ":desc" } else { "" });
        let mut expected: Vec<(usize, &Row)> = rows.iter().enumerate().collect();
        expected.sort_by(|(_, left), (_, right)| naive(left, right, directions[0], directions[1]));
        let expected: Vec<i64> = expected.into_iter().map(|(number, _)| i64::try_from(number).unwrap()).collect();

        let order = format!("$orderby=name{name},cpu{cpu}");
        let members = members(&rows);
        prop_assert_eq!(&numbers(&list(&order, &members).members), &expected);

        let range: String = [("first", first), ("last", last)]
            .iter()
            .filter_map(|(name, value)| Some(format!("&${name}={}", (*value)?)))
            .collect();
        let from = first.unwrap_or(1).max(1) - 1;
        let to = last.unwrap_or(usize::MAX).min(rows.len());
        for (raw, whole) in [(format!("{order}{range}"), expected), (range, numbers(&members))] {
            let page = list(&raw, &members);
            prop_assert_eq!(page.count, rows.len() as u64);
            prop_assert_eq!(numbers(&page.members), whole.get(from..to).unwrap_or_default());
        }
    }

    /// Pages one after the other are the whole, filtered or not, ordered or not.
    #[test]
    fn windows_tile(rows in rows(), size in 1..6_usize, order in any::<bool>(), filter in any::<bool>()) {
        let members = members(&rows);
        let base = format!("{}{}", if order { "&$orderby=cpu:desc" } else { "" }, if filter { "&$filter=cpu>=0" } else { "" });
        let whole = list(&base, &members);
        prop_assert_eq!(whole.count, whole.members.len() as u64);
        let mut tiles = Vec::new();
        for first in (1..=members.len().max(1)).step_by(size) {
            let page = list(&format!("{base}&$first={first}&$last={}", first + size - 1), &members);
            prop_assert!(page.members.len() <= size);
            prop_assert_eq!(page.count, whole.count);
            tiles.extend(page.members);
        }
        prop_assert_eq!(tiles, whole.members);
    }
}

/// Members that are not listed are looked at, not kept.
#[test]
fn a_window_keeps_only_what_it_lists() {
    use std::rc::Rc;
    let alive = Rc::new(Attributes::new().with("cpu", 1));
    let most = std::cell::Cell::new(0);
    let members = (0..1000).map(|_| {
        most.set(most.get().max(Rc::strong_count(&alive)));
        Rc::clone(&alive)
    });
    let query = Query::parse("$first=400&$last=409", &LIMITS).unwrap();
    let page =
        apply(members, |member: &Rc<Attributes>| &**member, &query, machine(), &Extensions::NONE).unwrap();
    assert_eq!((page.count, page.members.len()), (1000, 10));
    // Ten kept, the one that is looked at, and ours.
    assert!(most.get() <= 12, "{} members alive at a time", most.get());
}

#[test]
fn a_page_of_many_is_that_of_the_whole_order() {
    // Enough of them that the page lets go of what it cannot list; 7919 is prime, so that each number comes once.
    let members = numbered((0..5_000_i64).map(|at| Attributes::new().with("cpu", at * 7919 % 5_000)));
    let whole = numbers(&list("$orderby=cpu:desc", &members).members);
    assert_eq!(whole.len(), 5_000);
    for (first, last) in [(1, 3), (500, 503), (4_999, 6_000), (9, 8)] {
        let page = list(&format!("$orderby=cpu:desc&$first={first}&$last={last}"), &members);
        let expected: Vec<_> = whole.iter().copied().take(last).skip(first - 1).collect();
        assert_eq!((page.count, numbers(&page.members)), (5_000, expected), "{first} to {last}");
    }
}
