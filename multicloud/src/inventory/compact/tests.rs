use cimi::testing::{self, Options, Unknown};
use proptest::prelude::*;

use super::*;
use crate::kind::Kind;

fn bytes(attributes: &Attributes) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, attributes);
    bytes
}

fn attributes() -> impl Strategy<Value = Attributes> {
    let kinds = prop::sample::select(Kind::ALL.to_vec());
    kinds.prop_flat_map(|kind| {
        testing::document(kind.schema(), Options { unknown: Unknown::Xml, ..Options::DECLARED })
            .prop_map(|document| document.attributes)
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(attributes in attributes()) {
        let bytes = bytes(&attributes);
        let written = Bytes(&bytes);
        let mut rest = written;
        let read = rest.attributes();
        prop_assert!(rest.0.is_empty());
        prop_assert!(read.iter().map(|(name, _)| name).eq(attributes.iter().map(|(name, _)| name)));
        for name in attributes.iter().map(|(name, _)| name).chain(["nothing"]) {
            prop_assert_eq!(written.simple(name), attributes.simple(name), "{}", name);
        }
        for key in attributes.map("properties").into_iter().flat_map(Map::keys) {
            prop_assert_eq!(written.property(key), attributes.property(key));
        }
        prop_assert_eq!(read, attributes);
    }
}

#[test]
fn every_sort_of_value_has_its_bytes() {
    let element = Element {
        namespace: "urn:x".to_owned(),
        name: "e".to_owned(),
        attributes: vec![(String::new(), "a".to_owned(), "1".to_owned())],
        children: vec![Node::Text("t".to_owned()), Node::Element(Element::default())],
    };
    let attributes = Attributes::new()
        .with("null", Value::Null)
        .with("foreign", element)
        .with("least", i64::MIN)
        .with("most", i64::MAX)
        .with("decimal", Value::Decimal("-1.50".parse().unwrap()))
        .with("bytes", Value::Bytes(vec![0, 255]))
        .with("by value", Reference::by_value(Attributes::new().with("name", "")))
        .with("name", "x".repeat(300));
    let bytes = bytes(&attributes);
    assert_eq!(Bytes(&bytes).attributes(), attributes);
    assert_eq!(Bytes(&bytes).simple("name"), attributes.simple("name"));
}
