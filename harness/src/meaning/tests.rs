use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;

use crate::event::Format;
use crate::spec::{Scalar, Tables};

use super::{Body, Extent, Reading, Tree, Value, differences, instant, is_lexical, read, seconds, write};

fn tables(edition: &str) -> Tables {
    let file = format!("{}/../suites/spec/{edition}.toml", env!("CARGO_MANIFEST_DIR"));
    Tables::read(&file, &std::fs::read_to_string(&file).unwrap()).unwrap()
}

fn reading(text: &str, edition: &str, hint: Option<&str>) -> Reading {
    read(&Tree::read(text).unwrap(), &tables(edition), hint, Extent::Full)
}

/// What a document means and where it departs from the tables, in lines.
fn check(text: &str, edition: &str, hint: Option<&str>) -> String {
    let reading = reading(text, edition, hint);
    let r = &reading.resource;
    let mut out = format!("{:?} collection {}\n", r.type_name, r.is_collection);
    for (name, value) in &r.attributes {
        let _ = writeln!(out, "  {name} = {}", value.show());
    }
    for item in &r.items {
        let _ = writeln!(out, "  item {}", Value::Record(item.attributes.clone()).show());
    }
    for operation in &r.operations {
        let _ = writeln!(out, "  operation {} {}", operation.rel, operation.href);
    }
    for note in &reading.notes {
        let _ = writeln!(
            out,
            "! {:?} {} {} at {}:{} expected {} got {}",
            note.kind, note.subject, note.at.path, note.at.line, note.at.column, note.expected, note.got
        );
    }
    out
}

#[test]
fn a_clean_machine_of_v2_reads_the_same_in_both_formats() {
    let json = r#"{"resourceURI":"http://schemas.dmtf.org/cimi/2/Machine","id":"m/1","name":"a","created":"2020-01-01T00:00:00Z",
        "properties":{"k":"v"},"state":"STARTED","cpu":1,"memory":1024,"cpuArch":"ARM","cpuSpeed":1000,"disks":{"href":"m/1/disks"},
        "operations":[{"rel":"edit","href":"m/1"},{"rel":"http://schemas.dmtf.org/cimi/2/action/stop","href":"m/1/stop"}]}"#;
    let xml = r#"<Machine xmlns="http://schemas.dmtf.org/cimi/2"><id>m/1</id><name>a</name><created>2020-01-01T01:00:00+01:00</created>
        <properties><property key="k">v</property></properties><state>STARTED</state><cpu>1</cpu><memory>1024</memory><cpuArch>ARM</cpuArch><cpuSpeed>1000</cpuSpeed>
        <disks href="http://h/m/1/disks"/><operations><operation rel="edit" href="m/1"/>
        <operation rel="http://schemas.dmtf.org/cimi/2/action/stop" href="m/1/stop"/></operations></Machine>"#;
    insta::assert_snapshot!(check(json, "v2", None), @r#"
    Some("Machine") collection false
      id = "m/1"
      name = "a"
      created = "2020-01-01T00:00:00Z"
      properties = {k: "v"}
      state = "STARTED"
      cpu = 1
      memory = 1024
      cpuArch = "ARM"
      cpuSpeed = 1000
      disks = {href: "m/1/disks"}
      operation edit m/1
      operation http://schemas.dmtf.org/cimi/2/action/stop m/1/stop
    "#);
    let (left, right) = (reading(json, "v2", None), reading(xml, "v2", None));
    assert_eq!((left.notes, right.notes.clone()), (vec![], vec![]));
    let base = "http://h/".parse().unwrap();
    assert_eq!(differences(&left.resource, &right.resource, Some(&base), &[]), vec![]);
}

#[test]
fn deviations_become_notes_and_do_not_hide_the_meaning() {
    insta::assert_snapshot!(check(
        r#"{"id":"m","cpu":"1","memory":1.5,"state":null,"created":"Fri Feb 08 12:15:15 EET 2013","updated":"2020-01-01T00:00:00",
        "properties":{},"disks":"d","name":"","zzz":[],"zzz":1,
        "operations":[{"rel":"x","href":"y"},{"rel":"edit"},{"rel":"add","href":"a"},{"rel":"add","href":"a"}]}"#,
        "v2",
        Some("Machine")
    ));
}

