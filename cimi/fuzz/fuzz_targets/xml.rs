//! Any bytes as XML: reading ends, says why if there is no document, and what was read can be written and read again.
#![no_main]

use cimi::codec::{self, Context, Format, Reader};
use cimi::extension::Extensions;
use cimi::{Edition, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for edition in Edition::ALL {
        for reader in [Reader::Provider, Reader::Consumer] {
            let limits = &Limits::SERVER;
            let context = Context { edition, expected: &[], reader, limits, extensions: &Extensions::NONE };
            let decoded = codec::read(Format::Xml, bytes, &context);
            assert!(decoded.document.is_some() || !decoded.findings.is_empty(), "refused without a word");
            let Some(document) = decoded.document else { continue };
            for format in Format::ALL {
                let written = codec::write(format, &document, &Extensions::NONE);
                let limits = &Limits::CLIENT;
                let context = Context { reader: Reader::Consumer, limits, ..context };
                let again = codec::read(format, &written, &context);
                assert!(
                    again.document.is_some(),
                    "{:?}: {}",
                    again.findings,
                    String::from_utf8_lossy(&written)
                );
            }
        }
    }
});
