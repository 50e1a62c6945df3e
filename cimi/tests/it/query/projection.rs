//! `$select` and `$expand` on documents (DSP0263 4.1.6.3, 4.1.6.4), by example and by law.

use cimi::model::schema;
use cimi::query::Query;
use cimi::{Attributes, Document, Edition, Reference, Value};
use proptest::prelude::*;

use super::{LIMITS, machine};

fn disk(number: i64) -> Value {
    let id = format!("http://a/disks/{number}");
    Value::Structure(
        Attributes::new()
            .with("id", id)
            .with("name", format!("disk{number}"))
            .with("parent", Reference::to("http://a/machines/1"))
            .with("capacity", 1000 * number)
            .with("vendorSlot", number)
            .with("operations", vec![Value::from("edit")]),
    )
}

fn disks() -> Document {
    let attributes = Attributes::new()
        .with("id", "http://a/disks")
        .with("parent", Reference::to("http://a/machines/1"))
        .with("count", 2)
        .with("disks", vec![disk(1), disk(2)])
        .with("operations", vec![Value::from("add")]);
    Document::with(schema(Edition::V2, "DiskCollection"), attributes)
}

fn one_machine() -> Document {
    let attributes = Attributes::new()
        .with("id", "http://a/machines/1")
        .with("name", "m")
        .with("cpu", 2)
        .with("disks", Reference::to("http://a/disks"))
        .with("volumes", Reference::default())
        .with(
            "credentials",
            vec![Value::from(Reference::to("http://a/c/1")), Value::from(Reference::to("http://a/c/2"))],
        )
        .with("operations", vec![Value::from("stop")]);
    Document::with(machine(), attributes)
}

/// The names of what is left: members in brackets behind the attribute that holds them.
fn left(document: &Document) -> String {
    let names =
        |attributes: &Attributes| attributes.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>();
    let shown: Vec<String> = document
        .attributes
        .iter()
        .map(|(name, value)| match value {
            Value::Array(items)
                if document.schema.members().is_some_and(|(grouping, ..)| grouping == name) =>
            {
                let items: Vec<String> =
                    items.iter().filter_map(Value::as_attributes).map(|item| names(item).join(" ")).collect();
                assert!(items.iter().all(|item| item == &items[0]));
                format!("{name}[{}]", items[0])
            }
            _ => name.to_owned(),
        })
        .collect();
    shown.join(" ")
}

fn select(raw: &str, mut document: Document) -> Document {
    let query = Query::parse(raw, &LIMITS).unwrap();
    query.select.iter().for_each(|select| select.apply(&mut document));
    document
}

fn check(raw: &str, document: Document, expected: &str) {
    assert_eq!(left(&select(raw, document)), expected, "{raw}");
}

#[test]
fn a_resource_keeps_what_is_selected() {
    check("", one_machine(), "id name cpu disks volumes credentials operations");
    check("$select=*", one_machine(), "id name cpu disks volumes credentials operations");
    check("$select=cpu,name", one_machine(), "name cpu");
    check("$select=name&$select=cpu&$select=name", one_machine(), "name cpu");
    check("$select= name , operations ,nosuch,Name", one_machine(), "name operations");
    check("$select=nosuch,*", one_machine(), "id name cpu disks volumes credentials operations");
    check("$select=disks/name", one_machine(), "");
    check("$select=", one_machine(), "");
}

const ITEM: &str = "disks[id name parent capacity vendorSlot operations]";

#[test]
fn a_collection_keeps_what_is_its_own_and_of_its_members_the_rest() {
    check("$select=count,operations", disks(), "count operations");
    check("$select=name,capacity", disks(), "disks[name capacity]");
    check("$select=id,name", disks(), "id disks[name]");
    check("$select=vendorSlot,count", disks(), "count disks[vendorSlot]");
    check("$select=disks", disks(), ITEM);
    check("$select=disks,name", disks(), ITEM);
    check("$select=nosuch", disks(), "");
    check("$select=*", disks(), &format!("id parent count {ITEM} operations"));
}

#[test]
fn paths_name_attributes_of_members() {
    check("$select=disks/name,disks/capacity,operations", disks(), "disks[name capacity] operations");
    check("$select=disks/id,disks/operations,id", disks(), "id disks[id operations]");
    check("$select=disks/*", disks(), ITEM);
    check("$select=volumes/name,disks/nosuch,disks/", disks(), "");
}

/// The references that are to be expanded.
fn expand(raw: &str, mut document: Document) -> Vec<String> {
    let query = Query::parse(raw, &LIMITS).unwrap();
    let expand = query.expand.unwrap();
    expand.references(&mut document).into_iter().filter_map(|reference| reference.href.clone()).collect()
}