#[test]
fn collections_of_both_editions() {
    let v1 = r#"<Collection xmlns="http://schemas.dmtf.org/cimi/1" resourceURI="http://schemas.dmtf.org/cimi/1/MachineCollection"><id>c</id>
      <count>2</count><Machine><id>m1</id><property key="a">b</property></Machine><Machine href="m2"/><operation rel="add" href="c"/></Collection>"#;
    insta::assert_snapshot!("v1", check(v1, "v1", None));
    let v2 = v1
        .replace("cimi/1", "cimi/2")
        .replace("<Machine><id>", "<machines><Machine><id>")
        .replace("<Machine href=\"m2\"/>", "<Machine href=\"m2\"/></machines>");
    insta::assert_snapshot!("v2", check(&v2, "v2", None));
    insta::assert_snapshot!(
        "json",
        check(r#"{"count":1,"machines":[{"id":"a"},{"cpu":1}],"operations":[]}"#, "v1", None)
    );
    insta::assert_snapshot!(
        "entries",
        check(
            r#"{"resourceURI":"http://schemas.dmtf.org/cimi/1/MachineCollection","entries":[]}"#,
            "v1",
            None
        )
    );
}

#[test]
fn members_of_associations_are_what_these_refer_to() {
    let all = |text: &str, edition: &str| {
        let path = crate::case::Path::read("@members").unwrap();
        let resource = reading(text, edition, None).resource;
        super::find(&resource, &path, &tables(edition)).unwrap().show()
    };
    let of_v1 = r#"{"resourceURI":"http://schemas.dmtf.org/cimi/1/SystemMachineCollection","id":"http://h/s/1/machines","count":1,
        "systemMachines":[{"id":"http://h/s/1/machines/7","machine":{"href":"http://h/machines/2"}}]}"#;
    assert_eq!(all(of_v1, "v1"), r#"["http://h/machines/2"]"#);
    let of_v2 = r#"{"resourceURI":"http://schemas.dmtf.org/cimi/2/MachineCollection","id":"http://h/s/1/machines","count":1,
        "machines":[{"id":"http://h/machines/2"}]}"#;
    assert_eq!(all(of_v2, "v2"), r#"["http://h/machines/2"]"#);
}

#[test]
fn operations_as_elements_are_understood_and_noted() {
    insta::assert_snapshot!(check(
        r#"<Collection xmlns="http://schemas.dmtf.org/cimi/1"><id>c</id><count>0</count><operation><href>h</href><rel>add</rel></operation></Collection>"#,
        "v1",
        Some("VolumeCollection")
    ));
}

/// What TOML says, as a body.
fn value(v: &toml::Value) -> Value {
    match v {
        toml::Value::Table(t) => Value::Record(t.iter().map(|(k, v)| (k.clone(), value(v))).collect()),
        toml::Value::Array(a) => Value::List(a.iter().map(value).collect()),
        other => Value::Text(other.as_str().unwrap().to_owned()),
    }
}

#[test]
fn bodies_are_written_for_format_and_edition() {
    let body: toml::Table = r#"
        type = "MachineCreate"
        name = "a<b"
        own = "mine"
        properties = { k = "v" }
        machineTemplate = { machineConfig = { href = "c/1" }, volumes = [{ initialLocation = "/dev/x", href = "v/1" }] }
    "#
    .parse()
    .unwrap();
    let Value::Record(fields) = value(&toml::Value::Table(body)) else { unreachable!() };
    let body = Body { fields, namespaces: BTreeMap::from([("own".to_owned(), "urn:x".to_owned())]) };
    let all: Vec<String> =
        ["v1", "v2"].iter().flat_map(|e| Format::ALL.map(|f| write(&body, &tables(e), f).unwrap())).collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn lexical_forms() {
    for (scalar, text, fine) in [
        (Scalar::DateTime, "2012-05-25T13:30:15-05:00", true),
        (Scalar::DateTime, "2012-05-25T13:30:15.123Z", true),
        (Scalar::DateTime, "2012-05-25T24:00:00Z", true),
        (Scalar::DateTime, "2026-11-22 09:01:24 +0000", false),
        (Scalar::DateTime, "Fri Feb 08 12:15:15 EET 2013", false),
        (Scalar::DateTime, "2012-13-45T00:00:00Z", false),
        (Scalar::DateTime, "2012-05-25", false),
        (Scalar::Duration, "P1DT2H", true),
        (Scalar::Duration, "PT1.5S", true),
        (Scalar::Duration, "P", false),
        (Scalar::Duration, "P1DT", false),
        (Scalar::Duration, "1D", false),
        (Scalar::Integer, "-7", true),
        (Scalar::Integer, "1.0", false),
        (Scalar::Boolean, "TRUE", false),
        (Scalar::Bytes, "0aFF", true),
        (Scalar::Bytes, "0aF", false),
        (Scalar::Uri, "a b", false),
        (Scalar::Uri, "", true),
    ] {
        assert_eq!(is_lexical(scalar, text), fine, "{scalar:?} {text}");
    }
    assert_eq!(instant("2020-01-01T00:00:00Z"), instant("2020-01-01T01:00:00+01:00"));
    assert!(seconds("PT90M") > seconds("PT1H"));
}

proptest! {
    #[test]
    fn instants_agree_with_jiff(seconds in -60_000_000_000i64..200_000_000_000) {
        let stamp = jiff::Timestamp::from_second(seconds).unwrap();
        prop_assert_eq!(instant(&stamp.to_string()).map(|(n, _)| n), Some(stamp.as_nanosecond()));
    }

    #[test]
    fn reading_never_panics(text in "[\\[\\]{}\":,0-9a-z]{0,60}|<[a-z]>[<>/a-c]{0,40}</[a-z]>") {
        if let Ok(tree) = Tree::read(&text) {
            let _ = read(&tree, &tables("v1"), Some("Machine"), Extent::Full);
        }
    }
}
