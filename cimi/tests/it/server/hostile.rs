//! Whatever is sent: no 500, no panic, and what is refused has changed nothing.

use std::sync::Arc;

use axum::body::Body;
use cimi::Edition;
use http::Request;
use proptest::prelude::*;

use super::cloud::Cloud;
use super::{answer, block_on, face};

fn path() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "",
        "machines",
        "machines/1",
        "machines/2/start",
        "machineTemplates/small",
        "volumes",
        "volumes/1",
        "machines/1/disks",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => "[!-~&&[^?# <>\"`{}\\\\^|]]{0,40}"]
}

fn query() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
        "$filter",
        "$select",
        "$expand",
        "$first",
        "$last",
        "$orderby",
        "$format",
        "$what",
        "id",
        "%24filter",
    ]);
    let value = prop_oneof![
        "[ -~&&[^#&]]{0,30}".prop_map(|text| text.replace(' ', "%20")),
        prop::sample::select(vec![
            "name='web'",
            "cpu>1",
            "name,cpu",
            "*",
            "machines/name",
            "2",
            "-1",
            "cpu:desc",
            "xml",
            "json",
            "%",
            "%ff",
            "(((((((((((((((((((((((((((((((((((",
            "99999999999999999999",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec((names, value), 0..4).prop_map(|pairs| {
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        r#"{"name":"x"}"#,
        r#"{"machineTemplate":{"href":"machineTemplates/small"}}"#,
        r#"{"machineTemplate":{"href":"machineTemplates/small","machineConfig":{"href":"machineTemplates/small","cpu":{}}}}"#,
        r#"{"action":"http://schemas.dmtf.org/cimi/2/action/start"}"#,
        "[[[[[[[[[[[[[[[[[[",
        "<a><a><a><a><a><a><a><a><a>",
        r#"<Action xmlns="http://schemas.dmtf.org/cimi/2"><action>start</action></Action>"#,
        r#"<Volume xmlns="http://schemas.dmtf.org/cimi/2"><name>x</name><name/></Volume>"#,
        r#"<!DOCTYPE a [<!ENTITY b "c">]><Volume xmlns="http://schemas.dmtf.org/cimi/2"><name>&b;</name></Volume>"#,
    ]);
    prop_oneof![
        3 => known.prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..64),
        1 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, byte)| {
            let mut bytes = br#"{"machineTemplate":{"href":"machineTemplates/small","initialState":null}}"#.to_vec();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes
        }),
    ]
}

fn header() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let names = prop::sample::select(vec![
        "accept",
        "content-type",
        "if-match",
        "if-none-match",
        "authorization",
        "cimi-specification-version",
        "content-encoding",
    ]);
    let value = prop_oneof![
        2 => prop::sample::select(vec![
            "application/json", "application/xml", "*/*;q=0.3", "*", "\"1-j\"", "W/\"1-j\", \"x", "1.0", "Basic !",
            "Bearer x", ";", ",", "",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(32_u8..=255, 0..30).prop_map(|bytes| bytes.into_iter().filter(|b| *b != 127).collect()),
    ];
    (names, value)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nothing_breaks_it(
        edition in prop::sample::select(Edition::ALL.to_vec()),
        method in prop::sample::select(vec!["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "FROB"]),
        (path, query) in (path(), query()),
        headers in prop::collection::vec(header(), 0..5),
        body in body(),
    ) {
        let mut request = Request::builder().method(method).uri(format!("/cimi/{path}?{query}"));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let Ok(request) = request.body(Body::from(body)) else { return Ok(()) };
        let cloud = Arc::new(Cloud::new(edition, false));
        let before = cloud.state();
        let (status, headers, text) = block_on(answer(&face(Arc::clone(&cloud)), request));
        prop_assert!(status.as_u16() < 500 || status.as_u16() == 501, "{status} {text}");
        if !status.is_success() || matches!(method, "GET" | "HEAD" | "OPTIONS") {
            prop_assert_eq!(cloud.state(), before);
        }
        if status.is_client_error() && method != "HEAD" {
            let kind = headers["content-type"].to_str().unwrap();
            prop_assert!(text.contains(if kind == "application/json" { "/Job\"" } else { "<Job " }), "{}", text);
        }
    }
}
