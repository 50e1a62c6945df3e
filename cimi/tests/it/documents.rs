//! Bad documents: what is said of them and where, as texts that are reviewed; and nothing that is sent makes a reader panic.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use cimi::codec::{self, Context, Decoded, Format, Reader};
use cimi::extension::Extensions;
use cimi::model::{Schema, schema};
use cimi::testing::{Options, any_document};
use cimi::{Edition, Limits};
use proptest::prelude::*;

fn read(
    format: Format,
    bytes: &[u8],
    edition: Edition,
    reader: Reader,
    expected: &[&'static Schema],
) -> Decoded {
    let limits = &Limits::SERVER;
    codec::read(format, bytes, &Context { edition, expected, reader, limits, extensions: &Extensions::NONE })
}

/// What a provider of V2 that expects a Machine, and a consumer that expects nothing in particular, say of every file of a format.
fn check(format: Format, extension: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/documents/bad");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    let machine = [schema(Edition::V2, "Machine")];
    let mut said = String::new();
    for path in files {
        let bytes = fs::read(&path).unwrap();
        writeln!(said, "# {}", path.file_name().unwrap().to_string_lossy()).unwrap();
        let mut findings = 0;
        for (reader, expected) in [(Reader::Provider, &machine[..]), (Reader::Consumer, &[])] {
            let decoded = read(format, &bytes, Edition::V2, reader, expected);
            let outcome = if decoded.document.is_some() { "read" } else { "not read" };
            writeln!(said, "{reader:?}: {outcome}").unwrap();
            findings += decoded.findings.len();
            for finding in decoded.findings {
                writeln!(said, "  {:?} {:?} at {finding}", finding.severity, finding.code).unwrap();
            }
        }
        assert!(findings > 0, "{} is not bad", path.display());
        said.push('\n');
    }
    said
}

#[test]
fn what_is_said_of_bad_json() {
    insta::assert_snapshot!(check(Format::Json, "json"));
}

#[test]
fn what_is_said_of_bad_xml() {
    insta::assert_snapshot!(check(Format::Xml, "xml"));
}

/// Reads bytes in every way there is.
fn survive(bytes: &[u8]) {
    for format in Format::ALL {
        for edition in Edition::ALL {
            for reader in [Reader::Provider, Reader::Consumer] {
                let decoded = read(format, bytes, edition, reader, &[]);
                assert!(decoded.document.is_some() || !decoded.findings.is_empty(), "refused without a word");
                if let Some(document) = decoded.document {
                    for format in Format::ALL {
                        codec::write(format, &document, &Extensions::NONE);
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survive(&bytes);
    }

    #[test]
    fn anything_like_a_document_is_survived(
        text in r#"(<|>|</|/>|<!\[CDATA\[|\]\]>|<!--|&|;|\{|\}|\[|\]|:|,|"|'|=| |Machine|name|disks|null|1|true|xmlns|é){0,40}"#
    ) {
        survive(text.as_bytes());
        survive(format!("<Machine xmlns=\"http://schemas.dmtf.org/cimi/2\">{text}</Machine>").as_bytes());
        survive(format!("{{\"resourceURI\":\"http://schemas.dmtf.org/cimi/2/Machine\",{text}}}").as_bytes());
    }

    #[test]
    fn damaged_documents_are_survived(
        document in any_document(Options::DECLARED),
        at in any::<prop::sample::Index>(),
        damage in any::<u8>(),
        cut in any::<bool>(),
    ) {
        for format in Format::ALL {
            let mut bytes = codec::write(format, &document, &Extensions::NONE);
            let at = at.index(bytes.len());
            bytes[at] = damage;
            if cut {
                bytes.truncate(at + 1);
            }
            survive(&bytes);
        }
    }
}
