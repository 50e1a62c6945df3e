use super::*;
use crate::Edition;
use crate::model::{Type, attribute::attr, schema};

const ID: &str = "http://a/machines/1";

fn current() -> Attributes {
    Attributes::new()
        .with("id", ID)
        .with("name", "old")
        .with("description", "text")
        .with("state", "STARTED")
        .with("cpu", 2)
        .with("disks", Reference::to("http://a/machines/1/disks"))
        .with("vendorNote", "shown, never declared")
}

fn extensions() -> Extensions {
    Extensions::NONE.with("Machine", "http://vendor", attr("rack", Type::String)).with(
        "Machine",
        "http://vendor",
        attr("host", Type::String).read_only(),
    )
}

fn plan(body: Attributes, select: Option<&str>) -> Result<Update, UpdateError> {
    let machine = schema(Edition::V2, "Machine");
    let select = select.map(|names| Select::of(names.split(',')));
    let (current, body) = (Document::with(machine, current()), Document::with(machine, body));
    Update::plan(&current, &body, select.as_ref(), &extensions())
}

/// What a PUT changes: `name=value` for what is set, `-name` for what is reset, or the error.
fn check(body: Attributes, select: Option<&str>, expected: &str) {
    let found = match plan(body, select) {
        Err(error) => format!("{}: {error}", error.attribute().unwrap_or("")),
        Ok(update) => {
            let set = update.set.iter().map(|(name, value)| match value {
                Value::String(text) => format!("{name}={text}"),
                Value::Integer(number) => format!("{name}={number}"),
                other => format!("{name}={other:?}"),
            });
            let reset = update.reset.iter().map(|name| format!("-{name}"));
            set.chain(reset).collect::<Vec<_>>().join(" ")
        }
    };
    assert_eq!(found, expected);
}

#[test]
fn a_whole_put_changes_what_differs() {
    check(current(), None, "");
    check(current().with("name", "new").with("cpu", 4), None, "name=new cpu=4");
    check(current().with("memory", 1024).with("rack", "r1"), None, "memory=1024 rack=r1");
    check(current(), Some("*,name"), "");
}

#[test]
fn what_a_whole_put_leaves_out_is_reset() {
    check(Attributes::new(), None, "-name -description -cpu");
    check(current().with("name", Value::Null).with("description", ""), None, "-name -description");
    check(current().with("memory", Value::Null), None, "");
}

#[test]
fn what_a_consumer_may_not_write_is_passed_over() {
    check(current().with("id", "http://a/other").with("state", "STOPPED").with("host", "h"), None, "");
    check(Attributes::new().with("state", "STOPPED"), Some("state,name"), "-name");
    check(current().with("vendorNote", "changed"), None, "");
}

#[test]
fn a_partial_put_changes_what_is_listed() {
    check(Attributes::new().with("name", "new"), Some("name,description"), "name=new -description");
    check(Attributes::new(), Some("memory,nosuch,disks/name"), "");
}

#[test]
fn references_are_what_they_point_to() {
    let expanded = Reference {
        href: Some("http://a/machines/1/disks".to_owned()),
        attributes: Attributes::new().with("count", 3),
    };
    assert!(same(&Value::Ref(Reference::to("http://a/machines/1/disks")), &Value::Ref(expanded.clone())));
    assert!(!same(&Value::Ref(expanded.clone()), &Value::Ref(Reference::to("http://a/machines/1/disks"))));
    let other = vec![Value::from(Reference::to("http://a/x"))];
    assert!(!same(&Value::Array(other), &Value::Array(vec![Value::Ref(expanded)])));
}

#[test]
fn refusals() {
    check(current().with("nosuch", 1), None, "nosuch: nosuch is no attribute of Machine");
    let unlisted = "name: name is in the body but not in $select: list it there, or leave it out";
    check(Attributes::new().with("name", "x"), Some("cpu"), unlisted);
    check(Attributes::new().with("id", ID), Some("cpu"), &unlisted.replace("name", "id"));
    let machine = Document::with(schema(Edition::V2, "Machine"), current());
    let disk = Document::new(schema(Edition::V2, "Disk"));
    let error = Update::plan(&machine, &disk, None, &Extensions::NONE).unwrap_err();
    insta::assert_snapshot!(error, @"expected a representation of http://schemas.dmtf.org/cimi/2/Machine, found one of http://schemas.dmtf.org/cimi/2/Disk");
}

#[test]
fn applying_a_whole_put_makes_the_writable_part_of_it() {
    let mut attributes = current();
    let body =
        Attributes::new().with("id", ID).with("name", "new").with("memory", 1).with("state", "STOPPED");
    plan(body, None).unwrap().apply(&mut attributes);
    let expected = Attributes::new()
        .with("id", ID)
        .with("name", "new")
        .with("state", "STARTED")
        .with("disks", Reference::to("http://a/machines/1/disks"))
        .with("vendorNote", "shown, never declared")
        .with("memory", 1);
    assert_eq!(attributes, expected);
}