#[test]
fn references_of_a_resource_expand() {
    let all = ["http://a/disks", "http://a/c/1", "http://a/c/2"];
    for raw in ["$expand", "$expand=", "$expand=*", "$expand=disks,*", "$expand=disks&$expand", "$expand=,"] {
        assert_eq!(expand(raw, one_machine()), all, "{raw}");
    }
    assert_eq!(expand("$expand=disks,disks&$expand=name,nosuch,volumes", one_machine()), all[..1]);
    assert_eq!(expand("$expand=credentials&$expand=disks", one_machine()), all);
    assert_eq!(expand("$expand=name", one_machine()), [""; 0]);
}

#[test]
fn references_of_the_members_of_a_collection_expand() {
    assert_eq!(expand("$expand=parent", disks()), ["http://a/machines/1"; 2]);
    assert_eq!(expand("$expand=disks,id", disks()), [""; 0]);
}

const NAMES: [&str; 12] = [
    "id",
    "count",
    "name",
    "capacity",
    "disks",
    "operations",
    "parent",
    "nosuch",
    "disks/name",
    "disks/id",
    "vendorSlot",
    "disks/*",
];

fn names() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(NAMES.to_vec(), 0..6).prop_shuffle()
}

/// Whether everything that `part` shows is shown by `whole` with the same value, in the same order.
fn is_part(part: &Attributes, whole: &Attributes) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|(name, value)| {
        rest.any(|(other, found)| {
            name == other
                && match (value, found) {
                    (Value::Array(part), Value::Array(whole)) if name == "disks" => {
                        part.len() == whole.len()
                            && part.iter().zip(whole).all(|(part, whole)| {
                                is_part(part.as_attributes().unwrap(), whole.as_attributes().unwrap())
                            })
                    }
                    _ => value == found,
                }
        })
    })
}

proptest! {
    /// Selecting takes away and nothing else, the second time nothing more, and less than what lists more.
    #[test]
    fn selecting_projects(names in names(), more in names()) {
        let raw = format!("$select={}", names.join(","));
        let both = format!("{raw}&$select={}", more.join(","));
        for document in [disks(), one_machine()] {
            let once = select(&raw, document.clone());
            prop_assert!(is_part(&once.attributes, &document.attributes));
            prop_assert_eq!(&select(&raw, once.clone()), &once);
            prop_assert!(is_part(&once.attributes, &select(&both, document).attributes));
        }
    }

    /// A query means the same when it is written and read again.
    #[test]
    fn queries_are_written_as_they_are_read(
        filters in prop::collection::vec("(a='[\\PC&&[^']]{0,6}'|cpu<=-?[0-9]{1,4})( or b=true)?", 0..3),
        select in prop::option::of(names()),
        expand in prop::option::of(names()),
        range in any::<[Option<u16>; 2]>(),
        order in prop::option::of(prop::sample::select(vec!["a", "a:desc", "a:asc,b:desc", "b,a"])),
        format in prop::option::of(prop::sample::select(vec!["json", "XML", "y&m+l"])),
        own in prop::option::of(prop::sample::select(vec!["id=1", "x=%41+b&y"])),
    ) {
        let encode = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let mut parts: Vec<String> = filters.iter().map(|filter| format!("$filter={}", encode(filter))).collect();
        parts.extend(select.map(|names| format!("%24select={}", encode(&names.join(",")))));
        parts.extend(expand.map(|names| format!("$expand={}", names.join(","))));
        parts.extend(range[0].map(|first| format!("$first={first}")));
        parts.extend(own.map(str::to_owned));
        parts.extend(range[1].map(|last| format!("$last={last}")));
        parts.extend(order.map(|order| format!("$orderby={order}")));
        parts.extend(format.map(|format| format!("$format={}", encode(format))));
        let query = Query::parse(&parts.join("&"), &LIMITS).unwrap();
        let written = query.to_string();
        prop_assert!(written.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>#[]\\^`{|}".contains(&b)), "{}", written);
        prop_assert_eq!(&Query::parse(&written, &LIMITS).unwrap(), &query, "{}", written);
    }

    /// Whatever stands in a URI: no panic, and an error points into the text.
    #[test]
    fn any_query_is_read_or_refused(raw in "(\\$(filter|select|expand|first|last|orderby|format)=(%[0-9a-g]{0,2}|\\PC){0,20}&?){0,3}") {
        if let Err(error) = Query::parse(&raw, &LIMITS) {
            prop_assert!((1..=error.text.chars().count() + 1).contains(&error.column), "{:?}", error);
        }
    }
}
