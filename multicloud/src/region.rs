//! Countries and their parts, by their codes (ISO 3166): what it means to be somewhere.
//!
//! Owns that a country has its parts: `FR` has `FR-75C`. Which codes there are is `directory`'s to know.

use cimi::query::Filter;
use cimi::query::filter::{Comparison, Literal};

/// The attribute that says where something is, as closely as is known: `FR-75C`, or `FR`.
pub const LOCATION: &str = "location";

/// The attribute that says in which country that is: `FR`.
pub const COUNTRY: &str = "country";

/// The country of a location (ISO 3166-1).
pub fn country(location: &str) -> &str {
    location.split('-').next().unwrap_or(location)
}

/// Whether a location is another one or a part of it.
pub fn is_within(location: &str, of: &str) -> bool {
    location == of || is_country(of) && country(location) == of
}

/// A filter as it is meant: what compares a location with a country is about the country.
#[must_use]
pub fn meant(filter: Filter) -> Filter {
    filter.renamed(&|comparison: &Comparison| match comparison.value() {
        Literal::String(text) if comparison.attribute() == LOCATION && is_country(text) => Some(COUNTRY),
        _ => None,
    })
}

/// Whether a code is one of a country, as far as its form goes.
fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use cimi::Limits;

    use super::*;

    #[test]
    fn a_country_has_its_parts() {
        for (location, of, expected) in [
            ("FR", "FR", true),
            ("FR-75C", "FR", true),
            ("FR-75C", "FR-75C", true),
            ("FR", "FR-75C", false),
            ("FR-75C", "FR-75", false),
            ("FR-75C", "F", false),
            ("NO-03", "FR", false),
        ] {
            assert_eq!(is_within(location, of), expected, "{location} in {of}");
        }
    }

    #[test]
    fn what_is_compared_with_a_country_is_the_country() {
        for (written, expected) in [
            ("location='FR'", "country='FR'"),
            ("location!='FR' and price<3", "country!='FR' and price<3"),
            ("'NO'=location or location='NO-03'", "country='NO' or location='NO-03'"),
            ("name='FR' or location='' or location='F1'", "name='FR' or location='' or location='F1'"),
        ] {
            let filter = Filter::parse(written, &Limits::SERVER).unwrap();
            assert_eq!(meant(filter).to_string(), expected, "{written}");
        }
    }
}
