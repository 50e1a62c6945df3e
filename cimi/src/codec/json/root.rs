//! The type URI of a JSON document, looked up before it is read (DSP0263 4.1.4).
//!
//! Real servers write `resourceURI` first or last. Written first it costs nothing; last, one pass that builds nothing.

use std::borrow::Cow;
use std::fmt;

use serde_json::Deserializer;
use serde_json::de::SliceRead;

use serde::de::{Deserializer as _, Error as _, IgnoredAny, MapAccess, Visitor};

use super::text::Text;

/// The `resourceURI` of the root object, if it has one that is a string. Says nothing about the rest.
pub(super) fn resource_uri(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let mut found = None;
    let mut json: Deserializer<SliceRead<'_>> = Deserializer::from_slice(bytes);
    // An error ends the search as well as a success does: the reader itself will report it.
    let _ = json.deserialize_map(Search { found: &mut found });
    found
}

struct Search<'s, 'de> {
    found: &'s mut Option<Cow<'de, str>>,
}

impl<'de> Visitor<'de> for Search<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key_seed(Text)? {
            if key == "resourceURI" {
                *self.found = Some(map.next_value_seed(Text)?);
                return Err(A::Error::custom("found"));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}
