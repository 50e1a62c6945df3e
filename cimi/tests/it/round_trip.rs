//! Every document of every type comes back as it was, from each serialization and from one through the other.

use cimi::codec::{self, Context, Format, Reader};
use cimi::extension::Extensions;
use cimi::testing::{Options, Unknown, any_document};
use cimi::{Document, Limits};
use proptest::prelude::*;

fn read(format: Format, bytes: &[u8], document: &Document, reader: Reader) -> codec::Decoded {
    let context = Context {
        edition: document.edition(),
        expected: &[],
        reader,
        limits: &Limits::CLIENT,
        extensions: &Extensions::NONE,
    };
    codec::read(format, bytes, &context)
}

/// Writes, reads, compares, and writes again: the bytes hold what equality does not look at, such as the zone of a time.
fn check(format: Format, document: &Document, reader: Reader) {
    let bytes = codec::write(format, document, &Extensions::NONE);
    let text = String::from_utf8(bytes.clone()).expect("what is written is UTF-8");
    let decoded = read(format, &bytes, document, reader);
    let findings = decoded.findings;
    let read = decoded.document.unwrap_or_else(|| panic!("{findings:?}\n{text}"));
    assert_eq!(&read, document, "{text}\n{findings:?}");
    assert_eq!(String::from_utf8(codec::write(format, &read, &Extensions::NONE)).unwrap(), text);
    let is_quiet = findings.iter().all(|f| f.code == cimi::finding::Code::UnknownAttribute);
    assert!(is_quiet, "{findings:?}\n{text}");
}

const UNKNOWN_JSON: Options = Options { unknown: Unknown::Json, ..Options::DECLARED };
const UNKNOWN_XML: Options = Options { unknown: Unknown::Xml, ..Options::DECLARED };
const ERASING: Options = Options { erasure: true, ..Options::DECLARED };

/// Found by chance: the flat array of 1.x whose items are strings.
#[test]
fn erasure_of_a_flat_array_of_strings() {
    let template = cimi::Attributes::new().with("dns", cimi::Value::Null);
    let mut create = Document::new(cimi::model::schema(cimi::Edition::V1, "AddressCreate"));
    create
        .attributes
        .set("addressTemplate", cimi::Reference { href: Some("http://a".into()), attributes: template });
    check(Format::Json, &create, Reader::Provider);
    check(Format::Xml, &create, Reader::Provider);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn through_json(document in any_document(UNKNOWN_JSON)) {
        check(Format::Json, &document, Reader::Consumer);
    }

    #[test]
    fn through_xml(document in any_document(UNKNOWN_XML)) {
        check(Format::Xml, &document, Reader::Consumer);
    }

    #[test]
    fn json_through_xml(document in any_document(UNKNOWN_JSON)) {
        check(Format::Xml, &document, Reader::Consumer);
    }

    #[test]
    fn erasure_in_requests(document in any_document(ERASING)) {
        check(Format::Json, &document, Reader::Provider);
        check(Format::Xml, &document, Reader::Provider);
    }
}
