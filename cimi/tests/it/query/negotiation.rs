//! Which serialization a reply has (DSP0263 4.1.4, 4.1.6.5; RFC 9110 12.5.1).

use cimi::codec::Format::{self, Json, Xml};
use cimi::query::{Encoding, negotiate};

fn check(accept: Option<&str>, expected: Option<Format>) {
    assert_eq!(negotiate(accept, None, Json).ok(), expected, "{accept:?}");
}

#[test]
fn those_who_do_not_care_get_the_default() {
    for accept in
        [None, Some(""), Some(" "), Some("*/*"), Some("application/*"), Some("text/html, */*;q=0.1")]
    {
        check(accept, Some(Json));
        assert_eq!(negotiate(accept, None, Xml), Ok(Xml));
    }
}

#[test]
fn accept_is_weighed() {
    check(Some("application/xml"), Some(Xml));
    check(Some("application/json"), Some(Json));
    check(Some("APPLICATION/Xml;Q=0.3"), Some(Xml));
    check(Some("application/json;charset=utf-8"), Some(Json));
    check(Some("application/xml;q=0.5, application/json;q=0.4"), Some(Xml));
    check(Some("application/json;q=0.999,application/xml;q=1.000"), Some(Xml));
    check(Some("application/json;q=0, */*"), Some(Xml));
    check(Some("application/json;q=0.1, */*;q=0.2"), Some(Xml));
    check(Some("*/*;q=0.9, application/xml;q=0.1"), Some(Json));
    // A browser.
    check(Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), Some(Xml));
    // Equal weights: the more precise, then the earlier.
    check(Some("application/xml, */*"), Some(Xml));
    check(Some("application/xml, application/json"), Some(Xml));
    check(Some("application/json, application/xml"), Some(Json));
    // Parameters make a range more precise, and may hold separators in quotes.
    check(Some("application/json;q=0.2, application/json;v=1;q=0.9, application/xml;q=0.5"), Some(Json));
    check(Some(r#"text/plain;x="a,\"application/json;b", application/xml"#), Some(Xml));
}

#[test]
fn nothing_acceptable_is_refused() {
    for accept in [
        "text/html",
        "application/yaml",
        "*/*;q=0",
        "application/json;q=0",
        "garbage",
        "application/json;q=2",
    ] {
        check(Some(accept), None);
    }
    let error = negotiate(Some("text/html"), None, Json).unwrap_err();
    insta::assert_snapshot!(error, @"expected application/json or application/xml, found Accept: text/html");
}

#[test]
fn what_is_no_media_range_is_passed_over() {
    check(Some("garbage, application/xml"), Some(Xml));
    check(Some(", ,application/xml,"), Some(Xml));
    check(Some("*/json, application/xml;q=0.1"), Some(Xml));
    check(Some("application/json;q=high, application/xml;q=0.1"), Some(Xml));
}

#[test]
fn format_comes_before_accept() {
    let first = |raw: &str| negotiate(Some("application/xml"), Encoding::of_query(raw).as_ref(), Json);
    assert_eq!(first("$filter=((&$format=JSON"), Ok(Json));
    assert_eq!(first("%24format=x%6Dl&$format=json"), Ok(Xml));
    assert_eq!(first("$Format=json&format=json"), Ok(Xml));
    let error = first("$format=yaml&$format=json").unwrap_err();
    insta::assert_snapshot!(error, @"expected application/json or application/xml, found $format=yaml");
    assert!(first("$format=%zz").is_err() && first("$format").is_err());
}
