//! Attributes as the store keeps them: JSON in the terms of their type, by the codec that the wire uses.

use std::sync::LazyLock;

use cimi::codec::{self, Context, Format, Reader};
use cimi::extension::Extensions;
use cimi::model::{Schema, schema};
use cimi::{Attributes, Document, Edition, Limits};

use super::StoreError;
use crate::kind::Kind;
use crate::system;

/// The XML namespace of what only the manager's records have.
const OWN: &str = "urn:cimi-manager:record";

/// What types of 2.0 have in 1.x only, and what the manager itself keeps: here, extensions of theirs.
static OLDER: LazyLock<Extensions> = LazyLock::new(|| {
    let both = Kind::ALL.into_iter().filter(|kind| Edition::ALL.into_iter().all(|it| kind.is_in(it)));
    let own = Extensions::NONE.with(Kind::System.type_name(), OWN, system::DECLARED);
    both.fold(own, |extensions, kind| {
        let newer = kind.schema();
        let older = schema(Edition::V1, kind.type_name()).attributes().iter();
        older.filter(|it| newer.attribute(it.name).is_none()).fold(extensions, |extensions, attribute| {
            extensions.with(kind.type_name(), Edition::V1.namespace(), *attribute)
        })
    })
});

/// The type in whose terms a record is kept.
fn terms(ty: &'static str) -> &'static Schema {
    Kind::of_type(ty).map_or_else(|| schema(Edition::V2, ty), Kind::schema)
}

/// Attributes of a type to a text, for what is kept within other records.
pub(crate) fn to_text(ty: &'static str, attributes: &Attributes) -> String {
    String::from_utf8(write(ty, attributes)).expect("JSON is UTF-8")
}

/// The way back.
///
/// # Errors
/// `Damaged`
pub(crate) fn from_text(ty: &'static str, text: &str) -> Result<Attributes, StoreError> {
    read(ty, text.as_bytes(), ty)
}

/// Attributes of a type to bytes.
pub(super) fn write(ty: &'static str, attributes: &Attributes) -> Vec<u8> {
    let document = Document::with(terms(ty), attributes.clone());
    codec::write(Format::Json, &document, &OLDER)
}

/// Bytes to attributes of a type.
pub(super) fn read(ty: &'static str, bytes: &[u8], what: &str) -> Result<Attributes, StoreError> {
    let expected = [terms(ty)];
    let context = Context {
        edition: expected[0].edition,
        expected: &expected,
        reader: Reader::Consumer,
        limits: &Limits::CLIENT,
        extensions: &OLDER,
    };
    codec::read(Format::Json, bytes, &context).ok().map(|document| document.attributes).map_err(|findings| {
        let reason = findings.first().map_or_else(String::new, ToString::to_string);
        StoreError::Damaged { what: what.to_owned(), reason }
    })
}

#[cfg(test)]
mod tests {
    use cimi::{Reference, Value};

    use super::*;

    #[test]
    fn what_only_1_x_has_outlives_a_restart() {
        let mtu = Attributes::new().with("network", Reference::to("networks/3")).with("mtu", 1500);
        let address = Attributes::new().with("type", "http://schemas.dmtf.org/cimi/2/Address").with(
            "addressTemplate",
            Reference { href: Some("#a".to_owned()), attributes: Attributes::new().with("hostname", "x") },
        );
        let mut whole = Attributes::new().with("state", "MIXED");
        let tie = system::Tie::Child;
        system::add(&mut whole, system::Component { kind: Kind::Machine, id: crate::record::Id(3), tie });
        for (ty, attributes) in [
            ("System", whole),
            ("Network", Attributes::new().with("networkType", "PUBLIC").with("mtu", 1500)),
            ("NetworkTemplate", Attributes::new().with("networkConfig", Reference::to("networkConfigs/1"))),
            ("NetworkPort", Attributes::new().with("network", Reference::to("networks/3"))),
            ("MachineTemplate", Attributes::new().with("networkInterfaces", vec![Value::Structure(mtu)])),
            ("Meter", Attributes::new().with("targetResource", Reference::to("machines/1"))),
            (
                "SystemTemplate",
                Attributes::new().with("componentDescriptors", vec![Value::Structure(address)]),
            ),
        ] {
            let bytes = write(ty, &attributes);
            assert_eq!(read(ty, &bytes, ty).unwrap(), attributes, "{}", String::from_utf8_lossy(&bytes));
        }
    }
}
