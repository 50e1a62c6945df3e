//! Clauses 4.1.6.2 to 4.1.6.6: ranges, `$select`, `$expand`, `$format` and `$orderby`.

use cimi::{Attributes, Value};

use super::super::way::{ANY, Act, Edit, Of, Sort, always};
use super::super::{Deviation, query, xml};
use super::has;

/// The names of a parameter are others.
fn names(text: &str, parameter: &str, change: impl Fn(Vec<&str>) -> Vec<&str>) -> String {
    query::with(text, parameter, |value| change(value.split(',').collect()).join(","))
}

/// The number of a parameter is another.
fn number(text: &str, parameter: &str, change: impl Fn(i64) -> i64) -> String {
    query::with(text, parameter, |value| {
        value.parse().map_or_else(|_| value.to_owned(), |number| change(number).to_string())
    })
}

/// The members of a Collection, where there are some.
fn members(attributes: &mut Attributes) -> Option<&mut Vec<Value>> {
    attributes.iter_mut().find_map(|(name, value)| match value {
        Value::Array(items) if name != "operations" => Some(items),
        _ => None,
    })
}

pub(super) static LIST: &[Deviation] = &[
    deviation!(
        "range-ignored",
        "$first and $last have no effect",
        ["4.1.6.2/range", "5.11.1/first-last-advertised-and-supported", "4.1.6.2/reversed-range"],
        [always(Act::Query(|text| query::without(text, &["$first", "$last"])))],
    ),
    deviation!(
        "range-from-zero",
        "members are counted from 0",
        ["4.1.6.2/range"],
        [always(Act::Query(|text| {
            let text = number(text, "$first", |number| number + 1);
            number(&text, "$last", |number| number + 1)
        }))],
    ),
    deviation!(
        "last-not-implied",
        "$first alone brings one member",
        ["4.1.6.2/last-implied"],
        [ANY.asks(|asked| has(asked, "$first") && !has(asked, "$last")).then(Act::Query(|text| {
            let first = query::values(text, "$first").next().unwrap_or_default();
            format!("{text}&$last={first}")
        }))],
    ),
    deviation!(
        "first-not-implied",
        "$last alone brings one member",
        ["4.1.6.2/first-implied"],
        [ANY.asks(|asked| has(asked, "$last") && !has(asked, "$first")).then(Act::Query(|text| {
            let last = query::values(text, "$last").next().unwrap_or_default();
            format!("{text}&$first={last}")
        }))],
    ),
    deviation!(
        "positions-move",
        "the members come the other way round where a range is asked for",
        ["4.1.6.2/stable-positions"],
        [ANY.asks(|asked| has(asked, "$first")).then(Act::Show(
            Of::Collections,
            Edit::With(|attributes| {
                if let Some(members) = members(attributes) {
                    members.reverse();
                }
            })
        ))],
    ),
    deviation!(
        "range-beyond-refused",
        "a range beyond the Collection is refused",
        ["4.1.6.2/out-of-bounds"],
        [ANY.asks(|asked| {
            let query = asked.parts.uri.query().unwrap_or_default();
            ["$first", "$last"].iter().any(|name| {
                query::values(query, name).any(|value| value.parse::<i64>().is_ok_and(|n| n > 20))
            })
        })
        .then(Act::Refuse(400))],
    ),
    deviation!(
        "reversed-range-turned",
        "$first beyond $last is taken the other way round",
        ["4.1.6.2/reversed-range"],
        [always(Act::Query(|text| {
            let of = |name| query::values(text, name).next().and_then(|value| value.parse::<i64>().ok());
            match (of("$first"), of("$last")) {
                (Some(first), Some(last)) if first > last => {
                    let text = number(text, "$first", |_| last);
                    number(&text, "$last", |_| first)
                }
                _ => text.to_owned(),
            }
        }))],
    ),
    deviation!(
        "range-before-filter",
        "the range is taken as if there were no $filter and no $orderby",
        ["4.1.6.2/after-filter"],
        [ANY.asks(|asked| has(asked, "$first") || has(asked, "$last"))
            .then(Act::Query(|text| query::without(text, &["$filter", "$orderby"])))],
    ),
    deviation!(
        "count-after-paging",
        "count is the number of members in the reply",
        ["4.1.6.2/count-before-range"],
        [always(Act::Show(
            Of::Collections,
            Edit::With(|attributes| {
                if attributes.contains("count") {
                    let shown = members(attributes).map_or(0, |members| members.len());
                    attributes.set("count", i64::try_from(shown).unwrap_or(i64::MAX));
                }
            })
        ))],
    ),
    deviation!(
        "range-malformed-is-500",
        "a $first or $last that is no number is a server error",
        ["4.1.6.2/malformed", "http/no-server-error"],
        [ANY.asks(|asked| has(asked, "$first") || has(asked, "$last"))
            .status(400, 400)
            .then(Act::Status(500))],
    ),
    deviation!(
        "select-ignored",
        "$select has no effect",
        [
            "4.1.6.3/select-subset",
            "5.11.1/select-advertised-and-supported",
            "4.1.6.3/select-on-items",
            "4.1.6.3/select-on-collection",
            "4.1.6.3/select-operations",
            "4.1.6.3/select-path",
        ],
        [ANY.method(&["GET", "HEAD"]).then(Act::Query(|text| query::without(text, &["$select"])))],
    ),
    deviation!(
        "select-unknown-refused",
        "a name in $select that the resource has not is refused",
        ["4.1.6.3/select-unknown-ignored"],
        [ANY.method(&["GET"]).asks(super::unknown_in_select).then(Act::Refuse(400))],
    ),
    deviation!(
        "select-star-unknown",
        "\"*\" in $select stands for nothing",
        ["4.1.6.3/select-star"],
        [ANY.method(&["GET"])
            .then(Act::Query(|text| query::with(text, "$select", |value| value.replace('*', "none"))))],
    ),
    deviation!(
        "select-first-counts",
        "of several $select only the first counts",
        ["4.1.6.3/select-repeated"],
        [ANY.method(&["GET"]).then(Act::Query(|text| query::one(text, "$select", false)))],
    ),
    deviation!(
        "select-drops-type",
        "resourceURI is not sent unless it is selected",
        ["4.1.6.3/select-resource-uri", "4.1.4/resource-uri-json"],
        [ANY.asks(|asked| has(asked, "$select")).then(Act::Json(|value| {
            if let Some(object) = value.as_object_mut() {
                object.shift_remove("resourceURI");
            }
        }))],
    ),
    deviation!(
        "select-without-operations",
        "\"operations\" in $select brings nothing",
        ["4.1.6.3/select-operations"],
        [ANY.method(&["GET"]).then(Act::Query(|text| names(text, "$select", |mut names| {
            names.retain(|name| *name != "operations");
            if names.is_empty() { vec!["none"] } else { names }
        })))],
    ),
    deviation!(
        "select-keeps-collection",
        "names of the Collection's own attributes in $select bring all of it",
        ["4.1.6.3/select-on-collection"],
        [ANY.method(&["GET"]).then(Act::Query(|text| {
            let own = |value: &str| value.split(',').any(|name| matches!(name, "count" | "id"));
            if query::values(text, "$select").any(|value| own(&value)) {
                query::without(text, &["$select"])
            } else {
                text.to_owned()
            }
        }))],
    ),
    deviation!(
        "select-with-items-whole",
        "names of the members' attributes in $select bring the members whole",
        ["4.1.6.3/select-on-items"],
        [ANY.method(&["GET"])
            .asks(|asked| asked.target.as_ref().is_some_and(super::super::target::Target::is_collection))
            .then(Act::Query(|text| query::with(text, "$select", |_| "*".to_owned())))],
    ),
    deviation!(
        "select-path-unknown",
        "a path in $select names nothing",
        ["4.1.6.3/select-path"],
        [ANY.method(&["GET"])
            .then(Act::Query(|text| query::with(text, "$select", |value| value.replace('/', "-"))))],
    ),
    deviation!(
        "expand-ignored",
        "$expand has no effect",
        [
            "4.1.6.4/expand",
            "5.11.1/expand-advertised-and-supported",
            "4.1.6.4/expand-all",
            "4.1.6.4/expand-on-collection",
        ],
        [always(Act::Query(|text| query::without(text, &["$expand"])))],
    ),
    deviation!(
        "expand-with-wrapper",
        "an expanded reference in XML has an element of the referred type inside",
        ["4.1.6.4/expand-no-wrapper", "4.1.6.4/expand", "5.11.1/expand-advertised-and-supported"],
        [ANY.asks(|asked| has(asked, "$expand")).then(Act::Xml(|text| {
            let marked = xml::tags(text, "machineConfig", |tag| {
                if tag.contains("href=") { format!("{tag}\u{1}") } else { tag.to_owned() }
            });
            if !marked.contains("\u{1}>") {
                return text.to_owned();
            }
            marked
                .replace("\u{1}>", "><MachineConfiguration>")
                .replace("</machineConfig>", "</MachineConfiguration></machineConfig>")
                .replace("\u{1}/>", "/>")
        }))],
    ),
    deviation!(
        "expand-unknown-refused",
        "a name in $expand that is unknown is refused",
        ["4.1.6.4/expand-unknown-ignored"],
        [ANY.asks(super::unknown_in_expand).then(Act::Refuse(400))],
    ),
    deviation!(
        "expand-all-unknown",
        "\"*\" in $expand, or no name, expands nothing",
        ["4.1.6.4/expand-all"],
        [always(Act::Query(|text| {
            if query::values(text, "$expand").all(|value| matches!(value.as_str(), "" | "*")) {
                query::without(text, &["$expand"])
            } else {
                text.to_owned()
            }
        }))],
    ),
    deviation!(
        "expand-first-counts",
        "of several $expand only the first counts",
        ["4.1.6.4/expand-repeated"],
        [always(Act::Query(|text| query::one(text, "$expand", false)))],
    ),
    deviation!(
        "expand-not-on-collections",
        "$expand has no effect on the members of a Collection",
        ["4.1.6.4/expand-on-collection"],
        [ANY.asks(|asked| asked.target.as_ref().is_some_and(super::super::target::Target::is_collection))
            .then(Act::Query(|text| query::without(text, &["$expand"])))],
    ),
    deviation!(
        "format-ignored",
        "$format has no effect",
        [
            "4.1.6.5/format",
            "4.1.6.5/format-over-accept",
            "5.11.1/format-advertised-and-supported",
            "4.1.6.5/format-case",
            "4.1.6.5/format-first-counts",
        ],
        [always(Act::Query(|text| query::without(text, &["$format"])))],
    ),
    deviation!(
        "format-in-small-letters",
        "the value of $format counts in small letters only",
        ["4.1.6.5/format-case"],
        [always(Act::Query(|text| {
            let odd = |value: String| value.chars().any(char::is_uppercase);
            if query::values(text, "$format").any(odd) {
                query::without(text, &["$format"])
            } else {
                text.to_owned()
            }
        }))],
    ),
    deviation!(
        "accept-over-format",
        "Accept wins over $format",
        ["4.1.6.5/format-over-accept"],
        [ANY.asks(|asked| asked.header("accept").is_some_and(|accept| !accept.contains("*/*")))
            .then(Act::Query(|text| query::without(text, &["$format"])))],
    ),
    deviation!(
        "format-last-counts",
        "of several $format the last counts",
        ["4.1.6.5/format-first-counts"],
        [always(Act::Query(|text| query::one(text, "$format", true)))],
    ),
    deviation!(
        "orderby-ignored",
        "$orderby has no effect",
        [
            "4.1.6.6/orderby",
            "5.11.1/orderby-advertised-and-supported",
            "4.1.6.6/orderby-types",
            "4.1.6.6/orderby-desc",
            "4.1.6.6/orderby-several",
            "4.1.6.6/orderby-boolean",
            "4.1.6.6/orderby-dateTime",
            "4.1.6.6/orderby-integer",
            "4.1.6.6/orderby-string",
            "4.1.6.6/orderby-by-type",
            "4.1.6.2/after-filter",
            "4.1.6.6/orderby-duration"
        ],
        [always(Act::Query(|text| query::without(text, &["$orderby"])))],
    ),
    deviation!(
        "orderby-types-refused",
        "only strings can be sorted by",
        ["4.1.6.6/orderby-types"],
        [ANY.asks(|asked| {
            let query = asked.parts.uri.query().unwrap_or_default();
            let plain = |key: &str| {
                ["name", "description", "state"].contains(&key.split(':').next().unwrap_or_default())
            };
            query::values(query, "$orderby").any(|keys| !keys.split(',').all(plain))
        })
        .then(Act::Refuse(400))],
    ),
    deviation!(
        "orderby-integers-as-text",
        "integers are sorted by their digits: 10 before 9",
        ["4.1.6.6/orderby-by-type", "4.1.6.6/orderby-integer", "4.1.6.6/orderby-several"],
        [always(Act::Sorted(Sort::IntegersAsText))],
    ),
    deviation!(
        "orderby-true-first",
        "true comes before false",
        ["4.1.6.6/orderby-boolean"],
        [always(Act::Sorted(Sort::Booleans))],
    ),
    deviation!(
        "orderby-later-first",
        "the later instant comes first",
        ["4.1.6.6/orderby-dateTime"],
        [always(Act::Sorted(Sort::Instants))],
    ),
    deviation!(
        "orderby-durations-as-text",
        "durations are sorted by their text",
        ["4.1.6.6/orderby-duration"],
        [always(Act::Sorted(Sort::DurationsAsText)).needing(&[("Meter", "intervalDuration")])],
    ),
    deviation!(
        "orderby-strings-without-case",
        "strings are sorted without regard to case",
        ["4.1.6.6/orderby-string"],
        [always(Act::Sorted(Sort::TextsWithoutCase))],
    ),
    deviation!(
        "orderby-desc-ignored",
        ":desc has no effect",
        ["4.1.6.6/orderby-desc"],
        [always(Act::Query(|text| query::with(text, "$orderby", |keys| keys.replace(":desc", ""))))],
    ),
    deviation!(
        "orderby-first-key-only",
        "of several keys of $orderby only the first counts",
        ["4.1.6.6/orderby-several"],
        [always(Act::Query(|text| {
            let text = query::one(text, "$orderby", false);
            names(&text, "$orderby", |mut keys| {
                keys.truncate(1);
                keys
            })
        }))],
    ),
];
